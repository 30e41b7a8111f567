"""Officers write a programme's rules in forms: begin, write section by section, compare, publish, as a file out and in."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.kernel import clock, typed
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, Forbidden
from marketplace.policy import programme_draft as drafts
from marketplace.policy.presenter import file_problems, in_reader_words
from marketplace.policy.programme_lines import changes, titles_of
from marketplace.policy.programme_problems import DraftProblem, explained
from marketplace.vouchers.forms import DraftFileForm, DraftForm, EditForm, PressForm, PublishForm
from marketplace.vouchers.models import ProgrammeDraft
from marketplace.vouchers.queries import drafts as reads
from marketplace.vouchers.queries import programmes as rules
from marketplace.vouchers.service import drafts as service
from marketplace.vouchers.views import draft_parts as pages
from marketplace.vouchers.views.common import bp, managed_programme, place, signer
from marketplace.web import downloads, uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.paging import paged

BASE = "/office/programmes/drafts"


@bp.get(BASE)
@requires("programmes.manage")
def drafts_list() -> ResponseReturnValue:
    page = paged(reads.open_drafts(current_user.areas_for("programmes.manage")))
    return render_template("vouchers/drafts.html", page=page, names=identity.names_of(row.changed_by for row in page.items))


@bp.route(f"{BASE}/new", methods=["GET", "POST"])
@requires("programmes.manage")
def new_draft() -> ResponseReturnValue:
    form = DraftForm()
    form.area_code.choices = [(area, place(area)) for area in current_user.areas_for("programmes.manage")]
    form.copy_of.choices = _starts()
    if form.validate_on_submit():
        chosen = str(form.copy_of.data or "")
        copy_of = typed.key(chosen)
        start = service.Start(area_code=str(form.area_code.data), copy_of=copy_of, file="" if copy_of else chosen)
        if done := _begun(form, start):
            return redirect(url_for("vouchers.edit_draft", draft_id=done.id, number=1))
    elif not form.is_submitted():
        form.copy_of.data = request.args.get("copy_of", "")
    return render_template("vouchers/new_draft.html", form=form), form.status


def _starts() -> list[tuple[str, str]]:
    """Nothing, the programmes that there are, and the shipped files of others."""
    known = rules.known_programmes()
    files = reads.shipped_starts({one.programme.slug for one in known})
    return [
        ("", _("从空白开始")),
        *((str(one.programme.id), one.spec.name) for one in known),
        *((one.slug, _("%(name)s（随附规则文件）", name=one.name)) for one in files),
    ]


@bp.post("/office/programmes/<uuid:programme_id>/draft")
@requires("programmes.manage")
def draft_version(programme_id: UUID) -> ResponseReturnValue:
    """Begin a draft from the newest version."""
    managed_programme(programme_id)
    form = PressForm()
    if form.validate_on_submit() and (done := _begun(form, service.Start(programme_id=programme_id))):
        return redirect(url_for("vouchers.draft", draft_id=done.id))
    for message in form.form_errors:
        flash(message, "error")
    known = reads.draft_of(programme_id)
    return redirect(
        url_for("vouchers.draft", draft_id=known.id) if known else url_for("vouchers.manage_programme", programme_id=programme_id)
    )


def _begun(form: Any, start: service.Start) -> ProgrammeDraft | None:
    key, actor_id = form.key(), current_user.id
    done = carried_out(form, lambda: service.begin_draft(start, actor_id=actor_id, request_key=key, now=clock.now()))
    return done.answer if done else None


def managed_draft(draft_id: UUID) -> ProgrammeDraft:
    """Raises: NotFound; Forbidden: another area's."""
    draft = by_id(ProgrammeDraft, draft_id)
    if not current_user.may_act("programmes.manage", draft.area_code):
        raise Forbidden(N_("这份草稿由其他地区编写，您不能查看或改动。"))
    return draft


@bp.get(f"{BASE}/<uuid:draft_id>")
@requires("programmes.manage")
def draft(draft_id: UUID) -> ResponseReturnValue:
    return _overview(managed_draft(draft_id))


def _overview(
    row: ProgrammeDraft, *, publish: PublishForm | None = None, file: DraftFileForm | None = None, press: PressForm | None = None
) -> ResponseReturnValue:
    """The draft as a whole; the form that was refused says why."""
    document = row.content
    problems = _problems(row, document)
    forms = [one for one in (publish, file, press) if one is not None]
    refused = next((one for one in forms if one.errors), None)
    publish = publish or PublishForm()
    if publish is not refused:
        publish.shown.data = drafts.mark_of(document)
    base = reads.base_of(row)
    return render_template(
        "vouchers/draft.html",
        draft=row,
        name=_name(row),
        sections=_sections(document, problems),
        problems=_by_section(problems),
        place_of=pages.place_of,
        trial_of=reads.trial_of(row),
        count=len(problems),
        base=base,
        differing=len(changes(base.document, document)),
        publish=publish,
        file=file or _file_form(),
        press=press or PressForm(),
        refused=refused,
        wrong_in_file=[one for form in forms for one in file_problems(form)],
        who=identity.names_of([row.changed_by]),
    ), refused.status if refused else 200


def _problems(row: ProgrammeDraft, document: Mapping[str, Any]) -> list[DraftProblem]:
    """What is wrong with a draft, also beside the programmes that there are."""
    return explained(reads.problems_of(row, document), document, in_reader_words)


def _file_form() -> DraftFileForm:
    """Named apart from the other form on the page."""
    return DraftFileForm(prefix="put")


def _name(row: ProgrammeDraft) -> str:
    return reads.name_of(row) or _("未命名的项目")


def _sections(document: Any, problems: list[DraftProblem]) -> list[tuple[reads.EditorSection, int, int]]:
    """Each section with how much is written in it, and how much is wrong."""
    wrong, written = Counter(reads.section_of(one.part).number for one in problems), drafts.parts_of(document)
    return [(one, sum(reads.section_of(key) is one for key in written), wrong[one.number]) for one in reads.PARTS]


def _by_section(problems: list[DraftProblem]) -> list[tuple[reads.EditorSection, list[DraftProblem]]]:
    found = [(one, [problem for problem in problems if reads.section_of(problem.part) is one]) for one in reads.PARTS]
    return [(one, some) for one, some in found if some]


@bp.route(f"{BASE}/<uuid:draft_id>/<int:number>", methods=["GET", "POST"])
@requires("programmes.manage")
def edit_draft(draft_id: UUID, number: int) -> ResponseReturnValue:
    """One section of the rules: what is typed is kept, right or not."""
    row, section, form = managed_draft(draft_id), reads.section(number), EditForm()
    document = row.content
    rows = pages.rows_sent(section) if form.is_submitted() else section.rows(document)
    fixed = {"slug"} if row.programme_id else set()
    made = pages.forms_of(section, document, rows, fixed=fixed)
    keys = [key for key in (*section.plain, *section.tables, *rows) if key not in fixed]
    act, conflicts = request.form.get("act", ""), []
    if not form.is_submitted():
        form.shown.data = drafts.mark_of(document, keys)
    else:
        parts = pages.typed_in(made, document, author=signer())
        typed_ = service.Typed(keys, pages.changed_rows(section, parts, document, act), form.seen())
        if form.validate_on_submit() and _saved(form, draft_id, typed_):
            return redirect(_next_page(draft_id, section, act, typed_))
        document = drafts.with_parts(document, keys, parts)
        conflicts = rules.under_headings(changes(row.content, document)) if form.refusal else []
    of_groups, placed = pages.note_problems(section, made, _problems(row, document), document)
    return render_template(
        "vouchers/edit_draft.html",
        draft=row,
        name=_name(row),
        section=section,
        sections=reads.PARTS,
        form=form,
        parts=made,
        groups=[(group, rules.table_of(f"{group}.x").label, of_groups.get(group, [])) for group in section.groups_for(document)],
        placed=placed,
        documents=_documents(document),
        conflicts=conflicts,
    ), form.status


def _saved(form: EditForm, draft_id: UUID, said: service.Typed) -> bool:
    key, actor_id = form.key(), current_user.id
    done = carried_out(form, lambda: service.save(draft_id, said, actor_id=actor_id, request_key=key, now=clock.now()), _("已保存。"))
    return done is not None


def _next_page(draft_id: UUID, section: reads.EditorSection, act: str, said: service.Typed) -> str:
    """Where the pressed button leads: on to the next section, to the new row, or back to the page."""
    if act == "next":
        last = section.number == len(reads.PARTS)
        return (
            url_for("vouchers.draft", draft_id=draft_id)
            if last
            else url_for("vouchers.edit_draft", draft_id=draft_id, number=section.number + 1)
        )
    new = next((key for key in said.parts if key not in said.keys), None)
    anchor = f"part-{new.replace('.', '-')}" if new else None
    return url_for("vouchers.edit_draft", draft_id=draft_id, number=section.number, _anchor=anchor)


def _documents(document: Any) -> list[str]:
    """The documents that the draft names so far, to choose from."""
    named = [part.get("source") for part in drafts.parts_of(document).values() if isinstance(part, dict)]
    return sorted({one["document"] for one in named if isinstance(one, dict) and one.get("document")})


@bp.get(f"{BASE}/<uuid:draft_id>/compare")
@requires("programmes.manage")
def compare_draft(draft_id: UUID) -> ResponseReturnValue:
    """What the draft changes."""
    row = managed_draft(draft_id)
    base = reads.base_of(row)
    return render_template(
        "vouchers/compare_draft.html",
        draft=row,
        name=_name(row),
        base=base,
        sections=rules.under_headings(changes(base.document, row.content)),
    )


@bp.post(f"{BASE}/<uuid:draft_id>/publish")
@requires("programmes.manage")
def publish_draft(draft_id: UUID) -> ResponseReturnValue:
    row, form = managed_draft(draft_id), PublishForm()
    if form.validate_on_submit():
        asked = service.Publishing(form.seen(), str(form.note.data or ""), current_user.areas_for("programmes.manage"))
        key, actor_id = form.key(), current_user.id
        work = lambda: service.publish(draft_id, asked, actor_id=actor_id, request_key=key, now=clock.now())  # noqa: E731
        if done := carried_out(form, work):
            flash(_("已发布第 %(n)s 版。", n=done.answer.number), "success")
            return redirect(url_for("vouchers.manage_programme", programme_id=done.answer.programme_id))
    return _overview(row, publish=form)


@bp.post(f"{BASE}/<uuid:draft_id>/update")
@requires("programmes.manage")
def update_draft(draft_id: UUID) -> ResponseReturnValue:
    """Take in what another version changed meanwhile."""
    row, form = managed_draft(draft_id), PressForm()
    if form.validate_on_submit():
        key, actor_id = form.key(), current_user.id
        done = carried_out(form, lambda: service.take_newest(draft_id, actor_id=actor_id, request_key=key, now=clock.now()))
        if done:
            titles = titles_of(row.content)
            both = "、".join(titles.get(key, key) for key in done.answer)
            flash(
                _("已取入现行版的改动。双方都改过、保留草稿内容的：%(names)s。", names=both) if both else _("已取入现行版的改动。"),
                "success",
            )
            return redirect(url_for("vouchers.compare_draft", draft_id=draft_id))
    return _overview(row, press=form)


@bp.route(f"{BASE}/<uuid:draft_id>/give-up", methods=["GET", "POST"])
@requires("programmes.manage")
def give_up_draft(draft_id: UUID) -> ResponseReturnValue:
    """Asked before it is done: what was written is not found again."""
    row, form = managed_draft(draft_id), PressForm()
    if form.validate_on_submit():
        key, actor_id = form.key(), current_user.id
        work = lambda: service.give_up(draft_id, actor_id=actor_id, request_key=key, now=clock.now())  # noqa: E731
        if carried_out(form, work, _("已放弃这份草稿。")):
            return redirect(url_for("vouchers.drafts_list"))
    written = len(changes(reads.base_of(row).document, row.content))
    page = render_template("vouchers/give_up_draft.html", draft=row, name=_name(row), form=form, written=written)
    return page, form.status


@bp.get(f"{BASE}/<uuid:draft_id>/file")
@requires("programmes.manage")
def draft_file(draft_id: UUID) -> ResponseReturnValue:
    """The draft as a file, finished or not."""
    content = managed_draft(draft_id).content
    return downloads.toml(drafts.as_toml(content), f"{content.get('slug') or 'draft'}-draft")


@bp.post(f"{BASE}/<uuid:draft_id>/file")
@requires("programmes.manage")
def put_draft_file(draft_id: UUID) -> ResponseReturnValue:
    """Put a file into the draft."""
    row, form = managed_draft(draft_id), _file_form()
    if form.validate_on_submit():
        key, actor_id = form.key(), current_user.id
        if carried_out(
            form,
            lambda file: service.put_file(draft_id, *file, actor_id=actor_id, request_key=key, now=clock.now()),
            _("文件已放入草稿。"),
            before=lambda: uploads.content_of(form.file.data, field="file"),
        ):
            return redirect(url_for("vouchers.draft", draft_id=draft_id))
    return _overview(row, file=form)
