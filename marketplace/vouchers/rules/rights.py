"""What a firm may be given without typing an amount. Pure."""

from dataclasses import dataclass

from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.instruments import strategy_of
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts


@dataclass(frozen=True, slots=True)
class Right:
    """A class, and the quota or face that goes with it."""

    class_key: str
    face_fen: Fen
    part: str = ""  # of a budget that is divided by firms: the part that it draws on


def right_of(spec: ProgrammeSpec, facts: FirmFacts, areas: tuple[str, ...]) -> Right | None:
    """The quota or face of a firm that meets every rule; None for one that does not."""
    if eligibility.overall(eligibility.check_eligibility(spec, facts, areas)) is not Eligibility.MET:
        return None
    mine = eligibility.class_of(spec, facts)
    assert mine is not None, "a firm that meets every rule has a class"
    part = spec.part_of_firm(mine.name, facts.region_code)
    drawn_on = part.name if part else ""
    if strategy_of(spec.instrument.value).in_faces:
        return Right(mine.name, amounts.faces_fen(spec, mine.name)[0], drawn_on)
    quota = amounts.quota_fen(spec, mine.name)
    return None if quota is None else Right(mine.name, quota, drawn_on)
