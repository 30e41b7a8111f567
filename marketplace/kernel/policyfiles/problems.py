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
        """The same complaint, with its place. What has no label is called by its key."""
        params = self.params
        if params.get("label") == "":
            params = {**params, "label": key.rpartition(".")[2]}
        return Problem(file, key, self.message, self.remedy, params)


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
        return self.message % self.params

    def remedy_text(self) -> str:
        """What to do, in Chinese, filled."""
        return self.remedy % self.params

    def __str__(self) -> str:
        where = f"{self.file}：{self.key}" if self.key else self.file
        return f"{where}：{self.text()}{self.remedy_text()}"


class PolicyFileError(RuleViolation):
    """A policy file with everything that is wrong with it, not only the first thing."""

    default_code = "policy_file"
    sentence = N_("配置文件有 %(count)s 处需要更正：%(all)s")

    def __init__(self, problems: Sequence[Problem]) -> None:
        told = [str(one) for one in problems]
        super().__init__(self.sentence, count=len(told), first=told[0], all="\n".join(told))
        self.problems = tuple(problems)
