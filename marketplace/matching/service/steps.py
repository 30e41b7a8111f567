"""What becomes of a match, step by step: who acts, in which state, what is written down, and whom it is told."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.matching import rules
from marketplace.matching.following import following
from marketplace.matching.lifecycle import MATCH
from marketplace.matching.models import Match
from marketplace.matching.rules import Party, RefusalReason
from marketplace.matching.service import market
from marketplace.matching.step_models import MatchStep
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.policy import terms
from marketplace.policy.queries import working_calendar


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What is told of a step."""

    happened_on: date | None = None
    amount_fen: int | None = None
    quantity: int | None = None
    unit: str = ""


def opened(verb: str, match_id: UUID, asked: By, *, by: UUID | None = None) -> Act[Match]:
    """Begin a move of a match, under its lock.

    Args:
        by: the organisation that acts; whoever is neither side acts for a bureau.

    Raises: NotFound: not for that party. Conflict, RuleViolation: as moves.begun.
    """
    match = locked(Match, match_id)
    party = {match.enterprise_id: Party.FIRM, match.leader_id: Party.LEADER}.get(by or match.id, Party.BUREAU)
    if party not in MATCH.move(verb).by:
        raise NotFound
    return moves.begun(MATCH, verb, match, party, asked)


def finished(act: Act[Match], *, by: UUID | None = None, told: StepFacts | None = None, said: str = "", **details: object) -> Match:
    """State, its step, trail, and a message to the other side; to both, when a bureau acts."""
    match, told = act.row, told or StepFacts()
    moves.entered(act)
    if act.move.to:
        begin_term(match, act.today)
        told = replace(told, unit=told.unit if told.quantity else "")
        db.session.add(
            MatchStep(match_id=match.id, state=match.state, organisation_id=by, actor_id=act.actor_id, created_at=act.now, **asdict(told))
        )
    moves.done(act, **details)
    title = Sentence(act.move.message, {"need": match.need.product, "supply": match.supply.product, "state": match.state.label})
    sides = {Party.LEADER: match.leader_id, Party.FIRM: match.enterprise_id}
    for side in set(sides.values()) - {sides.get(Party(act.side))}:
        notices.tell(identity.user_ids_of(side), title, said, MATCH.address % match.id)
    return match


def begin_term(match: Match, today: date) -> None:
    """Whoever has the turn is asked to act until a day; where nobody has it, there is none."""
    area = match.run.needs_list.chain.area_code
    days = following(area).working_days(match.state)
    if days is None:
        terms.clear(match)
    else:
        terms.keep_working_days(match, today, days, working_calendar().add_working_days(today, days, area))


def recount(match_id: UUID) -> int:
    """Count a running term again, as the calendar changed. How many days moved: one or none."""
    match = locked(Match, match_id)
    if match.due_start is None:
        return 0
    before = match.due_on
    begin_term(match, match.due_start)
    return int(match.due_on != before)


def recommend(match_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """The leader or the bureau puts the pair before the firm (推荐). Raises: RuleViolation: the two are one firm."""
    act = opened("recommend", match_id, By(actor_id, now), by=by)
    rules.check_two_parties(act.row.leader_id, act.row.enterprise_id)
    return finished(act, by=by)


def see(match_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """The firm has looked at it."""
    return finished(opened("see", match_id, By(actor_id, now), by=by), by=by)


def contact(match_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """One side has got in touch."""
    return finished(opened("contact", match_id, By(actor_id, now), by=by), by=by)


def negotiate(match_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """The two are talking terms."""
    return finished(opened("negotiate", match_id, By(actor_id, now), by=by), by=by)


def sample(match_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """The firm has sent a sample."""
    return finished(opened("sample", match_id, By(actor_id, now), by=by), by=by)


def quote(key: UUID, match_id: UUID, told: StepFacts, *, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """The firm has named its price. Raises: RuleViolation: no amount, or a day that cannot be."""
    return _told("quote", key, match_id, told, By(actor_id, now), by)


def deliver(key: UUID, match_id: UUID, told: StepFacts, *, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """What was contracted has come. Raises: RuleViolation: no amount, or a day that cannot be."""
    return _told("deliver", key, match_id, told, By(actor_id, now), by)


def _told(verb: str, key: UUID, match_id: UUID, told: StepFacts, asked: By, by: UUID) -> Match:
    act = opened(verb, match_id, By(asked.actor_id, asked.now, key, {"told": told}), by=by)
    if act.is_repeat:
        return act.row
    assert told.happened_on is not None, "the form asks for it"
    since = act.row.contracted_on or civil_date(act.row.created_at)
    rules.check_told(told.happened_on, told.amount_fen, since=since, today=act.today)
    return finished(act, by=by, told=told, amount_fen=told.amount_fen, happened_on=told.happened_on)


def refuse(match_id: UUID, *, reason: RefusalReason | None, note: str, actor_id: UUID, by: UUID, now: datetime) -> Match:
    """It came to nothing, and why. Raises: RuleViolation: no reason given."""
    act = opened("refuse", match_id, By(actor_id, now), by=by)
    rules.check_refusal(reason, note, following(act.row.run.needs_list.chain.area_code).refusals.in_words)
    assert reason is not None
    if market.waiting(match_id) is not None:
        raise RuleViolation(N_("有一份签约等待确认，请先确认或退回它。"))
    act.row.refusal_reason, act.row.note = reason.value, note.strip()
    return finished(act, by=by, reason=reason, note=note.strip())
