"""Claims and batches as their pages show them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_
from marketplace.kernel.files import StoredFile
from marketplace.moves import presenter
from marketplace.orders.models import Order, OrderDocument
from marketplace.policy.programme_words import AppropriationSource
from marketplace.policy.terms import is_over
from marketplace.settlement import queries
from marketplace.settlement.explanation_models import ClaimExplanation
from marketplace.settlement.lifecycle import BATCH, CLAIM, ClaimState, LineState, Side
from marketplace.settlement.models import Claim, ClaimOpinion, PaymentBatch, PaymentLine
from marketplace.settlement.queries import bounces, levels
from marketplace.settlement.queries.explanations import explanations_of
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.rules import Check, CheckResult
from marketplace.settlement.spot_rules import DrawnBy, SpotFinding, is_drawn
from marketplace.vouchers.queries.spending import calendar_of
from marketplace.web.formats import amount

SOURCES: dict[str, str] = {
    **{one.value: one.label for one in AppropriationSource},
    "park": N_("园区配套资金"),
    "carried_over": N_("结转资金"),
}


def days_left(row: Claim | Order) -> int | None:
    """Working days until a row's day; negative when it has passed. None: it has no day, or the day is one of who may appeal."""
    if row.due_on is None or (isinstance(row, Claim) and not row.state.limit):
        return None
    return calendar_of(row.version_id).working_days_left(row.day_of(clock.now()), row.due_on, row.region_code)


def level_left(claim: Claim) -> int | None:
    """Working days until the last one of the level whose turn it is; negative when it has passed. None: no level waits."""
    if claim.level_by is None or claim.state is not ClaimState.SUBMITTED:
        return None
    return calendar_of(claim.version_id).working_days_left(claim.day_of(clock.now()), claim.level_by, claim.region_code)


def checks(claim: Claim, found: Sequence[Check] | None = None) -> list[dict[str, Any]]:
    """The automatic checks with their words, and what was said of those that are not green.

    Args:
        found: of now, where somebody decides; else those that are kept.
    """
    kept = claim.checks if found is None else [one.stored() for one in found]
    said = {one.check_key: one for one in explanations_of(claim)}
    names = identity.names_of([one.explained_by for one in said.values()]) if said else {}
    return [{**one, **_verdict(CheckResult(one["verdict"])), **_explained(said.get(one["key"]), names)} for one in kept]


def _verdict(verdict: CheckResult) -> Mapping[str, Any]:
    return {"verdict_label": verdict.label, "tone": verdict.tone}


def _explained(row: ClaimExplanation | None, names: Mapping[UUID, str]) -> Mapping[str, Any]:
    """What was said of a check, and by whom."""
    return {} if row is None else {"words": row.words, "who": names.get(row.explained_by, ""), "at": row.created_at}


STAFF_ONLY = frozenset({"draw", "spot_check", "give_opinion"})
SAID_AMONG_STAFF = frozenset({"opinion", "explained"})


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
    said = partial(note, subject.currency, hidden=SAID_AMONG_STAFF if is_own else ())
    return presenter.history(subject.id, [CLAIM, BATCH], said, hidden=STAFF_ONLY if is_own else ())


def doable(claim: Claim, *, is_own: bool, may_review: bool, new_account: bool, carried: Mapping[str, Any]) -> list[dict[str, str]]:
    """What whoever looks may do with a claim now; `carried`: what the addresses keep from one claim to the next."""
    if is_own:
        verb = "of_order" if claim.order_id else "of_subsidy"
        found = [move for move in CLAIM.offered(Side.PROVIDER, claim.state) if current_user.can(move.permission)]
        shown, first = partial(presenter.buttons, CLAIM, blueprint="settlement"), [move for move in found if move.verb == verb]
        again = shown(first, order_id=claim.order_id) if claim.order_id else shown(first, claim_id=claim.id)
        may = may_appeal(claim) and claim.asker.id == current_user.organisation_id
        return again + shown([move for move in found if may and move.verb == "appeal"], claim_id=claim.id)
    unchecked = claim.drawn_by is not None and is_drawn(claim.drawn_by) and claim.spot_checked_by is None
    early = levels.levels_of(claim).is_before_last
    asked = claim.appeal_waits
    unchecked = unchecked and (asked or claim.state is not ClaimState.REFUSED)
    gone = {
        "answer_appeal": not asked or claim.decided_by == current_user.id,
        "spot_check": not unchecked,
        "confirm_account": not new_account,
        "give_opinion": not early,
        "approve": early,
    }
    found = [move for move in CLAIM.offered(Side.OFFICER, claim.state) if may_review and not gone.get(move.verb)]
    return presenter.buttons(CLAIM, found, blueprint="settlement", claim_id=claim.id, **carried)


def may_appeal(claim: Claim) -> bool:
    """Whether its asker can still appeal."""
    return claim.is_cut and claim.appealed_at is None and claim.due_on is not None and not is_over(claim, claim.day_of(clock.now()))


VIEWS: dict[str, tuple[ClaimState, ...]] = {  # of the lists of one's own claims
    "open": (ClaimState.SUBMITTED, ClaimState.APPROVED, ClaimState.BATCHED),
    "returned": (ClaimState.RETURNED,),
    "paid": (ClaimState.SETTLED,),
    "refused": (ClaimState.REFUSED,),
}
_NEXT: dict[ClaimState, str] = {
    ClaimState.SUBMITTED: N_("等待主管部门审核"),
    ClaimState.RETURNED: N_("请补正后重新提交，逾期不予兑付"),
    ClaimState.APPROVED: N_("等待财政部门列入拨付批次"),
    ClaimState.BATCHED: N_("等待银行付款"),
    ClaimState.SETTLED: N_("已付款，请核对到账"),
    ClaimState.REFUSED: N_("已办结，同一依据可以重新申请"),
}


def next_step(claim: Claim) -> str:
    """What comes next for a claim, in words of who asks."""
    if claim.appeal_waits:
        return N_("等待主管部门答复申诉")
    return _NEXT.get(claim.state, "")


def said_of(claim: Claim) -> str:
    """Why it was returned, refused or cut; nothing where it was not."""
    return claim.cut_reason or claim.state_reason


def why_one_more(claim: Claim) -> str:
    """Why one person more looks at a claim than the programme asks for; nothing where nobody does."""
    if claim.few_points is None or claim.few_points_of is None:
        return ""
    facts = {"name": by_id(Organisation, claim.few_points_of).name, "points": claim.few_points, "floor": claim.few_points_floor}
    return _("提交申请时，%(name)s 的信用分为 %(points)s 分，不足 %(floor)s 分，按规定多一级复核。", **facts)


@dataclass(frozen=True, slots=True)
class LevelShown:
    """A level of a review: what was said there, by whom, or that it waits."""

    label: str
    is_turn: bool
    said: ClaimOpinion | None = None
    who: str = ""
    by: date | None = None  # its last day, where it is its turn
    left: int | None = None  # working days until then


def levels_shown(claim: Claim, found: levels.Levels) -> list[LevelShown]:
    """Every level of a claim's review, in the order in which they look."""
    names = identity.names_of([one.reviewer_id for one in found.opinions])
    shown = [LevelShown(one.level_label, False, one, names.get(one.reviewer_id, "")) for one in found.opinions]
    waiting = [LevelShown(level.label, is_turn=False) for level in found.named[len(shown) :]]
    if waiting and found.turn is not None:
        waiting[0] = LevelShown(found.turn.label, is_turn=True, by=claim.level_by, left=level_left(claim))
    return shown + waiting


def note(currency: str, details: dict[str, Any], hidden: Collection[str] = ()) -> str:
    """What a line of a history says besides the deed; `hidden`: what whoever looks is not told."""
    said = [amount(details[name], currency) for name in ("approved_fen", "amount_fen") if details.get(name)]
    named = [name for name in ("reason", "reference", "batch", "old", "new", "opinion", "explained") if name not in hidden]
    said += [str(details[name]) for name in named if details.get(name)]
    return "；".join(said)


def steps(claim: Claim, lines: list[PaymentLine]) -> list[dict[str, Any]]:
    """The progress of a claim: submitted, approved, batched, paid."""
    batch = queries.batches_by_id({lines[0].batch_id}).get(lines[0].batch_id) if lines else None
    paid = next((line for line in lines if line.paid_on is not None), None)
    days = [
        (_("提交申请"), claim.submitted_at and claim.day_of(claim.submitted_at)),
        (_("审核"), claim.decided_on),
        (_("列入拨付批次"), claim.day_of(batch.created_at) if batch and claim.state is not ClaimState.APPROVED else None),
        (_("付款"), paid.paid_on if paid else None),
    ]
    done = {ClaimState.SUBMITTED: 1, ClaimState.RETURNED: 0, ClaimState.APPROVED: 2, ClaimState.BATCHED: 3, ClaimState.SETTLED: 4}
    reached = done.get(claim.state, 1)
    shown = []
    for place, (label, day) in enumerate(days):
        state = "done" if place < reached else "todo"
        if place == reached:
            state = "stopped" if claim.state is ClaimState.REFUSED else "current"
        due = _("截止 %(day)s", day=claim.due_on.isoformat()) if claim.due_on and claim.state.limit else ""
        shown.append({"label": label, "state": state, "at": day.isoformat() if day and place < reached else "", "due": due})
    return shown


def is_recoverable(claim: Claim, lines: list[PaymentLine], cases: list[Recovery]) -> bool:
    """Whether a case of money to be paid back may be opened: something was paid, and no other case of the claim is open."""
    return not claim.round.simulated and any(one.state is LineState.PAID for one in lines) and not any(one.live_claim_id for one in cases)


def correctable(lines: list[PaymentLine]) -> set[UUID]:
    """Lines whose recorded result whoever looks may correct: another person recorded it, and nobody corrected it yet."""
    recorded = {one.id for one in lines if one.recorded_by not in {None, current_user.id}}
    return recorded - bounces.corrected(recorded)


def files_of(documents: list[OrderDocument]) -> dict[UUID, str]:
    """Names of the papers' files, by paper."""
    return {one.id: by_id(StoredFile, one.file_id).name for one in documents}


def split_rows(lines: list[PaymentLine], *, asked: bool = False) -> list[tuple[str, int]]:
    """What some lines draw from each source of money, summed; `asked`: what their batches asked to pay, where less was paid."""
    sums: dict[str, int] = {}
    for line in lines:
        for source, amount_fen in (line.asked_split if asked else line.split).items():
            sums[source] = sums.get(source, 0) + amount_fen
    return [(SOURCES.get(source, source), sums[source]) for source in SOURCES if source in sums]
