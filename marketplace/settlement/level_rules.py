"""Several people look at a claim one after the other; the last of them decides. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.money import CNY
from marketplace.policy.programme_guards import ClaimLevel


@dataclass(frozen=True, slots=True)
class GivenOpinion:
    """What somebody found right at a level."""

    level: ClaimLevel
    reviewer_id: UUID
    amount_fen: int


def one_more(levels: Sequence[ClaimLevel]) -> Sequence[ClaimLevel]:
    """The levels of a programme and one more, each another person: the first that it does not name, before the one that decides.

    Where one officer looks and decides, another looks before. Where all levels are named already, three people look, and that is enough.
    """
    if not levels:
        return ClaimLevel.FORMAL, ClaimLevel.FINAL
    lacking = next((one for one in ClaimLevel if one not in levels), None)
    return [one for one in ClaimLevel if one in levels or one is lacking]


def next_level(levels: Sequence[ClaimLevel], given: int) -> ClaimLevel | None:
    """Whose turn it is after so many opinions; None: one officer looks and decides, or all have looked."""
    return levels[given] if given < len(levels) else None


def is_before_last(levels: Sequence[ClaimLevel], given: int) -> bool:
    """Whether an opinion is asked for before anybody may decide."""
    return given < len(levels) - 1


def check_turn(levels: Sequence[ClaimLevel], given: int, *, decides: bool) -> None:
    """An opinion belongs to the levels before the last, the decision to the last.

    Raises: RuleViolation that says whose turn it is.
    """
    if decides and is_before_last(levels, given):
        raise RuleViolation(N_("还要先由“%(level)s”出具意见，才能核准。"), code="level_missing", level=levels[given].label)
    if not decides and not is_before_last(levels, given):
        raise RuleViolation(N_("前面各级的意见已经齐全，请直接核准、退回或不予兑付。"), code="levels_done")


def check_another(reviewer_id: UUID, given: Sequence[GivenOpinion], number: str) -> None:
    """Raises: Denied: the same person looked at an earlier level."""
    same = next((one for one in given if one.reviewer_id == reviewer_id), None)
    if same is not None:
        raise Denied(
            N_("申请 %(number)s 的“%(level)s”由您办理，下一级须由另一位人员办理。"), code="four_eyes", number=number, level=same.level.label
        )


def check_bound(amount_fen: int, given: Sequence[GivenOpinion], *, field: str, currency: str = CNY) -> None:
    """Nobody goes above what the level before found right.

    Raises: RuleViolation beside the field.
    """
    if given and amount_fen > given[-1].amount_fen:
        raise RuleViolation(
            N_("“%(level)s”的意见为 %(most)s 元，不能高于它。有不同看法的，请退回补正或不予兑付。"),
            field=field,
            code="above_level",
            level=given[-1].level.label,
            most=format_money(given[-1].amount_fen, currency),
        )
