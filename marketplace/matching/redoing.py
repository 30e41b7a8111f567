"""A run is decided from its snapshot, the first time as at every later one: so what is not in the snapshot cannot have decided anything."""

from marketplace.matching import snapshot
from marketplace.matching.build import build
from marketplace.matching.outcome import Outcome
from marketplace.matching.proposing import propose
from marketplace.matching.snapshot import RunDecided
from marketplace.retrieval.ranker import default_weights


def weights() -> str:
    """What the weights are known by that a run uses now."""
    return default_weights().fingerprint


def decided(content: bytes) -> tuple[Outcome, RunDecided]:
    """What follows from a snapshot, and both as they are kept."""
    given = snapshot.read(content)
    weighs = given.preferences
    outcome = propose(given.needs, given.supplies, today=given.day, preferences=weighs, answered=given.answered)
    return outcome, RunDecided(build(), content, snapshot.answer(outcome, given), len(given.supplies), weighs.ties.value)
