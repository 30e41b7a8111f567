"""What a programme without orders must say: an amount for each class and whose titles it stands on, or the evidence of a cost."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_demands import belongs
from marketplace.policy.programme_spec import ProgrammeSpec, tables_of
from marketplace.policy.programme_words import CAPS_OF_A_PROVIDER, AllocationMode, EvidenceKind, Payee

_DECIDING = frozenset({EvidenceKind.NUMBER, EvidenceKind.COST, EvidenceKind.MONTHS, EvidenceKind.RATE})  # the amount hangs on them
Found = Iterator[tuple[str, Complaint]]


def subsidy_problems(spec: ProgrammeSpec) -> Found:
    """Keys and complaints; nothing if the programme can be run."""
    yield from _amounts(spec) if spec.on_titles else _evidence(spec)
    for one in spec.classes:
        if spec.on_titles and not one.titles:
            yield one.key, Complaint(N_("奖励凭称号申请，“%(class)s”没有写明称号。"), N_("请补上 titles。"), {"class": one.label})
    if spec.allocation.mode.value is not AllocationMode.FIRST_COME:
        yield "allocation.mode.value", Complaint(N_("没有订单的资金按申请先后受理。"), N_('请改为 "first_come"。'))
    yield from _payee(spec)


def _payee(spec: ProgrammeSpec) -> Found:
    """The firm is paid; a fee may be paid to the office that asks for it, which the firm then names."""
    offices = [one for one in spec.evidence_fields if one.kind is EvidenceKind.OFFICE]
    if not spec.offsets_fees:
        if spec.payee.value is not Payee.SME:
            yield "settlement.payee.value", Complaint(N_("没有订单的资金拨付给企业。"), N_('请改为 "sme"。'))
        if offices:
            yield offices[0].key, Complaint(N_("只有规费抵缴才选收费部门。"), N_("请删去这一项，或改为文字。"))
        return
    if spec.payee.value not in {Payee.SME, Payee.FEE_OFFICE}:
        yield "settlement.payee.value", Complaint(N_("规费抵缴拨付收费部门，或返还企业。"), N_('请改为 "fee_office" 或 "sme"。'))
    is_office = spec.payee.value is Payee.FEE_OFFICE
    if len(offices) != is_office or not all(one.required for one in offices):
        yield (
            "evidence_fields",
            Complaint(N_("拨付收费部门的，申请材料中要有一项必填的“收费部门”；返还企业的没有。"), N_('请核对 kind = "office" 的一项。')),
        )


def _months(spec: ProgrammeSpec) -> Found:
    """Months are counted where they are asked for, and each class is held to no more than one count."""
    has_months = any(one.kind is EvidenceKind.MONTHS for one in spec.evidence_fields)
    known = {one.name for one in spec.classes}
    for one in spec.month_counts:
        if not has_months:
            yield one.key, Complaint(N_("申请材料中没有所属月份，无从计算补助月数。"), N_('请加一项 kind = "months"，或删去这一项。'))
        if wrong := sorted(set(one.classes) - known):
            params: dict[str, object] = {"names": "、".join(wrong)}
            yield f"{one.key}.classes", Complaint(N_("引用了没有定义的 %(names)s。"), N_("请先在 [classes] 中定义，或改正拼写。"), params)
    for each in spec.classes:
        if sum(one.applies(each.name) for one in spec.month_counts) > 1:
            params = {"class": each.label}
            yield "month_counts", Complaint(N_("“%(class)s”的补助月数有不止一条。"), N_("请为它只留一条 [month_counts.名称]。"), params)


def _at_most_one(kinds: list[EvidenceKind]) -> Found:
    if kinds.count(EvidenceKind.FILE) > 1:
        yield "evidence_fields", Complaint(N_("扫描件只能有一项。"), N_("请合为一项，申请人合并上传。"))
    for kind in (EvidenceKind.MONTHS, EvidenceKind.RATE):
        if kinds.count(kind) > 1:
            said: dict[str, object] = {"kind": kind.label}
            yield "evidence_fields", Complaint(N_("“%(kind)s”只能有一项。"), N_("请核对 [evidence_fields.名称] 的 kind。"), said)


def _evidence(spec: ProgrammeSpec) -> Found:
    """What is used once, and what the subsidy is reckoned by, stand in exactly one field each."""
    kinds = [one.kind for one in spec.evidence_fields]
    for kind in (EvidenceKind.NUMBER, EvidenceKind.COST):
        if kinds.count(kind) != 1:
            said: dict[str, object] = {"kind": kind.label}
            yield (
                "evidence_fields",
                Complaint(N_("申请材料中“%(kind)s”应恰好有一项。"), N_("请核对 [evidence_fields.名称] 的 kind。"), said),
            )
    yield from _at_most_one(kinds)
    yield from _months(spec)
    for one in spec.evidence_fields:
        if one.kind in _DECIDING and not one.required:
            yield one.key, Complaint(N_("“%(label)s”须必填。"), N_("请写 required = true。"), {"label": one.label})
    if len(spec.services.value) != 1:
        yield "services.value", Complaint(N_("补助按一类费用计算。"), N_("请只写一个类别。"))
    for cap in spec.caps:
        if cap.scope in CAPS_OF_A_PROVIDER:
            yield f"{cap.key}.scope", Complaint(N_("没有订单，就没有服务机构的上限。"), N_("请改为企业、批次或地区的上限。"))


def strange_tables(spec: ProgrammeSpec) -> Found:
    """What the instrument does not have."""
    instrument = spec.instrument.value
    for path, _table, _content in tables_of(spec.document):
        if not belongs(path, instrument.value):
            yield path, Complaint(N_("“%(instrument)s”没有这一项。"), N_("请删去这一项。"), {"instrument": instrument.value})
    if spec.own_share and spec.own_share.in_kind_bp and (spec.deducts_at_once or not spec.has_orders):
        wrong = N_("“%(instrument)s”没有下单申报和验收，实物或人工投入无从核对。")
        yield "own_share.in_kind_bp", Complaint(wrong, N_("请删去这一项。"), {"instrument": instrument.value})


def _amounts(spec: ProgrammeSpec) -> Found:
    """An award is one amount for each class."""
    classes = {one.name for one in spec.classes}
    for face in spec.faces:
        if face.least_fen:
            yield f"{face.key}.least_fen", Complaint(N_("奖励金额是固定的。"), N_("请删去 least_fen。"))
        if wrong := sorted(set(face.classes) - classes):
            params: dict[str, object] = {"names": "、".join(wrong)}
            yield f"{face.key}.classes", Complaint(N_("引用了没有定义的 %(names)s。"), N_("请先在 [classes] 中定义，或改正拼写。"), params)
    for one in spec.classes:
        named = [face for face in spec.faces if one.name in face.classes] or [face for face in spec.faces if not face.classes]
        if len(named) != 1:
            params = {"class": one.label, "count": len(named)}
            yield "faces", Complaint(N_("“%(class)s”的奖励金额有 %(count)s 条。"), N_("请为它恰好写一条 [faces.名称]。"), params)
