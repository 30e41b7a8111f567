"""What waits for a firm, row by row, each leading to where it is done. As for an office, one declaration says who may do it and which rows.

The most urgent of each kind are shown; where there are more, a line says how many and leads to the list, which is the same select.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.lifecycle import DossierState, OfferingState
from marketplace.catalogue.models import DossierItem, Offering
from marketplace.enterprises.models import EnterpriseYear, ReviewState, Title
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_yuan
from marketplace.matching.models import ListState, Match, MatchContract, SupplyList
from marketplace.matching.queries import contracts_to_confirm
from marketplace.matching.rules import MatchState, Party
from marketplace.orders import queries as orders
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.queries import Filters
from marketplace.records import queries as records
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState
from marketplace.settlement import queries as settlement
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.vouchers.models import Application
from marketplace.vouchers.queries import applications, wallet

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: a sentence with its parameters, where it is done, by when."""

    sentence: str  # marked with N_
    params: dict[str, Any]
    endpoint: str
    arguments: Mapping[str, Any]
    who: str = ""
    due_on: date | None = None
    provisional: bool = False  # 暂定: the day may move
    round_id: UUID | None = None  # under which it came about: a simulated one is marked
    kind: str = ""  # marked with N_: how many of a kind there are in all; then the sentence is about the kind


Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class FirmDuty:
    """A kind of work of a firm: which permission does it, its rows with the most urgent first, what is said of one, where all are."""

    permission: str
    rows: Callable[[UUID, date], Rows]
    task: Callable[[Any], Task]
    kind: str = ""  # what they are called; empty: there is no list of them
    endpoint: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


def of_firm(organisation_id: UUID, can: Callable[[str], bool], today: date) -> list[Task]:
    """What waits for a firm and may be done by whoever looks."""
    tasks = [one for duty in DUTIES if can(duty.permission) for one in _tasks(duty, organisation_id, today)]
    return tasks + (_lapsing(organisation_id, today) if can("vouchers.own") else [])


def _tasks(duty: FirmDuty, organisation_id: UUID, today: date) -> list[Task]:
    counted = duty.rows(organisation_id, today).add_columns(func.count().over())  # how many there are, in the same question
    found = db.session.execute(counted.limit(SHOWN)).unique().all()
    tasks = [duty.task(row[0]) for row in found]
    if duty.kind and found and found[0][-1] > SHOWN:
        more = Task(N_("%(kind)s：共 %(count)s 项，查看全部"), {"count": found[0][-1]}, duty.endpoint, duty.arguments, kind=duty.kind)
        return [*tasks, more]
    return tasks


def _lapsing(organisation_id: UUID, today: date) -> list[Task]:
    """Vouchers that end soon with money on them."""
    return [
        Task(N_("使用服务券：%(number)s 还有 %(amount)s 元"), {"number": row.number, "amount": format_yuan(left_fen)}, "vouchers.voucher",
             {"voucher_id": row.id}, row.programme.name, row.valid_until, round_id=row.round_id)
        for row, left_fen in wallet.lapsing(organisation_id, today, SHOWN)
    ]  # fmt: skip


def _of_order(sentence: str, *, other: str) -> Callable[[Order], Task]:
    def task(order: Order) -> Task:
        words = {"number": order.number, "title": order.offering.title}
        who = getattr(order, other).organisation.name
        return Task(sentence, words, "orders.show", {"order_id": order.id}, who, order.due_on, order.due_provisional, order.round_id)

    return task


def _to_rate(order: Order) -> Task:
    words = {"number": order.number, "title": order.offering.title}
    sentence, who = N_("评价服务：%(title)s（%(number)s）"), order.provider.organisation.name
    return Task(sentence, words, "orders.show", {"order_id": order.id}, who, order.rate_until, round_id=order.round_id)


def _to_appeal(row: Application) -> Task:
    sentence, name = N_("对不予发放有异议的，可以申诉：%(number)s"), row.round.programme.name
    arguments = {"application_id": row.id}
    return Task(sentence, {"number": row.number}, "vouchers.application", arguments, name, row.due_on, row.due_provisional, row.round_id)


def _returned_claim(row: Claim) -> Task:
    arguments = {"claim_id": row.id}
    return Task(
        N_("补正兑付申请：%(number)s"), {"number": row.number}, "settlement.claim", arguments, due_on=row.due_on,
        provisional=row.due_provisional, round_id=row.order.round_id,
    )  # fmt: skip


def _returned_application(row: Application) -> Task:
    arguments = {"application_id": row.id}
    return Task(N_("补正申领：%(number)s"), {"number": row.number}, "vouchers.application", arguments, round_id=row.round_id)


def _returned_offering(row: Offering) -> Task:
    return Task(N_("修改被退回的服务产品：%(title)s"), {"title": row.title}, "catalogue.my_offering", {"offering_id": row.id})


def _returned_report(row: ServiceReport) -> Task:
    return Task(N_("补正被退回的填报：%(number)s"), {"number": row.number}, "records.my_report", {"report_id": row.id})


def _returned_item(row: DossierItem) -> Task:
    return Task(N_("补正被退回的年度档案：%(title)s"), {"title": row.title}, "catalogue.dossier", {"year": row.year})


def _returned_year(row: EnterpriseYear) -> Task:
    return Task(N_("补正被退回的 %(year)s 年数据"), {"year": row.year}, "enterprises.own", {})


def _returned_title(_row: Title) -> Task:
    return Task(N_("补正被退回的企业称号"), {}, "enterprises.own", {})


def _match(row: Match) -> Task:
    words = {"need": row.need.product, "supply": row.supply.product}
    return Task(N_("答复对接：%(need)s — %(supply)s"), words, "matching.match", {"match_id": row.id})


def _contract(row: MatchContract) -> Task:
    words = {"need": row.match.need.product, "supply": row.match.supply.product}
    return Task(N_("确认签约：%(need)s — %(supply)s"), words, "matching.match", {"match_id": row.match_id})


def _supplies(own: UUID, _today: date) -> Rows:
    return select(SupplyList).where(SupplyList.enterprise_id == own, SupplyList.state == ListState.SUBMITTED)


def _matches(own: UUID, *, as_leader: bool) -> Rows:
    side = Match.leader_id if as_leader else Match.enterprise_id
    states = [state for state in MatchState if state.waits_for == (Party.LEADER if as_leader else Party.FIRM)]
    return select(Match).where(side == own, Match.state.in_(states)).order_by(Match.updated_at, Match.id)


def _returned_items(own: UUID, _today: date) -> Rows:
    wanted = select(DossierItem).where(DossierItem.provider_id == own, DossierItem.state == DossierState.RETURNED)
    return wanted.order_by(DossierItem.created_at)


def _returned_years(own: UUID, _today: date) -> Rows:
    wanted = select(EnterpriseYear).where(EnterpriseYear.enterprise_id == own, EnterpriseYear.state == ReviewState.RETURNED)
    return wanted.order_by(EnterpriseYear.year)


def _returned_titles(own: UUID, _today: date) -> Rows:
    return select(Title).where(Title.organisation_id == own, Title.state == ReviewState.RETURNED).order_by(Title.id)


def _incoming(state: OrderState, sentence: str, kind: str) -> FirmDuty:
    return FirmDuty(
        "orders.fulfil", lambda own, _today: orders.incoming(own, Filters(states=(state,), sort="due")),
        _of_order(sentence, other="enterprise"), kind, "orders.incoming", {"state": state.value},
    )  # fmt: skip


DUTIES: tuple[FirmDuty, ...] = (
    FirmDuty("orders.buy", lambda own, _today: orders.mine(own, Filters(states=(OrderState.DELIVERED,), sort="due")),
             _of_order(N_("验收服务：%(title)s（%(number)s）"), other="provider"), N_("待我验收"), "orders.mine", {"state": "delivered"}),
    FirmDuty("orders.buy", orders.unrated, _to_rate, N_("待我评价"), "orders.mine", {"view": "unrated"}),
    FirmDuty("vouchers.apply", lambda own, _today: applications.returned(own), _returned_application),
    FirmDuty("vouchers.apply", applications.appealable, _to_appeal),
    FirmDuty("enterprise.own", _returned_years, _returned_year),
    FirmDuty("enterprise.own", _returned_titles, _returned_title),
    FirmDuty("supplies.own", _supplies, lambda _row: Task(N_("确认主管部门代填的供给清单"), {}, "matching.supplies", {})),
    FirmDuty("supplies.own", lambda own, _today: _matches(own, as_leader=False), _match),
    FirmDuty("supplies.own", lambda own, _today: contracts_to_confirm(own, as_leader=False), _contract),
    _incoming(OrderState.PLACED, N_("接单：%(title)s（%(number)s）"), N_("待接单")),
    _incoming(OrderState.TAKEN, N_("上传合同：%(title)s（%(number)s）"), N_("待上传合同")),
    _incoming(OrderState.CONTRACTED, N_("提交交付成果：%(title)s（%(number)s）"), N_("待交付")),
    FirmDuty("claims.own", lambda own, _today: settlement.claimable(own),
             _of_order(N_("申请兑付：%(title)s（%(number)s）"), other="enterprise"), N_("待申请兑付"), "settlement.my_claims"),
    FirmDuty("claims.own", lambda own, _today: settlement.of_provider(own, (ClaimState.RETURNED,)), _returned_claim, N_("待补正的兑付申请"),
             "settlement.my_claims", {"view": "returned"}),
    FirmDuty("offerings.own", lambda own, _today: catalogue.offerings_of(own, state=OfferingState.RETURNED), _returned_offering,
             N_("被退回的服务产品"), "catalogue.my_offerings", {"state": "returned"}),
    FirmDuty("reports.own", lambda own, _today: records.reports_of(own, ReportState.RETURNED), _returned_report, N_("被退回的填报"),
             "records.my_reports", {"state": "returned"}),
    FirmDuty("provider.own", _returned_items, _returned_item),
    FirmDuty("needs.own", lambda own, _today: _matches(own, as_leader=True), _match),
    FirmDuty("needs.own", lambda own, _today: contracts_to_confirm(own, as_leader=True), _contract),
)  # fmt: skip
