"""One weighted BM25 index over a list that changes while it is searched.

Lines of the last build stand in an inverted matrix; lines put since then stand in delta rows beside it, and a line
taken out is zeroed where it stands. What BM25 takes from the whole list (how many lines hold a term, how many lines,
their usual length) is counted along with every change, so a search answers the same as after a rebuild.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from marketplace.retrieval.lines import LineHit, Query, SearchLine
from marketplace.retrieval.postings import Delta, Floats, Growing, Main, Scores
from marketplace.retrieval.text import Ints, TermPart, class_keys, cut, kind_of, normalise, spelled

_WIDER = 6  # how many times as many are drawn again where a tie crosses it
_SLACK = 16  # how many more than asked for are drawn, to see whether a tie crosses the edge
_RANK_BITS = 24  # room for the order of ids beside a score in one sortable integer
_LAST_RANK = (1 << _RANK_BITS) - 1


@dataclass(frozen=True, slots=True)
class Params:
    """Shape of the index. Chosen on labelled lists, mostly train splits; part of what produced a match, so the trail keeps it."""

    k1: float = 1.2
    b: float = 0.9
    kind_weights: tuple[float, float, float, float, float] = (1.0, 0.25, 0.15, 0.25, 0.5)  # in the order of Kind
    compact_at: float = 0.1  # share of delta rows from which `put` rebuilds by itself
    compact_from: int = 5_000  # but never before so many


@dataclass(frozen=True, slots=True)
class Drawn:
    """Candidates of a batch as arrays: entry i says that row `row[i]` answers query `query[i]`; best first per query."""

    query: Ints
    row: Ints
    score: Floats


class Index:
    """Lines that can be searched and changed. Threads that share one take turns (it holds no lock)."""

    def __init__(self, lines: Iterable[SearchLine] = (), params: Params | None = None) -> None:
        self.params = params or Params()
        self._kind_weights = np.asarray(self.params.kind_weights, dtype=np.float64)
        self._lines: dict[str, SearchLine] = {line.id: line for line in lines}
        self._build()

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, line_id: str) -> bool:
        return line_id in self._lines

    def line(self, line_id: str) -> SearchLine:
        """Raises: KeyError, no such line."""
        return self._lines[line_id]

    def line_at(self, row: int) -> SearchLine:
        """The line behind a row of `Drawn`; rows hold until the next change."""
        return self._lines[self._ids[row]]

    def lines(self) -> Iterable[SearchLine]:
        """All lines."""
        return self._lines.values()

    def id_at(self, row: int) -> str:
        return self._ids[row]

    def row_of(self, line_id: str) -> int:
        """Raises: KeyError, no such line."""
        return self._rows[line_id]

    # -- changing ---------------------------------------------------------------------------------------------------

    def put(self, line: SearchLine) -> None:
        """Add a line, or change the one of the same id. It is found by the next search."""
        self.remove(line.id)
        key, count = _row(line)
        columns = self._columns(key, create=True)
        self._rows[line.id] = len(self._ids)
        self._ids.append(line.id)
        self._lines[line.id] = line
        self._delta.append(columns, count, self._kind_weights[kind_of(key)], _length(key, count))
        self._count(columns, key, count, +1)
        if self._delta.rows > max(self.params.compact_from, self.params.compact_at * self._main.rows):
            self._build()

    def remove(self, line_id: str) -> None:
        """Take a line out; nothing happens when it is not there."""
        if line_id not in self._lines:
            return
        key, count = _row(self._lines.pop(line_id))
        columns = self._columns(key)
        row = self._rows.pop(line_id)
        self._count(columns, key, count, -1)
        if row < self._main.rows:
            self._main.clear(row, columns)
        else:
            self._delta.clear(row - self._main.rows)

    def compact(self) -> None:
        """Fold the delta rows in. Answers stay the same; batches become faster."""
        self._build()

    def _build(self) -> None:
        lines = sorted(self._lines.values(), key=lambda line: line.id)
        owner, key, count = _cut_lines(lines)
        self._vocabulary, column = np.unique(key, return_inverse=True)
        self._late: dict[int, int] = {}  # columns of terms that came after the build
        counts = csr_matrix((count, (owner, column)), shape=(len(lines), len(self._vocabulary))).tocsc()
        self._ids = [line.id for line in lines]
        self._rows = {line_id: row for row, line_id in enumerate(self._ids)}
        kinds = kind_of(self._vocabulary)
        lengths = np.asarray(counts[:, kinds == TermPart.CHARACTER].sum(axis=1), dtype=np.float64).ravel()
        self._holders = Growing(np.diff(counts.indptr).astype(np.float64))
        self._total_length = float(lengths.sum())
        self._main = Main(counts, lengths, self._kind_weights[kinds])
        self._delta = Delta()

    def _count(self, columns: Ints, key: Ints, count: Floats, sign: int) -> None:
        fresh = int(columns.max(initial=-1)) + 1 - self._holders.size
        if fresh > 0:
            self._holders.extend(np.zeros(fresh))
        holders = self._holders.values
        holders[columns] += sign
        self._total_length += sign * _length(key, count)

    def _columns(self, key: Ints, *, create: bool = False) -> Ints:
        """Columns of terms; -1 for a term that no line ever held, unless it is created."""
        known = len(self._vocabulary)
        at = np.searchsorted(self._vocabulary, key)
        found = self._vocabulary[np.minimum(at, known - 1)] == key if known else np.zeros(len(key), dtype=bool)
        columns = np.where(found, at, -1)
        if create or self._late:
            for position in np.flatnonzero(columns < 0).tolist():
                term = int(key[position])
                columns[position] = self._late.setdefault(term, known + len(self._late)) if create else self._late.get(term, -1)
        return columns

    # -- BM25 -------------------------------------------------------------------------------------------------------

    @property
    def pivot(self) -> float:
        """The usual length of a line, in steps of a quarter octave: one more line seldom moves it, so stored values stay."""
        mean = self._total_length / max(len(self._lines), 1)
        return float(2.0 ** (round(4 * np.log2(max(mean, 1.0))) / 4))

    def idf(self, key: Ints) -> Floats:
        """How much a term tells: a rare one much. A term that no line holds weighs as if one held it."""
        columns = self._columns(key)
        holders = np.ones(len(key))
        holders[columns >= 0] = np.maximum(self._holders.values[columns[columns >= 0]], 1.0)
        total = max(len(self._lines), 1)
        return np.asarray(np.log1p((total - holders + 0.5) / (holders + 0.5)), dtype=np.float64)

    def _saturate(self, counts: Floats, lengths: Floats) -> Floats:
        k1, b = self.params.k1, self.params.b
        return np.asarray(counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths / self.pivot)), dtype=np.float64)

    # -- searching --------------------------------------------------------------------------------------------------

    def candidates(self, query: Query, count: int) -> list[LineHit]:
        """The best lines for one query, best first; equal scores in order of id."""
        found = self.draw_one(query, count)
        return [LineHit(self._ids[row], score) for row, score in zip(found.row.tolist(), found.score.tolist(), strict=True)]

    def draw_one(self, query: Query, count: int) -> Drawn:
        """The same as arrays, without the cost of a batch."""
        _, key, weight = _cut_queries([query])
        columns = self._columns(key)
        known = columns >= 0
        weights, columns = (weight * self.idf(key)).astype(np.float32)[known], columns[known]
        early = columns < self._main.terms
        matrix = self._main.inverted(self._saturate, self.pivot)
        scores = self._main.scores(columns[early], weights[early], matrix)
        if self._delta.rows:
            terms = len(self._vocabulary) + len(self._late)
            scores = np.concatenate([scores, self._delta.scores(columns, weights, self._saturate, terms)])
        return self._best(scores, count)

    def _best(self, scores: Scores, count: int) -> Drawn:
        rows = np.flatnonzero(scores > 0)
        if len(rows) > count:
            mine = scores[rows]
            rows = rows[mine >= np.partition(mine, len(rows) - count)[len(rows) - count]]
        negative, ids = (-scores[rows]).tolist(), [self._ids[row] for row in rows.tolist()]
        order = sorted(range(len(rows)), key=lambda at: (negative[at], ids[at]))[:count]
        best = rows[np.asarray(order, dtype=np.int64)]
        return Drawn(np.zeros(len(best), dtype=np.int64), best, scores[best].astype(np.float64))

    def draw(self, queries: Sequence[Query], count: int, *, threads: int = 1) -> Drawn:
        """Candidates of a whole batch in one sparse product; equal scores in order of id."""
        owner, key, weight = _cut_queries(queries)
        columns = self._columns(key)
        keep = columns >= 0
        batch = _Batch(len(queries), owner[keep], columns[keep], (weight * self.idf(key))[keep].astype(np.float32))
        row_of = self._rows_by_id()
        first, risky = self._draw(batch, row_of, count, count + _SLACK, threads)
        if not len(risky):
            return first
        second, still = self._draw(batch.only(risky), row_of, count, _WIDER * (count + _SLACK), threads)
        alone = [(at, self.draw_one(queries[at], count)) for at in risky[still].tolist()]
        query = np.concatenate([first.query, risky[second.query], *(np.full(len(one.row), at) for at, one in alone)])
        order = np.argsort(query, kind="stable")
        row = np.concatenate([first.row, second.row, *(one.row for _, one in alone)])
        score = np.concatenate([first.score, second.score, *(one.score for _, one in alone)])
        return Drawn(query[order], row[order], score[order])

    def _draw(self, batch: "_Batch", row_of: Ints, count: int, width: int, threads: int) -> tuple[Drawn, Ints]:
        """Candidates, and the queries left out because a tie may reach past the width that was drawn."""
        rank = np.empty_like(row_of)
        rank[row_of] = np.arange(len(row_of))
        parts = [batch.product(self._main.inverted(self._saturate, self.pivot), width, threads)]
        if self._delta.rows:
            late = self._delta.inverted(self._saturate, len(self._vocabulary) + len(self._late))
            parts.append(batch.product(late, width, threads))
        top = np.concatenate(
            [_sortable(part, rank, offset, width) for part, offset in zip(parts, (0, self._main.rows), strict=False)], axis=1
        )
        edge = np.stack([_last_drawn(part, width) for part in parts]).max(axis=0)
        top.sort(axis=1)
        top = top[:, : -count - 1 : -1]
        risky = np.flatnonzero(edge >= np.maximum(top[:, -1] >> _RANK_BITS, 1))
        held = top > 0
        held[risky] = False
        return _drawn(top, held, row_of), risky

    def _rows_by_id(self) -> Ints:
        """All rows in order of id. Rows of the build are in order already; delta rows are put between."""
        early = np.arange(self._main.rows, dtype=np.int64)
        late = sorted(range(self._main.rows, len(self._ids)), key=self._ids.__getitem__)
        places = [bisect_left(self._ids, self._ids[row], hi=self._main.rows) for row in late]
        return np.insert(early, places, late)

    def best_possible(self, queries: Sequence[Query]) -> Floats:
        """What the index would give a line that reads exactly like the query: the measure of a full answer."""
        owner, key, times = _cut_queries(queries)
        kinds = kind_of(key)
        length = _sums(owner, times * (kinds == TermPart.CHARACTER), len(queries))
        gains = times * self.idf(key) * self._saturate(times, length[owner]) * self._kind_weights[kinds]
        return _sums(owner, gains, len(queries))

    def scores_of(self, queries: Sequence[Query], lines: Sequence[SearchLine], query: Ints, line: Ints) -> Floats:
        """What the index gives for pairs: `queries[query[i]]` and `lines[line[i]]`."""
        owner, key, times = _cut_queries(queries)
        vocabulary, column = np.unique(key, return_inverse=True)
        wanted = csr_matrix((times * self.idf(key), (owner, column)), shape=(len(queries), len(vocabulary)))
        holder, held, count = _once(*_cut_lines(lines))
        length = _sums(holder, count * (kind_of(held) == TermPart.CHARACTER), len(lines))
        value = self._saturate(count, length[holder]) * self._kind_weights[kind_of(held)]
        at = np.minimum(np.searchsorted(vocabulary, held), max(len(vocabulary) - 1, 0))
        known = vocabulary[at] == held if len(vocabulary) else np.zeros(len(held), dtype=np.bool_)
        offered = csr_matrix((value[known], (holder[known], at[known])), shape=(len(lines), len(vocabulary)))
        return np.asarray(wanted[query].multiply(offered[line]).sum(axis=1), dtype=np.float64).ravel()

    def asked_terms(self, query: Query) -> dict[int, float]:
        """How much each term of a query weighs."""
        _, wanted, times = _cut_queries([query])
        return dict(zip(wanted.tolist(), (times * self.idf(wanted)).tolist(), strict=True))

    def held_terms(self, line: SearchLine) -> dict[int, float]:
        """How much each term of a line counts."""
        key, count = _row(line)
        values = self._saturate(count, np.full(len(key), _length(key, count))) * self._kind_weights[kind_of(key)]
        return dict(zip(key.tolist(), values.tolist(), strict=True))


def matched_terms(asked: Mapping[int, float], held: Mapping[int, float]) -> tuple[tuple[str, float], ...]:
    """What a query and a line share, and how much each gave to the score of the index, greatest first."""
    shared = [(spelled(term), gain * held[term]) for term, gain in asked.items() if term in held]
    return tuple(sorted(shared, key=lambda pair: (-pair[1], pair[0])))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Queries as weighted columns, in the order of query and key."""

    size: int
    owner: Ints
    columns: Ints
    weight: Scores

    def only(self, queries: Ints) -> "_Batch":
        place = np.full(self.size, -1, dtype=np.int64)
        place[queries] = np.arange(len(queries))
        keep = place[self.owner] >= 0
        return _Batch(len(queries), place[self.owner[keep]], self.columns[keep], self.weight[keep])

    def product(self, inverted: csr_matrix, width: int, threads: int) -> csr_matrix:
        held = self.columns < inverted.shape[0]
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.owner[held], minlength=self.size))])
        # Built from its parts: the usual constructor would sort the columns, and with them the order of adding.
        wanted = csr_matrix((self.weight[held], self.columns[held], starts), shape=(self.size, inverted.shape[0]))
        n_threads = threads if threads > 1 else None
        found: csr_matrix = sp_matmul_topn(wanted, inverted, top_n=width, threshold=0.0, sort=True, n_threads=n_threads)
        return found


def _cut_lines(lines: Sequence[SearchLine]) -> tuple[Ints, Ints, Floats]:
    """Terms of lines: position of the line, term, weighted count."""
    texts = [(at, line.text, 1.0) for at, line in enumerate(lines)]
    texts += [(at, extra.text, extra.weight) for at, line in enumerate(lines) for extra in line.extras]
    return _cut(texts, [line.class_code for line in lines])


def _cut_queries(queries: Sequence[Query]) -> tuple[Ints, Ints, Floats]:
    """Terms of queries, each once per query: position of the query, term, count."""
    return _once(*_cut([(at, query.text, 1.0) for at, query in enumerate(queries)], [query.class_code for query in queries]))


def _cut(texts: Sequence[tuple[int, str, float]], class_codes: Sequence[str]) -> tuple[Ints, Ints, Floats]:
    terms = cut([normalise(text) for _, text, _ in texts])
    owner = np.asarray([at for at, _, _ in texts], dtype=np.int64)
    weight = np.asarray([weight for _, _, weight in texts], dtype=np.float64)
    classes = [(at, key) for at, code in enumerate(class_codes) if code for key in class_keys(code)]
    class_owner = np.asarray([at for at, _ in classes], dtype=np.int64)
    class_key = np.asarray([key for _, key in classes], dtype=np.int64)
    return (
        np.concatenate([owner[terms.owner], class_owner]),
        np.concatenate([terms.key, class_key]),
        np.concatenate([weight[terms.owner], np.ones(len(classes))]),
    )


def _row(line: SearchLine) -> tuple[Ints, Floats]:
    """Terms of one line, each once, with weighted counts."""
    _, key, weight = _cut_lines([line])
    unique, inverse = np.unique(key, return_inverse=True)
    return unique, _sums(inverse, weight, len(unique))


def _once(owner: Ints, key: Ints, count: Floats) -> tuple[Ints, Ints, Floats]:
    """Each term of an owner once, with its counts added up."""
    order = np.lexsort((key, owner))
    owner, key, count = owner[order], key[order], count[order]
    starts = np.flatnonzero((np.diff(owner, prepend=-1) != 0) | (np.diff(key, prepend=-1) != 0))
    return owner[starts], key[starts], np.add.reduceat(count, starts) if len(starts) else count


def _sums(group: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(group, weights=values, minlength=size).astype(np.float64)


def _length(key: Ints, count: Floats) -> float:
    return float(count[kind_of(key) == TermPart.CHARACTER].sum())


def _bits(scores: Scores) -> Ints:
    """Positive floats as whole numbers of the same order."""
    return np.ascontiguousarray(scores, dtype=np.float32).view(np.int32).astype(np.int64)


def _sortable(part: csr_matrix, rank: Ints, offset: int, width: int) -> Ints:
    """One integer per candidate, greater for a better one: score, then the earlier id. Zero where there is none."""
    sizes = np.diff(part.indptr)
    place = np.arange(part.nnz) - np.repeat(part.indptr[:-1], sizes)
    table = np.zeros((part.shape[0], width), dtype=np.int64)
    value = (_bits(part.data) << _RANK_BITS) | (_LAST_RANK - rank[part.indices + offset])
    table[np.repeat(np.arange(part.shape[0]), sizes), place] = np.where(part.data > 0, value, 0)
    return table


def _last_drawn(part: csr_matrix, width: int) -> Ints:
    """Score of the last candidate drawn where the drawing stopped at the width, else zero."""
    full = np.diff(part.indptr) >= width
    last = np.zeros(part.shape[0], dtype=np.int64)
    last[full] = _bits(part.data[part.indptr[1:][full] - 1])
    return last


def _drawn(top: Ints, held: npt.NDArray[np.bool_], row_of: Ints) -> Drawn:
    value = top[held]
    score = (value >> _RANK_BITS).astype(np.int32).view(np.float32).astype(np.float64)
    return Drawn(np.nonzero(held)[0].astype(np.int64), row_of[_LAST_RANK - (value & _LAST_RANK)], score)
