"""What guards the money of a programme: when a round stops because it is used, and who looks at a claim one after the other."""

from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.policyfiles.kinds import Choices, rate
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import decision, key, one
from marketplace.policy.programme_words import Format

WHOLE_BP = 10_000
_SECOND = Format.PROGRAMME_2


class Stops(Word):
    """What is taken no more once the money is used."""

    APPLICATIONS = "applications", N_("受理新的申请")
    ORDERS = "orders", N_("受理新的订单")
    CONTRACTS = "contracts", N_("签订合同")


@dataclass(frozen=True, kw_only=True)
class BudgetStop(Decision):
    """From which share of a round's money, held or used, something stops."""

    rate_bp: int = key(rate(N_("资金用到的比例")))
    stops: tuple[Stops, ...] = key(Choices(N_("暂停的事项"), Stops))

    def is_reached(self, used_fen: int, whole_fen: int) -> bool:
        """To the fen: on integers, never on a rounded share. Without money there is nothing to be used up."""
        return 0 < whole_fen * self.rate_bp <= used_fen * WHOLE_BP


class ClaimLevel(Word):
    """Who looks at a claim; the last of those that a programme names decides."""

    FORMAL = "formal", N_("形式审查")
    EXPERT = "expert", N_("专家评审")
    FINAL = "final", N_("主管复核")


@dataclass(frozen=True, kw_only=True)
class Guards:
    """Keys beside those of `programme_spec`."""

    budget_stop: BudgetStop | None = key(
        decision(N_("资金用到多少时暂停"), BudgetStop, main="rate_bp", required=False), name="budget.stop_at", since=_SECOND
    )
    claim_review: Setting[tuple[ClaimLevel, ...]] | None = key(  # None: one officer looks and decides
        one(Choices(N_("兑付申请的审核级次"), ClaimLevel), required=False), name="settlement.review_levels", since=_SECOND
    )

    @property
    def claim_levels(self) -> tuple[ClaimLevel, ...]:
        """In the order in which they look; none: one officer looks and decides."""
        return self.claim_review.value if self.claim_review else ()
