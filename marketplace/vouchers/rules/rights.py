"""What a firm may be given without typing an amount. Pure."""

from dataclasses import dataclass

from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.instruments import STRATEGIES
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.eligibility import Eligibility, FirmFacts


@dataclass(frozen=True, slots=True)
class Right:
    """A class, and the quota or face that goes with it."""

    class_key: str
    face_fen: Fen


def right_of(spec: ProgrammeSpec, facts: FirmFacts, areas: tuple[str, ...]) -> Right | None:
    """The quota or face of a firm that meets every rule; None for one that does not."""
    if eligibility.overall(eligibility.check_eligibility(spec, facts, areas)) is not Eligibility.MET:
        return None
    mine = eligibility.class_of(spec, facts)
    assert mine is not None, "a firm that meets every rule has a class"
    if STRATEGIES[spec.instrument.value].in_faces:
        return Right(mine.name, amounts.faces_fen(spec, mine.name)[0])
    quota = amounts.quota_fen(spec, mine.name)
    return None if quota is None else Right(mine.name, quota)
