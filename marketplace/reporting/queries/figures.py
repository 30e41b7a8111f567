"""The few figures that stand on a home page, each with the page that lists its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db, uuid_text
from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY
from marketplace.ledger.models import Account
from marketplace.matching.models import Match
from marketplace.matching.rules import HAS_CONTRACT, ON_THE_WAY, SIGNED, UNDER_WAY, MatchState
from marketplace.orders.lifecycle import OPEN
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries.paid import STAYED
from marketplace.vouchers import chart
from marketplace.vouchers.models import Programme, Voucher
from marketplace.vouchers.queries.funds import left_account
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.rules.states import SPENDABLE

OPEN_ORDERS = OPEN
UNDER_WAY_CLAIMS = (ClaimState.SUBMITTED, ClaimState.APPROVED, ClaimState.BATCHED)


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


def _by_currency(statement: Any) -> dict[str, int]:
    """Sums by currency, of a statement that asks for both: no sum adds two."""
    return {str(currency): int(total or 0) for currency, total in db.session.execute(statement)}


def _held(account: Any, rows: Any, currency: Any, *conditions: Any) -> dict[str, int]:
    """What stands on the accounts of some rows, by currency: their codes are an expression over the rows."""
    held = select(currency, func.sum(Account.credits_fen - Account.debits_fen)).select_from(Account).join(rows, Account.code == account)
    return _by_currency(held.where(*conditions).group_by(currency))


def voucher_left(enterprise_id: UUID) -> dict[str, int]:
    """What a firm's spendable vouchers still hold, from the ledger, by currency."""
    mine = (
        Voucher.enterprise_id == enterprise_id,
        Voucher.state.in_(SPENDABLE),
        Programme.id == Voucher.programme_id,
        is_real(Voucher.round_id),
    )
    return _held(left_account(), Voucher, Programme.currency, *mine, Account.book_id == Programme.book_id)


def _amounts(label: str, sums: Mapping[str, int], endpoint: str) -> list[Figure]:
    """A figure for each currency; in yuan where there is nothing."""
    found = {CNY: 0} if not sums else dict(sorted(sums.items(), key=lambda one: (one[0] != CNY, one[0])))
    return [Figure(label, format_money(total, code), N_("元") if code == CNY else "", endpoint, {}) for code, total in found.items()]


def of_enterprise(organisation_id: UUID, today: date) -> list[Figure]:
    """An SME: what its vouchers still hold, what is held for orders, orders on the way; awards and subsidies where it asked for some."""
    mine = (Order.enterprise_id == organisation_id, Order.state.in_(OPEN_ORDERS), Account.book_id == Order.book_id)
    held = _held(chart.RESERVED.around(uuid_text(Order.id)), Order, Order.currency, *mine, is_real(Order.round_id))
    counted = select(func.count()).select_from(Order).where(Order.enterprise_id == organisation_id, Order.state.in_(OPEN_ORDERS))
    return [
        *_amounts(N_("券可用余额"), voucher_left(organisation_id), "vouchers.wallet"),
        *_amounts(N_("订单占用"), held, "orders.mine"),
        Figure(N_("进行中的订单"), _count(counted), N_("笔"), "orders.mine", {"view": "open"}),
        *_without_orders(organisation_id, today),
    ]


def _without_orders(organisation_id: UUID, today: date) -> list[Figure]:
    """What a firm asked for without an order: under way, and paid to it this year. Nothing where it never asked."""
    asked = (Claim.enterprise_id == organisation_id, Claim.subsidy_id.is_not(None), is_real(Claim.round_id))
    fen = func.coalesce(Claim.approved_fen, Claim.requested_fen)
    open_fen = func.sum(fen).filter(Claim.state.in_(UNDER_WAY_CLAIMS))
    under_way = _by_currency(select(Claim.currency, open_fen).where(*asked).group_by(Claim.currency))
    if not under_way:
        return []
    out = _paid_in(today.year).where(*asked)
    return [
        *_amounts(N_("奖励补助办理中"), under_way, "settlement.my_subsidies"),
        *_amounts(N_("今年已到账奖励补助"), _by_currency(out), "settlement.my_subsidies"),
    ]


def _paid_in(year: int) -> Any:
    """What the bank paid in a year, on claims of real rounds, by currency."""
    paid = select(Claim.currency, func.sum(STAYED)).select_from(PaymentLine).join(Claim, Claim.id == PaymentLine.claim_id)
    in_year = PaymentLine.paid_on >= date(year, 1, 1)
    return paid.group_by(Claim.currency).where(is_real(Claim.round_id), PaymentLine.state == LineState.PAID, in_year)


def of_provider(organisation_id: UUID, today: date) -> list[Figure]:
    """A provider: orders on the way, claims under review, money received this year."""
    orders = select(func.count()).select_from(Order).where(Order.provider_id == organisation_id, Order.state.in_(OPEN_ORDERS))
    claims = select(Claim.currency, func.sum(Claim.requested_fen)).group_by(Claim.currency).where(is_real(Claim.round_id))
    claims = claims.where(Claim.provider_id == organisation_id, Claim.state.in_(UNDER_WAY_CLAIMS))
    paid = _paid_in(today.year).where(Claim.provider_id == organisation_id)
    return [
        Figure(N_("进行中的订单"), _count(orders), N_("笔"), "orders.incoming", {"view": "open"}),
        *_amounts(N_("兑付办理中"), _by_currency(claims), "settlement.my_claims"),
        *_amounts(N_("今年已到账"), _by_currency(paid), "settlement.my_claims"),
    ]


def of_leader(organisation_id: UUID) -> list[Figure]:
    """A chain leader: matches under way, contracted, refused."""
    counts = dict(
        db.session.execute(select(Match.state, func.count()).where(Match.leader_id == organisation_id).group_by(Match.state)).all()
    )
    under_way, signed = (sum(counts.get(state, 0) for state in states) for states in (ON_THE_WAY, SIGNED))
    return [
        Figure(N_("对接推进中"), str(under_way), N_("项"), "matching.matches", {"state": UNDER_WAY}),
        Figure(N_("已签约"), str(signed), N_("项"), "matching.matches", {"state": HAS_CONTRACT}),
        Figure(N_("未成"), str(counts.get(MatchState.REFUSED, 0)), N_("项"), "matching.matches", {"state": "refused"}),
    ]
