"""One state for the whole market: which pairs people have answered, and what contracts and open proposals have taken of each line.

Free is what a line offers, less what is contracted, less what is reserved. Contracted: the quantity of contracts that are no older than
the preferences' `contract_days` (else the planned one). Reserved: the planned quantity of a match that is recommended, contacted or under
negotiation; and of a mere proposal of another list as long as their `reserve_days` last. Identity is over versions of a list.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.audit import service as audit
from marketplace.identity.models import Organisation
from marketplace.kernel import draw
from marketplace.kernel.clock import CST
from marketplace.kernel.db import by_id, db, in_turn, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State
from marketplace.matching import lineage
from marketplace.matching.items import UNBOUND, Bound, told_in
from marketplace.matching.models import Match, MatchContract, MatchRun, Need, NeedsList, Supply, SupplyList
from marketplace.matching.rules import ON_THE_WAY, SIGNED, MatchState, NeedsState, Obstacle, Reason, RefusalReason, Room, SupplyState
from marketplace.matching.settings import TieOrder, preferences

ALIVE = (*ON_THE_WAY, *SIGNED)
Identities = tuple[UUID | None, UUID | None]  # of a need and a supply


def line_text(line: Need | Supply) -> lineage.LineText:
    """A stored line as identity sees it."""
    return lineage.LineText(str(line.id), line.line_number, line.product, line.specification, line.unit)


def newest_of_each(lines: Iterable[Need | Supply]) -> tuple[list[lineage.LineText], dict[str, UUID]]:
    """Of lines, newest first, the first of each identity; and the identity by the line's id."""
    known: dict[UUID, Need | Supply] = {}
    for line in lines:
        assert line.lineage_id is not None
        known.setdefault(line.lineage_id, line)
    return [line_text(line) for line in known.values()], {str(line.id): lineage_id for lineage_id, line in known.items()}


def check_joined(resolved: lineage.Resolved) -> None:
    """Raises: RuleViolation: the sender has to say which earlier line is meant."""
    if resolved.asked:
        raise RuleViolation(N_("有 %(count)s 行可能对应上一版的不止一行，请先在清单里选定。"), count=len(resolved.asked))


def check_open(state: State, *changed_in: State) -> None:
    """Raises: RuleViolation: a list is changed in place in these states alone."""
    if state not in changed_in:
        raise RuleViolation(N_("清单现在是“%(now)s”，不能再改；请新建一版。"), now=state.label)


def held(list_id: UUID) -> NeedsList:
    """A needs list under the lock of its leader too: the versions of a title move together. Raises: NotFound."""
    locked(Organisation, by_id(NeedsList, list_id).leader_id)
    return locked(NeedsList, list_id)


def close_proposals(condition: ColumnElement[bool], *, actor_id: UUID | None) -> None:
    """Withdraw proposals that nobody acted on and whose line is gone."""
    closed = db.session.execute(
        update(Match)
        .where(condition, Match.state == MatchState.PROPOSED)
        .values(state=MatchState.WITHDRAWN)
        .execution_options(synchronize_session="fetch")
    )
    count = getattr(closed, "rowcount", 0)
    if count:
        audit.record("matching.proposals_closed", actor_id=actor_id, subject_type="match", subject_id=None, count=count)


def close_proposals_of(list_id: UUID, *, actor_id: UUID | None) -> None:
    """The same of every run of a list."""
    close_proposals(Match.run_id.in_(select(MatchRun.id).where(MatchRun.list_id == list_id)), actor_id=actor_id)


def waiting(match_id: UUID) -> MatchContract | None:
    """The contract of a match that one side registered and the other has not answered."""
    wanted = select(MatchContract).where(
        MatchContract.match_id == match_id, MatchContract.confirmed_at.is_(None), MatchContract.declined_at.is_(None)
    )
    return db.session.scalars(wanted).unique().first()


def answered(lineages: Sequence[UUID]) -> tuple[set[Identities], dict[Identities, Reason]]:
    """Of these needs: pairs of identities under way or contracted, and refused ones with the reason."""
    rows = db.session.execute(
        select(Need.lineage_id, Supply.lineage_id, Match.state, Match.refusal_reason)
        .join_from(Match, Need, Need.id == Match.need_id)
        .join(Supply, Supply.id == Match.supply_id)
        .where(Need.lineage_id.in_(lineages), Match.state.in_((MatchState.REFUSED, *ALIVE)))
        .order_by(Match.updated_at)
    )
    under_way: set[Identities] = set()
    refused: dict[Identities, Reason] = {}
    for need, supply, state, why in rows:
        if state is MatchState.REFUSED:
            params = {"reason": RefusalReason(why).label}
            refused[need, supply] = Reason(Obstacle.REFUSED_BEFORE, N_("此前已登记未达成：%(reason)s。"), params)
        else:
            under_way.add((need, supply))
    return under_way, refused


def bound_needs(lineages: Sequence[UUID], *, today: date, contract_days: int) -> dict[UUID, Bound]:
    """What earlier matches have taken of these needs."""
    return _bound(Need.lineage_id, Need.lineage_id.in_(lineages) & Match.state.in_(ALIVE), today - timedelta(days=contract_days))


def bound_supplies(list_id: UUID, *, today: date, reserve_days: int, contract_days: int) -> dict[UUID, Bound]:
    """What all runs have taken of the supplies; mere proposals of the list itself give way to the new run."""
    since = datetime.combine(today - timedelta(days=reserve_days), time(), CST)
    held = and_(
        Match.state == MatchState.PROPOSED,
        Match.planned,
        Match.created_at >= since,
        Match.run_id.in_(
            select(MatchRun.id)
            .join(NeedsList, NeedsList.id == MatchRun.list_id)
            .where(MatchRun.list_id != list_id, NeedsList.state == NeedsState.PUBLISHED)
        ),
    )
    return _bound(Supply.lineage_id, or_(Match.state.in_(ALIVE), held), today - timedelta(days=contract_days))


def room(match: Match, today: date, *, beside_reserved: bool) -> Room | None:
    """What a match's supply offers as its firm publishes it now, and what all other matches have taken; None: it names no capacity.

    Whoever asks for the same supply comes one after the other until the transaction ends.

    Args:
        beside_reserved: whether what is only planned for others counts, too.
    """
    identity = match.supply.lineage_id or match.supply_id
    in_turn(identity)
    published = select(Supply).join(SupplyList, SupplyList.id == Supply.list_id).where(Supply.lineage_id == identity)
    line = db.session.scalars(published.where(SupplyList.state == SupplyState.PUBLISHED)).first() or match.supply
    if line.capacity is None:
        return None
    others = (Supply.lineage_id == identity) & (Match.id != match.id) & Match.state.in_(ALIVE)
    since = today - timedelta(days=preferences(match.run.needs_list.leader.region_code).plan.contract_days)
    taken = _bound(Supply.lineage_id, others, since).get(identity, UNBOUND)
    reserved = told_in(line.unit, taken.reserved if beside_reserved else ())
    return Room(line.capacity, told_in(line.unit, taken.contracted), reserved, line.unit)


_LOT_BITS = 32


def precedence(order: TieOrder, lines: Sequence[tuple[UUID, datetime | None]], list_id: UUID, today: date) -> dict[UUID, int]:
    """Who comes first among supplies that fit equally well: by the day of publication, by how often they were shown, or by lot.

    The lots follow from the needs list, the day and the supply alone: whoever knows these draws the same.
    """
    if order is TieOrder.PUBLISHED:
        return {line: int(since.timestamp()) if since is not None else 0 for line, since in lines}
    seed = hashlib.sha256(f"{list_id} {today.isoformat()}".encode()).hexdigest()
    lots = {line: draw.ticket(seed, str(line)) >> (256 - _LOT_BITS) for line, _since in lines}
    shown = _times_shown() if order is TieOrder.LEAST_SHOWN else {}
    return {line: (shown.get(line, 0) << _LOT_BITS) + lot for line, lot in lots.items()}


def _times_shown() -> dict[UUID, int]:
    """How often runs have proposed each supply."""
    counted = select(Supply.lineage_id, func.count()).join_from(Match, Supply, Supply.id == Match.supply_id).group_by(Supply.lineage_id)
    return {line: count for line, count in db.session.execute(counted) if line is not None}


def _bound(identity: InstrumentedAttribute[Any], condition: ColumnElement[bool], since: date) -> dict[UUID, Bound]:
    contracted = Match.state.in_(SIGNED)
    agreed = Match.contract_quantity.is_not(None)
    quantity = func.coalesce(Match.contract_quantity, Match.planned_quantity)
    unit = case((agreed, Match.contract_unit), else_=Match.planned_unit).label("bound_unit")
    kind = case((contracted, 1), else_=0).label("bound_kind")
    rows = db.session.execute(
        select(identity, kind, unit, func.sum(quantity), func.count())
        .select_from(Match)
        .join(Need, Need.id == Match.need_id)
        .join(Supply, Supply.id == Match.supply_id)
        .where(condition, identity.is_not(None), or_(~contracted, Match.contracted_on > since))
        .group_by(identity, kind, unit)
    )
    parts: Mapping[tuple[UUID, int], list[tuple[int, str]]] = defaultdict(list)
    partners: dict[tuple[UUID, int], int] = defaultdict(int)
    for line, is_contracted, unit_, total, count in rows:
        partners[line, is_contracted] += count
        if total is not None:
            parts[line, is_contracted].append((int(total), unit_))
    return {
        line: Bound(tuple(parts[line, 1]), tuple(parts[line, 0]), partners[line, 1], partners[line, 0])
        for line in {line for line, _kind in list(partners)}
    }
