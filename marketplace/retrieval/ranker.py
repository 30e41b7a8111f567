"""The linear re-ranker: a weight for each feature, read from a versioned file or learned from confirmed pairs."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from marketplace.retrieval.features import MEMORY_NAMES, NAMES
from marketplace.retrieval.postings import Floats


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts. `version` names the file or the run that made them: the trail of a match keeps it."""

    version: str
    by_feature: dict[str, float]

    def vector(self, names: tuple[str, ...] = NAMES) -> Floats:
        return np.asarray([self.by_feature.get(name, 0.0) for name in names])

    @property
    def full_score(self) -> float:
        """What a line has that reads exactly like the query; class codes and memory come on top."""
        full = sum(max(self.by_feature.get(name, 0.0), 0.0) for name in NAMES if name != "same_class")
        return max(full - self.by_feature.get("numbers_agree", 0.0) / 2, 1e-9)


def read_weights(path: Path) -> Weights:
    """Raises: ValueError, a feature is not known or has no number."""
    with path.open("rb") as file:
        data = tomllib.load(file)
    unknown = set(data["weights"]) - {*NAMES, *MEMORY_NAMES}
    if unknown:
        raise ValueError(f"{path}: unknown features {sorted(unknown)}")
    return Weights(version=str(data["version"]), by_feature={name: float(value) for name, value in data["weights"].items()})


@cache
def default_weights() -> Weights:
    """The weights that come with the package."""
    return read_weights(Path(__file__).with_name("weights.toml"))
