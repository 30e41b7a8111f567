"""What to learn from confirmed pairs, decided by wordings kept aside: nothing, weights of the texts, or those with memory and translation.

Whoever learns need not know which of them suits the list. Each is learnt from four fifths of the wordings and asked for the fifth;
the best is learnt again from all of them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from marketplace.retrieval.learning import learn, learn_weights
from marketplace.retrieval.lines import Query
from marketplace.retrieval.memory import Confirmed, Memory
from marketplace.retrieval.ranker import Weights
from marketplace.retrieval.search import Search

_KEPT_ASIDE = 5  # one wording of so many
_DEEP = 10  # first answers that are looked at
_PAYS = 0.002  # what is learnt is taken from so much gain on the wordings kept aside


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learnt, and the mean reciprocal rank on the wordings kept aside of everything that was tried."""

    weights: Weights
    memory: Memory | None
    tried: Mapping[str, float]


def train(search: Search, confirmed: Sequence[Confirmed], *, name: str) -> Trained:
    """Learn what is worth it. The search is left as it was.

    Raises: ValueError, no wording has a confirmed line among its candidates.
    """
    aside = [pair for pair in confirmed if _is_aside(pair.wording)]
    rest = [pair for pair in confirmed if not _is_aside(pair.wording)]
    version = f"{name}-{hashed(confirmed)[:12]}"
    ways: Mapping[str, Callable[[Sequence[Confirmed]], tuple[Weights, Memory | None]]] = {
        "kept": lambda _: (search.weights, None),
        "weights": lambda pairs: (learn_weights(search, pairs, version=version), None),
        "memory": lambda pairs: learn(search, pairs, version=version),
    }
    tried = {way: _reciprocal_rank(search, teach(rest), aside) for way, teach in ways.items()} if aside and rest else {"memory": 0.0}
    best = max(tried, key=lambda way: tried[way] - (way != "kept") * _PAYS)
    weights, memory = ways[best](confirmed)
    return Trained(weights, memory, tried)


def hashed(confirmed: Iterable[Confirmed]) -> str:
    """Names the pairs that something was learnt from, in whatever order they came."""
    told = sorted(f"{pair.wording}\t{pair.line_id}\t{pair.line_text}" for pair in confirmed)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _is_aside(wording: str) -> bool:
    return hashlib.sha256(wording.encode()).digest()[0] % _KEPT_ASIDE == 0


def _reciprocal_rank(search: Search, learnt: tuple[Weights, Memory | None], pairs: Sequence[Confirmed]) -> float:
    right: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        right[pair.wording].add(pair.line_id)
    before = search.weights, search.memory
    try:
        search.advise(*learnt)
        found = search.search_many([Query(wording) for wording in right], _DEEP)
    finally:
        search.advise(*before)
    first = (
        next((1 / at for at, hit in enumerate(hits, 1) if hit.line_id in lines), 0.0)
        for hits, lines in zip(found, right.values(), strict=True)
    )
    return sum(first) / max(len(right), 1)
