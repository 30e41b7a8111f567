"""Running the matching over what is published, and whose its matches are. What becomes of a match: `steps` and `contracts`."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.enterprises.models import Enterprise
from marketplace.identity import queries as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation, User
from marketplace.identity.roles import Role
from marketplace.identity.scope import may_act
from marketplace.kernel import jobs
from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.matching import lists, snapshot
from marketplace.matching.items import UNBOUND, Bound, ListedLine
from marketplace.matching.lifecycle import NEEDS
from marketplace.matching.lines import L, NeedLine, SupplyLine, line_of_row
from marketplace.matching.models import Match, MatchRun, MatchSnapshot, Need, NeedsList, Supply, SupplyList
from marketplace.matching.outcome import Answered, Outcome, Proposal, reasons_as_data
from marketplace.matching.rules import BETWEEN_LEADER_AND_SEARCH, Direction, NeedsState, Party, SupplyState
from marketplace.matching.service import learning, market
from marketplace.matching.service.chains import appointments
from marketplace.matching.settings import preferences, written
from marketplace.matching.snapshot import RunDecided, RunInput, fingerprint


def ask_for_run(list_id: UUID, *, key: UUID, actor_id: UUID, side: Party = Party.LEADER) -> jobs.Job:
    """Ask for a run over a published list; the worker does it (matching.jobs). A second click answers the same job.

    Raises: RuleViolation: the list is not published.
    """
    NEEDS.check("run_matching", side, by_id(NeedsList, list_id).state)
    payload = {"list_id": str(list_id), "actor_id": str(actor_id), "run_id": str(key)}
    return jobs.enqueue("matching.run", payload, title=N_("供需匹配"), owner_id=actor_id, dedupe_key=f"matching.run:{key}")


def gather(list_id: UUID, today: date, *, weights: str) -> bytes:
    """What a run decides from: the list's needs, every published supply of a verified firm, what people answered, what contracts and open
    proposals of all runs have taken, the settings of the leader's area.

    Args:
        weights: fingerprint of those that the run ranks by.
    """
    row = by_id(NeedsList, list_id)
    weighs = preferences(row.leader.region_code)
    statement = (
        select(Supply, Organisation, SupplyList.confirmed_at)
        .join(SupplyList, SupplyList.id == Supply.list_id)
        .join(Organisation, Organisation.id == Supply.enterprise_id)
        .where(SupplyList.state == SupplyState.PUBLISHED, Organisation.state == OrganisationState.VERIFIED)
        .order_by(SupplyList.confirmed_at, SupplyList.id, Supply.position)
    )
    found = [(supply, owner, since) for supply, owner, since in db.session.execute(statement)]
    ids = _ids_of([*(code for need in row.needs for code in need.excluded), *(code for line, *_ in found for code in line.excluded)])
    lineages = [need.lineage_id for need in row.needs if need.lineage_id is not None]
    of_needs = market.bound_needs(lineages, today=today, contract_days=weighs.plan.contract_days)
    of_supplies = market.bound_supplies(
        list_id, today=today, reserve_days=weighs.plan.reserve_days, contract_days=weighs.plan.contract_days
    )
    first = market.precedence(weighs.ties.value, [(line.lineage_id or line.id, since) for line, _owner, since in found], list_id, today)
    return snapshot.written(
        RunInput(
            day=today,
            needs=[_need_item(row, need, ids, of_needs.get(need.lineage_id or need.id, UNBOUND)) for need in row.needs],
            supplies=[
                replace(
                    _supply_item(line, owner, today, ids, of_supplies.get(line.lineage_id or line.id, UNBOUND)),
                    precedence=first[line.lineage_id or line.id],
                )
                for line, owner, _since in found
            ],
            answered=_answered(row, [supply for supply, *_ in found], lineages),
            settings=written(row.leader.region_code),
            weights=weights,
        )
    )


def _answered(row: NeedsList, supplies: Sequence[Supply], lineages: Sequence[UUID]) -> Answered:
    """Answers are kept by identity; a run asks by the lines of today."""
    under_way, refused = market.answered(lineages)
    need_of = {need.lineage_id: str(need.id) for need in row.needs}
    supply_of = {line.lineage_id: str(line.id) for line in supplies}
    return Answered(
        precedents=tuple(learning.votes()),
        under_way=frozenset((need_of[need], supply_of[supply]) for need, supply in under_way if supply in supply_of),
        refused={(need_of[need], supply_of[supply]): why for (need, supply), why in refused.items() if supply in supply_of},
    )


def _ids_of(codes: Any) -> dict[str, str]:
    rows = db.session.execute(select(Organisation.uscc, Organisation.id).where(Organisation.uscc.in_(set(codes))))
    return {uscc: str(organisation_id) for uscc, organisation_id in rows}


def _need_item(row: NeedsList, need: Need, excluded: Mapping[str, str], bound: Bound) -> ListedLine:
    line = _by_id(line_of_row(NeedLine, need), excluded)
    return lists.need_item(line, str(need.id), _owner(row.leader), direction=Direction(row.direction), bound=bound)


def _supply_item(supply: Supply, owner: Organisation, today: date, excluded: Mapping[str, str], bound: Bound) -> ListedLine:
    line = _by_id(line_of_row(SupplyLine, supply), excluded)
    return lists.supply_item(line, str(supply.id), _owner(owner), today=today, bound=bound)


def _owner(row: Organisation) -> lists.Owner:
    return lists.Owner(str(row.id), row.region_code, row.group_uscc or row.uscc, row.name, row.sanctioned_until)


def _by_id(line: L, ids: Mapping[str, str]) -> L:
    """Whom a line excludes, named as the rules name them."""
    return replace(line, excluded=tuple(ids.get(code, code) for code in line.excluded))


def store_run(run_id: UUID, list_id: UUID, outcome: Outcome, decided: RunDecided, *, actor_id: UUID) -> MatchRun:
    """Store what a run found. Pairs that were answered keep their match; earlier mere proposals give way to the new ones.

    Raises: RuleViolation: the list was replaced or withdrawn while the run was made.
    """
    known = db.session.get(MatchRun, run_id)
    if known is not None:
        return known
    row = market.held(list_id)
    if row.state is not NeedsState.PUBLISHED:
        raise RuleViolation(N_("清单已被新版替代或撤回，这次匹配的结果没有保存。"))
    market.close_proposals_of(list_id, actor_id=actor_id)
    under_way, refused = market.answered([need.lineage_id for need in row.needs if need.lineage_id is not None])
    answered = under_way | set(refused)  # once more: somebody may have answered while the run was made
    lineage_of = {need.id: need.lineage_id for need in row.needs}
    run = MatchRun(
        id=run_id, number=printed_number("PP"), list_id=list_id, parameters=dict(outcome.versions), code_version=outcome.versions["code"],
        supplies_hash=fingerprint(decided.content), supplies_count=decided.supplies, excluded=_excluded(outcome),
        objective=outcome.plan.objective, bound=outcome.plan.bound, actor_id=actor_id,
        summary=_summary(outcome) | {"ties": decided.ties.value},
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    kept = _kept(run.id, decided)
    db.session.add(kept)
    offered = _offered([UUID(p.supply_id) for p in outcome.proposals])
    for proposal in outcome.proposals:
        firm, identity_ = offered[UUID(proposal.supply_id)]
        if (lineage_of[UUID(proposal.need_id)], identity_) not in answered:
            db.session.add(_match(run, row, proposal, firm))
    db.session.flush()
    audit.record(
        "matching.run", actor_id=actor_id, subject_type="match_run", subject_id=run.id, list=list_id, version=row.version,
        supplies=decided.supplies, supplies_hash=run.supplies_hash, versions=dict(outcome.versions), answer_hash=kept.answer_hash,
    )  # fmt: skip
    return run


def _kept(run_id: UUID, decided: RunDecided) -> MatchSnapshot:
    return MatchSnapshot(
        run_id=run_id,
        build=decided.build,
        content=zlib.compress(decided.content),
        content_hash=fingerprint(decided.content),
        answer=zlib.compress(decided.answer),
        answer_hash=fingerprint(decided.answer),
    )


def _offered(supply_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, UUID | None]]:
    """Whose line stands behind each supply, and its identity."""
    rows = db.session.execute(select(Supply.id, Supply.enterprise_id, Supply.lineage_id).where(Supply.id.in_(supply_ids)))
    return {supply_id: (firm, lineage_id) for supply_id, firm, lineage_id in rows}


def _match(run: MatchRun, row: NeedsList, proposal: Proposal, enterprise_id: UUID) -> Match:
    return Match(
        number=printed_number("DJ"), run_id=run.id, need_id=UUID(proposal.need_id), supply_id=UUID(proposal.supply_id),
        leader_id=row.leader_id, enterprise_id=enterprise_id, score=round(proposal.score, 6), reasons=reasons_as_data(proposal),
        planned=proposal.planned, planned_quantity=proposal.planned_quantity, planned_unit=proposal.planned_unit,
    )  # fmt: skip


def _excluded(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {"need_id": one.need_id, "supply_id": one.supply_id, "closeness": round(one.closeness, 4),
         "obstacles": [{"message": o.message, "params": o.params} for o in one.obstacles]}
        for one in outcome.excluded
    ]  # fmt: skip


def _summary(outcome: Outcome) -> dict[str, Any]:
    unmet = [{"need_id": one.need_id, "quantity": one.quantity, "unit": one.unit, "sentence": one.sentence} for one in outcome.unmet]
    plan = outcome.plan
    return {
        "proposals": len(outcome.proposals), "planned": sum(p.planned for p in outcome.proposals), "unmet": unmet, "gap": plan.gap,
        "model": plan.model.value, "seconds": round(plan.seconds, 4),
    }  # fmt: skip


def broker_of(match: Match) -> UUID:
    """Who brought the two together: the operator of the chain's area, else the bureau whose officer appointed the leader."""
    chain = match.run.needs_list.chain
    if operator := identity.first_with(Role.OPERATOR, chain.area_code):
        return operator
    appointed_by = match.run.needs_list.created_by
    leaders = [row.appointed_by for row in appointments(chain.id) if row.organisation_id == match.leader_id]
    return by_id(User, leaders[0] if leaders else appointed_by).organisation_id


def of_party(match_id: UUID, organisation_id: UUID) -> Match:
    """A match that an organisation is a side of. A firm sees it once it was recommended. Raises: NotFound."""
    match = db.session.get(Match, match_id)
    if match is None or organisation_id not in {match.leader_id, match.enterprise_id}:
        raise NotFound
    if organisation_id == match.enterprise_id and organisation_id != match.leader_id and match.state in BETWEEN_LEADER_AND_SEARCH:
        raise NotFound
    return match


def in_area(match_id: UUID, areas: Sequence[str]) -> Match:
    """A match of an officer's area: of its chain's area or of the firm's. Raises: NotFound."""
    match = db.session.get(Match, match_id)
    if match is None:
        raise NotFound
    firm = by_id(Enterprise, match.enterprise_id).organisation
    chain = match.run.needs_list.chain
    if may_act(areas, firm.region_code, firm.park_code) or may_act(areas, chain.area_code):
        return match
    raise NotFound
