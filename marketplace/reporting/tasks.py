"""What waits for somebody: rows for firms one by one, for staff by kind with the nearest date. Each leads to where it is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.catalogue.models import (
    Offering,
    OfferingState,
)
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_yuan
from marketplace.matching.models import ListState, Match, SupplyList
from marketplace.matching.queries import contracts_to_confirm
from marketplace.matching.rules import MatchState
from marketplace.orders.models import Order, Review
from marketplace.orders.rules import OrderState
from marketplace.settlement import queries as settlement
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import ClaimState
from marketplace.vouchers.models import Application
from marketplace.vouchers.queries import applications, wallet
from marketplace.vouchers.rules.states import ApplicationState

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: a sentence with its parameters, where it is done, by when."""

    sentence: str  # marked with N_
    params: dict[str, Any]
    endpoint: str
    arguments: dict[str, Any]
    who: str = ""
    due_on: date | None = None
    provisional: bool = False  # 暂定: the day may move
    round_id: UUID | None = None  # under which it came about: a simulated one is marked


def _orders(condition: ColumnElement[bool], day: InstrumentedAttribute[date | None]) -> Iterable[Order]:
    wanted = select(Order).where(condition).order_by(day.is_(None), day, Order.placed_at).limit(SHOWN)
    return db.session.scalars(wanted).unique()


def _order_tasks(condition: ColumnElement[bool], sentence: str, *, other: str) -> list[Task]:
    return [
        Task(sentence, {"number": order.number, "title": order.offering.title}, "orders.show", {"order_id": order.id},
             getattr(order, other).organisation.name, order.due_on, order.due_provisional, order.round_id)
        for order in _orders(condition, Order.due_on)
    ]  # fmt: skip


def _rating_tasks(organisation_id: UUID, today: date) -> list[Task]:
    unrated = ~exists().where(Review.order_id == Order.id) & (Order.rate_until.is_(None) | (Order.rate_until >= today))
    mine = (Order.enterprise_id == organisation_id) & (Order.state == OrderState.REDEEMED) & unrated
    return [
        Task(N_("评价服务：%(title)s（%(number)s）"), {"number": order.number, "title": order.offering.title}, "orders.show",
             {"order_id": order.id}, order.provider.organisation.name, order.rate_until, round_id=order.round_id)
        for order in _orders(mine, Order.rate_until)
    ]  # fmt: skip


def _lapsing_tasks(organisation_id: UUID, today: date) -> list[Task]:
    """Vouchers that end soon with money on them, and refusals that may still be appealed against."""
    tasks = [
        Task(N_("使用服务券：%(number)s 还有 %(amount)s 元"), {"number": row.number, "amount": format_yuan(left_fen)}, "vouchers.voucher",
             {"voucher_id": row.id}, row.programme.name, row.valid_until, round_id=row.round_id)
        for row, left_fen in wallet.lapsing(organisation_id, today, SHOWN)
    ]  # fmt: skip
    refused = db.session.scalars(applications.appealable(organisation_id, today).limit(SHOWN)).unique()
    return tasks + [
        Task(N_("对不予发放有异议的，可以申诉：%(number)s"), {"number": row.number}, "vouchers.application", {"application_id": row.id},
             row.round.programme.name, row.due_on, row.due_provisional, row.round_id)
        for row in refused
    ]  # fmt: skip


def of_buyer(organisation_id: UUID, today: date) -> list[Task]:
    """What waits for an SME: deliveries to accept, services to rate, money that lapses, lists to confirm, matches to answer."""
    own = Order.enterprise_id == organisation_id
    tasks = _order_tasks(own & (Order.state == OrderState.DELIVERED), N_("验收服务：%(title)s（%(number)s）"), other="provider")
    tasks += _rating_tasks(organisation_id, today) + _lapsing_tasks(organisation_id, today)
    waiting = select(SupplyList).where(SupplyList.enterprise_id == organisation_id, SupplyList.state == ListState.SUBMITTED)
    tasks += [Task(N_("确认主管部门代填的供给清单"), {}, "matching.supplies", {}) for _ in db.session.scalars(waiting)]
    returned = select(Application).where(Application.enterprise_id == organisation_id, Application.state == ApplicationState.RETURNED)
    tasks += [
        Task(N_("补正申领：%(number)s"), {"number": row.number}, "vouchers.application", {"application_id": row.id}, round_id=row.round_id)
        for row in db.session.scalars(returned).unique()
    ]
    return (
        tasks
        + _match_tasks(Match.enterprise_id == organisation_id, (MatchState.RECOMMENDED,))
        + _contract_tasks(organisation_id, as_leader=False)
    )


def _contract_tasks(organisation_id: UUID, *, as_leader: bool) -> list[Task]:
    rows = db.session.scalars(contracts_to_confirm(organisation_id, as_leader=as_leader).limit(SHOWN)).unique()
    return [
        Task(N_("确认签约：%(need)s — %(supply)s"), {"need": row.match.need.product, "supply": row.match.supply.product}, "matching.match",
             {"match_id": row.match_id})
        for row in rows
    ]  # fmt: skip


def _match_tasks(condition: ColumnElement[bool], states: Sequence[MatchState]) -> list[Task]:
    rows = db.session.scalars(select(Match).where(condition, Match.state.in_(states)).order_by(Match.updated_at).limit(SHOWN)).unique()
    return [
        Task(N_("答复对接：%(need)s — %(supply)s"), {"need": row.need.product, "supply": row.supply.product}, "matching.match",
             {"match_id": row.id})
        for row in rows
    ]  # fmt: skip


def of_provider(organisation_id: UUID) -> list[Task]:
    """What waits for a provider: orders to take, contracts, deliveries, claims."""
    own = Order.provider_id == organisation_id
    tasks = _order_tasks(own & (Order.state == OrderState.PLACED), N_("接单：%(title)s（%(number)s）"), other="enterprise")
    tasks += _order_tasks(own & (Order.state == OrderState.TAKEN), N_("上传合同：%(title)s（%(number)s）"), other="enterprise")
    tasks += _order_tasks(own & (Order.state == OrderState.CONTRACTED), N_("提交交付成果：%(title)s（%(number)s）"), other="enterprise")
    unclaimed = own & (Order.state == OrderState.REDEEMED) & Order.voucher_id.is_not(None) & settlement.is_unclaimed()
    tasks += _order_tasks(unclaimed, N_("申请兑付：%(title)s（%(number)s）"), other="enterprise")
    returned = select(Claim).where(Claim.provider_id == organisation_id, Claim.state == ClaimState.RETURNED)
    tasks += [
        Task(
            N_("补正兑付申请：%(number)s"),
            {"number": row.number},
            "settlement.claim",
            {"claim_id": row.id},
            due_on=row.due_on,
            provisional=row.due_provisional,
            round_id=row.order.round_id,
        )
        for row in db.session.scalars(returned).unique()
    ]  # fmt: skip
    offerings = select(Offering).where(Offering.provider_id == organisation_id, Offering.state == OfferingState.RETURNED)
    tasks += [
        Task(N_("修改被退回的服务产品：%(title)s"), {"title": row.title}, "catalogue.my_offerings", {})
        for row in db.session.scalars(offerings).unique()
    ]
    return tasks


def of_leader(organisation_id: UUID) -> list[Task]:
    """What waits for a chain leader: proposals to look at, talks to bring to an end."""
    return _match_tasks(Match.leader_id == organisation_id, (MatchState.PROPOSED, MatchState.CONTACTED, MatchState.NEGOTIATING)) + (
        _contract_tasks(organisation_id, as_leader=True)
    )
