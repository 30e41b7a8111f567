"""The linear re-ranker: a weight for each feature, read from a versioned file or learned from confirmed pairs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from marketplace.kernel.policyfiles.groups import Each
from marketplace.kernel.policyfiles.kinds import Number, ShortText
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import Root, key, load
from marketplace.retrieval.features import MEMORY_NAMES, NAMES
from marketplace.retrieval.postings import Floats

_NOT_OF_THE_SAME = ("same_class", "query_akin", "line_akin")  # equal texts leave nothing that could be akin

_TRUST = {"met_before": 0.5, "met_often": 0.1, "line_translated": 0.1, "query_translated": 0.1}  # of a memory: shares of a full score


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts. `version` names the file or the run that made them: the trail of a match keeps it."""

    version: str
    by_feature: dict[str, float]

    def vector(self, names: tuple[str, ...] = NAMES) -> Floats:
        return np.asarray([self.by_feature.get(name, 0.0) for name in names])

    @property
    def fingerprint(self) -> str:
        """What the numbers are known by, whatever they are called."""
        told = "\n".join(f"{name} {weight!r}" for name, weight in sorted(self.by_feature.items()))
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def full_score(self) -> float:
        """What a line has that reads exactly like the query; class codes and memory come on top."""
        full = sum(max(self.by_feature.get(name, 0.0), 0.0) for name in NAMES if name not in _NOT_OF_THE_SAME)
        return max(full - self.by_feature.get("numbers_agree", 0.0) / 2, 1e-9)


@dataclass(frozen=True, kw_only=True)
class WeightsFile(Decision, Root):
    FORMAT = "weights/1"

    version: str = key(ShortText("", 40))
    weights: Mapping[str, float] = key(Each("", Number("", -100, 100), {*NAMES, *MEMORY_NAMES}))


def read_weights(path: Path) -> Weights:
    """Raises: PolicyFileError, a feature is not known or has no number."""
    found = load(path, WeightsFile)
    return Weights(version=found.version, by_feature=dict(found.weights))


@cache
def default_weights() -> Weights:
    """The weights that come with the package."""
    return read_weights(Path(__file__).with_name("weights.toml"))


def beside_memory(weights: Weights) -> Weights:
    """Weights that know how far to trust a memory; those that learnt it stay as they are."""
    if any(weights.by_feature.get(name) for name in _TRUST):
        return weights
    trust = {name: share * weights.full_score for name, share in _TRUST.items()}
    return Weights(weights.version, {**weights.by_feature, **trust})
