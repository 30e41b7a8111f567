"""A line of either list as the matching sees it, with what earlier runs have bound of it. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from marketplace.matching import units
from marketplace.matching.rules import PairSide


@dataclass(frozen=True, slots=True)
class Bound:
    """What contracts and open proposals have taken of a line already."""

    contracted: tuple[tuple[int, str], ...] = ()  # quantities with their units
    reserved: tuple[tuple[int, str], ...] = ()
    contracted_partners: int = 0
    reserved_partners: int = 0


UNBOUND = Bound()


@dataclass(frozen=True, slots=True)
class ListedLine:
    """A line of either list: what it says, and its side for the rules."""

    side: PairSide
    product: str
    specification: str = ""
    class_code: str = ""  # GB/T 4754
    max_partners: int | None = None  # suppliers of a need; needs that a supply serves
    share_cap_bp: int = 10_000  # of a need: most one supplier may bear
    bound: Bound = UNBOUND
    owner_name: str = ""
    wanted: str = ""  # whom the firm would like to supply (拟配套对象), in its own words
    precedence: int = 0  # among lines that fit equally well: the smallest first

    @property
    def id(self) -> str:
        return self.side.line_id

    @property
    def free(self) -> Fraction | None:
        """What is left of the quantity, in the line's unit; None where it names none."""
        return self._less(*self.bound.contracted, *self.bound.reserved)

    @property
    def uncontracted(self) -> Fraction | None:
        """What contracts have left of the quantity."""
        return self._less(*self.bound.contracted)

    @property
    def partners_left(self) -> int | None:
        """How many partners more it takes; None: any number."""
        if self.max_partners is None:
            return None
        return max(self.max_partners - self.bound.contracted_partners - self.bound.reserved_partners, 0)

    def _less(self, *taken: tuple[int, str]) -> Fraction | None:
        if self.side.quantity is None:
            return None
        return max(self.side.quantity - told_in(self.side.unit, taken), Fraction(0))


def turn(line: ListedLine) -> tuple[object, ...]:
    """The place of a line among equals: by precedence, then by what it says, so that the order in which rows were read decides nothing."""
    side = line.side
    numbers = [-1 if one is None else one for one in (side.quantity, side.price_fen, side.minimum_lot, line.max_partners)]
    texts = (line.product, line.specification, line.class_code, side.unit, str(side.due_on))
    return line.precedence, _natural(side.organisation_id), *texts, *numbers, _natural(line.id)


def _natural(text: str) -> list[object]:
    """s2 before s10: text and whole numbers take turns."""
    return [int(piece) if at % 2 else piece for at, piece in enumerate(re.split(r"([0-9]+)", text))]


def told_in(unit: str, quantities: Iterable[tuple[int, str]]) -> Fraction:
    """Quantities added up in a unit; what cannot be converted into it is left out, for nobody knows how much it is."""
    known = (units.converted(quantity, own, unit) for quantity, own in quantities)
    return sum((one for one in known if one is not None), Fraction(0))
