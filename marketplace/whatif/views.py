"""Officers who write programmes: ask what other rules would have done, and see it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, of_length, offer
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import N_, Forbidden, NotFound, RuleViolation
from marketplace.kernel.jobs import MAX_ATTEMPTS, Job, JobState
from marketplace.kernel.money import CNY
from marketplace.kernel.sheets import CellKind, Column
from marketplace.policy.presenter import file_problems
from marketplace.policy.programme_lines import changes
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.models import Programme, ProgrammeDraft
from marketplace.vouchers.queries import drafts
from marketplace.vouchers.queries import programmes as reads
from marketplace.vouchers.queries.spending import spec_of
from marketplace.web import downloads, uploads
from marketplace.web.access import requires
from marketplace.web.formats import moment
from marketplace.web.forms import CommandForm, carried_out, once
from marketplace.web.query_string import asked_number
from marketplace.whatif import presenter, queries, service, store
from marketplace.whatif.forms import BY_DRAFT, FROM_DRAFT, FROM_FILE, ReplayForm
from marketplace.whatif.queries import Question

bp = Blueprint("whatif", __name__, url_prefix="/office")


def _programme(programme_id: UUID) -> Programme:
    """Raises: NotFound; Forbidden: another area's."""
    programme = by_id(Programme, programme_id)
    if not current_user.may_act("programmes.manage", programme.area_code):
        raise Forbidden(N_("这个项目由其他地区管理，您可以查看规则，不能试算。"))
    return programme


def _job(job_id: UUID) -> Job:
    """A replay of a programme that the user manages. Raises: NotFound."""
    job = queries.replay_job(job_id)
    if not current_user.may_act("programmes.manage", by_id(Programme, UUID(job.payload["programme_id"])).area_code):
        raise NotFound
    return job


def _result(job_id: UUID) -> tuple[Job, Mapping[str, Any]]:
    """Raises: NotFound; RuleViolation: it is not done."""
    job = _job(job_id)
    if job.result is None:
        raise RuleViolation(N_("试算还没有完成，请稍后再看。"), code="unfinished")
    return job, job.result


@bp.route("/programmes/<uuid:programme_id>/what-if", methods=["GET", "POST"])
@requires("programmes.manage")
def ask(programme_id: UUID) -> ResponseReturnValue:
    programme, form = _programme(programme_id), ReplayForm()
    _offer_choices(form, programme)
    if form.validate_on_submit():
        key, actor_id, rounds = form.row_id(), current_user.id, reads.rounds_of(programme_id)
        if carried_out(
            form, lambda question: service.ask(key, question, rounds, actor_id=actor_id), before=lambda: _question(form, programme)
        ):
            return redirect(url_for("whatif.show", job_id=queries.job_of_key(key).id))
    jobs = queries.of_owner(current_user.id, programme_id)
    return render_template("whatif/ask.html", programme=programme, form=form, problems=file_problems(form), jobs=jobs), form.status


def _offer_choices(form: ReplayForm, programme: Programme) -> None:
    rounds, versions = reads.rounds_of(programme.id), reads.versions_of(programme.id)
    spec = spec_of(versions[0].id)
    form.rounds.choices = [(str(row.id), _round_name(row.name, is_simulated=row.simulated)) for row in rounds]
    form.version.choices = [(str(row.number), _("第 %(n)s 版", n=row.number)) for row in versions]
    years = sorted({year for row in rounds for year in range(row.use_from.year, row.use_until.year + 1)}, reverse=True)
    form.year.choices = [("", _("全部年份")), *((str(year), _("%(year)s 年", year=year)) for year in years)]
    form.class_key.choices = [("", _("全部类别")), *((one.name, one.label) for one in spec.classes)]
    _offer_drafts(form, programme)
    names = category_names()
    form.category.choices = [("", _("全部服务")), *((code, names.get(code, code)) for code in spec.services.value)]
    places = queries.regions_of(programme.id)
    form.region.choices = [("", _("全部地区")), *((code, presenter.region_name(code)) for code in places)]
    asked = asked_number("version")
    if not form.is_submitted():
        form.version.data = str(asked if asked in {row.number for row in versions} else versions[0].number)
        form.rounds.data = [str(row.id) for row in rounds if not row.simulated]


def _offer_drafts(form: ReplayForm, programme: Programme) -> None:
    """Drafts of this programme's next version, and copies of it that are not published yet."""
    found = drafts.written_upon(programme.id, current_user.areas_for("programmes.manage"))
    told = [_("%(name)s（%(at)s 修改）", name=drafts.name_of(one), at=moment(one.changed_at)) for one in found]
    form.drafted.choices = [(str(one.id), words) for one, words in zip(found, told, strict=True)]
    if found:
        form.source.choices = [*form.source.choices, BY_DRAFT]
        asked = request.args.get("draft", "")
        if asked in {str(one.id) for one in found} and not form.is_submitted():
            form.source.data, form.drafted.data = FROM_DRAFT, asked


def _chosen_draft(form: ReplayForm, programme: Programme) -> ProgrammeDraft:
    """Raises: RuleViolation: it was published or given up meanwhile, or is another office's."""
    found = drafts.written_upon(programme.id, current_user.areas_for("programmes.manage"))
    chosen = next((one for one in found if str(one.id) == form.drafted.data), None)
    if chosen is None:
        raise RuleViolation(N_("这份草稿已经发布或放弃，请重新选择。"), field="drafted")
    return chosen


def _round_name(name: str, *, is_simulated: bool) -> str:
    return _("%(name)s（模拟）", name=name) if is_simulated else name


def _question(form: ReplayForm, programme: Programme) -> Question:
    """Raises: DomainError: the file is wrong, or another programme's."""
    if form.source.data == FROM_FILE:
        name, content = uploads.content_of(form.file.data, field="file")
        rules, named = service.rules_of_file(programme, content, file=name), _("文件 %(name)s", name=name[:80])
    elif form.source.data == FROM_DRAFT:
        draft = _chosen_draft(form, programme)
        rules, named = service.rules_of_draft(programme, draft.content), _("草稿 %(name)s", name=drafts.name_of(draft)[:80])
    else:
        number = int(str(form.version.data or reads.versions_of(programme.id)[0].number))
        rules, named = reads.version_of(programme.id, number).spec, _("第 %(n)s 版", n=number)
    return Question(
        programme_id=programme.id,
        round_ids=tuple(UUID(one) for one in form.rounds.data or ()),
        rules=rules,
        named=named,
        year=int(form.year.data) if form.year.data else None,
        category=str(form.category.data or ""),
        region=str(form.region.data or ""),
        class_key=str(form.class_key.data or ""),
    )


@bp.get("/what-if/<uuid:job_id>")
@requires("programmes.manage")
def show(job_id: UUID) -> ResponseReturnValue:
    job = _job(job_id)
    question, form = service.question_of(job.payload), CommandForm()
    said: dict[str, Any] = {"job": job, "question": question, "form": form, "programme": by_id(Programme, question.programme_id)}
    said["rounds"] = [row for row in reads.rounds_of(question.programme_id) if row.id in question.round_ids]
    said["narrowed"] = _narrowed(question)
    if job.result is None:
        why = job.error if job.attempts < MAX_ATTEMPTS else None  # after the last one it is our own mistake
        said["why"] = why or _("系统出了差错，已经记录。请再试一次；如果仍不成功，请联系系统管理员。")
        said |= {"has_failed": job.state is JobState.FAILED, "is_waiting": job.state is JobState.QUEUED}
        return render_template("whatif/progress.html", is_own=job.owner_id == current_user.id, **said)
    result = job.result
    return render_template(
        "whatif/show.html",
        result=result,
        has_orders=question.spec().has_orders,
        groups=presenter.groups_of(result),
        bars_of=presenter.bars_of,
        firms=presenter.counted(result, "firms"),
        orders=presenter.counted(result, "changed"),
        reasons=presenter.reasons_of(result),
        lost=presenter.firms_of(result, "lost"),
        gained=presenter.firms_of(result, "gained"),
        changes=_changes(question, said["rounds"]),
        not_replayed=_not_replayed(question),
        is_kept=store.is_kept(UUID(job.payload["replay_id"]), store.ORDERS),
        **said,
    )


def _not_replayed(question: Question) -> list[str]:
    rounds = [row for row in reads.rounds_of(question.programme_id) if row.id in question.round_ids]
    return presenter.not_replayed([question.spec(), *(spec_of(row.version_id) for row in rounds)], rounds)


def _narrowed(question: Question) -> list[str]:
    """What of the orders is counted, in words."""
    spec, names = question.spec(), category_names()
    labels = {one.name: one.label for one in spec.classes}
    said = [
        _("%(year)s 年", year=question.year) if question.year else "",
        labels.get(question.class_key, question.class_key),
        names.get(question.category, question.category),
        presenter.region_name(question.region) if question.region else "",
    ]
    return [one for one in said if one]


def _changes(question: Question, rounds: list[Any]) -> list[Any]:
    """What differs between the rules of the newest chosen round and the changed ones."""
    before: ProgrammeSpec = spec_of(rounds[0].version_id)
    return changes(before.document, question.spec().document)


@bp.post("/what-if/<uuid:job_id>/cancel")
@requires("programmes.manage")
def cancel(job_id: UUID) -> ResponseReturnValue:
    job, form = _job(job_id), CommandForm()
    if form.validate_on_submit():
        in_transaction(once(lambda: service.cancel(job.id)))
    return redirect(url_for("whatif.show", job_id=job_id))


@bp.get("/what-if/<uuid:job_id>/picture")
@requires("programmes.manage")
def picture(job_id: UUID) -> ResponseReturnValue:
    """The picture of the result as a file for a report; its table stands on the page."""
    job, result = _result(job_id)
    drawn = render_template("whatif/picture.svg", groups=presenter.groups_of(result), title=job.title, result=result)
    return downloads.svg(drawn, _("规则试算-%(at)s", at=job.created_at.date().isoformat()))


@offer(bp, "/what-if/<uuid:job_id>/orders.xlsx", permission="programmes.manage")
def orders_excel(job_id: UUID) -> ExportedList:
    job, result = _result(job_id)
    columns = (
        Column("number", _("订单编号"), width=18),
        Column("firm", _("企业"), width=36),
        Column("before_class", _("现行类别"), width=16),
        Column("after_class", _("试算类别"), width=16),
        Column("region", _("企业所在地区"), width=24),
        Column("category", _("服务类别"), width=16),
        Column("on", _("下单日期"), width=12),
        *_money_columns(),
        Column("short", _("批次资金不足（元）"), kind=CellKind.YUAN),
        Column("why", _("试算为零的原因"), width=32),
    )
    return _book(job, result, _("试算逐单明细"), columns, store.ORDERS, result["orders"])


@offer(bp, "/what-if/<uuid:job_id>/firms.xlsx", permission="programmes.manage")
def firms_excel(job_id: UUID) -> ExportedList:
    job, result = _result(job_id)
    columns = (
        Column("firm", _("企业"), width=36),
        Column("fate", _("变化"), width=12),
        Column("class", _("企业类别"), width=24),
        Column("region", _("企业所在地区"), width=24),
        Column("orders", _("订单数"), kind=CellKind.INTEGER),
        *_money_columns(),
        Column("grant", _("原未获券，试算可领（元）"), kind=CellKind.YUAN),
        Column("why", _("试算为零的原因"), width=32),
    )
    return _book(job, result, _("试算企业名单"), columns, store.FIRMS, sum(result["firms"].values()))


def _money_columns() -> tuple[Column, ...]:
    return (
        Column("before", _("现行补贴（元）"), kind=CellKind.YUAN),
        Column("after", _("试算补贴（元）"), kind=CellKind.YUAN),
        Column("more", _("增减（元）"), kind=CellKind.YUAN, negative=True),
    )


def _book(job: Job, result: Mapping[str, Any], title: str, columns: tuple[Column, ...], kind: str, number: int) -> ExportedList:
    """Raises: RuleViolation: the details are no longer kept."""
    replay_id, cells = UUID(job.payload["replay_id"]), presenter.order_cells if kind == store.ORDERS else presenter.firm_cells
    store.check_kept(replay_id, kind)
    lines = of_length(number, lambda: cells(store.lines_of(replay_id, kind), result["labels"], result.get("currency", CNY)))
    said = "；".join([job.title, *(one.rstrip("。") for one in _not_replayed(service.question_of(job.payload)))])
    return ExportedList(title, columns, lines, f"{title}-{job.created_at.date().isoformat()}", said)
