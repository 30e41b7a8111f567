"""The trace of a yuan: the same page from a voucher, an order, a claim or a payment."""

from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.queries import names_of, stands_in
from marketplace.kernel.currencies import format_money
from marketplace.oversight import queries
from marketplace.oversight.queries import names, trace
from marketplace.oversight.queries.trace import Trace
from marketplace.oversight.queries.trace_papers import papers_of
from marketplace.oversight.views import bp
from marketplace.oversight.views.scope import areas
from marketplace.oversight.words import VERBS
from marketplace.settlement.queries import batches_by_id
from marketplace.vouchers.trail import SOURCES
from marketplace.web.access import requires


def _page(found: Trace, title: str, kind: str, row_id: UUID) -> ResponseReturnValue:
    stages = [
        {"label": _(s.label), "value": s.value_fen, "text": format_money(s.value_fen, found.currency), "back_fen": s.back_fen}
        for s in found.stages
    ]
    codes = {code for row in found.rows for code in (row.debit_code, row.credit_code)}
    batches = batches_by_id(line.batch_id for line in found.lines)
    papers = papers_of(found, current_user.areas_for("orders.open"))
    near = current_user.areas_for("claims.open")
    open_claims = {claim.id for claim in found.claims if stands_in(claim.firm, near)}
    opens_batches = current_user.may_act("payments.see", found.round.programme.area_code)
    links = {"open_claims": open_claims, "opens_batches": opens_batches, "papers": papers, "batches": batches}
    links |= {"take_away": url_for("oversight.trace_file", kind=kind, row_id=row_id)}
    return render_template(
        "oversight/trace.html", title=title, trace=found, stages=stages, names=names.accounts(found.book_id, codes),
        verbs=VERBS, sources=SOURCES, sees_book=queries.sees_book(found.book_id, areas("ledger.see")),
        actors=names_of(row.entry.actor_id for row in found.rows), **links,
    )  # fmt: skip


@bp.get("/trace/voucher/<uuid:voucher_id>")
@requires("ledger.see")
def voucher_trace(voucher_id: UUID) -> ResponseReturnValue:
    found = trace.of_voucher(voucher_id, areas("ledger.see"))
    assert found.voucher is not None, "asked for by its id"
    return _page(found, _("资金追溯：券 %(number)s", number=found.voucher.number), "voucher", voucher_id)


@bp.get("/trace/order/<uuid:order_id>")
@requires("ledger.see")
def order_trace(order_id: UUID) -> ResponseReturnValue:
    found = trace.of_order(order_id, areas("ledger.see"))
    return _page(found, _("资金追溯：订单 %(number)s", number=found.orders[0].number), "order", order_id)


@bp.get("/trace/claim/<uuid:claim_id>")
@requires("ledger.see")
def claim_trace(claim_id: UUID) -> ResponseReturnValue:
    found = trace.of_claim(claim_id, areas("ledger.see"))
    return _page(found, _of_claim(found), "claim", claim_id)


@bp.get("/trace/payment/<uuid:line_id>")
@requires("ledger.see")
def payment_trace(line_id: UUID) -> ResponseReturnValue:
    found = trace.of_payment(line_id, areas("ledger.see"))
    return _page(found, _of_claim(found), "payment", line_id)


def _of_claim(found: Trace) -> str:
    if found.orders:
        return _("资金追溯：订单 %(number)s", number=found.orders[0].number)
    return _("资金追溯：申请 %(number)s", number=found.claims[0].number)
