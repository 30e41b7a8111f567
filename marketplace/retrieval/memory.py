"""What people confirmed before: similar wordings that led to a line, and how wordings translate into names of lines.

Its features stand beside those of `features.py` once there are enough confirmed pairs to weigh them (some hundreds).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from marketplace.retrieval.features import MEMORY_NAMES, Idf, Pairs
from marketplace.retrieval.lines import Query, SearchLine, Vote
from marketplace.retrieval.postings import Floats
from marketplace.retrieval.search import Search
from marketplace.retrieval.text import normalise
from marketplace.retrieval.translation import Translation

_NEIGHBOURS = 30  # earlier wordings that have a say
_FULL_COUNT = 150  # so many confirmations count fully


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A wording that was met by a line: a contract, or a choice made by a person."""

    wording: str
    line_id: str
    line_text: str


class Memory:
    """Confirmed pairs, ready to be asked. Built once; build it anew when pairs have come."""

    names = MEMORY_NAMES

    def __init__(self, confirmed: Iterable[Confirmed]) -> None:
        pairs = list(confirmed)
        self.size = len(pairs)
        self._lines_of: dict[str, list[str]] = defaultdict(list)
        for pair in pairs:
            self._lines_of[pair.wording].append(pair.line_id)
        self._wordings = list(self._lines_of)
        self._search = Search(SearchLine(str(at), wording) for at, wording in enumerate(self._wordings))
        self._count = Counter(pair.line_id for pair in pairs)
        texts = [(normalise(pair.wording), normalise(pair.line_text)) for pair in pairs]
        self._to_line = Translation.learn(texts)
        self._to_query = Translation.learn([(line, wording) for wording, line in texts])

    def votes(self, queries: Sequence[Query]) -> list[dict[str, Vote]]:
        """For each query, the lines that met similar wordings."""
        found = self._search.search_many([Query(query.text) for query in queries], _NEIGHBOURS, depth=2 * _NEIGHBOURS)
        votes: list[dict[str, Vote]] = []
        for hits in found:
            mine: dict[str, Vote] = {}
            for hit in hits:  # best first, so the first vote for a line names its closest wording
                wording = self._wordings[int(hit.line_id)]
                lines = self._lines_of[wording]
                for line_id in lines:
                    before = mine.get(line_id) or Vote(hit.share, wording, 0.0)
                    mine[line_id] = Vote(before.closest, before.wording, before.often + hit.share**3 / len(lines))
            votes.append(mine)
        return votes

    def features(self, pairs: Pairs, line_ids: Sequence[str], votes: Sequence[dict[str, Vote]], idf: Idf) -> Floats:
        """One row per pair, one column per name in MEMORY_NAMES. `line_ids` are those of `pairs.lines`."""
        none = Vote(0.0, "", 0.0)
        mine = [votes[query].get(line_ids[line], none) for query, line in zip(pairs.query.tolist(), pairs.line.tolist(), strict=True)]
        count = np.asarray([self._count[line_id] for line_id in line_ids], dtype=np.float64)
        between = (pairs.query, pairs.line)
        columns = (
            np.asarray([vote.closest for vote in mine]),
            np.minimum([vote.often for vote in mine], 1.0),
            np.minimum(np.log1p(count) / np.log1p(_FULL_COUNT), 1.0)[pairs.line],
            self._to_line.explained(pairs.queries, pairs.lines, between, idf),
            self._to_query.explained(pairs.lines, pairs.queries, (between[1], between[0]), idf),
        )
        return np.column_stack(columns)
