"""The automatic checks once more at the approval: what lets no claim pass, and a word on each that is not green."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from marketplace.kernel.db import db
from marketplace.kernel.errors import RuleViolation
from marketplace.moves.service import Act
from marketplace.settlement import check_rules, level_rules, spot_rules
from marketplace.settlement.explanation_models import ClaimExplanation
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import causes, explanations
from marketplace.settlement.queries import levels as heard
from marketplace.settlement.rules import Check
from marketplace.settlement.service import levels


def keep_checks(claim: Claim, checks: list[Check]) -> None:
    """What the automatic checks found, and how many of them are not green."""
    claim.checks, claim.open_checks = [one.stored() for one in checks], len(check_rules.not_green(checks))


def check_anew(claim: Claim, today: date) -> list[Check]:
    """What the automatic checks say of a claim that is being granted something. Raises: RuleViolation: one lets it not pass."""
    checks = causes.checks_of(claim, today)
    keep_checks(claim, checks)
    check_rules.check_blocking(checks, explanations.blocking_of(claim))
    return checks


def explain(act: Act[Claim], words: Mapping[str, str]) -> str:
    """Check a claim anew that is being approved, and keep what is said of each check that is not green. All of it in one text.

    Raises: RuleViolation: a check lets the claim not pass, or nothing is said of one that is not green.
    """
    claim = act.row
    assert act.actor_id is not None and act.now is not None and claim.submitted_at is not None, "an officer approves what was handed in"
    checks = check_anew(claim, act.today)
    check_rules.check_explained(checks, words)
    for one in check_rules.not_green(checks):
        db.session.add(
            ClaimExplanation(
                claim_id=claim.id,
                submitted_at=claim.submitted_at,
                check_key=one.key,
                verdict=one.verdict.value,
                found={"message": one.message, "params": dict(one.params)},
                explained_by=act.actor_id,
                words=words[one.key].strip(),
                created_at=act.now,
            )
        )
    return "；".join(f"{one.label}：{words[one.key].strip()}" for one in check_rules.not_green(checks))


def obstacle(claim: Claim, checks: list[Check], actor_id: UUID) -> RuleViolation | None:
    """Why this person cannot approve a claim now, whatever the form says; None: nothing stands in the way."""
    named = heard.named_for(claim)
    given = heard.given_for(claim) if named else []
    try:
        spot_rules.check_checked(claim.drawn_by, claim.spot_checked_by, actor_id)
        level_rules.check_turn(named, len(given), decides=True)
        level_rules.check_another(actor_id, given, claim.number)
        levels.check_reviewer(claim, actor_id)
        check_rules.check_blocking(checks, explanations.blocking_of(claim))
    except RuleViolation as refusal:
        return refusal
    return None
