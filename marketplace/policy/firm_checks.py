"""What the conditions on firms say beside what they are: of other programmes, and how often."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_stacking import own_problems
from marketplace.policy.programme_words import CAPS_OF_A_FIRM, AllocationMode, CapScope


def firm_problems(spec: ProgrammeSpec) -> Iterator[tuple[str, Complaint]]:
    """Keys and complaints; nothing if the programme can be run."""
    firms, is_automatic = spec.beneficiaries, spec.has_orders and spec.allocation.mode.value is AllocationMode.AUTO_CREDIT
    yield from own_problems(spec.slug, firms.links)
    if firms.count and is_automatic:
        complaint = Complaint(
            N_("额度自动到账，每个批次都有，不能限定享受次数。"), N_("请改用申领的发放方式，或删去 [beneficiaries.count]。")
        )
        yield "beneficiaries.count", complaint
    yield from _associates(spec)


def _associates(spec: ProgrammeSpec) -> Iterator[tuple[str, Complaint]]:
    """Associated firms share their caps, at an order or, where unused vouchers count, at a grant; how often they were given something is
    counted one after the other, as an officer decides on each."""
    firms = spec.beneficiaries
    if not spec.has_orders:
        for key, given in (("associated_firms", firms.associated_firms), ("associated_providers", firms.associated_providers)):
            if given:
                yield f"beneficiaries.{key}", Complaint(N_("没有订单的资金不核对关联关系。"), N_("请删去这一项。"))
        return
    if firms.associated_firms is None:
        return
    own = [one for one in spec.caps if one.scope in CAPS_OF_A_FIRM]
    if firms.count and spec.allocation.mode.value is not AllocationMode.REVIEW:
        wrong = N_("关联企业合并计算享受次数，只能逐件审核发放。")
        yield "beneficiaries.associated_firms", Complaint(wrong, N_('请把 [allocation.mode] 改为 "review"，或删去 [beneficiaries.count]。'))
    if not own and not firms.count and not any(one.scope is CapScope.PAIR for one in spec.caps):
        wrong = N_("没有企业上限，也没有享受次数，关联企业没有可以合并计算的内容。")
        yield "beneficiaries.associated_firms", Complaint(wrong, N_("请补上 [caps.名称] 或 [beneficiaries.count]，或删去这一项。"))
