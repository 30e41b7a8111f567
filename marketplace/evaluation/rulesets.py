"""The rule sets that come with the application: config/evaluation/*.toml, by file name."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from marketplace.evaluation.vocabulary import VOCABULARY
from marketplace.kernel.errors import N_, NotFound
from marketplace.policy.ruleset_file import load
from marketplace.policy.ruleset_spec import RuleSet

FOLDER = Path(__file__).resolve().parents[2] / "config" / "evaluation"


def names() -> tuple[str, ...]:
    """Ids of the rule sets, by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache
def digest(name: str) -> str:
    """SHA-256 of a rule set's file: what stood on it can tell whether the file is still the same."""
    return hashlib.sha256((FOLDER / f"{name}.toml").read_bytes()).hexdigest()


@lru_cache
def ruleset(name: str) -> RuleSet:
    """A rule set by its file's name without suffix.

    Raises:
        NotFound: no such file.
        RuleSetFileError: the file has problems.
    """
    if name not in names():
        raise NotFound(N_("没有名为“%(name)s”的评价规则，现有：%(known)s。"), name=name[:60], known="、".join(names()))
    return load(FOLDER / f"{name}.toml", VOCABULARY)
