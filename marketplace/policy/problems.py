"""What is wrong with a policy file: file, key, sentence and remedy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from marketplace.kernel.errors import N_, RuleViolation


@dataclass(frozen=True, slots=True)
class Complaint:
    """A sentence, what to do about it, and the values both are filled with."""

    message: str
    remedy: str
    params: Mapping[str, object] = field(default_factory=dict)

    def at(self, file: str, key: str) -> "Problem":
        """The same complaint, with its place."""
        return Problem(file, key, self.message, self.remedy, self.params)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in one place of one file."""

    file: str
    key: str
    message: str
    remedy: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self) -> str:
        """What is wrong, in Chinese, filled."""
        return self.message % self.params if self.params else self.message

    def remedy_text(self) -> str:
        """What to do, in Chinese, filled."""
        return self.remedy % self.params if self.params else self.remedy

    def __str__(self) -> str:
        where = f"{self.file}：{self.key}" if self.key else self.file
        return f"{where}：{self.text()}{self.remedy_text()}"


class ProgrammeFileError(RuleViolation):
    """A programme file with everything that is wrong with it, not only the first thing."""

    default_code = "programme_file"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(N_("项目规则文件有 %(count)s 处需要更正：%(first)s"), count=len(problems), first=str(problems[0]))
        self.problems = tuple(problems)
