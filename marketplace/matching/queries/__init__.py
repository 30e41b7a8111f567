"""Reads of runs and matches for pages and exports."""

import zlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, or_, select

from marketplace.identity import scope
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, named
from marketplace.kernel.db import by_id, db, like
from marketplace.kernel.errors import NotFound
from marketplace.kernel.jobs import Job, JobState
from marketplace.matching.models import Chain, Match, MatchContract, MatchRun, MatchSnapshot, Need, NeedsList, Supply, SupplyList
from marketplace.matching.rules import (
    BETWEEN_LEADER_AND_SEARCH,
    HAS_CONTRACT,
    ON_THE_WAY,
    SIGNED,
    UNDER_WAY,
    MatchState,
    NeedsState,
    Party,
    SupplyState,
)
from marketplace.matching.snapshot import fingerprint
from marketplace.matching.step_models import MatchStep
from marketplace.policy.terms import Changed, TermKind


def has_run(run_id: UUID) -> bool:
    """Whether a run was stored already."""
    return db.session.get(MatchRun, run_id) is not None


def lines_of(list_id: UUID) -> Select[Supply]:
    """What a firm's list says, line by line."""
    return select(Supply).where(Supply.list_id == list_id).order_by(Supply.position, Supply.id)


def list_in_area(list_id: UUID, areas: Sequence[str]) -> NeedsList:
    """A list that is or was published, of a chain that touches one of the areas. Raises: NotFound."""
    row = db.session.get(NeedsList, list_id)
    if row is None or row.state is NeedsState.DRAFT or not touches(row.chain, areas):
        raise NotFound
    return row


def touches(chain: Chain, areas: Sequence[str]) -> bool:
    """Whether a chain's area lies in, or above, one of the areas."""
    return scope.may_see(areas, chain.area_code)


def runs_of(list_id: UUID) -> list[MatchRun]:
    """A list's runs, newest first."""
    return list(db.session.scalars(select(MatchRun).where(MatchRun.list_id == list_id).order_by(MatchRun.created_at.desc())).unique())


def run(run_id: UUID) -> MatchRun:
    """Raises: NotFound."""
    return by_id(MatchRun, run_id)


def run_by_name(name: str) -> MatchRun | None:
    """A run by its number or its id."""
    try:
        return db.session.get(MatchRun, UUID(name))
    except ValueError:
        return db.session.scalars(select(MatchRun).where(MatchRun.number == name)).unique().one_or_none()


def snapshot_of(run_id: UUID) -> MatchSnapshot | None:
    """What a run decided from; runs of before such things were kept have none."""
    return db.session.scalars(select(MatchSnapshot).where(MatchSnapshot.run_id == run_id)).one_or_none()


def opened(kept: MatchSnapshot) -> tuple[bytes, bytes]:
    """A snapshot's content and answer. Raises: ValueError: they are not what their hashes say."""
    try:
        content, answer = zlib.decompress(kept.content), zlib.decompress(kept.answer)
    except zlib.error:
        raise ValueError("a snapshot that cannot be read") from None
    if (fingerprint(content), fingerprint(answer)) != (kept.content_hash, kept.answer_hash):
        raise ValueError("a snapshot that its hashes do not fit")
    return content, answer


def of_run(run_id: UUID) -> Select[Match]:
    """What a run proposed: by need in the list's order, best first."""
    wanted = select(Match).join(Need, Need.id == Match.need_id).where(Match.run_id == run_id)
    return wanted.order_by(Need.position, Match.planned.desc(), Match.score.desc())


def matches_of_run(run_id: UUID) -> list[Match]:
    """The same, read."""
    return list(db.session.scalars(of_run(run_id)).unique())


def job_of_run(run_id: UUID, list_id: UUID) -> UUID | None:
    """The job that makes a run of a list, if it was asked for."""
    job = db.session.scalars(select(Job).where(Job.dedupe_key == f"matching.run:{run_id}")).one_or_none()
    return job.id if job is not None and job.payload.get("list_id") == str(list_id) else None


def running_job(list_id: UUID) -> Job | None:
    """A run of a list that is not finished yet."""
    waiting = select(Job).where(Job.kind == "matching.run", Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    return next((job for job in db.session.scalars(waiting) if job.payload.get("list_id") == str(list_id)), None)


def of_party(organisation_id: UUID, *, state: str = "", planned: bool = False) -> Select[Match]:
    """Matches that an organisation is a side of; a firm sees those that were recommended to it."""
    as_firm = (Match.enterprise_id == organisation_id) & (Match.state.not_in(BETWEEN_LEADER_AND_SEARCH))
    wanted = select(Match).where(or_(Match.leader_id == organisation_id, as_firm))
    return _narrowed(wanted, state, planned)


def in_area(areas: Sequence[str], *, state: str = "", planned: bool = False, text: str = "") -> Select[Match]:
    """Matches of firms in the areas, with what was asked for."""
    wanted = select(Match).join(Organisation, Organisation.id == Match.enterprise_id).where(in_areas(areas))
    if text:
        wanted = wanted.join(Need, Need.id == Match.need_id).join(Supply, Supply.id == Match.supply_id)
        wanted = wanted.where(or_(like(Need.product, text), like(Supply.product, text), named(text), Match.number == text))
    return _narrowed(wanted, state, planned)


_SEVERAL = {UNDER_WAY: ON_THE_WAY, HAS_CONTRACT: SIGNED}  # states of a list, by its name


def _narrowed(wanted: Select[Match], state: str, planned: bool) -> Select[Match]:
    if state in _SEVERAL:
        wanted = wanted.where(Match.state.in_(_SEVERAL[state]))
    elif state in {one.value for one in MatchState}:
        wanted = wanted.where(Match.state == MatchState(state))
    if planned:
        wanted = wanted.where(Match.planned.is_(True))
    return wanted.order_by(Match.updated_at.desc(), Match.id.desc())


def steps_of(match_id: UUID) -> list[MatchStep]:
    """What the two sides did, in order."""
    return list(db.session.scalars(select(MatchStep).where(MatchStep.match_id == match_id).order_by(MatchStep.created_at, MatchStep.id)))


def running_over(changed: Changed) -> Sequence[UUID]:
    """Matches whose term runs over days that the calendar changed."""
    return db.session.scalars(select(Match.id).where(Match.due_kind == TermKind.WORKING, changed.touches(Match))).all()


def products_of(supply_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Product and firm of supplies, for the pairs that hard rules removed."""
    rows = db.session.execute(
        select(Supply.id, Supply.product, Organisation.name)
        .join(Organisation, Organisation.id == Supply.enterprise_id)
        .where(Supply.id.in_(supply_ids))
    )
    return {supply_id: (product, name) for supply_id, product, name in rows}


def supplies_named(text: str, most: int = 500) -> set[str]:
    """Supplies that somebody means by a firm's credit code or name, or by a product; the newest lines of many."""
    wanted = select(Supply.id).join(Organisation, Organisation.id == Supply.enterprise_id)
    wanted = wanted.where(or_(Organisation.uscc == text.upper(), named(text), like(Supply.product, text)))
    return {str(key) for key in db.session.scalars(wanted.order_by(Supply.id.desc()).limit(most))}


def unconfirmed(match_ids: Sequence[UUID]) -> set[UUID]:
    """Of these matches, those with a contract that one side registered and the other has not answered."""
    wanted = select(MatchContract.match_id).where(
        MatchContract.match_id.in_(match_ids), MatchContract.confirmed_at.is_(None), MatchContract.declined_at.is_(None)
    )
    return set(db.session.scalars(wanted))


def contracts_to_confirm(organisation_id: UUID, *, as_leader: bool) -> Select[MatchContract]:
    """Contracts that the other side registered and that wait for this one's word, oldest first."""
    side = Match.leader_id if as_leader else Match.enterprise_id
    return (
        select(MatchContract)
        .join(Match, Match.id == MatchContract.match_id)
        .where(side == organisation_id, MatchContract.registered_by != organisation_id)
        .where(MatchContract.confirmed_at.is_(None), MatchContract.declined_at.is_(None))
        .order_by(MatchContract.registered_at)
    )


def to_answer(organisation_id: UUID, *, as_leader: bool) -> Select[Match]:
    """Matches of which it is this side's turn, the longest untouched first."""
    side = Match.leader_id if as_leader else Match.enterprise_id
    states = [state for state in MatchState if state.waits_for == (Party.LEADER if as_leader else Party.FIRM)]
    return select(Match).where(side == organisation_id, Match.state.in_(states)).order_by(Match.updated_at, Match.id)


def supplies_to_confirm(enterprise_id: UUID) -> Select[SupplyList]:
    """What a bureau wrote down for a firm and the firm has not confirmed."""
    return select(SupplyList).where(SupplyList.enterprise_id == enterprise_id, SupplyList.state == SupplyState.SUBMITTED)
