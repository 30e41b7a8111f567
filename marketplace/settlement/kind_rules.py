"""A payment batch is of simulated rounds (模拟) or of real ones, and no bank hears of a simulated one. Pure."""

from collections.abc import Sequence

from marketplace.kernel.errors import N_, RuleViolation

SIMULATED_REFERENCE = "SIM"  # before a reference of a simulated payment: it uses up none of the bank's


def check_one_kind(claims: Sequence[tuple[str, bool]]) -> bool:
    """Whether some claims, each by its number and whether it is simulated, are of simulated rounds.

    Raises: RuleViolation: some are and some are not.
    """
    played = [number for number, is_simulated in claims if is_simulated]
    if played and len(played) < len(claims):
        raise RuleViolation(
            N_("申请 %(number)s 属于模拟批次，不涉及真实资金，不能与真实申请放在同一个拨付批次，请分开制单。"),
            field="claims",
            code="mixed_batch",
            number=played[0],
        )
    return bool(played)


def check_for_bank(is_simulated: bool) -> None:
    """Raises: RuleViolation: nothing of the batch is real money."""
    if is_simulated:
        raise RuleViolation(N_("这个拨付批次只有模拟批次的申请，不涉及真实资金，没有银行清单。"), code="simulated")


def reference_key(key: str, is_simulated: bool) -> str:
    """A bank's reference as it is kept: once in all programmes and years, simulated ones apart."""
    return f"{SIMULATED_REFERENCE}{key}"[:60] if key and is_simulated else key
