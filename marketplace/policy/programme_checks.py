"""What the parts of a programme say about each other: names that exist, one rate for every order, settings that fit together."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from marketplace.identity import industries, regions
from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_decisions import Bonus, Cap, Face, Rate
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import (
    CAPS_OF_A_FIRM,
    CAPS_PER_CYCLE,
    CAPS_SINCE_2,
    AllocationMode,
    Base,
    CapScope,
    Format,
    Instrument,
    Payee,
    Silence,
    SizeClass,
    UnusedRule,
)

Found = Iterator[tuple[str, Complaint]]

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
        yield from _codes(spec)
    yield from _class_order(spec)
    unknown = [*_unknown_names(spec, categories)]
    yield from unknown
    if not unknown:
        wrong = [*_one_rate_each(spec)]
        yield from wrong
        if not wrong:
            yield from _whole_rates(spec)
        yield from _faces(spec)
        yield from _quota(spec)
    yield from _caps(spec)
    yield from _allocation(spec)
    yield from _settings_fit(spec)


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


def _codes(spec: ProgrammeSpec) -> Found:
    firms = spec.beneficiaries
    places = [(f"{one.key}.value", one.value) for one in filter(None, (firms.regions, firms.parks))]
    for where, codes in [*places, *((f"{cap.key}.regions", cap.regions) for cap in spec.caps)]:
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
    parts: list[Rate | Bonus | Cap | Face] = [*spec.rates, *spec.bonuses, *spec.caps, *spec.faces]
    for part in parts:
        yield from _not_in(f"{part.key}.classes", part.classes, classes, "classes")
        if not isinstance(part, Face):
            yield from _not_in(f"{part.key}.categories", part.categories, set(spec.services.value), "services")
    yield from _not_in("allocation.priority.value", spec.allocation.priority, classes, "classes")


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
    if spec.instrument.value is Instrument.QUOTA and not spec.caps:
        yield "caps", Complaint(N_("额度券没有写明补贴上限。"), N_("请至少写一组 [caps.名称]。"))
        return
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT or spec.instrument.value is not Instrument.QUOTA:
        return
    for one in spec.classes:
        if not any(cap.scope in CAPS_OF_A_FIRM and cap.applies(one.name, None) for cap in spec.caps):
            yield (
                "caps",
                Complaint(
                    N_("自动到账的额度要有上限，“%(class)s”没有。"),
                    N_("请为它补一条 scope 为 enterprise_year 或 round 的 [caps.名称]。"),
                    {"class": one.label},
                ),
            )


def _caps(spec: ProgrammeSpec) -> Found:
    """Scopes that the format has, a cycle where one is named and no other, no cap below its part."""
    for cap in spec.caps:
        if cap.scope in CAPS_SINCE_2 and spec.document["format"] == Format.PROGRAMME_1:
            params: dict[str, object] = {"scope": cap.scope.value, "format": Format.PROGRAMME_2.value}
            yield f"{cap.key}.scope", Complaint(N_("第 2 版格式才有“%(scope)s”。"), N_('请把 format 改为 "%(format)s"。'), params)
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
    queued = {AllocationMode.FIRST_COME, AllocationMode.PRIORITY_THEN_FIRST_COME, AllocationMode.REVIEW}
    if spec.allocation.waitlist.value and mode not in queued:
        yield "allocation.waitlist.value", Complaint(N_("这种发放方式没有排队，不能设候补。"), N_("请改为 false，或改用按先后或审核发放。"))


def _settings_fit(spec: ProgrammeSpec) -> Found:
    if spec.least_cost and spec.most_cost and spec.least_cost.value > spec.most_cost.value:
        yield (
            "cost.least.amount_fen",
            Complaint(N_("最低可补贴金额高于最高可补贴金额。"), N_("请把 [cost.least] 改为不高于 [cost.most] 的金额。")),
        )
    if spec.unused.value is UnusedRule.WAITLIST_BACKFILL and not spec.allocation.waitlist.value:
        yield "unused.rule.value", Complaint(N_("没有候补名单，不能补发。"), N_("请打开 allocation.waitlist，或改为 reclaim_to_pool。"))
    if spec.silence and spec.silence.value is not Silence.LAPSE and not spec.times.acceptance.is_set:
        yield (
            "acceptance.silence.value",
            Complaint(N_("没有验收时限，就没有逾期不验收。"), N_("请在 [times.acceptance] 写明时限，或改为 lapse。")),
        )
    if spec.base.value in (Base.PAYMENT, Base.MIN) and spec.payee.value is Payee.PROVIDER:
        yield (
            "base.value",
            Complaint(
                N_("补贴付给服务机构时，企业只付自付部分，不能按实付金额计算补贴。"), N_("请改为 contract 或 invoice，或把收款方改为企业。")
            ),
        )
    if SizeClass.LARGE in spec.beneficiaries.size_classes.value:
        yield "beneficiaries.size_classes.value", Complaint(N_("服务券只面向中小微企业，不能包括大型企业。"), N_("请删去 large。"))
