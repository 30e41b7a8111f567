"""Claims and batches as their pages show them."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import format_yuan
from marketplace.moves import presenter
from marketplace.orders.models import OrderDocument
from marketplace.policy.programme_words import AppropriationSource
from marketplace.policy.queries import working_calendar
from marketplace.settlement import queries
from marketplace.settlement.lifecycle import BATCH, CLAIM, ClaimState, Side
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.rules import CheckResult
from marketplace.settlement.spot_rules import DrawnBy, SpotFinding, is_drawn

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
    return [{**one, "verdict_label": CheckResult(one["verdict"]).label, "tone": CheckResult(one["verdict"]).tone} for one in claim.checks]


STAFF_ONLY = frozenset({"draw", "spot_check"})


def drawn_label(claim: Claim) -> str:
    """Why a claim is checked on the spot; nothing where it is not."""
    return DrawnBy(claim.drawn_by).label if claim.drawn_by and is_drawn(claim.drawn_by) else ""


def spot_problem(claim: Claim) -> dict[str, Any] | None:
    """The problem that a check on the spot found, and by whom; nothing where all agreed or nobody checked."""
    if claim.spot_finding != SpotFinding.BAD or claim.spot_checked_by is None:
        return None
    return {"who": identity.names_of([claim.spot_checked_by]).get(claim.spot_checked_by, ""), "at": claim.spot_checked_at}


def history(subject: Claim | PaymentBatch, *, is_own: bool = False) -> list[dict[str, Any]]:
    """What happened, newest first; a party to a claim is not told that it was drawn."""
    return presenter.history(subject.id, [CLAIM, BATCH], _note, hidden=STAFF_ONLY if is_own else ())


def doable(claim: Claim, *, is_own: bool, may_review: bool, new_account: bool) -> list[dict[str, str]]:
    """What whoever looks may do with a claim now."""
    if is_own:
        found = [move for move in CLAIM.offered(Side.PROVIDER, claim.state) if current_user.can(move.permission)]
        return presenter.buttons(CLAIM, found, blueprint="settlement", order_id=claim.order_id)
    unchecked = claim.drawn_by is not None and is_drawn(claim.drawn_by) and claim.spot_checked_by is None
    gone = {"spot_check": not unchecked, "confirm_account": not new_account}
    found = [move for move in CLAIM.offered(Side.OFFICER, claim.state) if may_review and not gone.get(move.verb)]
    return presenter.buttons(CLAIM, found, blueprint="settlement", claim_id=claim.id)


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
    return {one.id: by_id(StoredFile, one.file_id).name for one in documents}


def split_rows(lines: list[PaymentLine]) -> list[tuple[str, int]]:
    """What some lines draw from each source of money, summed."""
    sums: dict[str, int] = {}
    for line in lines:
        for source, amount_fen in line.split.items():
            sums[source] = sums.get(source, 0) + amount_fen
    return [(SOURCES.get(source, source), sums[source]) for source in SOURCES if source in sums]
