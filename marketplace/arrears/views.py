"""Pages of arrears: the list, one of them with its plan and progress, each step, the report of a month; both lists as Excel."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from marketplace.arrears import queries, rules, service
from marketplace.arrears.forms import ConfirmForm, PlanForm, ProgressForm, RegisterForm, ReverseForm, WordsForm
from marketplace.arrears.lifecycle import ARREAR, ArrearState, Side
from marketplace.arrears.models import Arrear
from marketplace.arrears.queries import ArrearFilter
from marketplace.arrears.rules import ArrearWords
from marketplace.arrears.service import TypedArrear
from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity import page_mark
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.money import Fen
from marketplace.kernel.sheets import CellKind, Column
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out, choices, decided
from marketplace.web.paging import paged

bp = Blueprint("arrears", __name__)

STEPS = {
    "confirm": (service.confirm, ConfirmForm, _l("核实后列入清欠台账，从今天起计入月报。登记人不能核实自己登记的欠款。")),
    "drop": (service.drop, WordsForm, _l("不列入台账的欠款留存备查。")),
    "plan": (service.plan, PlanForm, _l("同一个月再次填写的，以最后一次为准；以前的留存备查。")),
    "report": (service.report, ProgressForm, _l("每周登记一次：清偿了多少，或为什么没有清偿（金额填 0）。登记后不再改动。")),
    "reverse": (service.reverse, ReverseForm, _l("登记有误的，写明多登记的金额和原因；原来的记录保留。")),
}


def _seen() -> tuple[str, ...] | None:
    found: tuple[str, ...] | None = current_user.areas_read("arrears.see")
    return found


def _asked() -> ArrearFilter:
    state = request.args.get("state", "")
    return ArrearFilter(
        ArrearState(state) if state in set(ArrearState) else None,
        current_user.id if request.args.get("by") == "others" else None,
        clock.today() if request.args.get("quiet") else None,
    )


def _wanted() -> queries.Areas:
    """What waits for an officer is of the areas in which that one acts."""
    acts = request.args.get("by") == "others" or bool(request.args.get("quiet"))
    return current_user.areas_for("arrears.manage") if acts else _seen()


@bp.get("/arrears")
@requires("arrears.see")
def index() -> ResponseReturnValue:
    page = paged(queries.arrears(_wanted(), _asked()))
    paid = queries.paid_fen(page.items)
    chosen = request.args.get("state", "")
    return render_template("arrears/index.html", page=page, paid=paid, chosen=chosen, state_choices=choices(ArrearState))


_COLUMNS = (
    Column("number", N_("编号"), CellKind.CODE),
    Column("creditor", N_("被拖欠企业"), width=40),
    Column("debtor", N_("欠款单位"), width=40),
    Column("kind", N_("欠款单位类型")),
    Column("due_on", N_("应付日期"), CellKind.DATE),
    Column("amount", N_("欠款金额（元）"), CellKind.YUAN),
    Column("paid", N_("已清偿（元）"), CellKind.YUAN),
    Column("left", N_("尚欠（元）"), CellKind.YUAN),
    Column("state", N_("状态")),
)


def _cells(found: Sequence[Arrear]) -> Iterator[tuple[object, ...]]:
    paid = queries.paid_fen(found)
    for row in found:
        done = paid[row.id]
        who = (row.number, row.creditor.name, row.debtor, said(row.debtor_kind.label), row.due_on)
        yield (*who, row.amount_fen, done, row.amount_fen - done, said(row.state.label))


@offer(bp, "/arrears/sheet", permission="arrears.see", areas=lambda who: who.areas_read("arrears.see"))
def sheet() -> ExportedList:
    columns = [replace(one, title=_(one.title)) for one in _COLUMNS]
    return ExportedList(_("清欠台账"), columns, rows_of(queries.arrears(_wanted(), _asked()), _cells), _("清欠台账"))


@bp.route("/arrears/new", methods=["GET", "POST"])
@requires("arrears.manage")
def register() -> ResponseReturnValue:
    form = RegisterForm()
    if form.validate_on_submit():
        typed = TypedArrear(
            creditor=str(form.creditor.data),
            debtor=str(form.debtor.data),
            debtor_kind=str(form.debtor_kind.data),
            amount_fen=Fen(form.amount.data or 0),
            due_on=form.due_on.data,
            evidence=str(form.evidence.data),
        )
        by, areas = By(current_user.id, clock.now(), form.key()), current_user.areas_for("arrears.manage")
        if done := carried_out(form, lambda: service.register(typed, areas, by=by), _("已登记，等待另一位工作人员核实。")):
            return redirect(url_for("arrears.show", arrear_id=done.answer.id))
    return render_template("arrears/register.html", form=form), form.status


@bp.get("/arrears/<uuid:arrear_id>")
@requires("arrears.see")
def show(arrear_id: UUID) -> ResponseReturnValue:
    row = queries.arrear_in(arrear_id, _seen())
    page, month = paged(queries.progress_of(arrear_id)), rules.month_of(clock.today())
    return render_template(
        "arrears/show.html",
        row=row,
        paid_fen=queries.paid_fen([row])[row.id],
        left_fen=service.left_fen(row),
        planned_fen=queries.planned_fen(arrear_id, month),
        page=page,
        names=identity.names_of([row.registered_by, *(one.said_by for one in page.items)]),
        actions=_buttons(row),
        history=presenter.history(row.id, [ARREAR], lambda details: str(details.get("reason", ""))),
    )


def _buttons(row: Arrear) -> list[dict[str, str]]:
    if not current_user.may_act("arrears.manage", row.region_code):
        return []
    return presenter.buttons(ARREAR, [move for side in Side for move in ARREAR.offered(side, row.state)], arrear_id=row.id)


def _given(form: CommandForm) -> ArrearWords:
    typed = {one.name: one.data for one in form}
    return ArrearWords(typed.get("amount"), typed.get("month") or "", typed.get("words") or "")


@bp.route("/arrears/<uuid:arrear_id>/<any(confirm,drop,plan,report,reverse):way>", methods=["GET", "POST"])
@requires("arrears.manage")
def step(arrear_id: UUID, way: str) -> ResponseReturnValue:
    row = queries.arrear_in(arrear_id, current_user.areas_for("arrears.manage"))
    work, kind, lead = STEPS[way]
    form = kind(shown=page_mark.mark(arrear_id))
    if way == "plan" and not form.is_submitted():
        form["month"].data = clock.today().strftime("%Y-%m")
    given = _given(form)
    by = By(current_user.id, clock.now(), form.key(), given.content(), shown=form.seen())
    page = {"row": row, "form": form, "move": ARREAR.move(way), "way": way, "lead": lead, "left_fen": service.left_fen(row)}
    return decided(
        form,
        lambda: work(arrear_id, given, by=by),
        _("已办理。"),
        then=url_for("arrears.show", arrear_id=arrear_id),
        page=lambda: render_template("arrears/step.html", **page),
    )


def _month() -> date:
    """The month that the address names, else this one."""
    return rules.month_named(request.args.get("month", "")) or rules.month_of(clock.today())


@bp.get("/arrears/report")
@requires("arrears.see")
def monthly() -> ResponseReturnValue:
    """What was left, came new, was planned and paid in a month: each sum is that of the rows below it."""
    month = _month()
    page = paged(queries.in_month(_seen(), month))
    sums = queries.month_sums(page.items, month)
    return render_template("arrears/monthly.html", month=month, total=queries.month_total(_seen(), month), page=page, sums=sums)


_MONTHLY = (
    *_COLUMNS[:5],
    Column("opening", N_("月初尚欠（元）"), CellKind.YUAN),
    Column("new", N_("本月新增（元）"), CellKind.YUAN),
    Column("planned", N_("本月计划（元）"), CellKind.YUAN),
    Column("paid", N_("本月清偿（元）"), CellKind.YUAN, negative=True),
    Column("left", N_("月末尚欠（元）"), CellKind.YUAN),
)


def _month_cells(found: Sequence[Arrear], month: date) -> Iterator[tuple[object, ...]]:
    sums = queries.month_sums(found, month)
    for row, of_month in ((row, sums[row.id]) for row in found):
        who = (row.number, row.creditor.name, row.debtor, said(row.debtor_kind.label), row.due_on)
        yield (*who, of_month.opening_fen, of_month.new_fen, of_month.planned_fen, of_month.paid_fen, of_month.left_fen)


@offer(bp, "/arrears/report/sheet", permission="arrears.see", areas=lambda who: who.areas_read("arrears.see"))
def monthly_sheet() -> ExportedList:
    month, named = _month(), _month().strftime("%Y-%m")
    columns = [replace(one, title=_(one.title)) for one in _MONTHLY]
    lines = rows_of(queries.in_month(_seen(), month), partial(_month_cells, month=month))
    return ExportedList(_("清欠月报"), columns, lines, _("清欠月报-%(month)s", month=named), _("月份：%(month)s", month=named))
