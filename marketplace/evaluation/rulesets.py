"""The rule sets that come with the application: config/evaluation/*.toml, by file name."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from pathlib import Path

from marketplace.evaluation.vocabulary import VOCABULARY
from marketplace.identity.scope import may_act
from marketplace.kernel.errors import N_, NotFound
from marketplace.policy.ruleset_file import load
from marketplace.policy.ruleset_spec import RuleSet

FOLDER = Path(__file__).resolve().parents[2] / "config" / "evaluation"


def names() -> tuple[str, ...]:
    """Ids of the rule sets, by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache
def content(name: str) -> str:
    """A rule set's file as it stands."""
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def in_force(region_code: str, park_code: str | None, on: date) -> tuple[str, ...]:
    """The rule sets that hold at a place on a day: those of the place's own region first, then those of the whole country."""
    documents = {name: ruleset(name).document for name in names()}
    here = {name for name, one in documents.items() if one.is_national or may_act([one.region], region_code, park_code)}
    there = [name for name in here if documents[name].holds_on(on)]
    return tuple(sorted(there, key=lambda name: (documents[name].is_national, name)))


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
