"""What a check of the ledger finds becomes a signal for the auditors: once for the same finding, however often it is found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from marketplace.audit import service as audit
from marketplace.kernel.calendar import COUNTRY
from marketplace.kernel.errors import N_
from marketplace.kernel.outbox import OutboxMessage
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sweeping import SweepFault
from marketplace.risk import service as risk
from marketplace.risk.models import Severity
from marketplace.risk.service import Signal

KIND, DECISIONS = "ledger_mismatch", "decision_mismatch"
_NAMESPACE = UUID("0d6f1c52-5f39-5e0b-8a53-4c0d6f0b7e11")  # ours, drawn once: a finding's key follows from what was found


def of_verification(faults: Sequence[Mapping[str, Any]], found: int, *, now: datetime) -> bool:
    """Raise a signal about the rows that a verification named. Whether it is new."""
    rows = [f"{fault['table']} {fault['row']} {fault['check']}" for fault in faults]
    evidence = {"faults": found, "rows": rows[:20]}
    return _raise(rows, N_("账本核验发现 %(faults)s 处问题，请打开“账本核验”逐条核查，查明前暂缓兑付。"), evidence, now)


def of_recomputation(rows: Sequence[str], found: int, *, now: datetime) -> bool:
    """Raise a signal about decisions that do not follow from their rules and facts. Whether it is new."""
    evidence = {"faults": found, "rows": list(rows[:20])}
    return _raise(
        rows,
        N_("复算发现 %(faults)s 处差异，请打开“复算全部决定”逐条核查，查明前暂缓兑付。"),
        evidence,
        now,
        kind=DECISIONS,
        about="recomputation",
    )


def of_invariants(counts: Mapping[str, int], *, now: datetime) -> bool:
    """Raise a signal about invariants that do not hold. Whether it is new."""
    broken = [f"{name} {count}" for name, count in sorted(counts.items()) if count]
    evidence = {"faults": sum(counts.values()), "rows": broken}
    return _raise(broken, N_("账本的几项合计不再相符（%(faults)s 处），请立即发起账本核验，查明前暂缓兑付。"), evidence, now)


def of_faults(faults: Sequence[SweepFault], *, now: datetime) -> int:
    """Name each row that a sweep set aside, once. How many are new."""
    return sum(_of_fault(one, now) for one in faults)


def _of_fault(fault: SweepFault, now: datetime) -> bool:
    fault.told_at = now
    said = {"sweep": fault.sweep, "row": str(fault.row_id), "why": fault.reason}
    reason = N_("自动处理（%(sweep)s）时有一条记录办不下去：%(row)s，原因：%(why)s。其他记录照常办理，请核查这一条。", **said)
    return risk.raise_signal(Signal("sweep_fault", Severity.WARNING, "sweep_fault", fault.row_id, reason, said), now=now)


def of_calendar(year: int, layer: str, waiting: int, *, now: datetime) -> bool:
    """Ask for a year's calendar, once a year and layer, with how many terms wait for it. Whether it is new."""
    said = {"year": str(year), "layer": layer, "count": waiting}
    where = N_("全国") if layer == COUNTRY else layer
    reason = N_("%(year)s 年的工作日历（%(layer)s）还没有确认，%(count)s 个期限在等待，暂不失效。请录入放假安排并确认。")
    key, told = uuid5(_NAMESPACE, f"calendar:{layer}:{year}"), Sentence(reason, {**said, "layer": where})
    found = Signal("calendar_unconfirmed", Severity.WARNING, "calendar", key, told, said, None if layer == COUNTRY else layer)
    return risk.raise_signal(found, now=now)


def of_unsent(messages: Sequence[OutboxMessage], *, now: datetime) -> int:
    """Name each message that will not leave by itself, once; not its text. How many are new."""
    return sum(_of_unsent(one, now) for one in messages)


def _of_unsent(message: OutboxMessage, now: datetime) -> bool:
    said = {"channel": message.channel, "row": str(message.id), "why": message.last_error or "", "attempts": message.attempts}
    reason = N_("一封通知（%(channel)s）发不出去，已搁置：%(row)s，原因：%(why)s。请用其他方式通知对方，并检查邮件服务。", **said)
    return risk.raise_signal(Signal("message_unsent", Severity.WARNING, "outbox", message.id, reason, said), now=now)


def _raise(
    rows: Sequence[str], reason: str, evidence: Mapping[str, Any], now: datetime, *, kind: str = KIND, about: str = "verification"
) -> bool:
    if not rows:
        return False
    key = uuid5(_NAMESPACE, "\n".join(rows))
    is_new = risk.raise_signal(Signal(kind, Severity.SERIOUS, about, key, Sentence(reason, evidence), evidence), now=now)
    if is_new:
        audit.record("signal.raised", actor_id=None, subject_type=about, subject_id=key, kind=kind, faults=evidence["faults"])
    return is_new
