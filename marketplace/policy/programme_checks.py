"""What the parts of a programme say about each other: names that exist, one rate for every order, settings that fit together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from marketplace.identity import industries, regions
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import percent
from marketplace.kernel.policyfiles.groups import MISNAMED
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.reading import NAME_PATTERN
from marketplace.policy.agreement_checks import agreement_problems
from marketplace.policy.base_checks import base_problems
from marketplace.policy.firm_checks import firm_problems
from marketplace.policy.guard_checks import guard_problems
from marketplace.policy.place_checks import place_problems
from marketplace.policy.portion_checks import portion_problems
from marketplace.policy.programme_amounts import Portion
from marketplace.policy.programme_class_checks import code_problems, unreachable
from marketplace.policy.programme_decisions import Bonus, Cap, Face, FirmClass, OrderCount, Rate
from marketplace.policy.programme_parts import wrong_parts
from marketplace.policy.programme_soft_checks import soft_problems
from marketplace.policy.programme_spec import ProgrammeSpec, tables_of
from marketplace.policy.programme_words import (
    CAPS_OF_A_FIRM,
    CAPS_PER_CYCLE,
    SINCE_2,
    AllocationMode,
    Base,
    CapScope,
    Format,
    Instrument,
    PartsUnused,
    Payee,
    Silence,
    UnusedRule,
)
from marketplace.policy.subsidy_checks import strange_tables, subsidy_problems
from marketplace.policy.till_checks import till_problems
from marketplace.policy.wholesale_checks import wholesale_problems

Found = Iterator[tuple[str, Complaint]]
WHOLE_BP = 10_000

_PARTS = (  # a cap, and the wider one it is part of
    (CapScope.ENTERPRISE_YEAR, CapScope.ENTERPRISE_LIFE),
    (CapScope.ENTERPRISE_CYCLE, CapScope.ENTERPRISE_LIFE),
    (CapScope.PROVIDER_YEAR, CapScope.PROVIDER_LIFE),
    (CapScope.PROVIDER_CYCLE, CapScope.PROVIDER_LIFE),
)


def sense_problems(spec: ProgrammeSpec, *, categories: Mapping[str, str], places_change: bool = False) -> Found:
    """Keys and complaints; nothing if the programme can be run.

    Args:
        categories: the service categories the catalogue knows, code → Chinese name.
        places_change: the spec may be an old version, whose regions and industries may have other codes today.
    """
    if not places_change:
        yield from _slug(spec)
        yield from _codes(spec)
        yield from code_problems(spec)
    if not places_change or spec.document["format"] != Format.PROGRAMME_1:  # a version of before may have a class behind a wider one
        yield from unreachable(spec)
    yield from _later_words(spec)
    yield from place_problems(spec)
    yield from _class_order(spec)
    yield from firm_problems(spec)
    yield from guard_problems(spec)
    strange = [*strange_tables(spec)]
    yield from strange
    yield from agreement_problems(spec)
    if not spec.has_orders:
        yield from subsidy_problems(spec)
    if spec.deducts_at_once and not strange:
        yield from till_problems(spec)
    if spec.on_titles or strange:
        return
    unknown = [*_unknown_names(spec, categories)]
    yield from unknown
    if not unknown:
        wrong = [*_one_rate_each(spec)]
        yield from wrong
        if not wrong:
            yield from _whole_rates(spec)
    yield from wholesale_problems(spec)
    yield from _caps(spec)
    yield from soft_problems(spec)
    yield from _cost(spec)
    if spec.has_orders:
        if not unknown:
            yield from _faces(spec)
            yield from _quota(spec)
            yield from portion_problems(spec)
        yield from base_problems(spec)
        yield from _allocation(spec)
        yield from _settings_fit(spec)
        yield from _parts(spec)


def _later_words(spec: ProgrammeSpec) -> Found:
    """A file of the first format uses no word of the second, wherever words may stand."""
    if spec.document["format"] != Format.PROGRAMME_1:
        return
    for path, table, content in tables_of(spec.document):
        for name, kind in table.fields.items():
            later, given = SINCE_2.get(getattr(kind, "words", Word), frozenset()), content.get(name)
            for word in sorted(one for one in later if one == given or (isinstance(given, list) and one in given)):
                params: dict[str, object] = {"scope": word.value, "format": Format.PROGRAMME_2.value}
                yield f"{path}.{name}", Complaint(N_("第 2 版格式才有“%(scope)s”。"), N_('请把 format 改为 "%(format)s"。'), params)


def _class_order(spec: ProgrammeSpec) -> Found:
    order, named = spec.class_order.value, {one.name for one in spec.classes}
    if set(order) != named:
        yield (
            "class_order.value",
            Complaint(
                N_("判定顺序与企业类别不一致：%(names)s。"),
                N_("请把 [classes] 下的每个类别恰好写一次。"),
                {"names": "、".join(sorted(set(order) ^ named))},
            ),
        )


def _slug(spec: ProgrammeSpec) -> Found:
    """It stands in the address of the public page: a slash or a space would leave it without one."""
    if not re.fullmatch(NAME_PATTERN, spec.slug):
        yield "slug", MISNAMED


def _codes(spec: ProgrammeSpec) -> Found:
    firms = spec.beneficiaries
    places = [(f"{one.key}.value", one.value) for one in filter(None, (firms.regions, firms.parks))]
    named: list[Cap | FirmClass] = [*spec.caps, *spec.classes]
    for where, codes in [*places, *((f"{one.key}.regions", one.regions) for one in named)]:
        for code in codes:
            if not regions.exists(code):
                yield (
                    where,
                    Complaint(N_("行政区划代码 %(code)s 不存在。"), N_("请按现行行政区划代码填写。"), {"code": code}),
                )
    for setting in filter(None, (firms.industries_include, firms.industries_exclude)):
        for code in setting.value:
            if not industries.exists(code):
                yield (
                    f"{setting.key}.value",
                    Complaint(N_("行业代码 %(code)s 不存在。"), N_("请按 GB/T 4754-2017 填写。"), {"code": code}),
                )


def _unknown_names(spec: ProgrammeSpec, categories: Mapping[str, str]) -> Found:
    classes = {one.name for one in spec.classes}
    for code in spec.services.value:
        if code not in categories:
            yield (
                "services.value",
                Complaint(
                    N_("服务类别 %(code)s 不存在。"), N_("可选：%(known)s。"), {"code": code, "known": "、".join(sorted(categories))}
                ),
            )
    parts: list[Rate | Bonus | Cap | Face | OrderCount | Portion] = [*spec.rates, *spec.bonuses, *spec.caps, *spec.faces]
    parts += [*spec.order_counts, *spec.portions]
    for part in parts:
        yield from _not_in(f"{part.key}.classes", part.classes, classes, "classes")
        if not isinstance(part, Face):
            yield from _not_in(f"{part.key}.categories", part.categories, set(spec.services.value), "services")
    yield from _lists(spec)
    for term in spec.providers:
        yield from _not_in(f"{term.key}.categories", term.categories, set(spec.services.value), "services")
    yield from _not_in("allocation.priority.value", spec.allocation.priority, classes, "classes")


def _lists(spec: ProgrammeSpec) -> Found:
    """Conditions name lists that there are, each list is named by one, and is not called like a class."""
    firms, named = spec.beneficiaries, {one.name for one in spec.lists}
    asked = [(f"{one.key}.lists", one.lists) for one in spec.classes]
    asked += [(f"{one.key}.value", one.value) for one in filter(None, (firms.lists, firms.lists_excluded))]
    for key, names in asked:
        yield from _not_in(key, names, named, "lists")
    for one in spec.lists:
        if not any(one.name in names for _key, names in asked):
            yield one.key, Complaint(N_("没有条件用到这份名录。"), N_("请在 [classes.名称] 或 [beneficiaries.lists] 中引用它，或删去。"))
        if one.name in {firm_class.name for firm_class in spec.classes}:
            yield one.key, Complaint(N_("名录与企业类别同名。"), N_("请换一个名称。"))
    if firms.lists and firms.lists_excluded and set(firms.lists.value) <= set(firms.lists_excluded.value):
        complaint = Complaint(N_("须列入的名录都在不支持之列，没有企业能符合。"), N_("请删去其中一项。"))
        yield "beneficiaries.lists_excluded.value", complaint


def _not_in(key: str, names: Iterable[str], known: set[str], where: str) -> Found:
    if wrong := sorted(set(names) - known):
        yield (
            key,
            Complaint(
                N_("引用了没有定义的 %(names)s。"), N_("请先在 %(where)s 中定义，或改正拼写。"), {"names": "、".join(wrong), "where": where}
            ),
        )


def _one_rate_each(spec: ProgrammeSpec) -> Found:
    """For each class and category exactly one most precise rate."""
    for one, category in product(spec.classes, spec.services.value):
        fitting = sorted((rate for rate in spec.rates if rate.applies(one.name, category)), key=Rate.precision, reverse=True)
        params: dict[str, object] = {"class": one.label, "category": category}
        if not fitting:
            yield "rates", Complaint(N_("%(class)s 购买 %(category)s 类服务没有补贴比例。"), N_("请补一条适用的 [rates.名称]。"), params)
        elif len(fitting) > 1 and fitting[0].precision() == fitting[1].precision():
            yield (
                fitting[1].key,
                Complaint(
                    N_("%(class)s 购买 %(category)s 类服务有两条同样具体的补贴比例：%(first)s。"),
                    N_("请删去一条，或写明 classes、categories。"),
                    {**params, "first": fitting[0].key},
                ),
            )


def _whole_rates(spec: ProgrammeSpec) -> Found:
    """No order is borne above the whole, no bonus is without effect, and the firm's own share leaves room for the rate."""
    orders = [(one.name, category) for one in spec.classes for category in spec.services.value]
    if spec.bonus_ceiling and not spec.bonuses:
        yield (
            "bonus_ceiling",
            Complaint(N_("没有比例加成，就没有加成后的最高比例。"), N_("请删去 [bonus_ceiling]，或补上 [bonuses.名称]。")),
        )
    elif spec.bonus_ceiling and any(spec.rate_for(*one).rate_bp > spec.bonus_ceiling.value for one in orders):
        yield "bonus_ceiling.rate_bp", Complaint(N_("加成后的最高比例低于补贴比例。"), N_("请改为不低于每一条 [rates.名称] 的比例。"))
    if any(spec.whole_rate_bp(*one) > 10_000 for one in orders):
        yield "bonuses", Complaint(N_("补贴比例加上加成超过 100%%。"), N_("请降低加成，或写明 [bonus_ceiling]。"))
    own = (spec.own_share and spec.own_share.rate_bp) or 0
    if own and all(spec.rate_for(*one).rate_bp + own > 10_000 for one in orders):
        yield "own_share.rate_bp", Complaint(N_("补贴比例与企业自付比例合计超过 100%%，补贴比例永远达不到。"), N_("请核对两处比例。"))


def _faces(spec: ProgrammeSpec) -> Found:
    if spec.instrument.value is not Instrument.FACE_VALUE:
        if spec.faces:
            yield "faces", Complaint(N_("额度券没有面额。"), N_('请删去 [faces]，或把 instrument 改为 "face_value"。'))
        return
    for one in spec.classes:
        fitting = [face for face in spec.faces if not face.classes or one.name in face.classes]
        if not fitting:
            yield "faces", Complaint(N_("面额券没有给“%(class)s”的面额。"), N_("请补一条 [faces.名称] 及其出处。"), {"class": one.label})


def _quota(spec: ProgrammeSpec) -> Found:
    """A quota must be told by a cap, above all where it appears by itself and nobody types an amount. A face value says its own."""
    if spec.instrument.value is Instrument.FACE_VALUE:
        return
    if not spec.caps and not spec.portions:
        yield "caps", Complaint(N_("额度券没有写明补贴上限。"), N_("请至少写一组 [caps.名称]。"))
        return
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT:
        return
    for one in spec.classes:
        if not spec.portions and not any(cap.scope in CAPS_OF_A_FIRM and cap.applies(one.name, None) for cap in spec.caps):
            yield (
                "caps",
                Complaint(
                    N_("自动到账的额度要有上限，“%(class)s”没有。"),
                    N_("请为它补一条 scope 为 enterprise_year 或 round 的 [caps.名称]。"),
                    {"class": one.label},
                ),
            )


def _caps(spec: ProgrammeSpec) -> Found:
    """A cycle where one is named and no other, no cap below its part."""
    for cap in spec.caps:
        if cap.scope in CAPS_PER_CYCLE and spec.cycle is None:
            yield f"{cap.key}.scope", Complaint(N_("没有写明周期。"), N_("请补一组 [cycle]，写明月数和首日。"))
    if spec.cycle and not any(cap.scope in CAPS_PER_CYCLE for cap in spec.caps):
        yield (
            "cycle",
            Complaint(N_("没有按周期计算的上限，周期不起作用。"), N_("请删去 [cycle]，或写一条 scope 为 enterprise_cycle 的上限。")),
        )
    for part, whole in product(spec.caps, spec.caps):
        same = (part.classes, part.categories) == (whole.classes, whole.categories)
        if same and (part.scope, whole.scope) in _PARTS and whole.amount_fen < part.amount_fen:
            named: dict[str, object] = {"part": part.key}
            yield f"{whole.key}.amount_fen", Complaint(N_("累计上限低于 %(part)s 的上限。"), N_("请核对两处金额。"), named)


def _allocation(spec: ProgrammeSpec) -> Found:
    mode = spec.allocation.mode.value
    if (mode is AllocationMode.PRIORITY_THEN_FIRST_COME) != bool(spec.allocation.priority):
        yield (
            "allocation.priority",
            Complaint(
                N_("优先类别顺序与发放方式不配套。"), N_("发放方式为 priority_then_first_come 时写明 [allocation.priority]，否则删去。")
            ),
        )
    if (mode is AllocationMode.REVIEW) != bool(spec.allocation.review_levels):
        yield (
            "allocation.review_levels",
            Complaint(N_("审核级数与发放方式不配套。"), N_("发放方式为 review 时写明 [allocation.review_levels]，否则删去。")),
        )
    if spec.deducts_at_once:
        return
    if mode is AllocationMode.LOTTERY and not spec.allocation.results.is_set:
        yield (
            "allocation.results",
            Complaint(N_("摇号要先公开签号清单、后开签，不能截止即公布结果。"), N_("请在 [allocation.results] 写明公布申领结果的时限。")),
        )
    yield from _scoring(spec)
    yield from _releases(spec)
    if spec.allocation.waitlist.value and mode in {AllocationMode.AUTO_CREDIT, AllocationMode.ADMIN_PUSH}:
        yield (
            "allocation.waitlist.value",
            Complaint(N_("这种发放方式没有排队，不能设候补。"), N_("请改为 false，或改用按先后、审核、评分或摇号发放。")),
        )


def _releases(spec: ProgrammeSpec) -> Found:
    """Money that comes at several moments is for who waits in the order of arrival."""
    asked = spec.allocation
    if not asked.is_released:
        return
    if asked.mode.value is not AllocationMode.FIRST_COME or asked.results.is_set or not asked.waitlist.value:
        complaint = Complaint(
            N_("分次放出的资金按申领先后发给排队的企业。"),
            N_("请把发放方式改为 first_come，打开 allocation.waitlist，不设公布结果的时限。"),
        )
        yield "allocation.releases.value", complaint
    if spec.divided_by in {"classes", "regions"}:
        complaint = Complaint(N_("资金既分次放出，又按企业分配额，无从知道每次每项放出多少。"), N_("请只留其中一种。"))
        yield "allocation.releases.value", complaint


def _scoring(spec: ProgrammeSpec) -> Found:
    """Who compares applications says by what, and how many do it; the weights are the whole."""
    is_scored = spec.allocation.mode.value is AllocationMode.COMPETITIVE_SCORE
    for where, given in (("criteria", spec.criteria), ("allocation.scorers", spec.allocation.scorers)):
        if is_scored != bool(given):
            yield (
                where,
                Complaint(
                    N_("评分标准、评分人数与发放方式不配套。"),
                    N_("发放方式为 competitive_score 时写明 [criteria.名称] 和 [allocation.scorers]，否则删去。"),
                ),
            )
    if spec.allocation.least_score and not is_scored:
        yield "allocation.least_score", Complaint(N_("不评分，就没有最低得分。"), N_("请删去 [allocation.least_score]。"))
    whole = sum(one.weight_bp for one in spec.criteria)
    if spec.criteria and whole != WHOLE_BP:
        wrong = N_("各项评分标准的权重合计 %(whole)s，不是 100%%。")
        yield "criteria", Complaint(wrong, N_("请调整各项的 weight_bp，使合计为 10000。"), {"whole": percent(whole)})


def _parts(spec: ProgrammeSpec) -> Found:
    """Parts for kinds of service are drawn on by orders: not by vouchers that take their money with them, nor by what is voided unused."""
    known = {"classes": tuple(one.name for one in spec.classes), "categories": spec.services.value}
    yield from wrong_parts(spec, known, spec.beneficiaries.regions.value)
    is_void, on_day = spec.unused.value is UnusedRule.VOID, spec.parts_unused and spec.parts_unused.value is PartsUnused.ON_DAY
    if is_void and on_day:
        complaint = Complaint(
            N_("作废的额度不再使用，与统筹使用矛盾。"), N_("请改 [unused.rule]，或把 [parts_unused] 改为 stay、officer。")
        )
        yield "parts_unused.value", complaint
    if spec.divided_by != "categories":
        return
    if spec.instrument.value is Instrument.FACE_VALUE:
        complaint = Complaint(
            N_("面额券发放时还不知道买哪类服务，不能按服务类别分配额。"), N_("请按 classes 或 regions 分，或改为额度券。")
        )
        yield "parts", complaint
    if is_void:
        complaint = Complaint(N_("作废的额度没有用于哪类服务，无从计入配额。"), N_("请改为 reclaim_to_pool 或 waitlist_backfill。"))
        yield "unused.rule.value", complaint


def _cost(spec: ProgrammeSpec) -> Found:
    if spec.least_cost and spec.most_cost and spec.least_cost.value > spec.most_cost.value:
        yield (
            "cost.least.amount_fen",
            Complaint(N_("最低可补贴金额高于最高可补贴金额。"), N_("请把 [cost.least] 改为不高于 [cost.most] 的金额。")),
        )


def _settings_fit(spec: ProgrammeSpec) -> Found:
    if spec.unused.value is UnusedRule.WAITLIST_BACKFILL and (spec.deducts_at_once or not spec.allocation.waitlist.value):
        yield "unused.rule.value", Complaint(N_("没有候补名单，不能补发。"), N_("请打开 allocation.waitlist，或改为 reclaim_to_pool。"))
    if spec.silence and spec.silence.value is not Silence.LAPSE and not spec.times.acceptance.is_set:
        yield (
            "acceptance.silence.value",
            Complaint(N_("没有验收时限，就没有逾期不验收。"), N_("请在 [times.acceptance] 写明时限，或改为 lapse。")),
        )
    if spec.payee.value is Payee.FEE_OFFICE:
        yield "settlement.payee.value", Complaint(N_("没有规费抵缴，就没有收费部门收款。"), N_('请改为 "provider"、"sme" 或 "agency"。'))
    if spec.base.value in (Base.PAYMENT, Base.MIN) and spec.payee.value is not Payee.SME:
        yield (
            "base.value",
            Complaint(
                N_("补贴付给服务机构时，企业只付自付部分，不能按实付金额计算补贴。"), N_("请改为 contract 或 invoice，或把收款方改为企业。")
            ),
        )
