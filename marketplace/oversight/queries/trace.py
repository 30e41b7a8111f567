"""One yuan from the appropriation to the bank slip and back: the entries about a voucher or an order, and the papers at both ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.identity.scope import may_act
from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_, NotFound
from marketplace.ledger import queries as ledger
from marketplace.ledger.queries import TransferRow
from marketplace.ledger.rules import LIMITS, AccountKind
from marketplace.orders.models import Order
from marketplace.oversight.queries import Areas
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.vouchers import chart
from marketplace.vouchers.models import Appropriation, Programme, Voucher


@dataclass(frozen=True, slots=True)
class Stage:
    """A place on the way, and how much of the traced money passed it."""

    label: str
    value_fen: int
    back_fen: int = 0  # of it, what went back from here


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything about the money of a voucher, or of one order."""

    voucher: Voucher
    orders: Sequence[Order]
    claims: Sequence[Claim]
    lines: Sequence[PaymentLine]
    appropriations: Sequence[Appropriation]
    rows: Sequence[TransferRow]  # money only, in the order in which it moved
    stages: Sequence[Stage]

    @property
    def book_id(self) -> UUID:
        return self.voucher.programme.book_id


def of_voucher(voucher_id: UUID, areas: Areas) -> Trace:
    """The money of a voucher through all its orders. Raises: NotFound: no such voucher, or of another area."""
    voucher = by_id(Voucher, voucher_id)
    _check_seen(voucher.enterprise_id, voucher.programme, areas)
    orders = db.session.scalars(select(Order).where(Order.voucher_id == voucher_id).order_by(Order.placed_at)).unique().all()
    return _trace(voucher, orders, whole=True)


def of_order(order_id: UUID, areas: Areas) -> Trace:
    """The money of one order. Raises: NotFound: no such order, of another area, or without public money."""
    order = by_id(Order, order_id)
    if order.voucher_id is None:
        raise NotFound(N_("这笔订单没有使用服务券，没有财政资金可以追溯。"))
    voucher = by_id(Voucher, order.voucher_id)
    _check_seen(order.enterprise_id, voucher.programme, areas)
    return _trace(voucher, [order], whole=False)


def of_claim(claim_id: UUID, areas: Areas) -> Trace:
    """The money behind a claim. Raises: NotFound."""
    return of_order(by_id(Claim, claim_id).order_id, areas)


def of_payment(line_id: UUID, areas: Areas) -> Trace:
    """The money behind a line of a payment batch: from the bank slip back. Raises: NotFound."""
    return of_order(by_id(PaymentLine, line_id).claim.order_id, areas)


def _check_seen(enterprise_id: UUID, programme: Programme, areas: Areas) -> None:
    """An officer sees money of firms of the area, and of the area's own programmes."""
    if areas is None or may_act(areas, programme.area_code):
        return
    near = select(Enterprise.id).join(Organisation, Organisation.id == Enterprise.id).where(Enterprise.id == enterprise_id, in_areas(areas))
    if db.session.execute(near).first() is None:
        raise NotFound


def _trace(voucher: Voucher, orders: Sequence[Order], *, whole: bool) -> Trace:
    order_ids = [order.id for order in orders]
    claims = db.session.scalars(select(Claim).where(Claim.order_id.in_(order_ids)).order_by(Claim.created_at)).unique().all()
    claim_ids = [claim.id for claim in claims]
    lines = (
        db.session.scalars(select(PaymentLine).where(PaymentLine.claim_id.in_(claim_ids)).order_by(PaymentLine.created_at)).unique().all()
    )
    appropriations = db.session.scalars(
        select(Appropriation).where(Appropriation.round_id == voucher.round_id).order_by(Appropriation.dated_on, Appropriation.id)
    ).all()
    about = [*(row.id for row in appropriations), voucher.id, *order_ids, *claim_ids, *(line.id for line in lines)]
    entries = ledger.entries_of(voucher.programme.book_id, about)
    moved = ledger.transfers_of(voucher.programme.book_id, [entry.id for entry in entries])
    rows = [row for row in moved if chart.read(row.debit_code).kind not in LIMITS]
    return Trace(voucher, orders, claims, lines, appropriations, rows, _stages(rows, is_value=voucher.strategy.sets_aside, whole=whole))


def _stages(rows: Sequence[TransferRow], *, is_value: bool, whole: bool) -> list[Stage]:
    """How much passed each place, counted over the entries."""

    def passed(*ways: tuple[AccountKind, AccountKind]) -> int:
        return sum(row.transfer.amount_fen for row in rows if (chart.read(row.debit_code).kind, chart.read(row.credit_code).kind) in ways)

    kind = AccountKind
    source = kind.VOUCHER if is_value else kind.POOL
    reserved = passed((source, kind.RESERVED))
    issued = passed((kind.POOL, kind.VOUCHER)) if is_value and whole else reserved
    stages = [Stage(N_("资金下达"), issued), Stage(N_("批次资金池"), issued)]
    if is_value:
        stages.append(Stage(N_("服务券"), issued, passed((kind.VOUCHER, kind.POOL)) if whole else 0))
    return [
        *stages,
        Stage(N_("订单占用"), reserved, passed((kind.RESERVED, kind.VOUCHER), (kind.RESERVED, kind.POOL))),
        Stage(N_("验收核销"), passed((kind.RESERVED, kind.REDEEMED)), passed((kind.REDEEMED, kind.VOUCHER), (kind.REDEEMED, kind.POOL))),
        Stage(N_("核准应付"), passed((kind.REDEEMED, kind.PAYABLE))),
        Stage(N_("银行兑付"), passed((kind.PAYABLE, kind.PAID)), passed((kind.RECOVERED, kind.POOL))),
    ]
