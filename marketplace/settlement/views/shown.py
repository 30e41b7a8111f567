"""Claims and batches as their pages show them."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.audit import queries as audit
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import got
from marketplace.kernel.errors import N_
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import format_yuan
from marketplace.orders.models import OrderDocument
from marketplace.policy.queries import working_calendar
from marketplace.policy.vocabulary import AppropriationSource
from marketplace.settlement import queries
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.rules import VERDICT_LABELS, VERDICT_TONES, ClaimState, Verdict
from marketplace.settlement.spot_rules import DRAWN_LABELS, DrawnBy, SpotFinding, is_drawn

EVENTS: dict[str, tuple[str, str]] = {
    "claim.submitted": (N_("提交兑付申请"), ""),
    "claim.returned": (N_("退回补正"), "amber"),
    "claim.approved": (N_("核准"), "green"),
    "claim.drawn": (N_("抽中抽查"), "amber"),
    "claim.spot_checked": (N_("登记抽查结果"), "blue"),
    "claim.account_confirmed": (N_("确认新的收款账号"), "blue"),
    "claim.refused": (N_("不予兑付"), "red"),
    "claim.due_moved": (N_("工作日历有调整，期限改变"), ""),
    "claim.batched": (N_("列入拨付批次"), "blue"),
    "payment.settled": (N_("银行已付款，兑付完成"), "green"),
    "payment.failed": (N_("银行付款失败"), "red"),
    "batch.prepared": (N_("制单"), ""),
    "batch.submitted": (N_("提交复核"), "blue"),
    "batch.approved": (N_("复核通过"), "green"),
    "batch.rejected": (N_("退回"), "red"),
    "batch.closed": (N_("全部登记，批次办结"), "green"),
}
SOURCES: dict[str, str] = {
    **{one.value: one.label for one in AppropriationSource},
    "park": N_("园区配套资金"),
    "carried_over": N_("结转资金"),
}


def days_left(due_on: date | None, region_code: str | None = None) -> int | None:
    """Working days until a day; negative when it has passed."""
    return None if due_on is None else working_calendar().working_days_left(clock.today(), due_on, region_code)


def checks(claim: Claim) -> list[dict[str, Any]]:
    """The automatic checks with their words."""
    return [
        {**one, "verdict_label": VERDICT_LABELS[Verdict(one["verdict"])], "tone": VERDICT_TONES[Verdict(one["verdict"])]}
        for one in claim.checks
    ]


STAFF_ONLY = frozenset({"claim.drawn", "claim.spot_checked"})


def drawn(claim: Claim) -> str:
    """Why a claim is checked on the spot; nothing where it is not."""
    return DRAWN_LABELS[DrawnBy(claim.drawn_by)] if claim.drawn_by and is_drawn(claim.drawn_by) else ""


def found(claim: Claim) -> dict[str, Any] | None:
    """The problem that a check on the spot found, and by whom; nothing where all agreed or nobody checked."""
    if claim.spot_finding != SpotFinding.BAD or claim.spot_checked_by is None:
        return None
    return {"who": identity.names_of([claim.spot_checked_by]).get(claim.spot_checked_by, ""), "at": claim.spot_checked_at}


def history(subject: Claim | PaymentBatch, *, is_own: bool = False) -> list[dict[str, Any]]:
    """What happened, newest first; a party to a claim is not told that it was drawn."""
    hidden: frozenset[str] = STAFF_ONLY if is_own else frozenset()
    events = [event for event in audit.of_subject(subject.id) if event.action in EVENTS and event.action not in hidden]
    names = identity.names_of(event.actor_id for event in events)
    return [
        {
            "at": event.at,
            "what": _(EVENTS[event.action][0]),
            "tone": EVENTS[event.action][1],
            "who": names.get(event.actor_id, _("系统")) if event.actor_id else _("系统"),
            "note": _note(audit.details_of(event)),
        }
        for event in reversed(events)
    ]


def _note(details: dict[str, Any]) -> str:
    said = [_("%(amount)s 元", amount=format_yuan(details[name])) for name in ("approved_fen", "amount_fen") if details.get(name)]
    said += [str(details[name]) for name in ("reason", "reference", "batch", "old", "new") if details.get(name)]
    return "；".join(said)


def steps(claim: Claim, lines: list[PaymentLine]) -> list[dict[str, Any]]:
    """The progress of a claim: submitted, approved, batched, paid."""
    batch = queries.batches_by_id({lines[0].batch_id}).get(lines[0].batch_id) if lines else None
    paid = next((line for line in lines if line.paid_on is not None), None)
    days = [
        (_("提交申请"), claim.submitted_at and clock.civil_date(claim.submitted_at)),
        (_("审核"), queries.decided_on(claim)),
        (_("列入拨付批次"), clock.civil_date(batch.created_at) if batch and claim.state is not ClaimState.APPROVED else None),
        (_("付款"), paid.paid_on if paid else None),
    ]
    done = {ClaimState.SUBMITTED: 1, ClaimState.RETURNED: 0, ClaimState.APPROVED: 2, ClaimState.BATCHED: 3, ClaimState.SETTLED: 4}
    reached = done.get(claim.state, 1)
    shown = []
    for place, (label, day) in enumerate(days):
        state = "done" if place < reached else "todo"
        if place == reached:
            state = "stopped" if claim.state is ClaimState.REFUSED else "current"
        due = _("截止 %(day)s", day=claim.due_on.isoformat()) if claim.due_on else ""
        shown.append({"label": label, "state": state, "at": day.isoformat() if day and place < reached else "", "due": due})
    return shown


def files_of(documents: list[OrderDocument]) -> dict[UUID, str]:
    """Names of the papers' files, by paper."""
    return {one.id: got(StoredFile, one.file_id).name for one in documents}


def split_rows(lines: list[PaymentLine]) -> list[tuple[str, int]]:
    """What some lines draw from each source of money, summed."""
    sums: dict[str, int] = {}
    for line in lines:
        for source, amount_fen in line.split.items():
            sums[source] = sums.get(source, 0) + amount_fen
    return [(SOURCES.get(source, source), sums[source]) for source in SOURCES if source in sums]
