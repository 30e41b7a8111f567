"""What `flask programme check` says about one file."""

from dataclasses import dataclass
from pathlib import Path

from marketplace.kernel.policyfiles.problems import Problem
from marketplace.policy.programme_file import ProgrammeFileError, load_programme
from marketplace.policy.programme_spec import ProgrammeSpec


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Either the programme or everything that is wrong with its file."""

    spec: ProgrammeSpec | None
    problems: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        """0 if the file can be used, 1 if it must be mended."""
        return 1 if self.problems else 0


def check_programme(path: Path) -> CheckReport:
    """Check one programme file; a wrong file is an answer, not an error."""
    try:
        return CheckReport(load_programme(path), ())
    except ProgrammeFileError as error:
        return CheckReport(None, error.problems)
