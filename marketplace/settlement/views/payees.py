"""The statement of a fee office or an operator: what a round granted and paid to it, for which claims."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import payees
from marketplace.settlement.views.blueprint import bp
from marketplace.vouchers.payee_models import RoundPayee
from marketplace.vouchers.views.common import seen_round
from marketplace.web.access import requires
from marketplace.web.paging import paged

STATEMENT = (
    Column("number", N_("申请编号")),
    Column("firm", N_("企业")),
    Column("asker", N_("申请单位")),
    Column("about", N_("申请事项"), width=40),
    Column("approved", N_("核准金额"), CellKind.YUAN),
    Column("state", N_("状态")),
    Column("paid_on", N_("付款日期"), CellKind.DATE),
    Column("reference", N_("银行流水号")),
)


def _seen(payee_id: UUID) -> RoundPayee:
    row = by_id(RoundPayee, payee_id)
    seen_round(row.round_id)
    return row


@bp.get("/office/payees/<uuid:payee_id>/statement")
@requires("rounds.see")
def payee_statement(payee_id: UUID) -> ResponseReturnValue:
    row = _seen(payee_id)
    page = paged(payees.claims_to(row))
    slips = payees.slips_of(page.items)
    return render_template("settlement/payee_statement.html", payee=row, row=row.round, page=page, sums=payees.sums_to(row), slips=slips)


@offer(bp, "/office/payees/<uuid:payee_id>/statement.xlsx", permission="rounds.see")
def export_payee_statement(payee_id: UUID) -> ExportedList:
    row = _seen(payee_id)
    title = _("%(name)s 对账单 %(day)s", name=row.name, day=clock.today().isoformat())
    return ExportedList(_("对账单"), STATEMENT, rows_of(payees.claims_to(row), _lines), title, row.round.name)


def _lines(piece: Sequence[Claim]) -> Iterator[tuple[object, ...]]:
    slips = payees.slips_of(piece)
    for one in piece:
        mine = slips.get(one.id, ())
        paid = (mine[-1].paid_on if mine else None, "、".join(slip.bank_reference for slip in mine))
        yield (one.number, one.firm.name, one.asker.name, one.about, in_sheet(one.approved_fen, one.currency), _(one.state.label), *paid)
