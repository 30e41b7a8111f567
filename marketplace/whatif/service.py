"""Asking for a replay, and calling it off. It moves nothing: what is written is the job and its result."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from marketplace.kernel import jobs
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.jobs import Job
from marketplace.policy.programme_draft import FILE, Document, as_toml
from marketplace.policy.programme_file import parse_programme
from marketplace.vouchers.models import Programme, Round
from marketplace.whatif.queries import KIND, Question

CANCELLED = N_("已按您的要求停止试算。")


def rules_of_file(programme: Programme, content: bytes, *, file: str) -> str:
    """The rules of an uploaded file, as a version is stored.

    Raises: ProgrammeFileError: what is wrong with it, as on import; RuleViolation: it is another programme's.
    """
    spec = parse_programme(content, file=file)
    if spec.slug != programme.slug:
        raise RuleViolation(
            N_("文件的项目代号是“%(given)s”，本项目是“%(known)s”。请改用本项目的规则文件，或到那个项目下试算。"),
            field="file",
            code="another_programme",
            given=spec.slug,
            known=programme.slug,
        )
    return spec.frozen()


def rules_of_draft(programme: Programme, document: Document) -> str:
    """The rules of a draft, as a version is stored; a copy is tried as if it were the programme's own.

    Raises: ProgrammeFileError: what is wrong with it yet.
    """
    return parse_programme(as_toml({**document, "slug": programme.slug}), file=FILE).frozen()


def ask(key: UUID, question: Question, rounds: Sequence[Round], *, actor_id: UUID) -> Job:
    """Ask for a replay of rounds. The same key again answers the same job.

    Raises: RuleViolation: no round was chosen, or real ones and simulated ones together.
    """
    chosen = [row for row in rounds if row.id in question.round_ids]
    if not chosen:
        raise RuleViolation(N_("请至少选择一个批次。"), field="rounds", code="no_rounds")
    if len({row.simulated for row in chosen}) > 1:
        raise RuleViolation(N_("模拟批次不涉及真实资金，不能与真实批次一起试算，请分开选择。"), field="rounds", code="mixed_rounds")
    title = N_("规则试算：%(rules)s", rules=question.named)
    payload = as_payload(question) | {"replay_id": str(key)}
    return jobs.enqueue(KIND, payload, title=title, owner_id=actor_id, dedupe_key=f"{KIND}:{key}")


def as_payload(question: Question) -> dict[str, Any]:
    """A question as its job keeps it."""
    said = asdict(question)
    return said | {"programme_id": str(question.programme_id), "round_ids": [str(one) for one in question.round_ids]}


def question_of(payload: Mapping[str, Any]) -> Question:
    """The question of a job."""
    ids = {"programme_id": UUID(payload["programme_id"]), "round_ids": tuple(UUID(one) for one in payload["round_ids"])}
    return Question(**{name: value for name, value in payload.items() if name != "replay_id"} | ids)


def cancel(job_id: UUID) -> None:
    """Call a replay off; one that is over stays as it is."""
    jobs.call_off(job_id, CANCELLED)
