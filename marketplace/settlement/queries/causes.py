"""What a claim is for, an order or a firm's application without one: its checks and what it deserves; and those of a firm."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.kernel.db import found_by
from marketplace.kernel.money import Fen
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import deserved_fen, facts_of
from marketplace.settlement.rules import Check, SubsidyFacts, run_checks, subsidy_checks
from marketplace.subsidies.models import Subsidy
from marketplace.subsidies.queries import deserved_fen as deserved_by_evidence
from marketplace.subsidies.rules import award_deserved_on, grounds_of
from marketplace.vouchers.queries import facts
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.facts import FirmFacts
from marketplace.vouchers.rules.kept_facts import Kept, kept_firm


def deserved_of(claim: Claim) -> Fen:
    """What a claim deserves, reckoned again: by the papers of its order, or what was worked out for its application."""
    return stands_on(claim)[0]


def stands_on(claim: Claim) -> tuple[Fen, Kept | None]:
    """What a claim deserves, and what the register said of its firm where that decided: nothing else keeps it."""
    if claim.order is not None:
        return deserved_fen(claim.order, Fen(claim.requested_fen)), None
    assert claim.subsidy is not None, "a constraint of the database"
    asked = Fen(claim.requested_fen)
    if claim.subsidy.evidence:
        return deserved_by_evidence(claim.subsidy, asked), None
    firm, spec = _firm_then(claim), spec_of(claim.subsidy.version_id)
    return award_deserved_on(spec, firm, _title_of(claim.subsidy), asked), {"firm": kept_firm(firm)}


def _title_of(subsidy: Subsidy) -> tuple[str, str]:
    return subsidy.title_kind, subsidy.number_key or ""


def checks_of(claim: Claim, today: date) -> list[Check]:
    """Every automatic check of a claim."""
    if claim.order is not None:
        return run_checks(facts_of(claim.order, Fen(claim.requested_fen), today))
    assert claim.subsidy is not None, "a constraint of the database"
    return subsidy_checks(_subsidy_facts(claim, today))


def _subsidy_facts(claim: Claim, today: date) -> SubsidyFacts:
    subsidy = claim.subsidy
    assert subsidy is not None, "a constraint of the database"
    firm, spec = _firm_then(claim), spec_of(subsidy.version_id)
    grounds = grounds_of(spec, firm) if spec.on_titles else ()
    by_evidence = deserved_by_evidence(subsidy, Fen(claim.requested_fen)) if subsidy.evidence else None
    barred = subsidy.enterprise.organisation.sanctioned_until
    return SubsidyFacts(
        title=f"{subsidy.title_label} {subsidy.title_number}",
        title_holds=_title_of(subsidy) in {(one.kind, one.number_key) for one in grounds},
        requested_fen=claim.requested_fen,
        deserved_fen=by_evidence,
        sanctioned=barred is not None and barred >= today,
        currency=subsidy.currency,
    )


def _firm_then(claim: Claim) -> FirmFacts:
    """What was good when it was applied for, as the register has it now."""
    assert claim.subsidy is not None, "an application without an order"
    return facts.facts_of(claim.subsidy.enterprise_id, claim.day_of(claim.subsidy.created_at))


def of_enterprise(enterprise_id: UUID, states: Sequence[ClaimState] = ()) -> Select[Claim]:
    """What a firm asked for without an order, newest first."""
    wanted = select(Claim).where(Claim.enterprise_id == enterprise_id, Claim.subsidy_id.is_not(None))
    if states:
        wanted = wanted.where(Claim.state.in_(states))
    return wanted.order_by(Claim.submitted_at.desc(), Claim.id.desc())


def own_subsidy(claim_id: UUID, enterprise_id: UUID) -> Claim:
    """One of those of a firm. Raises: NotFound."""
    return found_by(of_enterprise(enterprise_id).where(Claim.id == claim_id))


def firm_to_mend(enterprise_id: UUID) -> Select[Claim]:
    """Those of a firm that were sent back."""
    return of_enterprise(enterprise_id, (ClaimState.RETURNED,))
