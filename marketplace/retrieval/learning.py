"""Learning from confirmed pairs: the weights of the re-ranker, and what the memory adds.

The weights make the confirmed lines of each query likely among its candidates (listwise softmax, a concave problem
with one best answer), held small by a ridge penalty.
"""

from collections import defaultdict
from collections.abc import Sequence, Set

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
    weights learn how far to trust it with new wordings. With fewer than some hundred pairs, keep the shipped weights.

    Args:
        search: the list that the confirmed lines stand in; it is left as it was.

    Raises: ValueError, no wording has a confirmed line among its candidates.
    """
    wordings = sorted({pair.wording for pair in confirmed})
    fold_of = {wording: at % folds for at, wording in enumerate(wordings)}
    answers: dict[str, set[str]] = defaultdict(set)
    for pair in confirmed:
        answers[pair.wording].add(pair.line_id)
    before = search.weights, search.memory
    parts = []
    try:
        for fold in range(folds):
            search.advise(search.weights, Memory(pair for pair in confirmed if fold_of[pair.wording] != fold))
            mine = [wording for wording in wordings if fold_of[wording] == fold]
            weighed = search.weigh([Query(wording) for wording in mine], depth=depth)
            ids = [search.index.id_at(row) for row in weighed.drawn.row.tolist()]
            flags = _flags(weighed.drawn.query, ids, [answers[wording] for wording in mine])
            parts.append((weighed.table, weighed.drawn.query * folds + fold, flags))
    finally:
        search.advise(*before)
    table, query, flags = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(query, kind="stable")
    weights = fit_weights(table[order], query[order], flags[order], version=version, names=NAMES + MEMORY_NAMES)
    return weights, Memory(confirmed)


def _flags(query: Ints, line_ids: Sequence[str], answers: Sequence[Set[str]]) -> Floats:
    """1.0 for each candidate that was confirmed for its query."""
    flags = (line_id in answers[at] for at, line_id in zip(query.tolist(), line_ids, strict=True))
    return np.fromiter(flags, dtype=np.float64, count=len(line_ids))
