"""How an offering comes to the shelf, changes its price, and leaves (上架、调价、下架)."""

from collections.abc import Collection
from dataclasses import dataclass

from marketplace.catalogue.lifecycle import OFFERING, OfferingState, ProviderState, Side
from marketplace.kernel.currencies import currencies
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import CNY, Fen
from marketplace.kernel.typed import checked_reason
from marketplace.policy.fees import FeeKind

S = OfferingState

EDITABLE = OFFERING.move("edit_offering").by[Side.PROVIDER]

# An offering has a price: what costs nothing (公益性) is reported as an activity or a service, not ordered.
FEES = (FeeKind.STANDARD, FeeKind.LOW_FEE)

LONGEST_CYCLE = 3650  # days; a longer one is a slip of the pen, not a service


class OfferingMode(Word):
    ONLINE = "online", N_("线上")
    OFFLINE = "offline", N_("线下")
    BOTH = "both", N_("线上线下均可")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingFacts:
    """What a provider writes about an offering."""

    title: str
    category: str
    price_fen: Fen
    cycle_days: int
    price_unit: str = "项"
    mode: str = "both"
    fee_kind: str = FeeKind.STANDARD.value
    summary: str = ""
    description: str = ""
    deliverables: str = ""
    discount_note: str = ""
    currency: str = CNY
    voucher_cap_fen: Fen | None = None  # most that a voucher bears of one order; None: none settled


def check_editable(state: OfferingState) -> None:
    """Raises: RuleViolation: an officer has it, or firms see it."""
    if state is S.SUBMITTED:
        raise RuleViolation(N_("该服务正在审核，审核完成前不能修改。"))
    if state is S.LISTED:
        raise RuleViolation(N_("已上架的服务不能直接修改。调整价格请提交调价申请；修改内容请先下架。"))


def check_version(seen: int, current: int) -> None:
    """Raises: Conflict: the form shows an older version of the row."""
    if seen != current:
        raise Conflict(N_("这项服务在您填写期间已有变动。您填写的内容仍在页面上，请对照下面的最新内容，确认后再提交一次。"))


def check_facts(facts: OfferingFacts, *, categories: Collection[str]) -> None:
    """Raises: RuleViolation beside the field."""
    if not facts.title.strip():
        raise RuleViolation(N_("请填写服务名称。"), field="title")
    if facts.category not in categories:
        raise RuleViolation(N_("请从列表中选择服务类别。"), field="category")
    if facts.currency not in currencies():
        raise RuleViolation(N_("请从列表中选择币种。"), field="currency")
    check_price(facts.price_fen)
    if facts.voucher_cap_fen is not None and not 0 < facts.voucher_cap_fen <= facts.price_fen:
        raise RuleViolation(N_("每单用券上限须大于 0，且不超过价格。"), field="voucher_cap")
    if not 0 < facts.cycle_days <= LONGEST_CYCLE:
        raise RuleViolation(N_("服务周期请填 1 至 %(most)d 天。"), field="cycle_days", most=LONGEST_CYCLE)
    if facts.mode not in set(OfferingMode):
        raise RuleViolation(N_("请选择服务方式。"), field="mode")
    if facts.fee_kind not in FEES:
        raise RuleViolation(N_("请选择收费类型。"), field="fee_kind")
    if facts.fee_kind == FeeKind.LOW_FEE and not facts.discount_note.strip():
        raise RuleViolation(N_("低收费服务请在“对小型微型企业的优惠”里写明比一般收费低多少，审核时要核对。"), field="discount_note")


def check_price(price_fen: int) -> None:
    """Raises: RuleViolation: nothing or less."""
    if price_fen <= 0:
        raise RuleViolation(N_("价格须大于 0。"), field="price")


def check_complete(facts: OfferingFacts) -> None:
    """What an officer needs to judge an offering, and a firm to choose it.

    Raises: RuleViolation beside the field.
    """
    for field, value, sentence in (
        ("summary", facts.summary, N_("请用一句话说明这项服务。")),
        ("description", facts.description, N_("请写明服务内容：做什么、怎么做。")),
        ("deliverables", facts.deliverables, N_("请写明交付成果：服务结束时企业拿到什么。")),
    ):
        if not value.strip():
            raise RuleViolation(sentence, field=field)


def check_provider_may_list(state: ProviderState) -> None:
    """Raises: RuleViolation: only providers of the register offer."""
    if state is not ProviderState.ADMITTED:
        raise RuleViolation(N_("机构入库后才能提交服务上架。请先完成机构入库申请。"))


def check_orderable(state: OfferingState, provider: ProviderState) -> None:
    """Raises: RuleViolation: the offering or its provider is not on the shelf today."""
    if state is not S.LISTED:
        raise RuleViolation(N_("这项服务已下架，不能下单。请选择其他服务。"), code="offering.not_listed")
    if provider is not ProviderState.ADMITTED:
        raise RuleViolation(N_("提供这项服务的机构目前暂停服务或已出库，不能下单。请选择其他机构的服务。"), code="provider.not_admitted")


def check_proposal(state: OfferingState, current_fen: int, wanted_fen: int, *, reason: str, is_waiting: bool) -> None:
    """Whether another price may be asked for.

    Raises: RuleViolation: not listed, one waits already, the same price, or no reason.
    """
    if state is not S.LISTED:
        raise RuleViolation(N_("未上架的服务可以直接修改价格，不需要调价申请。"))
    if is_waiting:
        raise RuleViolation(N_("已有一份调价申请在审核，审核完成后才能再次提出。"))
    check_price(wanted_fen)
    if wanted_fen == current_fen:
        raise RuleViolation(N_("新价格与现价相同，不需要调整。"), field="price")
    checked_reason(reason, N_("请写明调价原因。"))


def check_reason(reason: str, *, field: str = "reason") -> None:
    """Raises: RuleViolation: a refusal, return or delisting says why."""
    checked_reason(reason, N_("请写明原因，对方会看到。"), field=field)
