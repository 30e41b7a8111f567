"""The few figures that stand on a home page, each with the page that lists its rows."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel.db import db, uuid_text
from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_yuan
from marketplace.ledger.models import Account
from marketplace.matching.models import Match
from marketplace.matching.rules import ON_THE_WAY, UNDER_WAY, MatchState
from marketplace.orders.lifecycle import OPEN
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.vouchers import chart
from marketplace.vouchers.models import Programme, Voucher
from marketplace.vouchers.queries.funds import left_account
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.rules.states import SPENDABLE

OPEN_ORDERS = OPEN


@dataclass(frozen=True, slots=True)
class Figure:
    """A label (marked with N_), a value as text, its unit, and where its rows are."""

    label: str
    value: str
    unit: str
    endpoint: str
    arguments: dict[str, Any]


def _count(statement: Any) -> str:
    return str(db.session.scalar(statement) or 0)


def _held_fen(account: Any, rows: Any, *conditions: Any) -> int:
    """What stands on the accounts of some rows: their codes are an expression over the rows."""
    held = select(func.sum(Account.credits_fen - Account.debits_fen)).select_from(Account).join(rows, Account.code == account)
    return int(db.session.scalar(held.where(*conditions)) or 0)


def voucher_left_fen(enterprise_id: UUID) -> int:
    """What a firm's spendable vouchers still hold, from the ledger."""
    mine = (
        Voucher.enterprise_id == enterprise_id,
        Voucher.state.in_(SPENDABLE),
        Programme.id == Voucher.programme_id,
        is_real(Voucher.round_id),
    )
    return _held_fen(left_account(), Voucher, *mine, Account.book_id == Programme.book_id)


def of_firm(organisation_id: UUID) -> list[Figure]:
    """An SME: what its vouchers still hold, what is held for orders, orders on the way."""
    mine = (Order.enterprise_id == organisation_id, Order.state.in_(OPEN_ORDERS), Account.book_id == Order.book_id)
    held = _held_fen(chart.RESERVED.around(uuid_text(Order.id)), Order, *mine, is_real(Order.round_id))
    counted = select(func.count()).select_from(Order).where(Order.enterprise_id == organisation_id, Order.state.in_(OPEN_ORDERS))
    return [
        Figure(N_("券可用余额"), format_yuan(voucher_left_fen(organisation_id)), N_("元"), "vouchers.wallet", {}),
        Figure(N_("订单占用"), format_yuan(held), N_("元"), "orders.mine", {}),
        Figure(N_("进行中的订单"), _count(counted), N_("笔"), "orders.mine", {"view": "open"}),
    ]


def of_provider(organisation_id: UUID, today: date) -> list[Figure]:
    """A provider: orders on the way, claims under review, money received this year."""
    orders = select(func.count()).select_from(Order).where(Order.provider_id == organisation_id, Order.state.in_(OPEN_ORDERS))
    waiting = (ClaimState.SUBMITTED, ClaimState.APPROVED, ClaimState.BATCHED)
    claims = select(func.sum(Claim.requested_fen)).join(Order, Order.id == Claim.order_id).where(is_real(Order.round_id))
    claims = claims.where(Claim.provider_id == organisation_id, Claim.state.in_(waiting))
    paid = (
        select(func.sum(PaymentLine.amount_fen))
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(Order, Order.id == Claim.order_id)
        .where(is_real(Order.round_id))
        .where(Claim.provider_id == organisation_id, PaymentLine.state == LineState.PAID, PaymentLine.paid_on >= date(today.year, 1, 1))
    )
    return [
        Figure(N_("进行中的订单"), _count(orders), N_("笔"), "orders.incoming", {"view": "open"}),
        Figure(N_("兑付办理中"), format_yuan(int(db.session.scalar(claims) or 0)), N_("元"), "settlement.my_claims", {}),
        Figure(N_("今年已到账"), format_yuan(int(db.session.scalar(paid) or 0)), N_("元"), "settlement.my_claims", {}),
    ]


def of_leader(organisation_id: UUID) -> list[Figure]:
    """A chain leader: matches under way, contracted, refused."""
    counts = dict(
        db.session.execute(select(Match.state, func.count()).where(Match.leader_id == organisation_id).group_by(Match.state)).all()
    )
    under_way = sum(counts.get(state, 0) for state in ON_THE_WAY)
    return [
        Figure(N_("对接推进中"), str(under_way), N_("项"), "matching.matches", {"state": UNDER_WAY}),
        Figure(N_("已签约"), str(counts.get(MatchState.CONTRACTED, 0)), N_("项"), "matching.matches", {"state": "contracted"}),
        Figure(N_("未成"), str(counts.get(MatchState.REFUSED, 0)), N_("项"), "matching.matches", {"state": "refused"}),
    ]
