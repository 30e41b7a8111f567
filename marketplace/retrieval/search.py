"""Search a list: the index draws candidates, the linear re-ranker orders them, and every answer can be explained.

search = Search([Line("1", "天然饮用水"), Line("2", "瓶坯", extras=(Extra("pp", 0.5),))])
search.search(Query("饮用天然矿泉水"))      # hits, best first
search.put(Line("3", "砂石骨料", class_code="1019"))
search.explain(Query("骨料"), "3")          # which characters, which features, how much each gave
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple, Protocol

import numpy as np

from marketplace.retrieval.closeness import closeness
from marketplace.retrieval.features import NAMES, Idf, Pairs, class_agreement, features
from marketplace.retrieval.index import Drawn, Index, Params, matched_terms
from marketplace.retrieval.lines import Explanation, Gain, Hit, Query, SearchLine, Vote
from marketplace.retrieval.postings import Floats
from marketplace.retrieval.ranker import Weights, default_weights
from marketplace.retrieval.text import TermPart, cut, normalise

DEPTH = 200  # how many candidates the re-ranker looks at
_BATCH = 2_000  # queries that are ranked together


class Adviser(Protocol):
    """What knows more than the texts: confirmed pairs (`memory.Memory`), or what words mean (`meaning.Meaning`)."""

    @property
    def names(self) -> tuple[str, ...]: ...  # of its features

    def votes(self, queries: Sequence[Query]) -> list[dict[str, Vote]]: ...

    def features(self, pairs: Pairs, line_ids: Sequence[str], votes: Sequence[dict[str, Vote]], idf: Idf) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Weighed:
    """Candidates with their features: of the field of the line that fits best, scaled by that field's weight."""

    drawn: Drawn
    table: Floats
    score: Floats


class Search:
    """A list that can be searched, changed and explained. Threads that share one take turns (it holds no lock).

    Args:
        weights: of the re-ranker; those of the package when nothing was learned.
        memory: confirmed pairs, together with the weights that were learned with them (`learning.learn`).
    """

    def __init__(
        self,
        lines: Iterable[SearchLine] = (),
        *,
        weights: Weights | None = None,
        memory: Adviser | None = None,
        params: Params | None = None,
    ) -> None:
        self.index = Index(lines, params)
        self.advise(weights or default_weights(), memory)

    def advise(self, weights: Weights, memory: Adviser | None) -> None:
        """Rank by other weights and other confirmed pairs from now on."""
        self.weights, self.memory = weights, memory
        self.names = NAMES if memory is None else NAMES + memory.names

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, line_id: str) -> bool:
        return line_id in self.index

    def put(self, line: SearchLine) -> None:
        """Add a line, or change the one of the same id. It is found by the next search."""
        self.index.put(line)

    def remove(self, line_id: str) -> None:
        """Take a line out; nothing happens when it is not there."""
        self.index.remove(line_id)

    def compact(self) -> None:
        """Fold later changes into the index. Answers stay the same; batches become faster."""
        self.index.compact()

    def search(self, query: Query, count: int = 20, *, depth: int = DEPTH) -> list[Hit]:
        """The lines that fit a query best, best first."""
        return self._hits([query], self._weigh([query], self.index.draw_one(query, max(depth, count)), threads=1), count)[0]

    def search_many(self, queries: Sequence[Query], count: int = 50, *, depth: int = DEPTH, threads: int = 1) -> list[list[Hit]]:
        """The same for many queries, some thousand at a time, so memory stays small."""
        hits: list[list[Hit]] = []
        for start in range(0, len(queries), _BATCH):
            part = queries[start : start + _BATCH]
            hits += self._hits(part, self.weigh(part, depth=max(depth, count), threads=threads), count)
        return hits

    def explain(self, query: Query, line_id: str) -> Explanation:
        """Why this line, for this query.

        Raises: KeyError, no such line.
        """
        return self.explain_many([query], [(0, line_id)])[0]

    def explain_many(self, queries: Sequence[Query], pairs: Sequence[tuple[int, str]]) -> list[Explanation]:
        """The same for many pairs of (place of the query, id of the line): told together, as tables are dear to make one by one.

        Raises: KeyError, no such line.
        """
        if not pairs:
            return []
        lines = [self.index.line(line_id) for _at, line_id in pairs]
        rows = np.asarray([self.index.row_of(line_id) for _at, line_id in pairs], dtype=np.int64)
        place = np.asarray([at for at, _id in pairs], dtype=np.int64)
        score = self.index.scores_of(queries, lines, place, np.arange(len(lines), dtype=np.int64))
        votes = self.memory.votes(queries) if self.memory else None
        weighed = self._table(queries, Drawn(place, rows, score), votes, threads=1)
        told = map(_Told, weighed.table.tolist(), weighed.score.tolist(), self._closeness([queries[at] for at in place], lines))
        return [
            self._explained(queries[at], line, one, terms, votes[at] if votes else {})
            for at, line, one, terms in zip(place.tolist(), lines, told, self._terms(queries, pairs), strict=True)
        ]

    def _terms(self, queries: Sequence[Query], pairs: Sequence[tuple[int, str]]) -> Iterator[tuple[tuple[str, float], ...]]:
        """What each pair shares. Every query and every line is cut once."""
        asked = {at: self.index.asked_terms(queries[at]) for at in {at for at, _id in pairs}}
        held = {line_id: self.index.held_terms(self.index.line(line_id)) for line_id in {line_id for _at, line_id in pairs}}
        return (matched_terms(asked[at], held[line_id]) for at, line_id in pairs)

    def closeness_of(self, query: Query, line_ids: Sequence[str]) -> list[float]:
        """How sure it is that lines mean what is asked, whatever else stands in the list. Raises: KeyError, no such line."""
        return self.closeness_of_pairs([(query, line_id) for line_id in line_ids])

    def closeness_of_pairs(self, pairs: Sequence[tuple[Query, str]]) -> list[float]:
        """The same of many pairs at once. Raises: KeyError, no such line."""
        return self._closeness([query for query, _id in pairs], [self.index.line(line_id) for _query, line_id in pairs])

    def shared_pairs(self, query: Query, line_id: str) -> float:
        """How much the pairs of neighbouring signs tell that stand in both, in pairs that no other line holds. Words of letters are left
        out. Unlike closeness it does not fall with the length of a question: what the line does not explain takes nothing away.

        Raises: KeyError, no such line.
        """
        line = self.index.line(line_id)
        terms = cut([_without_letters(text) for text in (query.text, line.text, *(extra.text for extra in line.extras))])
        pairs = terms.of_kinds(TermPart.BIGRAM)
        wanted = np.unique(pairs.key[pairs.owner == 0])
        shared = wanted[np.isin(wanted, pairs.key[pairs.owner > 0])]
        return float(self.index.idf(shared).sum() / self.index.idf(np.asarray([-1], dtype=np.int64))[0]) if len(shared) else 0.0

    def weigh(self, queries: Sequence[Query], *, depth: int = DEPTH, threads: int = 1) -> Weighed:
        """Candidates of a batch with all their features, for learning and for measuring."""
        return self._weigh(queries, self.index.draw(queries, depth, threads=threads), threads=threads)

    # -- inside -----------------------------------------------------------------------------------------------------

    @staticmethod
    def _closeness(queries: Sequence[Query], lines: Sequence[SearchLine]) -> list[float]:
        same_class = [class_agreement(query.class_code, line.class_code) == 1.0 for query, line in zip(queries, lines, strict=True)]
        return closeness([query.text for query in queries], [line.text for line in lines], same_class).tolist() if lines else []

    def _weigh(self, queries: Sequence[Query], drawn: Drawn, *, threads: int) -> Weighed:
        votes = self.memory.votes(queries) if self.memory else None
        if votes is not None:
            drawn = self._with_voted(queries, drawn, votes)
        return self._table(queries, drawn, votes, threads=threads)

    def _with_voted(self, queries: Sequence[Query], drawn: Drawn, votes: Sequence[dict[str, Vote]]) -> Drawn:
        """Add the lines that met similar wordings before, where the index did not draw them itself."""
        voted = [(at, self.index.row_of(line_id)) for at, mine in enumerate(votes) for line_id in mine if line_id in self.index]
        pairs = np.asarray(voted, dtype=np.int64).reshape(-1, 2)
        span = int(max(pairs[:, 1].max(initial=0), drawn.row.max(initial=0))) + 1
        missing = np.setdiff1d(pairs[:, 0] * span + pairs[:, 1], drawn.query * span + drawn.row)
        query, row = missing // span, missing % span
        rows, place = np.unique(row, return_inverse=True)
        score = self.index.scores_of(queries, [self.index.line_at(at) for at in rows.tolist()], query, place)
        order = np.argsort(np.concatenate([drawn.query, query]), kind="stable")
        together = (np.concatenate(both)[order] for both in ((drawn.query, query), (drawn.row, row), (drawn.score, score)))
        return Drawn(*together)

    def _table(self, queries: Sequence[Query], drawn: Drawn, votes: Sequence[dict[str, Vote]] | None, *, threads: int) -> Weighed:
        rows, place = np.unique(drawn.row, return_inverse=True)
        lines = [self.index.line_at(row) for row in rows.tolist()]
        pairs = Pairs(
            queries=[normalise(query.text) for query in queries],
            lines=[normalise(line.text) for line in lines],
            query=drawn.query,
            line=place,
            index_score=drawn.score / np.maximum(self.index.best_possible(queries), 1e-9)[drawn.query],
            query_classes=[query.class_code for query in queries],
            line_classes=[line.class_code for line in lines],
        )
        table = features(pairs, self.index.idf, threads=threads)
        if self.memory is not None and votes is not None:
            table = np.hstack([table, self.memory.features(pairs, [line.id for line in lines], votes, self.index.idf)])
        score = table @ self.weights.vector(self.names)
        self._try_extras(lines, pairs, table, score, threads)
        return Weighed(drawn, table, score)

    def _try_extras(self, lines: Sequence[SearchLine], pairs: Pairs, table: Floats, score: Floats, threads: int) -> None:
        """Where another field of the line fits the query better than its text, take that field's features instead."""
        extras = [(at, extra) for at, line in enumerate(lines) for extra in line.extras]
        if not extras:
            return
        owners = np.asarray([at for at, _ in extras])
        starts, ends = np.searchsorted(owners, pairs.line, "left"), np.searchsorted(owners, pairs.line, "right")
        pair = np.repeat(np.arange(len(pairs.line)), ends - starts)
        extra = np.arange(len(pair)) - np.repeat(np.cumsum(ends - starts) - ends, ends - starts)
        other = replace(
            pairs,
            lines=[normalise(one.text) for _, one in extras],
            query=pairs.query[pair],
            line=extra,
            index_score=pairs.index_score[pair],
            line_classes=[lines[at].class_code for at, _ in extras],
        )
        weight = np.asarray([one.weight for _, one in extras])[extra]
        their_table = table[pair]
        their_table[:, : len(NAMES)] = features(other, self.index.idf, threads=threads) * weight[:, None]
        their_score = their_table @ self.weights.vector(self.names)
        order = np.lexsort((-their_score, pair))
        first = order[np.unique(pair[order], return_index=True)[1]]
        better = first[their_score[first] > score[pair[first]]]
        table[pair[better]], score[pair[better]] = their_table[better], their_score[better]

    def _hits(self, queries: Sequence[Query], weighed: Weighed, count: int) -> list[list[Hit]]:
        drawn = weighed.drawn
        score = np.round(weighed.score, 6)
        order = np.lexsort((-score, drawn.query))  # stable: equal scores stay in the order of the index
        sizes = np.bincount(drawn.query, minlength=len(queries))
        place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        order = order[place < count]
        close = np.clip(score / self.weights.full_score, 0.0, 1.0)
        ids = map(self.index.id_at, drawn.row[order].tolist())
        numbers = (score[order].tolist(), close[order].tolist(), drawn.score[order].tolist())
        hits = iter(map(Hit, ids, *numbers))
        return [list(islice(hits, size)) for size in np.minimum(sizes, count).tolist()]

    def _explained(
        self, query: Query, line: SearchLine, told: "_Told", terms: tuple[tuple[str, float], ...], votes: Mapping[str, Vote]
    ) -> Explanation:
        values = dict(zip(self.names, told.row, strict=True))
        by_feature = self.weights.by_feature
        gains = [Gain(name, value, by_feature.get(name, 0.0), value * by_feature.get(name, 0.0)) for name, value in values.items()]
        signs = [*query.text, *line.text]
        shared = _shared_signs(query, line)
        flags = [normalise(sign) in shared for sign in signs]
        split = len(query.text)
        return Explanation(
            line_id=line.id,
            score=told.score,
            closeness=told.closeness,
            query_share=values["query_explained"],
            line_share=values["line_explained"],
            query_spans=_spans(signs[:split], flags[:split]),
            line_spans=_spans(signs[split:], flags[split:]),
            terms=terms,
            gains=tuple(sorted(gains, key=lambda gain: -abs(gain.gain))),
            precedent=votes[line.id].wording if line.id in votes else "",
        )


class _Told(NamedTuple):
    """What is reckoned of a pair among others."""

    row: list[float]  # of the table
    score: float
    closeness: float


def _without_letters(text: str) -> str:
    return "".join(" " if sign.isascii() else sign for sign in normalise(text))


def _shared_signs(query: Query, line: SearchLine) -> frozenset[str]:
    fields = " ".join(normalise(text) for text in (line.text, *(extra.text for extra in line.extras)))
    return frozenset(normalise(query.text)) & frozenset(fields) - {" "}


def _spans(signs: Sequence[str], flags: Sequence[bool]) -> tuple[tuple[str, bool], ...]:
    """Neighbouring signs of one kind put together."""
    spans: list[tuple[str, bool]] = []
    for sign, flag in zip(signs, flags, strict=True):
        if spans and spans[-1][1] is flag:
            spans[-1] = (spans[-1][0] + sign, flag)
        else:
            spans.append((sign, flag))
    return tuple(spans)
