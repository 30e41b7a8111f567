"""Learning from confirmed pairs: the weights of the re-ranker, and what the memory adds.

The weights make the confirmed lines of each query likely among its candidates (listwise softmax, a concave problem
with one best answer), held small by a ridge penalty.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set

import numpy as np
from scipy.optimize import minimize

from marketplace.retrieval.features import MEMORY_NAMES, NAMES
from marketplace.retrieval.lines import Query
from marketplace.retrieval.memory import Confirmed, Memory
from marketplace.retrieval.postings import Floats
from marketplace.retrieval.ranker import Weights
from marketplace.retrieval.search import Search
from marketplace.retrieval.text import Ints


def fit_weights(
    table: Floats, query: Ints, confirmed: Floats, *, version: str, names: Sequence[str] = NAMES, ridge: float = 1.0
) -> Weights:
    """Weights from candidates: one row of `table` each, which query it answers (ascending), 1.0 where it was confirmed.

    Queries without a confirmed candidate teach nothing and are left out.

    Raises: ValueError, no query has a confirmed candidate.
    """
    hits = np.bincount(query, weights=confirmed)
    keep = hits[query] > 0
    if not keep.any():
        raise ValueError("no query has a confirmed line among its candidates")
    table, query, confirmed = table[keep], query[keep], confirmed[keep]
    starts = np.flatnonzero(np.diff(query, prepend=-1))
    target = confirmed / hits[query]
    spread = np.maximum(table.std(axis=0), 1e-6)
    scaled = (table - table.mean(axis=0)) / spread
    sizes = np.diff(np.append(starts, len(query)))

    def loss(vector: Floats) -> tuple[float, Floats]:
        score = scaled @ vector
        score = score - np.repeat(np.maximum.reduceat(score, starts), sizes)
        likely = np.exp(score)
        total = np.repeat(np.add.reduceat(likely, starts), sizes)
        value = -float(target @ (score - np.log(total))) + ridge / 2 * float(vector @ vector)
        return value, scaled.T @ (likely / total - target) + ridge * vector

    found = minimize(
        loss, np.zeros(table.shape[1]), jac=True, method="L-BFGS-B", bounds=[_bounds(name) for name in names], options={"maxiter": 500}
    )
    return Weights(version=version, by_feature=dict(zip(names, (found.x / spread).tolist(), strict=True)))


def _bounds(name: str) -> tuple[float | None, float | None]:
    """A feature never counts against its meaning: what is left over cannot help, what is shared cannot harm.

    This costs little where it was learned, carries over better to other lists, and keeps explanations readable.
    """
    return (None, 0.0) if name.endswith("_left") else (0.0, None)


def learn(search: Search, confirmed: Sequence[Confirmed], *, version: str, folds: int = 5, depth: int = 100) -> tuple[Weights, Memory]:
    """Weights and memory from confirmed pairs, to be given to `Search.advise`.

    What the memory says about a wording is asked of a memory that has not seen this wording (the others' folds), so the
    weights learn how far to trust it with new wordings.

    Args:
        search: the list that the confirmed lines stand in; it is left as it was.

    Raises: ValueError, no wording has a confirmed line among its candidates.
    """
    parts = _parts(confirmed, folds)
    lessons = [_lesson(search, part, Memory(_others(parts, at)), depth) for at, part in enumerate(parts)]
    weights = _fitted(search, lessons, version=version, names=NAMES + MEMORY_NAMES)
    return weights, Memory(confirmed)


def learn_weights(search: Search, confirmed: Sequence[Confirmed], *, version: str, depth: int = 100) -> Weights:
    """Weights of what the texts themselves say, without a memory. Raises: ValueError, as in `learn`."""
    return _fitted(search, [_lesson(search, confirmed, None, depth)], version=version, names=NAMES)


_Lesson = tuple[Floats, Ints, Floats]  # features of candidates, which wording each answers, 1.0 where it was confirmed


def _parts(confirmed: Sequence[Confirmed], folds: int) -> list[list[Confirmed]]:
    """Pairs in so many parts; a wording stands in one of them."""
    fold_of = {wording: at % folds for at, wording in enumerate(sorted({pair.wording for pair in confirmed}))}
    return [[pair for pair in confirmed if fold_of[pair.wording] == fold] for fold in range(min(folds, len(fold_of)))]


def _others(parts: Sequence[Sequence[Confirmed]], own: int) -> list[Confirmed]:
    return [pair for at, part in enumerate(parts) if at != own for pair in part]


def _lesson(search: Search, pairs: Sequence[Confirmed], memory: Memory | None, depth: int) -> _Lesson:
    answers: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        answers[pair.wording].add(pair.line_id)
    before = search.weights, search.memory
    try:
        search.advise(search.weights, memory)
        weighed = search.weigh([Query(wording) for wording in answers], depth=depth)
    finally:
        search.advise(*before)
    ids = [search.index.id_at(row) for row in weighed.drawn.row.tolist()]
    return weighed.table, weighed.drawn.query, _flags(weighed.drawn.query, ids, list(answers.values()))


def _fitted(search: Search, lessons: Sequence[_Lesson], *, version: str, names: Sequence[str]) -> Weights:
    """Weights from all lessons. What no candidate showed (classes, where none are given) keeps its weight in proportion."""
    table, query, flags = (np.concatenate(column) for column in zip(*_apart(lessons), strict=True))
    learnt = fit_weights(table, query, flags, version=version, names=names)
    scale = learnt.full_score / search.weights.full_score
    silent = {name: search.weights.by_feature.get(name, 0.0) * scale for name in _silent(table, names)}
    return Weights(version=version, by_feature={**learnt.by_feature, **silent})


def _apart(lessons: Sequence[_Lesson]) -> Iterator[_Lesson]:
    """The wordings of each lesson behind those of the one before."""
    start = 0
    for table, query, flags in lessons:
        yield table, query + start, flags
        start += int(query.max(initial=-1)) + 1


def _silent(table: Floats, names: Sequence[str]) -> list[str]:
    return [name for name, spread in zip(names, table.std(axis=0).tolist(), strict=True) if not spread]


def _flags(query: Ints, line_ids: Sequence[str], answers: Sequence[Set[str]]) -> Floats:
    """1.0 for each candidate that was confirmed for its query."""
    flags = (line_id in answers[at] for at, line_id in zip(query.tolist(), line_ids, strict=True))
    return np.fromiter(flags, dtype=np.float64, count=len(line_ids))
