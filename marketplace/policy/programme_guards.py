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


class ClaimCheck(Word):
    """What the automatic checks of a claim look at."""

    AMOUNTS_AGREE = "amounts_agree", N_("发票与合同金额")
    INVOICE_UNIQUE = "invoice_unique", N_("发票唯一")
    DATES = "dates", N_("日期")
    OWN_SHARE_PAID = "own_share_paid", N_("企业付款")
    AMOUNT = "amount", N_("申请金额")
    RELATED_PARTY = "related_party", N_("关联关系")
    SPLIT_CONTRACTS = "split_contracts", N_("拆分合同")
    SHARED_FILE = "shared_file", N_("材料重复")
    SHARED_NUMBER = "shared_number", N_("号码重复")
    PRICE = "price", N_("价格")
    STANDING = "standing", N_("主体资格")
    ACCEPTANCE = "acceptance", N_("验收")
    TITLE = "title", N_("称号")


@dataclass(frozen=True, kw_only=True)
class Guards:
    """Keys beside those of `programme_spec`."""

    budget_stop: BudgetStop | None = key(
        decision(N_("资金用到多少时暂停"), BudgetStop, main="rate_bp", required=False), name="budget.stop_at", since=_SECOND
    )
    claim_review: Setting[tuple[ClaimLevel, ...]] | None = key(  # None: one officer looks and decides
        one(Choices(N_("兑付申请的审核级次"), ClaimLevel), required=False), name="settlement.review_levels", since=_SECOND
    )

    blocking_checks: Setting[tuple[ClaimCheck, ...]] | None = key(  # beside those that the settings name
        one(Choices(N_("未通过就不能核准的检查"), ClaimCheck), required=False), name="settlement.blocking_checks", since=_SECOND
    )

    @property
    def claim_levels(self) -> tuple[ClaimLevel, ...]:
        """In the order in which they look; none: one officer looks and decides."""
        return self.claim_review.value if self.claim_review else ()
