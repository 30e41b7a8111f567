"""Money to be paid back: the list of an office and of a payee, a case, and what is done with it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from uuid import UUID, uuid5

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity import queries as identity
from marketplace.identity.page_mark import mark
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.sheets import CellKind, Column
from marketplace.moves import presenter as moves
from marketplace.settlement import queries, service
from marketplace.settlement.forms import ConfirmRecoveryForm, ReceiptForm, RecoveryForm, RecoveryReasonForm, RedirectForm
from marketplace.settlement.importers import INVOICE_CHECKS
from marketplace.settlement.lifecycle import RECOVERY, RecoveryState, Side
from marketplace.settlement.queries import recoveries as cases
from marketplace.settlement.queries.recoveries import RecoveryFilters
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.recovery_rules import Owed, RecoveryGround, ReturnsTo
from marketplace.settlement.service import Receipt, RecoveryFinding
from marketplace.settlement.settings import finance
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp, viewer
from marketplace.web import importing
from marketplace.web.access import requires
from marketplace.web.forms import ShownForm, carried_out, decided, in_currency
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_text

importing.add_pages(bp, importing.Pages(INVOICE_CHECKS, permission="claims.review", back="settlement.recoveries"))


def _filters() -> RecoveryFilters:
    state = request.args.get("state", "")
    return RecoveryFilters(
        state=RecoveryState(state) if state in set(RecoveryState) else None,
        text=asked_text("q"),
        overdue_on=clock.today() if request.args.get("overdue") == "yes" else None,
        not_by=current_user.id if request.args.get("by") == "others" else None,
    )


@bp.get("/recoveries")
@requires("payments.see")
def recoveries() -> ResponseReturnValue:
    filters, areas = _filters(), current_user.areas_for("payments.see")
    return render_template(
        "settlement/recoveries.html",
        page=paged(cases.of_area(areas, filters)),
        filters=filters,
        sums=cases.sums(areas),
        states=[(one.value, _(one.label)) for one in RecoveryState],
        today=clock.today(),
    )


COLUMNS = (
    Column("number", N_("追回编号"), CellKind.CODE),
    Column("claim", N_("兑付申请编号"), CellKind.CODE),
    Column("debtor", N_("缴款单位")),
    Column("ground", N_("发现途径")),
    Column("document", N_("追回决定文号")),
    Column("amount", N_("追回金额"), CellKind.YUAN),
    Column("recovered", N_("已缴回本金"), CellKind.YUAN),
    Column("left", N_("未缴回本金"), CellKind.YUAN),
    Column("returns_to", N_("追回资金去向")),
    Column("due_on", N_("缴回期限"), CellKind.DATE),
    Column("state", N_("状态")),
    Column("finding", N_("认定的事实和依据"), width=60),
)


@offer(bp, "/recoveries/export", permission="payments.see")
def export_recoveries() -> ExportedList:
    lines = rows_of(cases.of_area(current_user.areas_for("payments.see"), _filters()), _lines)
    return ExportedList(_("追回"), COLUMNS, lines, _("追回-%(day)s", day=clock.today().isoformat()), "")


def _lines(piece: Sequence[Recovery]) -> Iterator[tuple[object, ...]]:
    for one in piece:
        amounts = (in_sheet(fen, one.currency) for fen in (one.amount_fen, one.recovered_fen, one.left_fen))
        yield (
            one.number,
            one.claim.number,
            one.debtor.name,
            _(one.ground.label),
            one.document,
            *amounts,
            _(one.returns_to.label),
            one.due_on,
            _(one.state.label),
            one.finding,
        )


@bp.get("/recoveries/mine")
@requires("recoveries.own")
def my_recoveries() -> ResponseReturnValue:
    return render_template("settlement/my_recoveries.html", page=paged(cases.of_debtor(current_user.organisation_id)))


@bp.get("/recoveries/<uuid:recovery_id>")
@requires("claims.open")
def recovery(recovery_id: UUID) -> ResponseReturnValue:
    row, is_own = cases.visible(recovery_id, viewer()), not current_user.is_staff
    instalments = cases.instalments_of(row.id)
    offered = [] if is_own else [*RECOVERY.offered(Side.OFFICER, row.state), *RECOVERY.offered(Side.BANK, row.state)]
    return render_template(
        "settlement/recovery.html",
        layout=own_layout(),
        case=row,
        instalments=instalments,
        is_own=is_own,
        owed=_owed(row),
        history=moves.history(row.id, [RECOVERY], partial(presenter.note, row.currency)),
        names=identity.names_of([row.opened_by, row.decided_by, *(one.recorded_by for one in instalments)]),
        buttons=moves.buttons(RECOVERY, [one for one in offered if _may(one.verb, row)], blueprint="settlement", recovery_id=row.id),
    )


def _may(verb: str, row: Recovery) -> bool:
    """Whether whoever looks may make a move now, so that no button must fail."""
    firm, move = row.claim.firm, RECOVERY.move(verb)
    if not current_user.may_act(move.permission, firm.region_code, firm.park_code):
        return False
    if row.state is RecoveryState.PROPOSED:
        return bool(row.opened_by != current_user.id)
    if verb == "redirect_recovery":
        return row.returns_to is ReturnsTo.POOL
    return verb != "refer_recovery" or (row.due_on is not None and row.due_on < row.day_of(clock.now()))


def _owed(row: Recovery) -> Owed:
    """What there is to pay back today; of a case that waits for a decision, what it would demand."""
    return cases.owed_on(row, cases.instalments_of(row.id), row.day_of(clock.now()))


@bp.route("/claims/<uuid:claim_id>/recover", methods=["GET", "POST"])
@requires("claims.review")
def open_recovery(claim_id: UUID) -> ResponseReturnValue:
    claim = queries.in_area(claim_id, current_user.areas_for("claims.review"))
    actor_id = current_user.id
    form, most = in_currency(RecoveryForm, claim.currency)(), cases.recoverable_fen(claim_id)
    if not form.is_submitted():
        form.amount.data, form.returns_to.data = Fen(max(0, most)), ReturnsTo.POOL.value
    if form.validate_on_submit():
        key = form.key()
        ground, to = RecoveryGround(form.ground.data), ReturnsTo(form.returns_to.data)
        finding = RecoveryFinding(form.amount.data or Fen(0), ground, form.finding.data, to)
        if done := carried_out(
            form,
            lambda: service.open_recovery(uuid5(key, "recovery"), claim_id, finding, actor_id=actor_id, now=clock.now(), request_key=key),
            _("追回已提出，等另一位工作人员确认。"),
        ):
            return redirect(url_for("settlement.recovery", recovery_id=done.answer.id))
    return render_template("settlement/open_recovery.html", claim=claim, form=form, most=most), form.status


def _decision(row: Recovery, form: ShownForm, work: Callable[..., object], said: str, page: str = "decide_recovery") -> ResponseReturnValue:
    """The page of a decision on a case; `work` is told of which case, who decides, when, and what the page showed."""
    recovery_id = row.id
    by = {"actor_id": current_user.id, "now": clock.now(), "request_key": form.key(), "shown": form.seen()}

    def shown() -> str:
        case = cases.in_area(recovery_id, current_user.areas_for("claims.open"))
        move = RECOVERY.move(str(request.endpoint).rsplit(".", 1)[-1])
        told = {"owed": _owed(case), "settings": finance(case.claim.region_code)}
        return render_template(f"settlement/{page}.html", case=case, form=form, move=move, **told)

    then = url_for("settlement.recovery", recovery_id=recovery_id)
    return decided(form, lambda: work(recovery_id, **by), said, then=then, page=shown)


@bp.route("/recoveries/<uuid:recovery_id>/confirm", methods=["GET", "POST"])
@requires("claims.review")
def confirm_recovery(recovery_id: UUID) -> ResponseReturnValue:
    form = ConfirmRecoveryForm(shown=mark(recovery_id))
    row = cases.in_area(recovery_id, current_user.areas_for("claims.review"))
    work = partial(service.confirm_recovery, document=form.document.data)
    return _decision(row, form, work, _("追回已确认，缴款单位已收到通知。"))


@bp.route("/recoveries/<uuid:recovery_id>/drop", methods=["GET", "POST"])
@requires("claims.review")
def drop_recovery(recovery_id: UUID) -> ResponseReturnValue:
    form = RecoveryReasonForm(shown=mark(recovery_id))
    row = cases.in_area(recovery_id, current_user.areas_for("claims.review"))
    return _decision(row, form, partial(service.drop_recovery, reason=form.reason.data), _("已决定不予追回。"))


@bp.route("/recoveries/<uuid:recovery_id>/refer", methods=["GET", "POST"])
@requires("claims.review")
def refer_recovery(recovery_id: UUID) -> ResponseReturnValue:
    form = RecoveryReasonForm(shown=mark(recovery_id))
    row = cases.in_area(recovery_id, current_user.areas_for("claims.review"))
    return _decision(row, form, partial(service.refer_recovery, reason=form.reason.data), _("已移送追缴。"))


@bp.route("/recoveries/<uuid:recovery_id>/redirect", methods=["GET", "POST"])
@requires("claims.review")
def redirect_recovery(recovery_id: UUID) -> ResponseReturnValue:
    form = RedirectForm(shown=mark(recovery_id))
    row = cases.in_area(recovery_id, current_user.areas_for("claims.review"))
    return _decision(row, form, service.redirect_recovery, _("以后的缴回款上缴国库。"))


@bp.route("/recoveries/<uuid:recovery_id>/receive", methods=["GET", "POST"])
@requires("payments.record")
def receive(recovery_id: UUID) -> ResponseReturnValue:
    seen, row = mark(recovery_id), cases.in_area(recovery_id, current_user.areas_for("payments.record"))
    form = in_currency(ReceiptForm, row.currency)(shown=seen)
    if not form.is_submitted():
        form.amount.data, form.received_on.data = Fen(_owed(row).total_fen), row.day_of(clock.now())
    slip = Receipt(form.amount.data or 0, form.reference.data, form.received_on.data)
    return _decision(row, form, lambda case_id, **by: service.receive(case_id, slip, **by), _("缴回款已登记。"), "receive")
