"""What the conditions on firms say beside what they are: of other programmes, and how often."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_stacking import own_problems
from marketplace.policy.programme_words import AllocationMode


def firm_problems(spec: ProgrammeSpec) -> Iterator[tuple[str, Complaint]]:
    """Keys and complaints; nothing if the programme can be run."""
    firms, is_automatic = spec.beneficiaries, spec.has_orders and spec.allocation.mode.value is AllocationMode.AUTO_CREDIT
    yield from own_problems(spec.slug, firms.links)
    if firms.count and is_automatic:
        complaint = Complaint(
            N_("额度自动到账，每个批次都有，不能限定享受次数。"), N_("请改用申领的发放方式，或删去 [beneficiaries.count]。")
        )
        yield "beneficiaries.count", complaint
