"""A run is decided from its snapshot, the first time as at every later one: so what is not in the snapshot cannot have decided anything."""

from collections.abc import Callable
from dataclasses import replace

from marketplace.matching import snapshot
from marketplace.matching.build import build
from marketplace.matching.outcome import Outcome
from marketplace.matching.proposing import propose
from marketplace.matching.snapshot import RunDecided
from marketplace.retrieval.ranker import Weights, default_weights


def decided(content: bytes, learnt: Callable[[str], Weights | None]) -> tuple[Outcome, RunDecided]:
    """What follows from a snapshot, and both as they are kept.

    Args:
        learnt: weights that were learnt, by their fingerprint. Others come with the package; where another build ships others, the answer
            names these.
    """
    given = snapshot.read(content)
    weighs, ranked = given.preferences, learnt(given.weights) or default_weights()
    answered = replace(given.answered, weights=ranked)
    outcome = propose(given.needs, given.supplies, today=given.day, preferences=weighs, answered=answered)
    answer = snapshot.answer(outcome, replace(given, weights=ranked.fingerprint))
    return outcome, RunDecided(build(), content, answer, len(given.supplies), weighs.ties.value)
