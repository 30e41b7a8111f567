"""What came of deciding something again. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word

Value = int | str | None


class DecisionKind(Word):
    """What is decided, by a machine or by a person."""

    GRANT = "grant", N_("发放")
    QUOTE = "quote", N_("下单占用")
    REDEMPTION = "redemption", N_("核销")
    APPROVAL = "approval", N_("核准")
    OPINION = "opinion", N_("审核意见")
    SPLIT = "split", N_("付款来源")
    DRAW = "draw", N_("摇号")
    SAMPLE = "sample", N_("抽查")
    SCORE = "score", N_("评分")
    ASSESSMENT = "assessment", N_("评价评议")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A stored value that does not follow from the rules and the facts, the books or the trail."""

    rule: str  # what had to hold, a Chinese sentence
    stored: Value
    recomputed: Value
    is_money: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Redecided:
    """One decision, decided again."""

    kind: DecisionKind
    row_id: UUID
    number: str  # as people know the row
    address: str  # its page
    area_code: str  # where it belongs
    currency: str
    mismatches: tuple[Mismatch, ...] = ()
    is_older: bool = False  # than its stored facts: it cannot be decided again (不可复算)


def unlike(rule: str, stored: Value, recomputed: Value, *, is_money: bool = True) -> Iterable[Mismatch]:
    """A mismatch, where it is one."""
    return () if stored == recomputed else (Mismatch(rule, stored, recomputed, is_money),)
