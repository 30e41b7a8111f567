"""The draw of a claim at its submission, and what a second officer found on the spot."""

from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.risk import service as risk
from marketplace.risk.rules import Severity, cause_of
from marketplace.risk.service import Signal
from marketplace.settlement import queries, rules, spot_rules
from marketplace.settlement.lifecycle import CLAIM, ClaimState, Side
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import draws, levels
from marketplace.settlement.spot_rules import DrawnBy, SpotFinding
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import spending
from marketplace.vouchers.service.rounds import commit_to_seed


def locked_claim(claim_id: UUID) -> Claim:
    """The claim under lock, what it is for before it: the same order of locks everywhere."""
    claim = by_id(Claim, claim_id)
    locked(type(claim.cause), claim.cause.id)
    return locked(Claim, claim_id)


def draw(claim: Claim, *, now: datetime) -> None:
    """Draw a claim when it is first submitted: claims of a round come one after the other. By for again, it is checked again."""
    if claim.drawn_by is not None:
        claim.spot_checked_by = claim.spot_checked_at = claim.spot_finding = None
        claim.spot_report = ""
        return
    round_ = locked(Round, claim.round_id)
    commit_to_seed(round_, now=now)
    assert round_.draw_seed is not None
    with db.session.no_autoflush:
        before = draws.drawn_so_far(round_.id)
    rule = spending.spec_of(round_.version_id).sample
    why = spot_rules.drawn_by(rule, round_.draw_seed, claim.number, claim.requested_fen, before.drawn)
    claim.drawn_by, claim.draw_place = why, before.entered + 1
    if why is DrawnBy.NONE:
        return
    db.session.flush()
    act = moves.begun(CLAIM, "draw", claim, Side.PLATFORM, By(None, now))
    moves.done(act, why=why.value, place=claim.draw_place)
    moves.tell_people(act, queries.reviewers_of(claim), why.label)


def record_spot_check(claim_id: UUID, *, finding: SpotFinding, report: str, actor_id: UUID, now: datetime) -> Claim:
    """A second officer says what was checked on the spot and found. What is bad is a serious signal: nothing is paid before it is answered.

    Raises:
        RuleViolation: not drawn, not waiting for a decision, too few words.
        Denied: a party to the claim, who handed it in, or who gave an opinion or decided on it.
        Conflict: somebody recorded it before.
    """
    claim = locked_claim(claim_id)
    report = fitting(report, 2000, field="report")
    if (claim.spot_checked_by, claim.spot_finding, claim.spot_report) == (actor_id, finding.value, report):
        return claim
    act = moves.begun(CLAIM, "spot_check", claim, Side.OFFICER, By(actor_id, now))
    if claim.state is ClaimState.REFUSED and not claim.appeal_waits:
        raise RuleViolation(N_("申请已不予兑付，没有待答复的申诉，不再抽查。"), code="state")
    spot_rules.check_report(claim.drawn_by, claim.spot_checked_by, report)
    rules.check_two_people(claim.submitted_by, actor_id, N_("不能抽查自己提交的申请，请由其他人员办理。"))
    given = [(claim.number, one) for one in levels.everybody(claim)]
    rules.check_not_reviewer(actor_id, given, N_("申请 %(number)s 由您审核过，请由另一位工作人员抽查。"))
    rules.check_no_party(identity.organisation_id_of(actor_id), claim.parties, N_("不能抽查本单位参与的申请，请由其他单位的人员办理。"))
    claim.spot_checked_by, claim.spot_checked_at, claim.spot_finding, claim.spot_report = actor_id, now, finding, report
    moves.done(act, finding=finding.value, reason=report)
    if finding is SpotFinding.BAD:
        cause = cause_of(claim.submitted_at)  # what was handed in again is checked again
        found = Signal("spot_check", Severity.SERIOUS, "claim", claim.id, report, {"number": claim.number}, claim.region_code, cause)
        risk.raise_signal(found, now=now)
    moves.tell_people(act, set(queries.reviewers_of(claim)) - {actor_id}, finding.label)
    return claim
