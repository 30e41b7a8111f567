"""How much a voucher bears: the share of the base, no more than any cap, no more than what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import CNY, MAX_AMOUNT_FEN, Fen, percent, share_floor
from marketplace.kernel.policyfiles.provenance import Provenance
from marketplace.kernel.sentences import Sentence, listed
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import CAPS_OF_ONE_ORDER, Base, CapScope, NotGranted
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.instruments import strategy_of
from marketplace.vouchers.rules.limits import AT_ISSUE, Ceiling, LimitAccount

CARRIED_OVER = "carried_over"  # what an earlier round left


@dataclass(frozen=True, slots=True, kw_only=True)
class FundDocument:
    """A document by which money arrives (资金下达文件)."""

    source: str  # word of policy.programme_words.AppropriationSource, or carried_over
    document_number: str
    dated_on: date
    amount_fen: int
    function_code: str = ""  # 功能科目, digits; empty: the document names none
    economy_code: str = ""  # 经济科目, the same
    use_by: date | None = None  # 使用期限; None: the document names none

    def codes(self) -> dict[str, str]:
        """The budget codes that it names."""
        named = {"function_code": self.function_code.strip(), "economy_code": self.economy_code.strip()}
        return {name: code for name, code in named.items() if code}


@dataclass(frozen=True, slots=True)
class LimitLeft:
    """A limit account and what the ledger says is left of it (an account not opened yet has its whole cap)."""

    account: LimitAccount | Ceiling
    left_fen: Fen


@dataclass(frozen=True, slots=True)
class CalculationStep:
    """One line of the calculation as it is shown: what it is, its own amount, and the subsidy after it."""

    label: Sentence
    amount_fen: Fen
    subsidy_fen: Fen
    binds: bool  # this line lowered the subsidy
    provenance: Provenance | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would cost whom."""

    base_fen: Fen
    rate_bp: int
    subsidy_fen: Fen
    own_share_fen: Fen
    steps: tuple[CalculationStep, ...]
    currency: str = CNY
    in_kind_fen: int = 0  # of the base, what the firm gives in kind and not in money

    @property
    def binding(self) -> CalculationStep | None:
        """The cap or limit that decided the amount; None if the rate alone did."""
        return next((step for step in reversed(self.steps) if step.binds), None)

    @property
    def binding_cap(self) -> Sentence:
        """Which cap bound, in words."""
        if self.binding is None:
            return Sentence(N_("按补贴比例 %(rate)s 计算，未触及上限。"), {"rate": percent(self.rate_bp)})
        params = {"label": self.binding.label, "amount": format_money(self.binding.amount_fen, self.currency)}
        return Sentence(N_("受“%(label)s”限制：%(amount)s 元。"), params)


def base_amount(
    spec: ProgrammeSpec,
    *,
    contract_fen: Fen,
    invoice_fen: Fen | None = None,
    payment_fen: Fen | None = None,
    metered_fen: Fen | None = None,
) -> Fen:
    """The amount the rate is applied to. Before there is an invoice, a payment or a metering log, the contract stands in for it.

    Args:
        invoice_fen: the net amount, where the rules leave the tax to the firm.
    """
    if spec.base.value is Base.METERED:
        return contract_fen if metered_fen is None else Fen(min(contract_fen, metered_fen))
    if spec.base.value is Base.CONTRACT:
        return contract_fen
    if spec.base.value is Base.INVOICE:
        return contract_fen if invoice_fen is None else invoice_fen
    if spec.base.value is Base.PAYMENT:
        return contract_fen if payment_fen is None else payment_fen
    return Fen(min(one for one in (contract_fen, invoice_fen, payment_fen) if one is not None))


def with_in_kind(spec: ProgrammeSpec, price_fen: Fen, in_kind_fen: int) -> Fen:
    """The base of a price in money and what the firm gives in kind, no more of which counts than its part of the firm's own share."""
    most = spec.own_share.in_kind_most(price_fen) if spec.own_share else Fen(0)
    return Fen(price_fen + min(in_kind_fen, most))


def checked_in_kind(spec: ProgrammeSpec, price_fen: Fen, in_kind_fen: int | None) -> int:
    """What a firm declares to give in kind; 0 where it declares nothing.

    Raises: RuleViolation beside the field: the programme asks for money, or counts less in kind.
    """
    if in_kind_fen is None:
        return 0
    if in_kind_fen <= 0:
        raise RuleViolation(N_("实物或人工投入的价值须大于 0；没有的请留空。"), field="in_kind", code="in_kind")
    if spec.own_share is None or spec.own_share.in_kind_bp is None:
        raise RuleViolation(N_("这张券要求自付部分全部以现金支付，请将“实物或人工投入”留空。"), field="in_kind", code="in_kind")
    most = spec.own_share.in_kind_most(price_fen)
    if in_kind_fen > most:
        raise RuleViolation(
            N_("本单的实物或人工投入最多计 %(most)s 元（自付部分的 %(part)s）。请改小金额，其余以现金支付。"),
            field="in_kind",
            code="in_kind",
            most=format_money(most, spec.currency),
            part=percent(spec.own_share.in_kind_bp),
        )
    return in_kind_fen


def price_preview(
    spec: ProgrammeSpec,
    base_fen: Fen,
    *,
    firm_class: str,
    category: str,
    limits: Sequence[LimitLeft] = (),
    requested_fen: Fen | None = None,
) -> Preview:
    """How much a voucher bears of an order, and why.

    The lowest of: rate × base, as far as it is subsidised, with part of a fen dropped (so the firm's own share never rounds below what
    the policy asks), the caps per order, what the firm asks for, and what is left of every limit, that of the offering among
    them. Where accounts hold less than the rest allows, the programme says whether the order goes on with it or is refused.

    Args:
        limits: the ceilings of this order, and every limit account it touches, with what is left: `limits_of_order`, the voucher's
            own, and for a face value the voucher's balance.
        requested_fen: what the firm wants to use, if less than it could.

    Raises:
        RuleViolation: base not positive or over-long, category not supported, or limits too low where the programme refuses.
    """
    check_order(spec, base_fen, category, requested_fen)
    steps, whole = _by_rate(spec, base_fen, firm_class, category)
    for cap in spec.caps:
        if cap.scope in CAPS_OF_ONE_ORDER and cap.applies(firm_class, category):
            said = Sentence(N_("每笔订单上限") if cap.scope is CapScope.ORDER else N_("每份合同上限"))
            _lower(steps, said, cap.amount_fen, cap.provenance)
    if own := spec.own_share:
        _lower(steps, Sentence(N_("企业至少自付后的余额")), own.leaves(base_fen), own.provenance)
    for limit in limits:
        if isinstance(limit.account, Ceiling):
            _lower(steps, limit.account.label, limit.left_fen, limit.account.provenance)
    if requested_fen is not None:
        _lower(steps, Sentence(N_("企业申请使用的金额")), requested_fen, None)
    wanted = steps[-1].subsidy_fen
    for limit in limits:
        if not isinstance(limit.account, Ceiling):
            _lower(steps, limit.account.label, limit.left_fen, limit.account.provenance)
    subsidy = steps[-1].subsidy_fen
    preview = Preview(base_fen, whole, subsidy, Fen(base_fen - subsidy), tuple(steps), spec.currency)
    if subsidy < wanted and not spec.partial.value:
        raise _too_little_left(preview, wanted)
    return preview


def difference_goes_to(spec: ProgrammeSpec) -> NotGranted:
    """Where goes what was held for an order and is not redeemed at the acceptance; rules without the key give it back."""
    return spec.difference.value if spec.difference else NotGranted.VOUCHER


def redeemable_fen(spec: ProgrammeSpec, *, reserved_fen: Fen, base_fen: Fen, firm_class: str, category: str) -> Fen:
    """What may be paid once the actual base is known: computed again, never above what was reserved. The rest is released.

    A base that fell below the least that is subsidised deserves nothing.
    """
    if spec.least_cost and base_fen < spec.least_cost.value:
        return Fen(0)
    preview = price_preview(spec, base_fen, firm_class=firm_class, category=category)
    return min(reserved_fen, preview.subsidy_fen)


def quota_fen(spec: ProgrammeSpec, firm_class: str, *, above_soft: bool = False) -> Fen | None:
    """The most one firm of a class may be granted: the lowest of its own caps and of its parts by kind of service together; None if the
    programme sets none.

    Args:
        above_soft: more than a soft cap may be asked for, and granted by an officer who says why.
    """
    own = [cap for cap in spec.caps if cap.scope in AT_ISSUE and cap.applies(firm_class, None)]
    caps = [cap.amount_fen for cap in own if not (cap.soft and above_soft)]
    whole = sum(one.amount_fen for one in spec.portions_of(firm_class))
    return min([*caps, *([Fen(whole)] if whole else [])], default=None)


def faces_fen(spec: ProgrammeSpec, firm_class: str) -> tuple[Fen, ...]:
    """The denominations a firm of this class may be given, largest first; faces that name the class go before general ones."""
    named = {face.amount_fen for face in spec.faces if firm_class in face.classes}
    return tuple(sorted(named or {face.amount_fen for face in spec.faces if not face.classes}, reverse=True))


def face_range(spec: ProgrammeSpec, firm_class: str) -> tuple[Fen, Fen] | None:
    """From and to which sum a firm of this class may ask for; None: for one of the faces."""
    named = [face for face in spec.faces if firm_class in face.classes] or [face for face in spec.faces if not face.classes]
    ranged = next((face for face in named if face.least_fen), None)
    return (ranged.least_fen, ranged.amount_fen) if ranged and ranged.least_fen else None


def check_requested(spec: ProgrammeSpec, requested_fen: Fen, *, firm_class: str, left_fen: Fen | None = None) -> None:
    """An application asks for a face there is, or a quota within the firm's cap and what is left of it.

    Raises: RuleViolation.
    """
    if strategy_of(spec.instrument.value).in_faces:
        if ends := face_range(spec, firm_class):
            _check_in_range(requested_fen, *ends, spec.currency)
            return
        faces = faces_fen(spec, firm_class)
        if requested_fen not in faces:
            known = listed(format_money(face, spec.currency) for face in faces)
            raise RuleViolation(N_("请选择已有的面额：%(faces)s 元。"), field="requested", code="face", faces=known)
        return
    quota = quota_fen(spec, firm_class, above_soft=True)
    most = min((one for one in (quota, left_fen) if one is not None), default=Fen(MAX_AMOUNT_FEN))
    if most <= 0:
        raise RuleViolation(N_("本企业的额度已经用完，不能再申领。"), code="limit_used")
    if not 0 < requested_fen <= most:
        raise RuleViolation(
            N_("申领金额须大于 0，且不超过 %(most)s 元。"), field="requested", code="requested", most=format_money(most, spec.currency)
        )


def check_order(spec: ProgrammeSpec, base_fen: Fen, category: str, requested_fen: Fen | None = None) -> None:
    """Raises: RuleViolation: nothing of an order of this price and category is subsidised."""
    if not 0 < base_fen <= MAX_AMOUNT_FEN:
        raise RuleViolation(
            N_("合同金额须大于 0，且不超过 %(most)s 元，请核对单位。"),
            field="contract_amount",
            code="base",
            most=format_money(MAX_AMOUNT_FEN, spec.currency),
        )
    if spec.least_cost and base_fen < spec.least_cost.value:
        raise RuleViolation(
            N_("本项目只补贴 %(least)s 元以上的服务，本单 %(base)s 元，不能用券。"),
            field="offering_id",
            code="least_cost",
            least=format_money(spec.least_cost.value, spec.currency),
            base=format_money(base_fen, spec.currency),
        )
    if requested_fen is not None and requested_fen <= 0:
        raise RuleViolation(N_("使用金额须大于 0。"), field="requested", code="requested")
    if category not in spec.services.value:
        raise RuleViolation(
            N_("本项目不支持“%(category)s”类服务，请改选其他服务，或用其他服务券。"),
            field="offering_id",
            code="category",
            category=category_names().get(category, category),
        )


def _by_rate(spec: ProgrammeSpec, base_fen: Fen, firm_class: str, category: str) -> tuple[list[CalculationStep], int]:
    """The lines of the rate, of each bonus, their ceiling and the most that is subsidised; the whole rate, of which the share is taken
    once."""
    rate = spec.rate_for(firm_class, category)
    rate_bp, share = rate.rate_bp, share_floor(base_fen, rate.rate_bp)
    steps = [CalculationStep(Sentence(N_("补贴比例 %(rate)s"), {"rate": percent(rate_bp)}), share, share, False, rate.provenance)]
    for one in spec.bonuses_for(firm_class, category):
        rate_bp += one.rate_bp
        share = share_floor(base_fen, rate_bp)
        said = Sentence(N_("加成 %(rate)s"), {"rate": percent(one.rate_bp)})
        steps.append(CalculationStep(said, Fen(share - steps[-1].subsidy_fen), share, False, one.provenance))
    if spec.bonus_ceiling and spec.bonuses:
        said = Sentence(N_("比例合计最高 %(rate)s"), {"rate": percent(spec.bonus_ceiling.value)})
        _lower(steps, said, share_floor(base_fen, spec.bonus_ceiling.value), spec.bonus_ceiling.provenance)
    whole = spec.whole_rate_bp(firm_class, category)
    if most := spec.most_cost:
        said = Sentence(N_("可补贴金额最高 %(most)s 元"), {"most": format_money(most.value, spec.currency)})
        _lower(steps, said, share_floor(most.value, whole), most.provenance)
    return steps, whole


def _lower(steps: list[CalculationStep], label: Sentence, amount_fen: Fen, provenance: Provenance | None) -> None:
    """One more thing the subsidy may not exceed. Nothing left is nothing, never less."""
    before = steps[-1].subsidy_fen
    after = Fen(max(0, min(before, amount_fen)))
    steps.append(CalculationStep(label, amount_fen, after, after < before, provenance))


def _too_little_left(preview: Preview, wanted_fen: Fen) -> RuleViolation:
    assert preview.binding is not None
    return RuleViolation(
        N_("本单需用券 %(wanted)s 元，但“%(label)s”只剩 %(left)s 元，按规定不能部分使用。请改选金额较低的服务，或等额度恢复后再下单。"),
        field="requested",
        code="limit_short",
        wanted=format_money(wanted_fen, preview.currency),
        label=preview.binding.label,
        left=format_money(max(0, preview.binding.amount_fen), preview.currency),
    )


def _check_in_range(requested_fen: Fen, least_fen: Fen, most_fen: Fen, currency: str) -> None:
    if not least_fen <= requested_fen <= most_fen:
        said = {"least": format_money(least_fen, currency), "most": format_money(most_fen, currency)}
        raise RuleViolation(N_("申领金额应在 %(least)s 元至 %(most)s 元之间。"), field="requested", code="face_range", **said)
