"""What waits for an office. One declaration says who may do it, where it stands, and which rows: the very list that the address shows.

A row a person may not decide is in no list of that person's, so the number on the home, the list behind it and the permission agree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.lifecycle import DossierState, OfferingState, ProviderState
from marketplace.enterprises import queries as enterprises
from marketplace.evaluation import queries as evaluation
from marketplace.evaluation.rulesets import names as rulesets
from marketplace.identity import queries as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.regions import sql_prefix
from marketplace.kernel import clock
from marketplace.kernel.counting import COUNTED, Total, counted
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.orders import queries as orders
from marketplace.orders.lifecycle import OrderState
from marketplace.policy import queries as policy
from marketplace.publicity import queries as publicity
from marketplace.publicity.models import ObjectionState
from marketplace.records import queries as records
from marketplace.records.rules import ReportState
from marketplace.risk import queries as risk
from marketplace.risk.models import SignalState
from marketplace.settlement import queries as settlement
from marketplace.settlement.lifecycle import BatchState, ClaimState
from marketplace.settlement.queries.payable import to_pay
from marketplace.vouchers.queries import applications


class Asker(Protocol):
    """Whose duties are asked for: the user who looks."""

    @property
    def id(self) -> UUID: ...

    @property
    def organisation_id(self) -> UUID: ...

    def can(self, permission: str) -> bool:
        """Whether a role carries the permission."""

    def areas_for(self, permission: str) -> tuple[str, ...]:
        """Where the permission is held."""


Rows = Select[*tuple[Any, ...]] | Sequence[Any]


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of work: what it is, which permission does it, where its list is, and the list's own select within the areas given."""

    sentence: str  # marked with N_
    permission: str
    endpoint: str
    rows: Callable[[Asker, tuple[str, ...]], Rows]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    due: str = ""  # the column of the rows that says by when; they are in its order
    unless: str = ""  # a permission whose holders have a duty of their own about the same rows


@dataclass(frozen=True, slots=True)
class Pile:
    """What of a duty waits: how many rows its list has, and the nearest date."""

    duty: Duty
    count: int
    due_on: date | None


def waiting_for(asker: Asker) -> list[Pile]:
    """What waits for somebody: what has a day first, the nearest at the top, the rest in the order of the declaration."""
    mine = [duty for duty in DUTIES if asker.can(duty.permission) and not (duty.unless and asker.can(duty.unless))]
    piles = [pile for pile in (_pile(duty, asker) for duty in mine) if pile.count]
    return sorted(piles, key=lambda one: (one.due_on is None, one.due_on or date.max))


def _pile(duty: Duty, asker: Asker) -> Pile:
    rows = duty.rows(asker, asker.areas_for(duty.permission))
    if not isinstance(rows, Select):
        return Pile(duty, len(rows), None)
    if not duty.due:
        return Pile(duty, counted(rows), None)
    some = rows.limit(COUNTED + 1).subquery()  # in the order of the date, so the nearest is among them
    count, due_on = db.session.execute(select(func.count(), func.min(some.c[duty.due]))).one()
    return Pile(duty, Total.above(COUNTED) if count > COUNTED else Total(count), due_on)


def waiting_terms() -> int:
    """How many terms stand on a year that nobody has confirmed: nothing lapses meanwhile."""
    return orders.provisional() + settlement.provisional()


def _experts(_asker: Asker, areas: tuple[str, ...]) -> Rows:
    return catalogue.experts(region_prefixes=[sql_prefix(area) for area in areas], state=DossierState.DECLARED)


def _claims(areas: tuple[str, ...], state: ClaimState) -> Rows:
    return settlement.queue(areas, settlement.ClaimFilters(states=(state,)))


def _disputes(asker: Asker, areas: tuple[str, ...]) -> Rows:
    return orders.seen(orders.Viewer(asker.organisation_id, areas), orders.Filters(states=(OrderState.DISPUTED,)))


def _signals(areas: tuple[str, ...] | None, *, closable: bool) -> Rows:
    return risk.signals(areas, risk.SignalFilter(state=SignalState.OPEN, closable=closable))


def _applications(asker: Asker, areas: tuple[str, ...], state: str) -> Rows:
    return applications.queue(areas, applications.Filter(state=state, viewer_id=asker.id))


def _opinions(ruleset: str) -> Duty:
    return Duty(
        N_("评议示范平台"), "evaluation.judge", "evaluation.index",
        lambda _asker, areas: evaluation.platforms_in(areas, unjudged=(ruleset, clock.today().year)),
        {"ruleset": ruleset, "waiting": "1"},
    )  # fmt: skip


ENTERPRISES = (
    Duty(N_("核实企业登记"), "enterprises.verify", "enterprises.index",
         lambda _asker, areas: enterprises.listed(areas, enterprises.Filter(state=OrganisationState.PENDING)), {"state": "pending"}),
    Duty(N_("审核企业年度数据"), "enterprises.verify", "enterprises.index",
         lambda _asker, areas: enterprises.listed(areas, enterprises.Filter(waiting=enterprises.Waiting.YEAR)), {"waiting": "year"}),
    Duty(N_("审核企业称号"), "enterprises.verify", "enterprises.index",
         lambda _asker, areas: enterprises.listed(areas, enterprises.Filter(waiting=enterprises.Waiting.TITLE)), {"waiting": "title"}),
)  # fmt: skip

CATALOGUE = (
    Duty(N_("审核服务机构入库"), "providers.review", "catalogue.admissions",
         lambda _asker, areas: catalogue.providers_in_areas(areas, state=ProviderState.APPLIED), {"state": "applied"}),
    Duty(N_("核实服务机构的单位登记"), "providers.review", "catalogue.admissions",
         lambda _asker, areas: catalogue.providers_in_areas(areas, waiting=catalogue.Waiting.ORGANISATION), {"waiting": "organisation"}),
    Duty(N_("核实机构年度档案"), "providers.review", "catalogue.admissions",
         lambda _asker, areas: catalogue.providers_in_areas(areas, waiting=catalogue.Waiting.DOSSIER), {"waiting": "dossier"}),
    Duty(N_("核实机构服务人员"), "providers.review", "catalogue.admissions",
         lambda _asker, areas: catalogue.providers_in_areas(areas, waiting=catalogue.Waiting.STAFF), {"waiting": "staff"}),
    Duty(N_("核实专家"), "providers.review", "catalogue.experts", _experts, {"state": "declared"}),
    Duty(N_("审核服务产品上架"), "offerings.review", "catalogue.review_queue",
         lambda _asker, areas: catalogue.offerings_in_areas(areas, state=OfferingState.SUBMITTED), {"state": "submitted"}),
    Duty(N_("审核价格变更"), "offerings.review", "catalogue.review_queue",
         lambda _asker, areas: catalogue.offerings_in_areas(areas, state="price"), {"state": "price"}),
    Duty(N_("审核机构自报台账"), "reports.review", "records.reports",
         lambda asker, areas: records.reports_in(areas, ReportState.SUBMITTED, not_by=asker.id), {"state": "submitted", "by": "others"}),
    Duty(N_("审核集聚服务机构"), "platforms.review", "evaluation.members", lambda _asker, areas: evaluation.proposed_members(areas)),
    *(_opinions(ruleset) for ruleset in rulesets()),
)  # fmt: skip

MONEY = (
    Duty(N_("审核服务券申领"), "vouchers.review", "vouchers.applications",
         lambda asker, areas: _applications(asker, areas, "open"), {"state": "open"}),
    Duty(N_("答复申领申诉"), "vouchers.review", "vouchers.applications",
         lambda asker, areas: _applications(asker, areas, "my_appeals"), {"state": "my_appeals"}),
    Duty(N_("审核兑付申请"), "claims.review", "settlement.review_queue",
         lambda _asker, areas: _claims(areas, ClaimState.SUBMITTED), {"state": "submitted"}, due="due_on"),
    Duty(N_("抽查被抽中的兑付申请"), "claims.review", "settlement.review_queue",
         lambda _asker, areas: settlement.waiting_for_spot_check(areas), {"state": "all", "drawn": "waiting"}, due="due_on"),
    Duty(N_("裁定订单争议"), "orders.decide", "orders.index", _disputes, {"state": OrderState.DISPUTED.value}),
    Duty(N_("处理公示异议"), "publicity.manage", "publicity.objections",
         lambda _asker, areas: publicity.objections(areas, state=ObjectionState.RAISED), {"state": "raised"}),
    Duty(N_("核查风险提示"), "risk.close", "oversight.signals",
         lambda _asker, areas: _signals(areas, closable=True), {"state": "open", "whose": "mine"}),
    Duty(N_("未处理的风险提示"), "risk.see", "oversight.signals",
         lambda _asker, _areas: _signals(None, closable=False), {"state": "open"}, unless="risk.close"),
    Duty(N_("制作拨付批次（项目）"), "payments.prepare", "settlement.batches",
         lambda _asker, areas: to_pay(areas), {"_anchor": "to-pay"}),
    Duty(N_("提交已制单的拨付批次"), "payments.prepare", "settlement.batches",
         lambda _asker, areas: settlement.batches(areas, BatchState.DRAFT), {"state": "draft"}),
    Duty(N_("复核拨付批次"), "payments.approve", "settlement.batches",
         lambda asker, areas: settlement.batches(areas, BatchState.SUBMITTED, not_by=asker.id), {"state": "submitted", "by": "others"}),
    Duty(N_("登记银行付款结果（批次）"), "payments.record", "settlement.batches",
         lambda _asker, areas: settlement.batches(areas, BatchState.APPROVED), {"state": "approved"}),
)  # fmt: skip

DUTIES: tuple[Duty, ...] = (
    *ENTERPRISES,
    *CATALOGUE,
    *MONEY,
    Duty(N_("录入并确认工作日历（年度）"), "calendar.edit", "policy.calendar",
         lambda _asker, areas: policy.to_confirm(areas, clock.today()), {"_anchor": "to-confirm"}),
    Duty(N_("确认密码申请"), "passwords.confirm", "identity.password_requests",
         lambda asker, _areas: identity.password_requests(open_only=True, second_id=asker.id), {"view": "mine"}),
    Duty(N_("打印密码设置单"), "users.manage", "identity.password_requests",
         lambda asker, _areas: identity.password_requests(open_only=True, printer_id=asker.id), {"view": "print"}),
)  # fmt: skip

# Permissions of an office with which something is changed, and that nobody waits for. A line here needs a reason.
WITHOUT_DUTY: Mapping[str, str] = {
    "appropriations.record": "money comes by a document from outside; the platform does not know of it before",
    "bureau.contact": "a bureau's own phone",
    "chains.manage": "chains and their leaders are named by the bureau when it decides so",
    "enterprises.import": "a list comes from outside",
    "evaluation.settings": "a clause has a reading from the start; a bureau chooses another one when it wants to",
    "ledger.verify": "the ledger is verified each night; what is found is a signal",
    "matching.follow": "a match waits for its two sides, whose homes show it; a bureau helps where it likes",
    "matching.run": "a leader's list waits for its leader",
    "matching.void": "a contract is taken away when something is found wrong with it",
    "programmes.manage": "a programme waits for nothing: its page says what is to be signed before a round opens",
    "providers.import": "a list comes from outside",
    "records.import": "a list comes from outside",
    "roles.grant": "asked for outside the platform",
    "rounds.manage": "rounds open and close by their days; a draft is somebody's work in hand",
    "supplies.survey": "a survey waits for the firms it asks",
    "users.manage_own": "colleagues come and go by the bureau's own decision",
    "account.own": "one's own account",
    "notices.own": "one's own messages",
    "exports.own": "one's own files",
}
