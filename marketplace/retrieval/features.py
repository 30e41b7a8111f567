"""What the re-ranker looks at: for each pair of query and line, some numbers a person can follow.

All features lie between 0 and 1 and are computed for many pairs at once. Texts are normalised before.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Indel, JaroWinkler, LCSseq, Postfix, Prefix
from scipy.sparse import csr_matrix

from marketplace.retrieval.kin import likeness, opposites
from marketplace.retrieval.postings import Floats
from marketplace.retrieval.text import Ints, TermPart, cut, kind_of

Idf = Callable[[Ints], Floats]

_CHUNK = 20_000  # pairs at a time, so memory stays small

_UNSEEN = np.asarray([-1], dtype=np.int64)  # no term has this key

NAMES = (
    "index_score",
    "query_explained",
    "line_explained",
    "both_explained",
    "characters_in_common",
    "heaviest_query_left",
    "heaviest_line_left",
    "query_akin",
    "line_akin",
    "opposites_left",
    "bigrams_in_common",
    "query_bigrams",
    "line_bigrams",
    "skips_in_common",
    "same_ending",
    "ending_share",
    "same_beginning",
    "in_order",
    "edit_similarity",
    "beginning_similarity",
    "length_ratio",
    "same_text",
    "one_holds_other",
    "numbers_agree",
    "same_class",
)

# Of `memory.py`: known only where confirmed pairs are.
MEMORY_NAMES = ("met_before", "met_often", "line_confirmed", "line_translated", "query_translated")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which texts are compared: pair i is `queries[query[i]]` against `lines[line[i]]`."""

    queries: Sequence[str]
    lines: Sequence[str]
    query: Ints
    line: Ints
    index_score: Floats  # of each pair, as a share of the best in its list
    query_classes: Sequence[str]
    line_classes: Sequence[str]

    def chunk(self, start: int) -> "Pairs":
        part = slice(start, start + _CHUNK)
        return Pairs(
            self.queries, self.lines, self.query[part], self.line[part], self.index_score[part], self.query_classes, self.line_classes
        )


def features(pairs: Pairs, idf: Idf, *, threads: int = 1) -> Floats:
    """One row per pair, one column per name."""
    sides, numbers = _Sides.of(pairs, idf), _Numbers.of(pairs)
    table = np.empty((len(pairs.query), len(NAMES)))
    for start in range(0, len(pairs.query), _CHUNK):
        part = pairs.chunk(start)
        columns = {"index_score": part.index_score, **sides.shared(part), **_in_order(part, threads), **_classes(part)}
        columns["numbers_agree"] = numbers.agree(part)
        for column, name in enumerate(NAMES):
            table[start : start + _CHUNK, column] = columns[name]
    return table


@dataclass(frozen=True, slots=True)
class _Side:
    """Texts of one side by terms of one kind: which they hold (1), and how much all they hold weighs."""

    held: csr_matrix
    weight: Floats


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides, for each kind of terms that is compared."""

    by_kind: dict[TermPart, tuple[_Side, _Side]]
    weights: dict[TermPart, Floats]  # idf of the terms of a kind
    most: float  # idf of a term that no line holds: nothing weighs more
    akin: csr_matrix  # how alike the signs are
    opposed: tuple[csr_matrix, Floats]  # which signs are opposites, which deny

    @classmethod
    def of(cls, pairs: Pairs, idf: Idf) -> "_Sides":
        terms = cut([*pairs.queries, *pairs.lines])
        by_kind, weights = {}, {}
        size, split = len(pairs.queries) + len(pairs.lines), len(pairs.queries)
        for kind in (TermPart.CHARACTER, TermPart.BIGRAM, TermPart.SKIP):
            mine = kind_of(terms.key) == kind
            vocabulary, column = np.unique(terms.key[mine], return_inverse=True)
            weight = idf(vocabulary)
            held = csr_matrix((np.ones(len(column)), (terms.owner[mine], column)), shape=(size, len(vocabulary)))
            held.data[:] = 1.0  # a set: how often a sign stands in a name says little
            total = np.asarray(held @ weight)
            by_kind[kind] = (_Side(held[:split], total[:split]), _Side(held[split:], total[split:]))
            weights[kind] = weight
        signs = np.unique(terms.of_kinds(TermPart.CHARACTER).key)
        return cls(by_kind, weights, most=max(float(idf(_UNSEEN)[0]), 1e-9), akin=likeness(signs), opposed=opposites(signs))

    def shared(self, pairs: Pairs) -> dict[str, Floats]:
        query, line, common, rest = self._common(TermPart.CHARACTER, pairs, rest=True)
        columns = {
            "query_explained": _share(common, query),
            "line_explained": _share(common, line),
            "characters_in_common": _share(2 * common, query + line),
            **rest,
        }
        columns["query_akin"] = _share(columns["query_akin"], query)
        columns["line_akin"] = _share(columns["line_akin"], line)
        columns["both_explained"] = columns["query_explained"] * columns["line_explained"]
        query, line, common, _ = self._common(TermPart.BIGRAM, pairs)
        columns["bigrams_in_common"] = _share(2 * common, query + line, columns["characters_in_common"])
        columns["query_bigrams"] = _share(common, query, columns["query_explained"])
        columns["line_bigrams"] = _share(common, line, columns["line_explained"])
        query, line, common, _ = self._common(TermPart.SKIP, pairs)
        columns["skips_in_common"] = _share(2 * common, query + line, columns["bigrams_in_common"])
        return columns

    def _common(self, kind: TermPart, pairs: Pairs, *, rest: bool = False) -> tuple[Floats, Floats, Floats, dict[str, Floats]]:
        queries, lines = self.by_kind[kind]
        left, right = queries.held[pairs.query], lines.held[pairs.line]
        both = left.multiply(right)
        common = np.asarray(both @ self.weights[kind])
        told = self._left_over(left - both, right - both) if rest else {}
        return queries.weight[pairs.query], lines.weight[pairs.line], common, told

    def _left_over(self, left: csr_matrix, right: csr_matrix) -> dict[str, Floats]:
        """Of the signs that only one side has: the heaviest of each, and how much of each side is at least akin to something there."""
        weight = self.weights[TermPart.CHARACTER]
        return {
            "query_akin": _akin(left, right @ self.akin, weight),
            "line_akin": _akin(right, left @ self.akin, weight),
            "opposites_left": self._opposed(left, right),
            "heaviest_query_left": _most_left(left, weight) / self.most,
            "heaviest_line_left": _most_left(right, weight) / self.most,
        }

    def _opposed(self, left: csr_matrix, right: csr_matrix) -> Floats:
        """1 where one side says 大 and the other 小, or one side alone denies (非金属)."""
        rows, denies = self.opposed
        both = (left @ rows).multiply(right @ rows)
        return np.asarray((both.getnnz(axis=1) > 0) | (left @ denies + right @ denies > 0), dtype=np.float64)


def _akin(left: csr_matrix, near: csr_matrix, weight: Floats) -> Floats:
    found = left.multiply(near).tocsr()
    found.data = np.minimum(found.data, 1.0)
    return np.asarray(found @ weight)


def _most_left(left: csr_matrix, weight: Floats) -> Floats:
    """The weight of the heaviest term that is left over in each row."""
    left.data *= weight[left.indices]
    return np.asarray(left.max(axis=1).todense(), dtype=np.float64).ravel()


def _share(part: Floats, whole: Floats, otherwise: Floats | None = None) -> Floats:
    """Part of the whole; where there is no whole (a name too short for pairs of signs), what shorter terms said."""
    start = np.zeros_like(whole) if otherwise is None else otherwise.copy()
    return np.divide(part, whole, out=start, where=whole > 0)


def _in_order(pairs: Pairs, threads: int) -> dict[str, Floats]:
    """What the order of the signs tells."""
    queries = [pairs.queries[at] for at in pairs.query.tolist()]
    lines = [pairs.lines[at] for at in pairs.line.tolist()]

    def compare(scorer: Callable[..., float]) -> Floats:
        return np.asarray(process.cpdist(queries, lines, scorer=scorer, dtype=np.float32, workers=threads), dtype=np.float64)

    query_length = np.fromiter(map(len, pairs.queries), dtype=np.float64, count=len(pairs.queries))[pairs.query]
    line_length = np.fromiter(map(len, pairs.lines), dtype=np.float64, count=len(pairs.lines))[pairs.line]
    shorter, longer = np.minimum(query_length, line_length), np.maximum(query_length, line_length)
    order, ending, beginning = compare(LCSseq.similarity), compare(Postfix.similarity), compare(Prefix.similarity)
    return {
        "same_ending": np.minimum(ending, 2) / 2,
        "ending_share": _share(ending, shorter),
        "same_beginning": _share(beginning, shorter),
        "in_order": _share(order, shorter),
        "edit_similarity": compare(Indel.normalized_similarity),
        "beginning_similarity": compare(JaroWinkler.similarity),
        "length_ratio": _share(shorter, longer),
        "same_text": ((order == longer) & (longer > 0)).astype(np.float64),
        "one_holds_other": np.fromiter(
            (ours in theirs or theirs in ours for ours, theirs in zip(queries, lines, strict=True)), dtype=np.float64, count=len(queries)
        ),
    }


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers that texts name: 100 of PE100."""

    queries: dict[int, frozenset[str]]
    lines: dict[int, frozenset[str]]
    query_names: npt.NDArray[np.bool_]
    line_names: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: Pairs) -> "_Numbers":
        queries, lines = _numbers_of(pairs.queries), _numbers_of(pairs.lines)
        return cls(queries, lines, _flags(queries, len(pairs.queries)), _flags(lines, len(pairs.lines)))

    def agree(self, pairs: Pairs) -> Floats:
        """0 when both sides name numbers and none is the same, 1 when all are, between otherwise; a half when one names none."""
        agree = np.full(len(pairs.query), 0.5)
        for at in np.flatnonzero(self.query_names[pairs.query] & self.line_names[pairs.line]).tolist():
            left, right = self.queries[int(pairs.query[at])], self.lines[int(pairs.line[at])]
            agree[at] = len(left & right) / len(left | right)
        return agree


_NUMBER = re.compile(r"\d+")


def _numbers_of(texts: Sequence[str]) -> dict[int, frozenset[str]]:
    found = ((at, _NUMBER.findall(text)) for at, text in enumerate(texts))
    return {at: frozenset(numbers) for at, numbers in found if numbers}


def _flags(places: Iterable[int], size: int) -> npt.NDArray[np.bool_]:
    flags = np.zeros(size, dtype=np.bool_)
    flags[np.fromiter(places, dtype=np.int64)] = True
    return flags


def _classes(pairs: Pairs) -> dict[str, Floats]:
    """How far the class codes agree: section of the code that is the same, out of four digits; 0 when one is unknown."""
    known: dict[str, int] = {}
    left = np.asarray([known.setdefault(code, len(known)) for code in pairs.query_classes], dtype=np.int64)
    right = np.asarray([known.setdefault(code, len(known)) for code in pairs.line_classes], dtype=np.int64)
    codes = list(known)
    pair = left[pairs.query] * len(codes) + right[pairs.line]
    unique, inverse = np.unique(pair, return_inverse=True)
    agree = np.asarray([class_agreement(codes[value // len(codes)], codes[value % len(codes)]) for value in unique.tolist()])
    return {"same_class": agree[inverse] if len(unique) else np.zeros(0)}


def class_agreement(first: str, second: str) -> float:
    """1 when the codes agree as far as both are given, a half for the same division or group only, else 0."""
    size = min(len(first), len(second), 4)
    if size < 2 or first[:2] != second[:2]:
        return 0.0
    return 1.0 if first[:size] == second[:size] else 0.5
