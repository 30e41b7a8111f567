"""What waits for somebody: rows for firms one by one, for staff by kind with the nearest date. Each leads to where it is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from marketplace.catalogue.models import (
    DossierItem,
    DossierState,
    Offering,
    OfferingPrice,
    OfferingState,
    PriceState,
    Provider,
    ProviderState,
)
from marketplace.enterprises.models import EnterpriseYear, ReviewState, Title
from marketplace.identity.models import Organisation, OrganisationState
from marketplace.identity.queries import in_areas
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.matching.models import ListState, Match, SupplyList
from marketplace.matching.queries import contracts_to_confirm
from marketplace.matching.rules import MatchState
from marketplace.orders import queries as orders
from marketplace.orders.models import Order, Review
from marketplace.orders.rules import OrderState
from marketplace.policy.queries import working_calendar
from marketplace.publicity import queries as publicity
from marketplace.publicity.models import ObjectionState
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState
from marketplace.risk import queries as risk
from marketplace.risk.models import RiskSignal, SignalState
from marketplace.risk.queries import SignalFilter
from marketplace.settlement import queries as settlement
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.rules import BatchState, ClaimState, LineState
from marketplace.vouchers.models import Application, Round
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


def _orders(condition: ColumnElement[bool]) -> Iterable[Order]:
    wanted = select(Order).where(condition).order_by(Order.due_on.is_(None), Order.due_on, Order.placed_at).limit(SHOWN)
    return db.session.scalars(wanted).unique()


def _order_tasks(condition: ColumnElement[bool], sentence: str, *, other: str, dated: bool = True) -> list[Task]:
    return [
        Task(sentence, {"number": order.number, "title": order.offering.title}, "orders.show", {"order_id": order.id},
             getattr(order, other).organisation.name, order.due_on if dated else None)
        for order in _orders(condition)
    ]  # fmt: skip


def of_buyer(organisation_id: UUID) -> list[Task]:
    """What waits for an SME: deliveries to accept, reviews to write, lists to confirm, matches to answer."""
    own = Order.enterprise_id == organisation_id
    unreviewed = ~exists().where(Review.order_id == Order.id)
    tasks = _order_tasks(own & (Order.state == OrderState.DELIVERED), N_("验收服务：%(title)s（%(number)s）"), other="provider")
    tasks += _order_tasks(
        own & (Order.state == OrderState.REDEEMED) & unreviewed,
        N_("评价服务：%(title)s（%(number)s）"),
        other="provider",
        dated=False,
    )
    waiting = select(SupplyList).where(SupplyList.enterprise_id == organisation_id, SupplyList.state == ListState.SUBMITTED)
    tasks += [Task(N_("确认主管部门代填的供给清单"), {}, "matching.supplies", {}) for _ in db.session.scalars(waiting)]
    returned = select(Application).where(Application.enterprise_id == organisation_id, Application.state == ApplicationState.RETURNED)
    tasks += [
        Task(N_("补正申领：%(number)s"), {"number": row.number}, "vouchers.application", {"application_id": row.id})
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
        Task(N_("补正兑付申请：%(number)s"), {"number": row.number}, "settlement.claim", {"claim_id": row.id}, due_on=row.due_on)
        for row in db.session.scalars(returned).unique()
    ]
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


@dataclass(frozen=True, slots=True)
class Pile:
    """A kind of work that waits for staff: how many, the nearest date, where it is done."""

    sentence: str
    count: int
    endpoint: str
    arguments: dict[str, Any]
    due_on: date | None = None


def _counted(sentence: str, endpoint: str, statement: Select[Any], **arguments: Any) -> Pile:
    row = db.session.execute(statement).one()
    return Pile(sentence, int(row[0]), endpoint, arguments, row[1] if len(row) > 1 else None)


def _count(model: Any, *extra: Any) -> Select[Any]:
    return select(func.count(), *extra).select_from(model)


def _listed(rows: Select[Any]) -> Select[Any]:
    """How many rows a list has."""
    return select(func.count()).select_from(rows.order_by(None).subquery())


def of_officer(areas: Sequence[str]) -> list[Pile]:
    """What waits for a bureau in its areas."""
    here = in_areas(areas)
    organisation, year, title = Organisation, EnterpriseYear, Title
    piles = [
        _counted(N_("核实企业登记"), "enterprises.index",
                 _count(organisation).where(organisation.state == OrganisationState.PENDING, organisation.is_authority.is_(False), here),
                 state="pending"),
        _counted(N_("审核企业年度数据"), "enterprises.index",
                 _count(year).join(organisation, organisation.id == year.enterprise_id).where(year.state == ReviewState.DECLARED, here),
                 waiting="year"),
        _counted(N_("审核企业称号"), "enterprises.index",
                 _count(title).join(organisation, organisation.id == title.organisation_id)
                 .where(title.state == ReviewState.DECLARED, here),
                 waiting="title"),
        _counted(N_("审核服务机构入库"), "catalogue.admissions",
                 _count(Provider).join(organisation, organisation.id == Provider.id).where(Provider.state == ProviderState.APPLIED, here),
                 state="applied"),
        _counted(N_("审核机构年度档案"), "catalogue.admissions",
                 _count(DossierItem).join(organisation, organisation.id == DossierItem.provider_id)
                 .where(DossierItem.state == DossierState.DECLARED, here)),
        _counted(N_("审核服务产品上架"), "catalogue.review_queue",
                 _count(Offering).join(organisation, organisation.id == Offering.provider_id)
                 .where(Offering.state == OfferingState.SUBMITTED, here)),
        _counted(N_("审核价格变更"), "catalogue.review_queue",
                 _count(OfferingPrice).join(Offering, Offering.id == OfferingPrice.offering_id)
                 .join(organisation, organisation.id == Offering.provider_id)
                 .where(OfferingPrice.state == PriceState.PROPOSED, Offering.state == OfferingState.LISTED, here)),
    ]  # fmt: skip
    return piles + _officer_money(areas) + _calendar()


def _calendar() -> list[Pile]:
    """Years whose holidays somebody must enter and confirm, and the terms that wait for it: nothing lapses meanwhile."""
    missing = working_calendar().to_confirm(clock.today())
    if not missing:
        return []
    year = missing[-1][0]
    waiting = orders.provisional() + settlement.provisional()
    return [
        Pile(N_("录入并确认工作日历（年度）"), len(missing), "policy.calendar", {"year": year}),
        Pile(N_("等待工作日历确认的期限"), waiting, "policy.calendar", {"year": year}),
    ]


def _officer_money(areas: Sequence[str]) -> list[Pile]:
    here = in_areas(areas)
    waiting = (ApplicationState.SUBMITTED, ApplicationState.REVIEWING)
    return [
        _counted(N_("审核服务券申领"), "vouchers.applications",
                 _count(Application).join(Organisation, Organisation.id == Application.enterprise_id)
                 .join(Round, Round.id == Application.round_id).where(Application.state.in_(waiting), here)),
        _counted(N_("审核兑付申请"), "settlement.review_queue",
                 _count(Claim, func.min(Claim.due_on)).join(Order, Order.id == Claim.order_id)
                 .join(Organisation, Organisation.id == Order.enterprise_id).where(Claim.state == ClaimState.SUBMITTED, here)),
        _counted(N_("抽查被抽中的兑付申请"), "settlement.review_queue", _listed(settlement.waiting_for_spot_check(areas)), state="all",
                 drawn="waiting"),
        _counted(N_("裁定订单争议"), "orders.index",
                 _count(Order).join(Organisation, Organisation.id == Order.enterprise_id).where(Order.state == OrderState.DISPUTED, here),
                 state=OrderState.DISPUTED.value),
        _counted(N_("审核机构自报台账"), "records.reports",
                 _count(ServiceReport).join(Organisation, Organisation.id == ServiceReport.provider_id)
                 .where(ServiceReport.state == ReportState.SUBMITTED, here)),
        _counted(N_("处理公示异议"), "publicity.index",
                 _listed(publicity.objections(areas, state=ObjectionState.RAISED))),
        _counted(N_("查看风险提示"), "oversight.signals", _listed(risk.signals(areas, SignalFilter(state=SignalState.OPEN)))),
    ]  # fmt: skip


def of_finance(user_id: UUID, areas: Sequence[str]) -> list[Pile]:
    """What waits for finance in its areas: claims to pay, batches to approve (not one's own), bank results to record."""
    batches, mine = PaymentBatch, [row.id for row in settlement.programmes_in(areas)]
    return [
        _counted(N_("核准的兑付待列入拨付批次"), "settlement.batches",
                 _count(Claim).where(Claim.state == ClaimState.APPROVED, Claim.programme_id.in_(mine))),
        _counted(N_("拨付批次待您审批"), "settlement.batches",
                 _listed(settlement.batches(areas, BatchState.SUBMITTED).where(batches.prepared_by != user_id))),
        _counted(N_("登记银行付款结果"), "settlement.batches",
                 _count(PaymentLine).join(batches, batches.id == PaymentLine.batch_id)
                 .where(batches.state == BatchState.APPROVED, PaymentLine.state == LineState.WAITING, batches.programme_id.in_(mine))),
    ]  # fmt: skip


def of_auditor() -> list[Pile]:
    """What an auditor may want to open."""
    return [_counted(N_("未处理的风险提示"), "oversight.signals", _count(RiskSignal).where(RiskSignal.state == SignalState.OPEN))]
