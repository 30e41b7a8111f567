"""One after the other says what a claim deserves, each another person; the last one's decision is an opinion as well."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.settlement import level_rules, queries, rules, spot_rules
from marketplace.settlement.lifecycle import CLAIM, Side
from marketplace.settlement.models import Claim, ClaimOpinion
from marketplace.settlement.queries import causes, levels
from marketplace.settlement.service import spot_checks
from marketplace.settlement.service.level_terms import begin_level_term


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfClaim:
    """What somebody says at a level."""

    amount_fen: Fen
    opinion: str


def give_opinion(
    claim_id: UUID, said: SaidOfClaim, *, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Claim:
    """Somebody says at a level before the last what the claim deserves, and why.

    Raises: Denied: the same person looked before, handed it in, checked it on the spot, or belongs to a party. RuleViolation: not waiting,
        it is for the last level to decide, no words, or more than the papers deserve or the level before found right.
    """
    content = {"amount_fen": said.amount_fen, "opinion": said.opinion}
    act = moves.begun(
        CLAIM, "give_opinion", spot_checks.locked_claim(claim_id), Side.OFFICER, By(actor_id, now, request_key, content, shown=shown)
    )
    claim = act.row
    if act.is_repeat:
        return claim
    _keep(act, said, decides=False)
    moves.tell_people(act, queries.reviewers_of(claim), said.opinion)
    return claim


def check_reviewer(claim: Claim, actor_id: UUID) -> None:
    """Who looks at a claim has no part in it.

    Raises: Denied: handed it in, signed the agreement that pays for it, checked it on the spot, or belongs to a party.
    """
    rules.check_two_people(claim.submitted_by, actor_id, N_("不能审核自己提交的申请，请由其他人员办理。"))
    rules.check_two_people(claim.signed_by, actor_id, N_("这份合同由您登记，请由其他人员审核它的兑付申请。"))
    spot_rules.check_not_checker(claim.spot_checked_by, actor_id)
    rules.check_no_party(identity.organisation_id_of(actor_id), claim.parties, N_("不能审核本单位参与的申请，请由其他单位的人员办理。"))


def decide_last(act: Act[Claim], approved_fen: int, reason: str) -> None:
    """The approval is the last level's opinion. Nothing where the claim has no levels.

    Raises: Denied: the same person looked before. RuleViolation: a level is missing, or more than the level before found right.
    """
    if levels.named_for(act.row):
        _keep(act, SaidOfClaim(amount_fen=Fen(approved_fen), opinion=reason.strip() or N_("同意核准。")), decides=True)


def _keep(act: Act[Claim], said: SaidOfClaim, *, decides: bool) -> None:
    claim, actor_id, named = act.row, act.actor_id, levels.named_for(act.row)
    assert actor_id is not None and act.now is not None and claim.submitted_at is not None, "somebody handed it in, an officer looks"
    given = levels.given_for(claim)
    level_rules.check_turn(named, len(given), decides=decides)
    level_rules.check_another(actor_id, given, claim.number)
    field = "approved" if decides else "amount"
    level_rules.check_bound(said.amount_fen, given, field=field, currency=claim.currency)
    if not decides:
        check_reviewer(claim, actor_id)
        rules.check_opinion(said.amount_fen, min(claim.requested_fen, causes.deserved_of(claim)), claim.currency)
        checked_reason(said.opinion, N_("请写明审核意见。"), field="opinion")
    row = ClaimOpinion(
        claim_id=claim.id,
        submitted_at=claim.submitted_at,
        level=named[len(given)].value,
        reviewer_id=actor_id,
        amount_fen=said.amount_fen,
        opinion=fitting(said.opinion, 1000, field="opinion"),
        few_points=claim.few_points,
        created_at=act.now,
    )
    db.session.add(row)
    claim.levels_left = max(0, len(named) - len(given) - 2)
    db.session.flush()
    if not decides:
        begin_level_term(claim, act.today)
        moves.done(act, level=row.level, amount_fen=row.amount_fen, reason=row.opinion)
