"""Which signs of one side stand for which of the other, learned from pairs that people confirmed.

IBM's first model, on characters and bigrams: every term of a line was caused by some term of the query, or by nothing;
a few rounds of expectation and maximisation find how likely each is. 商混 comes to stand for 混凝土 that way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack

from marketplace.retrieval.features import Idf
from marketplace.retrieval.postings import Floats
from marketplace.retrieval.text import Ints, TermPart, cut

_ROUNDS = 8
_LEAST = 1e-4  # what is less likely is forgotten
_CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Translation:
    """How likely each term of the target follows from each of the source. Its last row is "from nothing"."""

    sources: Ints
    targets: Ints
    table: csr_matrix

    @classmethod
    def learn(cls, pairs: Sequence[tuple[str, str]]) -> "Translation":
        """From (source, target) texts, normalised."""
        sources, left = _held([source for source, _ in pairs])
        targets, right = _held([target for _, target in pairs])
        if not len(sources) or not len(targets):
            return cls(sources, targets, csr_matrix((len(sources) + 1, len(targets))))
        left = csr_matrix(hstack([left, csr_matrix(np.ones((len(pairs), 1)))]))
        pair, source, target = _cells(left, right)
        cell, cell_of = np.unique(source * len(targets) + target, return_inverse=True)
        _, caused = np.unique(pair * len(targets) + target, return_inverse=True)
        cell_source = cell // len(targets)
        likely = np.ones(len(cell))
        for _ in range(_ROUNDS):
            blame = likely[cell_of]
            blame /= np.bincount(caused, weights=blame)[caused]
            likely = np.bincount(cell_of, weights=blame, minlength=len(cell)).astype(np.float64)
            likely /= np.bincount(cell_source, weights=likely, minlength=len(sources) + 1)[cell_source]
        keep = likely > _LEAST
        place = (cell_source[keep], (cell % len(targets))[keep])
        return cls(sources, targets, csr_matrix((likely[keep], place), shape=(len(sources) + 1, len(targets))))

    def explained(self, sources: Sequence[str], targets: Sequence[str], pair: tuple[Ints, Ints], idf: Idf) -> Floats:
        """Share of each target text that its source text makes likely, 0 to 1, for pairs of places in the two lists."""
        follows = _known(sources, self.sources, np.ones(len(self.sources) + 1)) @ self.table
        follows.data = np.minimum(follows.data, 1.0)
        weight = np.zeros(len(self.targets) + 1)
        weight[:-1] = idf(self.targets)
        held = _known(targets, self.targets, weight)[:, :-1]
        terms = cut(targets).of_kinds(TermPart.CHARACTER, TermPart.BIGRAM)
        whole = np.bincount(terms.owner, weights=idf(terms.key), minlength=len(targets))
        share = np.zeros(len(pair[0]))
        for start in range(0, len(share), _CHUNK):
            part = slice(start, start + _CHUNK)
            both = follows[pair[0][part]].multiply(held[pair[1][part]])
            share[part] = np.asarray(both.sum(axis=1)).ravel() / np.maximum(whole[pair[1][part]], 1e-9)
        return share


def _held(texts: Sequence[str]) -> tuple[Ints, csr_matrix]:
    """The terms that occur, and which text holds which."""
    terms = cut(texts).of_kinds(TermPart.CHARACTER, TermPart.BIGRAM)
    vocabulary, column = np.unique(terms.key, return_inverse=True)
    held = csr_matrix((np.ones(len(column)), (terms.owner, column)), shape=(len(texts), len(vocabulary)))
    held.data[:] = 1.0
    return vocabulary, held


def _known(texts: Sequence[str], vocabulary: Ints, weight: Floats) -> csr_matrix:
    """Texts by known terms, and a last column that stays empty; each term once, with its weight."""
    terms = cut(texts).of_kinds(TermPart.CHARACTER, TermPart.BIGRAM)
    at = np.minimum(np.searchsorted(vocabulary, terms.key), max(len(vocabulary) - 1, 0))
    known = vocabulary[at] == terms.key if len(vocabulary) else np.zeros(len(at), dtype=np.bool_)
    held = csr_matrix((np.ones(int(known.sum())), (terms.owner[known], at[known])), shape=(len(texts), len(vocabulary) + 1))
    held.data = weight[held.indices]
    return held


def _cells(left: csr_matrix, right: csr_matrix) -> tuple[Ints, Ints, Ints]:
    """Every source term of a pair with every target term of the same pair."""
    many, each = np.diff(left.indptr), np.diff(right.indptr).astype(np.int64)
    size = many * each
    pair: npt.NDArray[np.int64] = np.repeat(np.arange(len(size)), size)
    place = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    source = left.indices[left.indptr[pair] + place // each[pair]].astype(np.int64)
    target = right.indices[right.indptr[pair] + place % each[pair]].astype(np.int64)
    return pair, source, target
