"""What an approval says of checks that are not green, and which of them let no claim pass. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_guards import ClaimCheck
from marketplace.settlement.rules import Check, CheckResult

LONGEST_WORD = 300
REMEDIES: Mapping[ClaimCheck, str] = {
    ClaimCheck.AMOUNTS_AGREE: N_("请退回补正，由申请单位补齐或更换发票。"),
    ClaimCheck.INVOICE_UNIQUE: N_("请退回补正，由申请单位补上可以核对的发票。"),
    ClaimCheck.DATES: N_("请退回补正，更正日期；确实超出期限的，请不予兑付。"),
    ClaimCheck.OWN_SHARE_PAID: N_("请退回补正，由企业付清应付的部分并补上付款凭证。"),
    ClaimCheck.AMOUNT: N_("请退回补正，由申请单位补充材料。"),
    ClaimCheck.RELATED_PARTY: N_("请向双方核实；确有关联的，请不予兑付。"),
    ClaimCheck.SPLIT_CONTRACTS: N_("请向双方核实；确属拆分的，请不予兑付。"),
    ClaimCheck.SHARED_FILE: N_("请退回补正，由申请单位更换材料。"),
    ClaimCheck.SHARED_NUMBER: N_("请退回补正，由申请单位更正号码或更换材料。"),
    ClaimCheck.PRICE: N_("请退回补正，由申请单位说明价格的依据。"),
    ClaimCheck.STANDING: N_("请待移出失信名单后再核准，或不予兑付。"),
    ClaimCheck.ACCEPTANCE: N_("请向企业核实交付成果；没有完成的，请不予兑付。"),
    ClaimCheck.TITLE: N_("请待称号登记更正后再核准，或不予兑付。"),
}
_ONLY_AMBER = frozenset(
    {
        ClaimCheck.INVOICE_UNIQUE,
        ClaimCheck.RELATED_PARTY,
        ClaimCheck.SPLIT_CONTRACTS,
        ClaimCheck.SHARED_FILE,
        ClaimCheck.SHARED_NUMBER,
        ClaimCheck.PRICE,
        ClaimCheck.ACCEPTANCE,
    }
)


def not_green(checks: Iterable[Check]) -> list[Check]:
    """The checks that an approval says a word on."""
    return [one for one in checks if one.verdict is not CheckResult.PASS]


def blocks(check: Check, blocking: Collection[ClaimCheck]) -> bool:
    """Whether a check lets the claim not pass: it is named, and found its worst, red, or amber where it knows no red."""
    if check.key not in set(blocking):
        return False
    return check.verdict is CheckResult.FAIL or (check.verdict is CheckResult.WARN and check.key in _ONLY_AMBER)


def check_blocking(checks: Sequence[Check], blocking: Collection[ClaimCheck]) -> None:
    """Raises: RuleViolation with what the check found, and what can be done."""
    for one in checks:
        if blocks(one, blocking):
            raise RuleViolation(
                N_("“%(check)s”未通过，按规则不能核准：%(found)s%(remedy)s"),
                code="blocking_check",
                check=one.label,
                found=Sentence(one.message, one.params),
                remedy=REMEDIES[ClaimCheck(one.key)],
            )


def field_of(key: str) -> str:
    """The name of the field in which a check is explained."""
    return f"explained_{key}"


def check_explained(checks: Sequence[Check], words: Mapping[str, str]) -> None:
    """Who approves says of every check that is not green why it may pass.

    Args:
        words: by the check's key.

    Raises: RuleViolation beside the field of the first that nothing is said of.
    """
    for one in not_green(checks):
        said = words.get(one.key, "").strip()
        if not said:
            raise RuleViolation(
                N_("“%(check)s”不是绿色，请写明核实了什么、为什么可以核准。"),
                field=field_of(one.key),
                code="not_explained",
                check=one.label,
            )
        if len(said) > LONGEST_WORD:
            raise RuleViolation(N_("最多 %(length)d 个字。"), field=field_of(one.key), code="too_long", length=LONGEST_WORD)
