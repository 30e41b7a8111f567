"""Where a number leads: a bank's serial, an invoice, a contract, a document, a claim, a batch, an order, a voucher, the name of a payee."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true, union
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, named
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.normal_text import plain_number
from marketplace.orders.models import Order, OrderDocument
from marketplace.oversight.queries import Areas
from marketplace.settlement.bounce_models import PaymentBounce
from marketplace.settlement.models import BankTransfer, Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import programme_in_areas
from marketplace.settlement.recovery_models import Recovery, RecoveryInstalment
from marketplace.vouchers.models import Appropriation, Programme, Round, Voucher

MOST = 20  # of one kind


@dataclass(frozen=True, slots=True)
class FoundMoney:
    """Something that goes by the number, and the page that tells of its money."""

    kind: str  # Chinese, marked with N_
    label: str
    endpoint: str
    argument: str  # of the address
    id: UUID
    amount_fen: int | None = None
    currency: str = ""


def find(text: str, areas: Areas) -> list[FoundMoney]:
    """Everything in some areas that goes by a number or is paid to a name, at most MOST of a kind."""
    asked, key = text.strip(), plain_number(text)
    if len(asked) < 2:
        return []
    by_key = [*_of_bank(key, areas), *_papers(key, areas)] if key else []
    return [*_numbered(asked.upper(), areas), *by_key, *_documents(asked, areas), *_statements(asked, areas), *_paid_to(asked, areas)]


def of_programme(areas: Areas) -> ColumnElement[bool]:
    """SQL condition: the money of a programme of some areas."""
    return true() if areas is None else programme_in_areas(areas)


def _near(areas: Areas, firm: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """An officer sees money of firms of the area, and of the area's own programmes."""
    if areas is None:
        return true()
    return or_(programme_in_areas(areas), firm.in_(select(Organisation.id).where(in_areas(areas))))


def _claims(areas: Areas) -> Select[Claim]:
    return select(Claim).join(Programme, Programme.id == Claim.programme_id).where(_near(areas, Claim.enterprise_id)).limit(MOST)


def _claim(kind: str, one: Claim) -> FoundMoney:
    fen = one.requested_fen if one.approved_fen is None else one.approved_fen
    return FoundMoney(kind, f"{one.number} {one.firm.name}", "oversight.claim_trace", "claim_id", one.id, fen, one.currency)


def _numbered(number: str, areas: Areas) -> list[FoundMoney]:
    claims = db.session.scalars(_claims(areas).where(Claim.number == number)).unique()
    found = [_claim(N_("兑付申请"), one) for one in claims]
    orders = select(Order).join(Voucher, Voucher.id == Order.voucher_id).join(Programme, Programme.id == Voucher.programme_id)
    orders = orders.where(Order.number == number, _near(areas, Order.enterprise_id))
    found += [
        FoundMoney(N_("订单"), one.number, "oversight.order_trace", "order_id", one.id, one.subsidy_fen, one.currency)
        for one in db.session.scalars(orders).unique()
    ]
    vouchers = select(Voucher).join(Programme, Programme.id == Voucher.programme_id)
    vouchers = vouchers.where(Voucher.number == number, _near(areas, Voucher.enterprise_id))
    found += [
        FoundMoney(N_("券"), one.number, "oversight.voucher_trace", "voucher_id", one.id) for one in db.session.scalars(vouchers).unique()
    ]
    batches = select(PaymentBatch).join(Programme, Programme.id == PaymentBatch.programme_id)
    batches = batches.where(PaymentBatch.number == number, of_programme(areas))
    return found + [FoundMoney(N_("拨付批次"), one.number, "settlement.batch", "batch_id", one.id) for one in db.session.scalars(batches)]


def _lines(areas: Areas) -> Select[PaymentLine]:
    wanted = select(PaymentLine).join(Claim, Claim.id == PaymentLine.claim_id).join(Programme, Programme.id == Claim.programme_id)
    return wanted.where(_near(areas, Claim.enterprise_id)).order_by(PaymentLine.id.desc()).limit(MOST)


def _line(kind: str, one: PaymentLine) -> FoundMoney:
    label = " ".join(part for part in (one.bank_reference, one.claim.number, one.payee_name) if part)
    return FoundMoney(kind, label, "oversight.payment_trace", "line_id", one.id, one.amount_fen, one.currency)


def _of_bank(key: str, areas: Areas) -> list[FoundMoney]:
    whole = select(PaymentLine.id).join(BankTransfer, BankTransfer.batch_id == PaymentLine.batch_id)
    paid: Any = union(
        select(BankTransfer.line_id).where(BankTransfer.reference_key == key, BankTransfer.line_id.is_not(None)),
        whole.where(BankTransfer.reference_key == key, BankTransfer.line_id.is_(None)),
    )
    back = select(PaymentBounce.line_id).where(PaymentBounce.reference_key == key)
    kinds = ((N_("银行付款"), PaymentLine.id.in_(paid)), (N_("银行退汇"), PaymentLine.id.in_(back)))
    found = [_line(kind, one) for kind, where in kinds for one in db.session.scalars(_lines(areas).where(where)).unique()]
    came = select(Recovery.claim_id).join(RecoveryInstalment, RecoveryInstalment.recovery_id == Recovery.id)
    claims = _claims(areas).where(Claim.id.in_(came.where(RecoveryInstalment.reference_key == key)))
    return found + [_claim(N_("追回缴款"), one) for one in db.session.scalars(claims).unique()]


def _papers(key: str, areas: Areas) -> list[FoundMoney]:
    """Invoices, contracts and slips of orders that a voucher pays for."""
    wanted = select(OrderDocument, Order).join(Order, Order.id == OrderDocument.order_id).join(Voucher, Voucher.id == Order.voucher_id)
    wanted = wanted.join(Programme, Programme.id == Voucher.programme_id).where(_near(areas, Order.enterprise_id))
    rows = db.session.execute(wanted.where(OrderDocument.number_key == key).limit(MOST)).unique()
    return [
        FoundMoney(
            one.kind.label, f"{one.number} {order.number}", "oversight.order_trace", "order_id", order.id, one.amount_fen, order.currency
        )
        for one, order in rows
    ]


def _documents(text: str, areas: Areas) -> list[FoundMoney]:
    wanted = select(Appropriation, Programme).join(Programme, Programme.id == Appropriation.programme_id)
    wanted = wanted.join(Round, Round.id == Appropriation.round_id).where(of_programme(areas))
    rows = db.session.execute(wanted.where(Appropriation.document_number == text).limit(MOST))
    kind, page, key = N_("指标文号"), "oversight.appropriated", "appropriation_id"
    return [FoundMoney(kind, f"{one.document_number} {row.name}", page, key, one.id, one.amount_fen, row.currency) for one, row in rows]


def _paid_to(text: str, areas: Areas) -> list[FoundMoney]:
    """The newest payments to organisations so called."""
    payees = select(Organisation.id).where(named(text))
    return [_line(N_("收款单位"), one) for one in db.session.scalars(_lines(areas).where(Claim.payee_id.in_(payees))).unique()]


def _statements(text: str, areas: Areas) -> list[FoundMoney]:
    """The statements of organisations so called."""
    wanted = select(Organisation.id, Organisation.name).where(named(text)).order_by(Organisation.name, Organisation.id).limit(MOST)
    rows = db.session.execute(wanted if areas is None else wanted.where(in_areas(areas)))
    return [FoundMoney(N_("期间对账单"), name, "oversight.statements_of", "organisation_id", key) for key, name in rows]


def more_than_shown(found: Sequence[FoundMoney]) -> Iterable[str]:
    """Kinds of which there may be more."""
    kinds = [one.kind for one in found]
    return [kind for kind in dict.fromkeys(kinds) if kinds.count(kind) >= MOST]
