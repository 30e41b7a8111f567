"""What earlier outcomes say of a pair of names: a leader has one vote, for a contract or against a product that was another. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.matching.items import ListedLine
from marketplace.matching.rules import Point, Reason
from marketplace.retrieval.closeness import CERTAIN, bare
from marketplace.retrieval.memory import Confirmed, Memory

_MORE = 0.1  # each further vote makes a pair surer
_MOST = 0.9  # never as sure as one name for both
_LESS = 0.5  # each vote against halves it


@dataclass(frozen=True, slots=True)
class Precedent:
    """A need's name, a supply's name, and by how many more leaders the pair was contracted than refused as another product."""

    wording: str
    line: str
    votes: int


Votes = Mapping[tuple[str, str], int]


def by_names(precedents: Iterable[Precedent]) -> Votes:
    """Votes by both names in one spelling. What people contradict each other about says nothing."""
    found: dict[tuple[str, str], int] = {}
    for one in precedents:
        key = _plain(one.wording), _plain(one.line)
        found[key] = found.get(key, 0) + one.votes
    return {key: votes for key, votes in found.items() if votes}


def _plain(name: str) -> str:
    return bare(name).replace(" ", "")


def memory_of(votes: Votes, supplies: Sequence[tuple[str, ListedLine]]) -> Memory | None:
    """What finds a supply by wordings that led to its name, though the two share no sign; None where nothing was confirmed.

    Args:
        supplies: with the ids that the search knows them by.
    """
    ids: dict[str, list[str]] = {}
    for line_id, line in supplies:
        ids.setdefault(_plain(line.product), []).append(line_id)
    pairs = [Confirmed(wording, line_id, line) for (wording, line), many in votes.items() if many > 0 for line_id in ids.get(line, ())]
    return Memory(pairs) if pairs else None


def weighed(near: float, need: ListedLine, supply: ListedLine, votes: Votes) -> float:
    """Closeness of two names, with what outcomes say of them."""
    many = votes.get((_plain(need.product), _plain(supply.product)), 0) if votes else 0
    if many > 0:
        return max(near, min(CERTAIN + _MORE * many, _MOST))
    return float(near * _LESS**-many)


def reasons(need: ListedLine, supply: ListedLine, votes: Votes) -> list[Reason]:
    """The same in a sentence. It adds nothing: the closeness has it."""
    many = votes.get((_plain(need.product), _plain(supply.product)), 0) if votes else 0
    if not many:
        return []
    sentence = N_("此前同名的需求与供给，签约的比认为产品不符的多 %(count)s 家。")
    against = N_("此前同名的需求与供给，认为产品不符的比签约的多 %(count)s 家。")
    return [Reason(Point.PRECEDENT, sentence if many > 0 else against, {"count": abs(many)})]
