"""A programme's rules: which keys a file has, what each is called and may hold, and the frozen values that are made of them.

Every table is one policy decision with its own provenance; a key that is not declared here is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.policyfiles.groups import NamedTables, tables
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Flag, Names, ShortText, Whole, amount, rate
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Decision, Setting, to_sign
from marketplace.kernel.policyfiles.reading import NAME_HINT, Root, Table, decision, key, one, section
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_agreements import OfAgreements
from marketplace.policy.programme_amounts import OfAmounts, OwnShare
from marketplace.policy.programme_decisions import (
    Agreements,
    BaseRule,
    Bonus,
    Cap,
    Cycle,
    EvidenceField,
    Face,
    FirmClass,
    FirmList,
    OrderCount,
    ProviderTerm,
    Rate,
    SampleRule,
    ScoreCriterion,
    names,
)
from marketplace.policy.programme_demands import OfInstrument
from marketplace.policy.programme_firms import Beneficiaries
from marketplace.policy.programme_guards import Guards
from marketplace.policy.programme_parts import Divided
from marketplace.policy.programme_place import InItsPlace
from marketplace.policy.programme_relief import MonthCount
from marketplace.policy.programme_wholesale import Selection
from marketplace.policy.programme_words import (
    ASKED_PAPERS,
    AllocationMode,
    AppropriationSource,
    ClassDay,
    DayKind,
    DocumentKind,
    EvidenceStep,
    Format,
    Instrument,
    NotGranted,
    Payee,
    ProgrammeKind,
    Remainder,
    Silence,
    UnusedRule,
)
from marketplace.policy.service_categories import category_names

_SECOND = Format.PROGRAMME_2
_FEES = (FeeKind.STANDARD, FeeKind.LOW_FEE)  # what costs nothing is not ordered
_CAPPED = Flag(N_("按服务产品的用券上限"), yes="每单不超过该服务产品核定的用券上限，没有核定的不能用券", no="不按服务产品设上限")


@dataclass(frozen=True, kw_only=True)
class TimeLimit(Decision):
    """A length of time, a day the round sets, or no limit."""

    days: int | None = key(Whole(N_("天数"), 1, 1_000, required=False))
    day_kind: DayKind | None = key(Choice(N_("天数种类"), DayKind, required=False))
    months: int | None = key(Whole(N_("月数"), 1, 120, required=False))
    set_by_round: bool = key(Flag(N_("由批次定日期"), required=False))
    none: bool = key(Flag(N_("不设时限"), required=False))

    @property
    def is_set(self) -> bool:
        """Whether there is a limit at all."""
        return self.set_by_round or self.days is not None or self.months is not None

    @property
    def label(self) -> str:
        """What the limit is called."""
        return TABLES[self.key].label

    def text(self) -> str:
        """As people say it: 5 个工作日."""
        return self.said({name: getattr(self, name) for name in ("days", "day_kind", "months", "set_by_round")})

    @staticmethod
    def said(content: Mapping[str, Any]) -> str:
        """The same of the table as it stands in a file."""
        if content.get("set_by_round"):
            return "由批次定日期"
        if months := content.get("months"):
            return f"{months} 个月"
        return f"{content['days']} 个{DayKind(content['day_kind']).label}" if content.get("days") else "不设时限"

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """A time limit is said in exactly one way."""
        ways = [name for name in ("days", "months", "set_by_round", "none") if content.get(name)]
        if len(ways) != 1:
            return Complaint(
                N_("时限要用且只用一种方式写明。"),
                N_("请在 days（另写 day_kind）、months、set_by_round = true（由批次定日期）、none = true（不设时限）中选一种。"),
            )
        if (ways == ["days"]) != ("day_kind" in content):
            return Complaint(
                N_("天数与天数种类不配套。"),
                N_('写 days 时请同时写 day_kind = "working"（工作日）或 "natural"（自然日），其他写法不写 day_kind。'),
            )
        return None


def _time(label: str) -> Table:
    return decision(label, TimeLimit, main="days")


@dataclass(frozen=True, kw_only=True)
class Allocation:
    mode: Setting[AllocationMode] = key(one(Choice(N_("发放方式"), AllocationMode)))
    order: Setting[tuple[str, ...]] | None = key(one(names(N_("优先类别顺序"), "classes", in_order=True), required=False), name="priority")
    levels: Setting[int] | None = key(
        one(Whole(N_("审核级数"), 1, 5, show=lambda levels: f"{levels} 级"), required=False), name="review_levels"
    )
    scorers: Setting[int] | None = key(  # how many score each application
        one(Whole(N_("评分人数"), 1, 9, show=lambda count: f"每件 {count} 人"), required=False), since=_SECOND
    )
    least_score: Setting[int] | None = key(  # of the whole; who has less gets nothing
        one(rate(N_("最低得分")), main="rate_bp", label=N_("入选的最低得分"), required=False), since=_SECOND
    )
    releases: Setting[bool] | None = key(  # the round's money is given out at several moments
        one(Flag(N_("分次放出"), yes="资金由批次分次放出，用完为止；没有排到的顺延到下一次", no="一次放出"), required=False), since=_SECOND
    )
    waitlist: Setting[bool] = key(one(Flag(N_("候补排队"))))
    remainder: Setting[Remainder] = key(one(Choice(N_("余额不足一份时"), Remainder)))
    results: TimeLimit = key(_time(N_("公布申领结果时限")))

    @property
    def is_released(self) -> bool:
        """Whether a round gives out its money at several moments that it names."""
        return self.releases is not None and self.releases.value

    @property
    def priority(self) -> tuple[str, ...]:
        """Class names, first served first; a firm in none comes last."""
        return self.order.value if self.order else ()

    @property
    def review_levels(self) -> int:
        """How often an application is looked at; 0: nobody looks."""
        return self.levels.value if self.levels else 0


@dataclass(frozen=True, kw_only=True)
class Times:
    order: TimeLimit = key(_time(N_("领券后下单时限")))
    accept: TimeLimit = key(_time(N_("服务机构接单时限")))
    contract_upload: TimeLimit = key(_time(N_("接单后上传合同时限")))
    service: TimeLimit = key(_time(N_("服务完成时限")))
    acceptance: TimeLimit = key(_time(N_("企业验收时限")))
    evaluation: TimeLimit = key(_time(N_("企业评价时限")))
    claim_window: TimeLimit = key(_time(N_("验收后申请兑付时限")))
    review: TimeLimit = key(_time(N_("兑付审核时限")))
    notice: TimeLimit = key(_time(N_("兑付公示期")))

    def all(self) -> tuple[TimeLimit, ...]:
        """In the order of an order's life; those that the instrument has."""
        limits: tuple[TimeLimit | None, ...] = tuple(getattr(self, one.name) for one in fields(self))
        return tuple(one for one in limits if one is not None)

    def asked_of_round(self) -> tuple[TimeLimit, ...]:
        """Those whose day the round must give."""
        return tuple(one for one in self.all() if one.set_by_round)


def _papers(label: str) -> Table:
    return one(Choices(N_("材料"), ASKED_PAPERS), label=label)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    contract: Setting[tuple[DocumentKind, ...]] = key(_papers(N_("签订合同时的材料")))
    delivery: Setting[tuple[DocumentKind, ...]] = key(_papers(N_("交付服务时的材料")))
    claim: Setting[tuple[DocumentKind, ...]] = key(_papers(N_("申请兑付时的材料")))

    def at(self, step: EvidenceStep) -> tuple[DocumentKind, ...]:
        """The papers that a step asks for."""
        asked: Setting[tuple[DocumentKind, ...]] | None = getattr(self, step.value)
        return asked.value if asked else ()


@dataclass(frozen=True, slots=True)
class AssumedValue:
    """One value nobody has published, or that was read out of a contradiction, for the officer's list: replace it or sign it."""

    key: str
    label: str
    value_text: str
    author: str
    reason: str
    signed_by: str | None


@dataclass(frozen=True, kw_only=True)
class ProgrammeSpec(OfAmounts, OfAgreements, OfInstrument, Divided, InItsPlace, Guards, Root):
    """One version of a programme's rules; dates, budget and area are the round's. What the instrument does not have is None."""

    FORMAT = Format.PROGRAMME_2
    EARLIER = (Format.PROGRAMME_1,)

    slug: str = key(ShortText(N_("项目代号"), 40, hint=NAME_HINT))  # in addresses and names of files
    name: str = key(ShortText(N_("项目名称"), 60))
    name_en: str = key(ShortText(N_("英文名称"), 120, required=False))
    kind: ProgrammeKind = key(Choice(N_("券种"), ProgrammeKind))
    authority: str = key(ShortText(N_("主管部门"), 60))
    note: str = key(ShortText(N_("说明"), 300, required=False))
    instrument: Setting[Instrument] = key(one(Choice(N_("券的形式"), Instrument)))
    beneficiaries: Beneficiaries = key(section(Beneficiaries))
    class_order: Setting[tuple[str, ...]] = key(one(names(N_("企业类别的判定顺序"), "classes", in_order=True)))
    class_day: Setting[ClassDay] | None = key(  # None: of the day of issue
        one(Choice(N_("企业类别以哪一天为准"), ClassDay), required=False), since=_SECOND
    )
    allocation: Allocation = key(section(Allocation))
    agreements: Agreements = key(section(Agreements))
    selection: Selection = key(section(Selection))
    base: BaseRule = key(decision(N_("补贴计算基数"), BaseRule))
    least_cost: Setting[Fen] | None = key(  # an order below it gets nothing
        one(amount(N_("金额")), main="amount_fen", label=N_("最低可补贴金额"), required=False), name="cost.least", since=_SECOND
    )
    most_cost: Setting[Fen] | None = key(  # what an order costs above it is not subsidised
        one(amount(N_("金额")), main="amount_fen", label=N_("最高可补贴金额"), required=False), name="cost.most", since=_SECOND
    )
    bonuses: tuple[Bonus, ...] = key(NamedTables(decision(N_("比例加成"), Bonus, main="rate_bp", required=False)), since=_SECOND)
    bonus_ceiling: Setting[int] | None = key(  # of the rate with its bonuses
        one(rate(N_("比例")), main="rate_bp", label=N_("加成后的最高比例"), required=False), since=_SECOND
    )
    own_share: OwnShare | None = key(decision(N_("企业至少自付"), OwnShare, main="rate_bp", required=False), since=_SECOND)
    cycle: Cycle | None = key(decision(N_("上限周期"), Cycle, main="months", required=False), since=_SECOND)
    order_counts: tuple[OrderCount, ...] = key(
        NamedTables(decision(N_("用券下单次数"), OrderCount, main="most", required=False)), since=_SECOND
    )
    partial: Setting[bool] = key(one(Flag(N_("额度不足时按余额抵扣"), yes="按余额抵扣，订单继续", no="不能使用，另选或等额度恢复")))
    lookback: Setting[bool] = key(one(Flag(N_("可补报领券前签订的合同"))), name="contract.lookback")
    times: Times = key(section(Times))
    silence: Setting[Silence] | None = key(  # what a firm's silence means; None: the order lapses
        one(Choice(N_("企业逾期不验收"), Silence), required=False), name="acceptance.silence"
    )
    difference: Setting[NotGranted] | None = key(  # None: it goes back to the voucher
        one(Choice(N_("验收核销少于占用时差额的去向"), NotGranted), required=False), name="redemption.difference", since=_SECOND
    )
    unused: Setting[UnusedRule] = key(one(Choice(N_("未使用额度的处理"), UnusedRule)), name="unused.rule")
    unused_counts: Setting[bool] = key(one(Flag(N_("未使用的额度仍计入年度上限"))), name="unused.counts_against_limit")
    payee: Setting[Payee] = key(one(Choice(N_("收款方"), Payee)), name="settlement.payee")
    not_granted: Setting[NotGranted] = key(one(Choice(N_("核减金额的去向"), NotGranted)), name="settlement.not_granted")
    evidence: Evidence = key(section(Evidence))
    services: Setting[tuple[str, ...]] = key(one(names(N_("支持的服务类别"), "categories")))
    fee_kinds: Setting[tuple[FeeKind, ...]] | None = key(
        one(Choices(N_("收费类型"), _FEES), label=N_("支持的收费类型"), required=False), name="offerings.fee_kinds", since=_SECOND
    )
    is_capped: Setting[bool] | None = key(one(_CAPPED, required=False), name="offerings.capped", since=_SECOND)
    providers: tuple[ProviderTerm, ...] = key(
        NamedTables(decision(N_("服务机构条件"), ProviderTerm, main="papers", required=False)), since=_SECOND
    )
    sample: SampleRule = key(decision(N_("抽查规则"), SampleRule, main="rate_bp"), name="checks.sample")
    split_window_days: Setting[int] | None = key(
        one(Whole(N_("拆分合同的核查天数"), 1, 3_650, show=lambda days: f"{days} 天"), main="window_days", required=False),
        name="checks.split",
    )
    appropriations: Setting[tuple[AppropriationSource, ...]] = key(one(Choices(N_("资金来源"), AppropriationSource)))
    criteria: tuple[ScoreCriterion, ...] = key(
        NamedTables(decision(N_("评分标准"), ScoreCriterion, main="weight_bp", required=False)), since=_SECOND
    )
    lists: tuple[FirmList, ...] = key(NamedTables(decision(N_("名录"), FirmList, main="label", required=False)), since=_SECOND)
    class_list: tuple[FirmClass, ...] = key(NamedTables(decision(N_("企业类别"), FirmClass, main="label")), name="classes")
    rates: tuple[Rate, ...] = key(NamedTables(decision(N_("补贴比例"), Rate, main="rate_bp")))
    caps: tuple[Cap, ...] = key(NamedTables(decision(N_("补贴上限"), Cap, main="amount_fen", required=False)))
    month_counts: tuple[MonthCount, ...] = key(
        NamedTables(decision(N_("补助月数"), MonthCount, main="most", required=False)), since=_SECOND
    )
    evidence_fields: tuple[EvidenceField, ...] = key(NamedTables(decision(N_("申请材料"), EvidenceField, main="label")), since=_SECOND)
    faces: tuple[Face, ...] = key(NamedTables(decision(N_("券面额"), Face, main="amount_fen", required=False)))
    canonical: str = field(default="", repr=False)  # the whole document, one encoding

    def __hash__(self) -> int:
        return hash(self.canonical)

    def frozen(self) -> str:
        """The version as it is stored: canonical JSON, equal for equal rules."""
        return self.canonical

    @cached_property
    def version_hash(self) -> str:
        """SHA-256 of the canonical JSON: names this version for ever."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @cached_property
    def document(self) -> dict[str, Any]:
        """The rules as nested tables, for pages that show them whole."""
        document: dict[str, Any] = json.loads(self.canonical)
        return document

    @property
    def categories(self) -> tuple[str, ...]:
        """Codes of the services that it supports; none where an award stands on a title."""
        return () if self.on_titles else self.services.value

    @cached_property
    def classes(self) -> tuple[FirmClass, ...]:
        """In the order in which they are tried; those the order forgot come last, so the cross check can still name them."""
        order = {name: place for place, name in enumerate(self.class_order.value)}
        return tuple(sorted(self.class_list, key=lambda one: order.get(one.name, len(order))))

    @property
    def called(self) -> dict[str, str]:
        """What the names that this file gives are called in Chinese."""
        return {**{one.name: one.label for one in self.classes}, **{one.name: one.label for one in self.lists}}

    def firm_class(self, name: str) -> FirmClass:
        """The class of this name, which must exist."""
        return next(one for one in self.classes if one.name == name)

    def rate_for(self, firm_class: str, category: str) -> Rate:
        """The most precise rate. Validation made sure there is exactly one."""
        return max((one for one in self.rates if one.applies(firm_class, category)), key=Rate.precision)

    def bonuses_for(self, firm_class: str, category: str) -> tuple[Bonus, ...]:
        """What is added to the rate of such an order."""
        return tuple(one for one in self.bonuses if one.applies(firm_class, category))

    def whole_rate_bp(self, firm_class: str, category: str) -> int:
        """The rate with its bonuses, no higher than their ceiling. Validation made sure that it is no more than the whole."""
        added = sum(one.rate_bp for one in self.bonuses_for(firm_class, category))
        whole = self.rate_for(firm_class, category).rate_bp + added
        return min(whole, self.bonus_ceiling.value) if self.bonus_ceiling else whole

    def assumed_values(self) -> tuple[AssumedValue, ...]:
        """Every value without a published source, signed or not, in the order of the schema."""
        called = {f"categories/{code}": name for code, name in category_names().items()}
        called |= {f"classes/{one.name}": one.label for one in self.classes} | {f"lists/{one.name}": one.label for one in self.lists}
        called["currency"] = self.currency
        return tuple(_assumed(path, table, content, called) for path, table, content in tables_of(self.document) if to_sign(content))

    def unsigned_values(self) -> tuple[AssumedValue, ...]:
        """What an officer still has to replace or sign before a round opens."""
        return tuple(one for one in self.assumed_values() if one.signed_by is None)


ROOTS = (ProgrammeSpec,)  # both versions of the format; one of another shape is a root beside it
TABLES, GROUPS = tables(*ROOTS)

# Keys ("table.field") that no rule reads. Versions that hold one go on; a new file may not promise what nothing does.
UNREAD: frozenset[str] = frozenset()


def table_at(path: str) -> Table | None:
    """The shape of a decision: instrument, times.order, caps.year."""
    return TABLES.get(path) or (GROUPS.get(path.partition(".")[0]) if path.count(".") == 1 else None)


def at(document: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path; None if nothing does."""
    node: Any = document
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def tables_of(document: Mapping[str, Any]) -> list[tuple[str, Table, Mapping[str, Any]]]:
    """Every decision of a checked document: path, what it is, its content."""
    found = [(path, table, content) for path, table in TABLES.items() if (content := at(document, path))]
    for group, table in GROUPS.items():
        found += [(f"{group}.{name}", table, content) for name, content in document.get(group, {}).items()]
    return found


def value_text(table: Table, content: Mapping[str, Any], names: Names) -> str:
    """The content of a decision as people read it."""
    if table.made is TimeLimit:
        return TimeLimit.said(content)
    parts = [kind.text(content[name], names) for name, kind in table.fields.items() if name in content]
    return "，".join(part for part in parts if part)


def _assumed(path: str, table: Table, content: Mapping[str, Any], names: Names) -> AssumedValue:
    origin, signed = to_sign(content), content.get("signed", {})
    assert origin is not None, "an open value"
    return AssumedValue(path, table.label, value_text(table, content, names), origin["author"], origin["reason"], signed.get("by"))
