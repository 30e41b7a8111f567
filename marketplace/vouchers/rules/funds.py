"""What a document's money may be used for and until when. Pure."""

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.typed import checked_reason

BOUND = ("regions", "classes", "categories")  # to what money may be bound
BARRED = "barred"  # categories that it may not pay for


class FundActKind(Word):
    """What two persons decide about what a document has left."""

    RECALL = "recall", N_("收回")
    CARRY = "carry", N_("结转")


@dataclass(frozen=True, slots=True, kw_only=True)
class FundPurpose:
    """What a document's money is for: what is empty does not bind."""

    regions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()  # categories that it may not pay for
    use_by: date | None = None  # last day of use
    reason: str = ""

    def bound_to(self) -> dict[str, list[str]]:
        """As it is kept with the document."""
        said = {name: list(getattr(self, name)) for name in (*BOUND, BARRED)}
        return {name: words for name, words in said.items() if words}


def check_purpose(said: FundPurpose, before: date | None, known: Mapping[str, Collection[str]]) -> None:
    """Money is bound to what the programme has, with a reason, and for no longer than before.

    Args:
        known: by what money may be bound to, the words that the programme and its area have.

    Raises: RuleViolation beside the field.
    """
    checked_reason(said.reason, N_("请写明限定用途的依据。"))
    for name in (*BOUND, BARRED):
        strange = [one for one in getattr(said, name) if one not in known[BOUND[2] if name == BARRED else name]]
        if strange:
            raise RuleViolation(N_("“%(word)s”不在本项目的范围内，请重新选择。"), field=name, word=strange[0])
    both = sorted(set(said.categories) & set(said.barred))
    if both:
        raise RuleViolation(N_("同一类服务不能既限定使用又禁止使用，请核对。"), field=BARRED, code="both")
    check_no_longer(said.use_by, before)


def check_no_longer(use_by: date | None, before: date | None) -> None:
    """Money that ends is used longer only by a carry-over, which two persons decide.

    Raises: RuleViolation.
    """
    if before is not None and (use_by is None or use_by > before):
        raise RuleViolation(
            N_("使用期限已定为 %(day)s，只能提前，不能延后或取消。需要延长的，请办理结转。"),
            field="use_by",
            code="longer",
            day=before.isoformat(),
        )


def carried_until(use_by: date, month: int) -> date:
    """Until when a document may be used after it is carried over: the last day of a month of the year after its own."""
    year = use_by.year + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def check_carry(until: date | None, *, carried: bool, today: date) -> None:
    """A document is carried over once, and to a day to come.

    Raises: RuleViolation: it has no last day, was carried over before, or that day is over too.
    """
    if carried:
        raise RuleViolation(N_("这份文件已经结转过一次，不能再结转。未用完的资金请收回。"), code="carried_before")
    if until is None:
        raise RuleViolation(N_("这份文件没有使用期限，不用结转。"), code="no_use_by")
    if until < today:
        raise RuleViolation(N_("结转后的期限 %(day)s 也已过，请收回未用完的资金。"), code="carry_over_late", day=until.isoformat())


def check_recall(amount_fen: int, most_fen: int, currency: str) -> None:
    """What goes back is neither spent nor committed.

    Raises: RuleViolation.
    """
    if not 0 < amount_fen <= most_fen:
        raise RuleViolation(
            N_("这份文件可收回的资金为 %(free)s 元（未列入付款、未承诺给企业），请核对金额。"),
            field="amount",
            code="recall",
            free=format_money(most_fen, currency),
        )


def check_second(proposed_by: UUID, actor_id: UUID) -> None:
    """Who proposed does not decide. Raises: Denied."""
    if proposed_by == actor_id:
        raise Denied(N_("这一项由您提出，请由另一位财政人员复核。"), code="two_people")
