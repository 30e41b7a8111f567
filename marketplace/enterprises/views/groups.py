"""Groups of associated firms: the list, one with its members and its history, a new one, and who joins or leaves."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.enterprises import queries, service
from marketplace.enterprises.forms import GroupChangeForm, GroupForm
from marketplace.enterprises.models import FirmGroupEntry
from marketplace.enterprises.views.blueprint import bp
from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.paging import paged


def _seen() -> tuple[str, ...] | None:
    found: tuple[str, ...] | None = current_user.areas_read("enterprises.see")
    return found


@bp.get("/firm-groups")
@requires("enterprises.see")
def groups() -> ResponseReturnValue:
    page = paged(queries.groups(_seen()))
    members = queries.members_of([row.id for row in page.items], clock.today())
    return render_template("enterprises/groups.html", page=page, counts={key: len(some) for key, some in members.items()})


_COLUMNS = (
    Column("number", N_("编号"), CellKind.CODE),
    Column("group", N_("关联企业组"), width=40),
    Column("name", N_("单位"), width=40),
    Column("uscc", N_("统一社会信用代码"), CellKind.USCC),
    Column("change", N_("变动")),
    Column("on_day", N_("起始日期"), CellKind.DATE),
    Column("reason", N_("原因"), width=60),
)


def _cells(found: Sequence[FirmGroupEntry]) -> Iterator[tuple[object, ...]]:
    for row in found:
        who = (row.group.number, row.group.name, row.organisation.name, row.organisation.uscc)
        yield (*who, _("加入") if row.joins else _("退出"), row.on_day, row.reason)


@offer(bp, "/firm-groups/sheet", permission="enterprises.see", areas=lambda who: who.areas_read("enterprises.see"))
def groups_sheet() -> ExportedList:
    columns = [replace(one, title=_(one.title)) for one in _COLUMNS]
    return ExportedList(_("关联企业组"), columns, rows_of(queries.group_entries(_seen()), _cells), _("关联企业组"))


@bp.route("/firm-groups/new", methods=["GET", "POST"])
@requires("enterprises.verify")
def add_group() -> ResponseReturnValue:
    form = GroupForm(on_day=clock.today())
    if form.validate_on_submit():
        said, asked = form.said(), {"actor_id": current_user.id, "request_key": form.key(), "now": clock.now()}
        areas = current_user.areas_for("enterprises.verify")
        if done := carried_out(form, lambda: service.make_group(said, areas, **asked), _("已建立关联企业组。")):
            return redirect(url_for("enterprises.group", group_id=done.answer.id))
    return render_template("enterprises/add_group.html", form=form), form.status


@bp.get("/firm-groups/<uuid:group_id>")
@requires("enterprises.see")
def group(group_id: UUID) -> ResponseReturnValue:
    row = queries.group_in(group_id, _seen())
    page, members = paged(queries.entries_of(group_id)), queries.members_of([group_id], clock.today())[group_id]
    facts = {
        "members": identity.names_of_organisations(members),
        "may_change": current_user.may_act("enterprises.verify", row.region_code),
        "names": identity.names_of([row.made_by, *(one.made_by for one in page.items)]),
    }
    return render_template("enterprises/group.html", row=row, page=page, **facts)


@bp.route("/firm-groups/<uuid:group_id>/change", methods=["GET", "POST"])
@requires("enterprises.verify")
def change_group(group_id: UUID) -> ResponseReturnValue:
    areas = current_user.areas_for("enterprises.verify")
    row, form = queries.group_in(group_id, areas), GroupChangeForm(on_day=clock.today())
    if form.validate_on_submit():
        said, asked = form.said(), {"actor_id": current_user.id, "request_key": form.key(), "now": clock.now()}
        if carried_out(form, lambda: service.change_group(group_id, said, areas, **asked), _("已登记变动。")):
            return redirect(url_for("enterprises.group", group_id=group_id))
    return render_template("enterprises/change_group.html", row=row, form=form), form.status
