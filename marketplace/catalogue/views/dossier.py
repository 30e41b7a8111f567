"""The yearly dossier and the staff list, as the provider keeps them."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue import importers, queries
from marketplace.catalogue.forms import StaffEndForm, StaffForm, fact_form
from marketplace.catalogue.models import DossierItem
from marketplace.catalogue.rules import dossier as rules
from marketplace.catalogue.service import admission, people
from marketplace.catalogue.service import dossier as service
from marketplace.catalogue.views.blueprint import bp
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import format_yuan
from marketplace.policy.dossier import AnswerKind, DossierKind, OrganisationKind, answer_of
from marketplace.web import importing, uploads
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out, once
from marketplace.web.query_string import asked_number

importing.add_pages(bp, importing.Pages(importers.STAFF, permission="provider.own", back="catalogue.staff"))


def year_asked() -> int:
    """The year of the address; the one before today's, which is what is evaluated, when there is none."""
    today = clock.today()
    return asked_number("year", rules.FIRST_YEAR, today.year) or today.year - 1


def answer_in_words(item: DossierItem) -> str:
    """What a row says, as a page shows it."""
    answer = answer_of(rules.kind_of(item.kind))
    if answer is AnswerKind.YES_NO:
        return _("有") if item.number else _("没有")
    if answer is AnswerKind.AMOUNT_FEN:
        return _("%(yuan)s 元", yuan=format_yuan(item.number or 0))
    if answer is AnswerKind.COUNT:
        return str(item.number)
    if answer is AnswerKind.DATE:
        return item.dated_on.isoformat()
    if answer is AnswerKind.WORD:
        return _(OrganisationKind.labels().get(item.title, item.title))
    return f"{item.title}（{item.issuer}）"


def lines_of(items: list[DossierItem]) -> list[dict[str, object]]:
    """Every kind of fact with what was declared for it."""
    files = queries.files_by_id(item.file_id for item in items)
    rows: dict[str, list[dict[str, object]]] = {kind: [] for kind in DossierKind}
    for item in items:
        if item.kind in rows:
            rows[item.kind].append({"item": item, "answer": answer_in_words(item), "file": files.get(item.file_id)})  # type: ignore[arg-type]
    return [{"kind": kind, "label": kind.label, "rows": rows[kind], "many": answer_of(kind) is AnswerKind.ENTRY} for kind in DossierKind]


@bp.get("/provider/dossier")
@requires("provider.own")
def dossier() -> ResponseReturnValue:
    year = year_asked()
    items = queries.dossier_of(current_user.organisation_id, year)
    lines = lines_of(items)
    done = sum(bool(line["rows"]) for line in lines)
    return render_template("catalogue/dossier.html", year=year, lines=lines, done=done, today=clock.today(), form=CommandForm())


@bp.route("/provider/dossier/<kind>", methods=["GET", "POST"])
@requires("provider.own")
def declare(kind: str) -> ResponseReturnValue:
    known, year = rules.kind_of(kind), year_asked()
    form = fact_form(known)
    if form.validate_on_submit():
        provider_id, actor_id, key = current_user.organisation_id, current_user.id, form.key()

        def work(file: Callable[[], UUID | None]) -> None:
            fact = form.fact(known, year, has_file=uploads.is_chosen(form.file.data))
            admission.open_file(provider_id, actor_id=actor_id)
            service.declare(provider_id, fact, actor_id=actor_id, request_key=key, today=clock.today(), file_id=file())

        said = _("“%(label)s”已填写，待主管部门核实。", label=_(known.label))
        if carried_out(form, work, said, before=lambda: uploads.chosen(form.file)):
            return redirect(url_for("catalogue.dossier", year=year))
    return render_template(
        "catalogue/declare.html", form=form, kind=known, label=known.label, year=year, answer=answer_of(known)
    ), form.status


@bp.post("/provider/dossier/items/<uuid:item_id>/withdraw")
@requires("provider.own")
def withdraw_item(item_id: UUID) -> ResponseReturnValue:
    provider_id, actor_id = current_user.organisation_id, current_user.id
    if CommandForm().validate_on_submit():
        in_transaction(once(lambda: service.withdraw(item_id, provider_id, actor_id=actor_id)))
        flash(_("已撤回。"), "success")
    return redirect(url_for("catalogue.dossier", year=year_asked()))


@bp.get("/provider/dossier/items/<uuid:item_id>/file")
@requires("provider.own")
def own_evidence(item_id: UUID) -> ResponseReturnValue:
    return uploads.send(queries.file(queries.own_dossier_item(item_id, current_user.organisation_id).file_id))


@bp.get("/provider/staff")
@requires("provider.own")
def staff() -> ResponseReturnValue:
    rows = queries.staff_of(current_user.organisation_id)
    return render_template(
        "catalogue/staff.html", rows=rows, files=queries.files_by_id(row.file_id for row in rows),
        there=sum(row.until_on is None for row in rows),
    )  # fmt: skip


@bp.route("/provider/staff/new", methods=["GET", "POST"])
@requires("provider.own")
def add_staff() -> ResponseReturnValue:
    form = StaffForm()
    if form.validate_on_submit():
        provider_id, actor_id, key, facts = current_user.organisation_id, current_user.id, form.key(), form.facts()

        def work(file: Callable[[], UUID | None]) -> None:
            admission.open_file(provider_id, actor_id=actor_id)
            people.add_staff(provider_id, facts, actor_id=actor_id, request_key=key, today=clock.today(), file_id=file())

        if carried_out(form, work, _("已添加 %(name)s。", name=facts.name), before=lambda: uploads.chosen(form.file)):
            return redirect(url_for("catalogue.staff"))
    return render_template("catalogue/add_staff.html", form=form), form.status


@bp.route("/provider/staff/<uuid:person_id>/end", methods=["GET", "POST"])
@requires("provider.own")
def end_staff(person_id: UUID) -> ResponseReturnValue:
    row, form = queries.own_staff_member(person_id, current_user.organisation_id), StaffEndForm()
    if form.validate_on_submit():
        provider_id, actor_id, until_on = current_user.organisation_id, current_user.id, form.until_on.data
        if carried_out(form, lambda: people.end_staff(person_id, provider_id, until_on=until_on, actor_id=actor_id)):
            flash(_("已登记 %(name)s 离职。", name=row.name), "success")
            return redirect(url_for("catalogue.staff"))
    return render_template("catalogue/end_staff.html", form=form, row=row), form.status


@bp.get("/provider/staff/<uuid:person_id>/file")
@requires("provider.own")
def own_staff_file(person_id: UUID) -> ResponseReturnValue:
    return uploads.send(queries.file(queries.own_staff_member(person_id, current_user.organisation_id).file_id))
