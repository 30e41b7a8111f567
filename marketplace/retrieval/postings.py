"""Where the index keeps its numbers: the inverted matrix of the last build, the rows put since, and growing columns.

Values are float32, and a line's gains are always added in the order of the terms' keys. So a line has the same score, to
the last bit, whether it stands in the matrix or in a delta row, whether it is searched alone or in a batch.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix

from marketplace.retrieval.text import Ints

Floats = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float32]
Saturate = Callable[[Floats, Floats], Floats]  # counts and lengths of their lines to BM25 values


Number = TypeVar("Number", np.int64, np.float64)


class Growing(Generic[Number]):
    """An array that takes further elements at its end in amortised constant time."""

    def __init__(self, start: npt.NDArray[Number]) -> None:
        self._array: npt.NDArray[Number] = start.copy()
        self.size = len(start)

    def extend(self, more: npt.NDArray[Number]) -> None:
        if self.size + len(more) > len(self._array):
            room = np.zeros(max(2 * (self.size + len(more)), 64), dtype=self._array.dtype)
            room[: self.size] = self._array[: self.size]
            self._array = room
        self._array[self.size : self.size + len(more)] = more
        self.size += len(more)

    @property
    def values(self) -> npt.NDArray[Number]:
        return self._array[: self.size]


class Main:
    """The inverted matrix: for each term, the rows that hold it. A row can be cleared, none can be added."""

    def __init__(self, counts: csc_matrix, lengths: Floats, term_weights: Floats) -> None:
        counts.sort_indices()  # `clear` looks rows up by halving
        self.terms, self.rows = counts.shape[1], counts.shape[0]
        self._starts, self._holders, self._counts = counts.indptr, counts.indices, counts.data
        self._lengths = lengths
        self._weights = term_weights
        self._pivot = 0.0
        self._values: Scores = np.zeros(0, dtype=np.float32)

    def clear(self, row: int, columns: Ints) -> None:
        for column in columns.tolist():
            start, end = int(self._starts[column]), int(self._starts[column + 1])
            at = start + int(np.searchsorted(self._holders[start:end], row))
            self._counts[at] = 0.0
            if len(self._values):
                self._values[at] = 0.0

    def inverted(self, saturate: Saturate, pivot: float) -> csr_matrix:
        """Terms by rows. Values are computed once and again only when the pivot has moved."""
        if pivot != self._pivot:
            per_entry = np.repeat(self._weights, np.diff(self._starts))
            self._values = (saturate(self._counts, self._lengths[self._holders]) * per_entry).astype(np.float32)
            self._pivot = pivot
        return csr_matrix((self._values, self._holders, self._starts), shape=(self.terms, self.rows), copy=False)

    def scores(self, columns: Ints, weights: Scores, matrix: csr_matrix) -> Scores:
        """Scores of all rows for one query, whose columns stand in the order of their keys."""
        total = np.zeros(self.rows, dtype=np.float32)
        for column, weight in zip(columns.tolist(), weights, strict=True):
            start, end = int(self._starts[column]), int(self._starts[column + 1])
            total[self._holders[start:end]] += weight * matrix.data[start:end]  # a row stands once under a term
        return total


class Delta:
    """Rows put since the build, each after the other."""

    def __init__(self) -> None:
        self.rows = 0
        self._starts = [0]
        self._columns = Growing(np.zeros(0, dtype=np.int64))
        self._counts = Growing(np.zeros(0))
        self._weights = Growing(np.zeros(0))
        self._lengths = Growing(np.zeros(0))
        self._row = Growing(np.zeros(0, dtype=np.int64))

    def append(self, columns: Ints, counts: Floats, weights: Floats, length: float) -> None:
        self._columns.extend(columns)
        self._counts.extend(counts)
        self._weights.extend(weights)
        self._lengths.extend(np.full(len(columns), length))
        self._row.extend(np.full(len(columns), self.rows))
        self._starts.append(self._columns.size)
        self.rows += 1

    def clear(self, row: int) -> None:
        self._counts.values[self._starts[row] : self._starts[row + 1]] = 0.0

    def _values(self, saturate: Saturate) -> Scores:
        return np.asarray(saturate(self._counts.values, self._lengths.values) * self._weights.values, dtype=np.float32)

    def inverted(self, saturate: Saturate, terms: int) -> csr_matrix:
        return csr_matrix((self._values(saturate), (self._columns.values, self._row.values)), shape=(terms, self.rows))

    def scores(self, columns: Ints, weights: Scores, saturate: Saturate, terms: int) -> Scores:
        by_column = np.zeros(terms, dtype=np.float32)
        by_column[columns] = weights
        total = np.zeros(self.rows, dtype=np.float32)
        np.add.at(total, self._row.values, self._values(saturate) * by_column[self._columns.values])
        return total
