"""What to learn from confirmed pairs, decided by wordings kept aside: nothing, weights of the texts, or those with memory and translation.

Whoever learns need not know which of them suits the list. Each is learnt from four fifths of the wordings and asked for the fifth;
the best is learnt again from all of them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from marketplace.retrieval.learning import learn, learn_weights
from marketplace.retrieval.lines import Query
from marketplace.retrieval.memory import Confirmed, Memory
from marketplace.retrieval.ranker import Weights, beside_memory
from marketplace.retrieval.search import Search

_SHORT = 3  # signs; a name of no more is not asked for by fewer
_KEPT_ASIDE = 5  # one wording of so many
_DEEP = 10  # first answers that are looked at
_PAYS = 0.002  # what is learnt is taken from so much gain on the wordings kept aside
_FEW = 8  # wordings; fewer weigh nothing anew: the weights stay, and the memory stands beside them
_HELD_OUT = 10  # wordings kept aside, fewer of which show nothing
_BY_CHANCE = 0.5  # over the root of the wordings kept aside: a gain that luck does not make
_BELOW_INDEX = 0.003  # so much less than the index alone is bearable
_ANCHORS = 200  # names that must still be found by most of their signs
_INDEX_ALONE = Weights("index", {"index_score": 1.0})


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learnt, and the mean reciprocal rank on the wordings kept aside of everything that was tried."""

    weights: Weights
    memory: Memory | None
    tried: Mapping[str, float]
    way: str = "memory"


@dataclass(frozen=True, slots=True)
class Guarded:
    """What was learnt, whether it may be used, and the figures that say so."""

    trained: Trained
    holds: bool
    figures: Mapping[str, float]


def guarded(search: Search, confirmed: Sequence[Confirmed], *, name: str) -> Guarded:
    """Learn, and compare with what is used now and with the index alone: on the wordings kept aside, which the learner has not seen, and on
    names of the list itself, which no outcome can touch. What is worse on either, or was tried on too little, does not hold.

    Raises: ValueError, as in `train`.
    """
    trained = train(search, confirmed, name=name)
    anchors = _anchors(search)
    own = {
        "kept": _reciprocal_rank(search, (search.weights, None), anchors),
        "index": _reciprocal_rank(search, (_INDEX_ALONE, None), anchors),
        "learnt": _reciprocal_rank(search, (trained.weights, trained.memory), anchors),
    }
    aside = len({pair.wording for pair in confirmed if _is_aside(pair.wording)})
    learnt, tried = trained.tried.get(trained.way, 0.0), trained.tried
    holds = (
        trained.way != "kept"
        and aside >= _HELD_OUT
        and learnt - tried["kept"] >= _BY_CHANCE / aside**0.5
        and learnt >= tried["index"] - _BELOW_INDEX
        and own["learnt"] >= max(own["kept"], own["index"]) - _BELOW_INDEX
    )
    figures = {"aside": aside, **{f"outcomes_{way}": value for way, value in tried.items()}}
    return Guarded(trained, holds, figures | {f"names_{way}": value for way, value in own.items()})


def _anchors(search: Search) -> list[Confirmed]:
    """Names of the list, each asked for without its first sign."""
    lines = [line for line in search.index.lines() if len(line.text) > _SHORT]
    chosen = sorted(lines, key=lambda line: hashlib.sha256(line.text.encode()).digest())[:_ANCHORS]
    named: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        named[line.text].append(line.id)
    return [Confirmed(line.text[1:], line_id, line.text) for line in chosen for line_id in named[line.text]]


def train(search: Search, confirmed: Sequence[Confirmed], *, name: str) -> Trained:
    """Learn what is worth it. The search is left as it was.

    Raises: ValueError, no wording has a confirmed line among its candidates.
    """
    aside = [pair for pair in confirmed if _is_aside(pair.wording)]
    rest = [pair for pair in confirmed if not _is_aside(pair.wording)]
    version = f"{name}-{hashed(confirmed)[:12]}"
    if confirmed and len({pair.wording for pair in confirmed}) < _FEW:
        return Trained(replace(beside_memory(search.weights), version=version), Memory(confirmed), {}, "few")
    ways: Mapping[str, Callable[[Sequence[Confirmed]], tuple[Weights, Memory | None]]] = {
        "kept": lambda _: (search.weights, None),
        "index": lambda _: (_INDEX_ALONE, None),
        "weights": lambda pairs: (learn_weights(search, pairs, version=version), None),
        "memory": lambda pairs: learn(search, pairs, version=version),
    }
    tried = {way: _reciprocal_rank(search, teach(rest), aside) for way, teach in ways.items()} if aside and rest else {"memory": 0.0}
    best = max(tried, key=lambda way: tried[way] - (way != "kept") * _PAYS)
    weights, memory = ways[best](confirmed)
    return Trained(weights, memory, tried, best)


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
