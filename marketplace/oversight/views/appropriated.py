"""What one 指标文号 paid."""

from collections.abc import Sequence
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.exports.offers import ExportedList, each, offer, rows_of
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.sheets import CellKind, Column
from marketplace.oversight.queries import appropriated as queries
from marketplace.oversight.queries.appropriated import Brought
from marketplace.oversight.views import bp
from marketplace.oversight.views.scope import areas
from marketplace.settlement.models import PaymentLine
from marketplace.vouchers.trail import SOURCES
from marketplace.web.access import requires
from marketplace.web.paging import paged


def _asked(appropriation_id: UUID) -> tuple[str, list[Brought]]:
    seen = areas("ledger.see")
    number = queries.number_of(appropriation_id, seen)
    return number, queries.of_document(number, seen)


@bp.get("/appropriations/<uuid:appropriation_id>")
@requires("ledger.see")
def appropriated(appropriation_id: UUID) -> ResponseReturnValue:
    number, brought = _asked(appropriation_id)
    shown = {"sources": SOURCES, "drawn": _drawn(brought), "currency": brought[0].programme.currency, "appropriation_id": appropriation_id}
    return render_template("oversight/appropriated.html", number=number, brought=brought, page=paged(queries.payments(brought)), **shown)


def _drawn(brought: Sequence[Brought]) -> list[str]:
    return sorted({one.appropriation.source for one in brought})


@offer(bp, "/appropriations/<uuid:appropriation_id>.xlsx", permission="ledger.see", areas=lambda who: who.areas_read("ledger.see"))
def appropriated_export(appropriation_id: UUID) -> ExportedList:
    number, brought = _asked(appropriation_id)
    drawn, title = _drawn(brought), _("文号付款明细")
    columns = (
        Column("claim", _("申请编号"), CellKind.CODE),
        Column("payee", _("收款单位"), width=40),
        Column("paid_on", _("付款日期"), CellKind.DATE),
        Column("reference", _("银行流水号"), CellKind.CODE),
        Column("amount", _("付款金额（元）"), CellKind.YUAN),
        *(Column(source, _("其中%(source)s（元）", source=_(SOURCES[source])), CellKind.YUAN) for source in drawn),
    )
    lines = rows_of(queries.payments(brought), each(lambda line: _cells(line, drawn)))
    return ExportedList(title, columns, lines, f"{title}_{number}", _("指标文号：%(number)s", number=number))


def _cells(line: PaymentLine, drawn: Sequence[str]) -> tuple[object, ...]:
    parts = (in_sheet(line.split.get(source), line.currency) for source in drawn)
    paid = in_sheet(line.amount_fen, line.currency)
    return (line.claim.number, line.payee_name, line.paid_on, line.bank_reference, paid, *parts)
