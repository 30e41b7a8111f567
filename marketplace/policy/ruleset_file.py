"""Read a rule set of an evaluation from config/evaluation/*.toml: everything wrong with a file is told at once, with a remedy."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import PolicyFileError
from marketplace.kernel.policyfiles.reading import Reading
from marketplace.policy import ruleset_checks
from marketplace.policy.ruleset_spec import RuleSet, Vocabulary


class RuleSetFileError(PolicyFileError):
    """A rule set file with everything that is wrong with it, not only the first thing."""

    default_code = "ruleset_file"
    sentence = N_("评价规则文件有 %(count)s 处需要更正：%(first)s")


class RuleSetReading(Reading):
    """A file of one rule set."""

    error = RuleSetFileError


def load(path: Path, vocabulary: Vocabulary) -> RuleSet:
    """The rule set of a file; its id is the file's name. Raises: RuleSetFileError naming every problem by file, key and remedy."""
    return parse(RuleSetReading(path.name).open(path), path.name, vocabulary)


def parse(document: Mapping[str, Any], file: str, vocabulary: Vocabulary) -> RuleSet:
    """A rule set from a document; `file` names it in problems and gives its id. Raises: RuleSetFileError."""
    reading = RuleSetReading(file)
    ruleset = replace(reading.root(document, RuleSet), id=file.removesuffix(".toml"))
    for place, complaint in ruleset_checks.complaints(ruleset, vocabulary):  # what the parts say about each other, once each is well-formed
        reading.note(place, complaint)
    reading.settle()
    return ruleset
