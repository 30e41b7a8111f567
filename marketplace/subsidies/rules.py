"""Awards: which titles they stand on, and how much they come to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.enterprises.rules import HeldTitle
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.normal_text import plain_number
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import Remainder
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.classes import titles_of_class
from marketplace.vouchers.rules.facts import FirmFacts


@dataclass(frozen=True, slots=True)
class Ground:
    """What money without an order stands on and uses up: a title, or a paper; its number in one spelling."""

    kind: str
    label: str
    number: str  # as it is printed
    number_key: str  # letters and digits; empty where the register has no number
    valid_from: date
    contract_key: str = ""  # of a paper that is used month by month: its number in one spelling
    months: tuple[str, ...] = ()  # those that it is used for, as 2022-01

    @property
    def word(self) -> str:
        """What names it in a form."""
        return f"{self.kind}:{self.number_key}"


def grounds_of(spec: ProgrammeSpec, facts: FirmFacts) -> tuple[Ground, ...]:
    """The titles by which a firm is in the class that decides its amount, the oldest first."""
    mine = eligibility.class_of(spec, facts)
    titles = titles_of_class(mine, facts) if mine else ()
    return tuple(_ground(one) for one in sorted(titles, key=lambda one: (one.valid_from, one.kind.value, one.number)))


def _ground(title: HeldTitle) -> Ground:
    return Ground(title.kind.value, title.kind.label, title.number, plain_number(title.number), title.valid_from)


def chosen(grounds: Sequence[Ground], word: str) -> Ground:
    """The title that was chosen, with a number that can be looked for.

    Raises: RuleViolation: not one of these, or the register has no number of it.
    """
    found = next((one for one in grounds if one.word == word), None)
    if found is None:
        raise RuleViolation(N_("请选择申请所凭的称号。"), field="ground", code="no_ground")
    if not found.number_key:
        raise RuleViolation(
            N_("称号“%(title)s”没有登记证书编号，请先在企业资料中补充编号并经核实。"), field="ground", code="no_number", title=found.label
        )
    return found


def award_deserved_on(spec: ProgrammeSpec, facts: FirmFacts, title: tuple[str, str], asked_fen: Fen) -> Fen:
    """What an award deserves by the titles that the register has now: no more than the class that they make gives; nothing once the title
    that it stands on no longer makes it.

    Args:
        title: its kind, and its number in one spelling.
    """
    mine = eligibility.class_of(spec, facts)
    holds = title in {(one.kind, one.number_key) for one in grounds_of(spec, facts)}
    return Fen(min(asked_fen, amounts.faces_fen(spec, mine.name)[0])) if mine and holds else Fen(0)


def award_fen(spec: ProgrammeSpec, class_key: str, left_fen: Fen) -> Fen:
    """What an award comes to: the amount of the class, or what is left of the round where the programme grants part.

    Raises: RuleViolation: too little is left.
    """
    amount = amounts.faces_fen(spec, class_key)[0]
    if left_fen >= amount:
        return amount
    if left_fen > 0 and spec.allocation.remainder.value is Remainder.GRANT_PART:
        return left_fen
    raise RuleViolation(N_("本批次的资金已用完，请关注下一批次。"), code="used_up")
