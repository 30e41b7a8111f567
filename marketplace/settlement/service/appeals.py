"""An asker that was refused, or got less, asks for a second look; somebody who did not decide answers, and may grant more."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, InsufficientBalance, NotFound, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.policy import terms
from marketplace.settlement import appeal_rules, level_rules, queries, spot_rules
from marketplace.settlement.lifecycle import CLAIM, Side
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import causes
from marketplace.settlement.queries.levels import given_for
from marketplace.settlement.service import explanations, levels, pay_terms, spot_checks
from marketplace.settlement.service.announcing import publish
from marketplace.settlement.service.claims import hold_of, keep_account
from marketplace.settlement.spot_rules import SpotFinding
from marketplace.subsidies import service as subsidies
from marketplace.vouchers.service import spending


def appeal(claim_id: UUID, text: str, *, organisation_id: UUID, actor_id: UUID, now: datetime, request_key: UUID | None = None) -> Claim:
    """Who asked says why a refusal or a cut is wrong, once, in time. Until the answer nothing of it is paid.

    Raises: NotFound: not this organisation's. RuleViolation: nothing was cut, too late, a second time, or nothing said.
    """
    claim = spot_checks.locked_claim(claim_id)
    if claim.asker.id != organisation_id:
        raise NotFound
    act = moves.begun(CLAIM, "appeal", claim, Side.PROVIDER, By(actor_id, now, request_key, {"appeal": text}))
    if act.is_repeat:
        return claim
    appeal_rules.check_may_appeal(
        is_cut=claim.is_cut,
        has_term=claim.due_on is not None,
        is_over=terms.is_over(claim, act.today),
        has_appealed=claim.appealed_at is not None,
        last_day=claim.due_on.isoformat() if claim.due_on else "—",
    )
    claim.appeal = fitting(checked_reason(text, N_("请写明申诉的理由和事实。"), field="appeal"), 1000, field="appeal")
    claim.appealed_at = now
    moves.done(act, appeal=claim.appeal)
    moves.tell_people(act, set(queries.reviewers_of(claim)) - {claim.decided_by}, claim.asker.name)
    return claim


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAnswer:
    """What is said to an appeal."""

    upheld: bool
    answer: str
    approved_fen: Fen | None = None  # what is approved in all, where it is right


def answer_appeal(
    claim_id: UUID, said: ClaimAnswer, *, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Claim:
    """An appeal is answered by somebody who had no part in the decision. Where it is right, more becomes payable at once.

    Raises: Denied: the same person decided, gave an opinion, handed it in, checked it on the spot or belongs to a party. RuleViolation: no
        appeal waits, no reason, drawn and not checked on the spot, a check that lets it not pass, no more than before or more than the
        papers deserve, or the money of the round is used up.
    """
    claim = spot_checks.locked_claim(claim_id)
    act = moves.begun(CLAIM, "answer_appeal", claim, Side.OFFICER, By(actor_id, now, request_key, {"said": said}, shown=shown))
    if act.is_repeat:
        return claim
    if not claim.appeal_waits:
        raise RuleViolation(N_("这件申请没有待答复的申诉。"), code="state")
    appeal_rules.check_answers(actor_id, claim.decided_by)
    level_rules.check_another(actor_id, given_for(claim), claim.number)
    levels.check_reviewer(claim, actor_id)
    claim.appeal_answer = fitting(checked_reason(said.answer, N_("请写明答复意见。"), field="answer"), 500, field="answer")
    claim.appeal_answered_by = actor_id
    terms.clear(claim)
    if said.upheld:
        _grant(act, said.approved_fen or Fen(0))
    pay_terms.begin_pay_term(claim, act.today)
    moves.done(act, upheld=said.upheld, answer=claim.appeal_answer, approved_fen=claim.approved_fen, requested_fen=claim.requested_fen)
    words = N_("申诉成立，核准 %(amount)s 元。%(why)s") if said.upheld else N_("申诉不成立。%(why)s")
    told = {"amount": format_money(claim.approved_fen or 0, claim.currency), "why": claim.appeal_answer}
    moves.tell(act, {claim.asker.id, claim.payee_id}, Sentence(words, told))
    return claim


def _grant(act: Act[Claim], approved_fen: Fen) -> None:
    """So much is approved in all: what is more than before becomes payable."""
    claim, actor_id, before = act.row, act.actor_id, act.row.approved_fen or 0
    assert actor_id is not None, "an officer answers"
    spot_rules.check_checked(claim.drawn_by, claim.spot_checked_by, actor_id)
    if claim.subsidy is not None and not before:
        subsidies.take_again(claim.subsidy, act.today)
    explanations.check_anew(claim, act.today)
    claim.deserved_fen, claim.facts = causes.stands_on(claim)
    most = min(claim.requested_fen, claim.deserved_fen)
    appeal_rules.check_upheld(approved_fen, before, most, claim.currency)
    _pay_more(claim, approved_fen - before, act)
    keep_account(claim)
    claim.considered = claim.considered or (claim.appeal_answer if claim.spot_finding == SpotFinding.BAD else "")
    claim.approved_fen, claim.state_reason = approved_fen, ""
    claim.cut_reason = "" if approved_fen == claim.requested_fen else claim.cut_reason
    moves.entered(act)
    publish(claim, actor_id, act.today)


def _pay_more(claim: Claim, more_fen: int, act: Act[Claim]) -> None:
    """Raises: RuleViolation: what was cut went to others."""
    assert act.actor_id is not None, "an officer answers"
    whose = {"actor_id": act.actor_id, "claim_id": claim.id}
    try:
        if claim.subsidy is None:
            spending.approve_more(hold_of(claim), more_fen, **whose, today=act.today)
        else:
            spending.grant_more(subsidies.grant_of(claim.subsidy), more_fen, **whose, today=act.today)
    except InsufficientBalance as short:
        why = N_("核减的金额已退回并用于其他用途，现有余额不够。请先补足本批次资金，或按余额减少核准金额。")
        raise RuleViolation(why, field="approved", code="used_up") from short
