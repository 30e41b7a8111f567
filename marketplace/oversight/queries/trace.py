"""One yuan from the appropriation to the bank slip and back: the entries about a voucher or an order, and the papers at both ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
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
from marketplace.settlement.recovery_models import Recovery
from marketplace.vouchers import chart
from marketplace.vouchers.models import Appropriation, Programme, Round, Voucher


@dataclass(frozen=True, slots=True)
class Stage:
    """A place on the way, and how much of the traced money passed it."""

    label: str
    value_fen: int
    back_fen: int = 0  # of it, what went back from here


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything about the money of a voucher, of one order, or of an application without one."""

    voucher: Voucher | None  # None: no voucher and no order, the claim is of a firm's application
    round: Round
    orders: Sequence[Order]
    claims: Sequence[Claim]
    lines: Sequence[PaymentLine]
    appropriations: Sequence[Appropriation]
    rows: Sequence[TransferRow]  # money only, in the order in which it moved
    stages: Sequence[Stage]

    @property
    def book_id(self) -> UUID:
        return self.round.book_id

    @property
    def currency(self) -> str:
        """Of its amounts."""
        return self.round.currency


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
    claim = by_id(Claim, claim_id)
    return of_order(claim.order_id, areas) if claim.order_id is not None else _of_subsidy(claim, areas)


def of_payment(line_id: UUID, areas: Areas) -> Trace:
    """The money behind a line of a payment batch: from the bank slip back. Raises: NotFound."""
    return of_claim(by_id(PaymentLine, line_id).claim_id, areas)


def _of_subsidy(claim: Claim, areas: Areas) -> Trace:
    """The money of an application without an order: from the pool to the firm."""
    assert claim.subsidy is not None, "asked for without an order"
    _check_seen(claim.subsidy.enterprise_id, claim.round.programme, areas)
    return _found(claim.round, None, [], [claim], [claim.subsidy.id])


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
    return _found(voucher.round, voucher, orders, claims, [voucher.id, *order_ids], whole=whole)


def _found(
    round_: Round, voucher: Voucher | None, orders: Sequence[Order], claims: Sequence[Claim], causes: Sequence[UUID], *, whole: bool = True
) -> Trace:
    claim_ids = [claim.id for claim in claims]
    lines = (
        db.session.scalars(select(PaymentLine).where(PaymentLine.claim_id.in_(claim_ids)).order_by(PaymentLine.created_at)).unique().all()
    )
    appropriations = db.session.scalars(
        select(Appropriation).where(Appropriation.round_id == round_.id).order_by(Appropriation.dated_on, Appropriation.id)
    ).all()
    about = [*(row.id for row in appropriations), *causes, *claim_ids, *(line.id for line in lines)]
    about += db.session.scalars(select(Recovery.id).where(Recovery.claim_id.in_(claim_ids)))
    entries = ledger.entries_of(round_.book_id, about)
    moved = ledger.transfers_of(round_.book_id, [entry.id for entry in entries])
    rows = [row for row in moved if chart.read(row.debit_code).kind not in LIMITS]
    stages = _stages(rows, _held_in(voucher, orders), whole=whole) if voucher is not None else _direct_stages(rows)
    return Trace(voucher, round_, orders, claims, lines, appropriations, rows, stages)


def _held_in(voucher: Voucher, orders: Sequence[Order]) -> str:
    """What held the money between the pool and an order; empty where nothing did."""
    if any(order.agreement_id for order in orders):
        return N_("服务机构的合同")
    return N_("服务券") if voucher.strategy.sets_aside else ""


_BACK = (  # ways of money that was paid and came back: sent back by the bank, recovered for the round or for the treasury
    (AccountKind.PAID, AccountKind.PAYABLE),
    (AccountKind.RECOVERED, AccountKind.POOL),
    (AccountKind.RECOVERED, AccountKind.SURRENDERED),
)


def _passed(rows: Sequence[TransferRow], *ways: tuple[AccountKind, AccountKind]) -> int:
    """How much went these ways."""
    return sum(row.transfer.amount_fen for row in rows if (chart.read(row.debit_code).kind, chart.read(row.credit_code).kind) in ways)


def _direct_stages(rows: Sequence[TransferRow]) -> list[Stage]:
    """The way of money that no order takes."""
    kind = AccountKind
    again = _passed([row for row in rows if row.entry.verb == "claim.uphold"], (kind.POOL, kind.RESERVED))  # it had gone back
    held = _passed(rows, (kind.POOL, kind.RESERVED)) - again
    return [
        Stage(N_("资金下达"), held),
        Stage(N_("批次资金池"), held),
        Stage(N_("申请占用"), held, _passed(rows, (kind.RESERVED, kind.POOL)) - again),
        Stage(N_("核准应付"), _passed(rows, (kind.RESERVED, kind.PAYABLE))),
        Stage(N_("银行兑付"), _passed(rows, (kind.PAYABLE, kind.PAID)), _passed(rows, *_BACK)),
    ]


def _stages(rows: Sequence[TransferRow], held_in: str, *, whole: bool) -> list[Stage]:
    """How much passed each place, counted over the entries."""
    kind, passed = AccountKind, partial(_passed, rows)
    source = kind.VOUCHER if held_in else kind.POOL
    reserved = passed((source, kind.RESERVED))
    issued = max(reserved, passed((kind.POOL, kind.VOUCHER))) if held_in and whole else reserved
    cut = passed((kind.REDEEMED, kind.VOUCHER), (kind.REDEEMED, kind.POOL))
    cut -= passed((kind.VOUCHER, kind.REDEEMED), (kind.POOL, kind.REDEEMED))  # an appeal was right
    stages = [Stage(N_("资金下达"), issued), Stage(N_("批次资金池"), issued)]
    if held_in:
        stages.append(Stage(held_in, issued, passed((kind.VOUCHER, kind.POOL)) if whole else 0))
    return [
        *stages,
        Stage(N_("订单占用"), reserved, passed((kind.RESERVED, kind.VOUCHER), (kind.RESERVED, kind.POOL))),
        Stage(N_("验收核销"), passed((kind.RESERVED, kind.REDEEMED)), cut),
        Stage(N_("核准应付"), passed((kind.REDEEMED, kind.PAYABLE))),
        Stage(N_("银行兑付"), passed((kind.PAYABLE, kind.PAID)), passed(*_BACK)),
    ]
