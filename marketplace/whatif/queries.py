"""The past of a programme as the replay reads it: in pieces, each of a few statements, never a statement per row."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select

from marketplace.audit.models import AuditEvent
from marketplace.catalogue.models import Offering
from marketplace.identity import regions
from marketplace.kernel.db import by_id, db, found_by
from marketplace.kernel.errors import NotFound
from marketplace.kernel.jobs import Job
from marketplace.kernel.money import Fen
from marketplace.kernel.pieces import pieces
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderDispute
from marketplace.orders.queries.past_papers import papers_at, papers_of
from marketplace.policy.programme_file import thaw
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.settlement.models import Claim
from marketplace.vouchers import chart
from marketplace.vouchers.instruments import SETTING_ASIDE
from marketplace.vouchers.models import Application, Programme, Round, Voucher
from marketplace.vouchers.queries.facts import facts_on
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.facts import Eligibility
from marketplace.vouchers.rules.sales import OFFERING_CAP
from marketplace.vouchers.rules.states import ApplicationState
from marketplace.whatif.rules import standing
from marketplace.whatif.rules.past import Decided, IssuedVoucher, PastOrder, PoolMove, RisenVoucher
from marketplace.whatif.rules.replay import Event
from marketplace.whatif.rules.standing import ChangedRules, StandingNow

KIND = "whatif.replay"
MOST_LISTED = 20
REQUESTED = "企业申请使用的金额"  # the line of a calculation that says what the firm wanted, as orders keep it
_USES = ("order", "claim", "subsidy", "agreement")  # what uses a round's money, or sets it aside for that: the replay does it


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: which rounds under which rules, and what of it is counted."""

    programme_id: UUID
    round_ids: tuple[UUID, ...]
    rules: str  # as a version is stored
    named: str  # what those rules are called
    year: int | None = None
    category: str = ""
    region: str = ""
    class_key: str = ""

    def spec(self) -> ProgrammeSpec:
        """The changed rules."""
        return thaw(self.rules)

    def counts(self, round_id: UUID, on: date, category: str, region: str) -> bool:
        """Whether an order is among those that are counted. Its class is looked at where it is known."""
        return (
            round_id in self.round_ids
            and self.year in {None, on.year}
            and self.category in {"", category}
            and (not self.region or regions.covers(self.region, region))
        )


@dataclass(frozen=True, slots=True)
class _Rise:
    """A quota grew, as the trail tells it."""

    at: datetime
    before: str
    now: str
    more_fen: int


class Past:
    """The past of the rounds of one kind, real or simulated, of one programme: chosen ones under the changed rules, others under theirs."""

    def __init__(self, question: Question) -> None:
        self.question, self.changed = question, question.spec()
        programme = db.session.get(Programme, question.programme_id)
        assert programme is not None, "who asked was shown it"
        rows = db.session.scalars(
            select(Round).where(Round.programme_id == programme.id).execution_options(populate_existing=True)
        ).unique()
        rounds = list(rows)
        simulated = any(one.simulated for one in rounds if one.id in question.round_ids)
        self.book_id, self.simulated = programme.book_id, simulated
        self.rounds = {one.id: one.version_id for one in rounds if one.simulated is simulated}
        self._lifts = self._risen()

    def own(self, version_id: UUID) -> ProgrammeSpec:
        """The rules of a version; the changed ones themselves where they say the same."""
        spec = spec_of(version_id)
        return self.changed if spec.canonical == self.changed.canonical else spec

    def number(self) -> int:
        """How many orders there are to go through."""
        return db.session.scalar(select(func.count()).select_from(Order).where(*self._mine(Order))) or 0

    def events(self) -> Iterator[Event]:
        """Everything, in the order of time; of one moment, vouchers and money come before orders."""
        streams: tuple[Iterable[Event], ...] = (self._vouchers(), self._rises(), self._moves(), self._orders())
        yield from merge(*streams, key=lambda one: one.at)

    def _mine(self, model: Any) -> tuple[Any, ...]:
        return (model.programme_id == self.question.programme_id, model.round_id.in_(self.rounds))

    def _vouchers(self) -> Iterator[IssuedVoucher]:
        known = (Voucher.created_at, Voucher.face_fen, Voucher.class_key, Voucher.above_soft, Voucher.portions)
        wanted = select(Voucher.id, Voucher.enterprise_id, Voucher.round_id, *known).where(*self._mine(Voucher))
        for rows in pieces(db.session, wanted, Voucher.created_at, Voucher.id):
            facts = self._facts(rows)
            for row in rows:
                yield self._voucher(row, facts)

    def _facts(self, rows: Sequence[Row[Any]]) -> dict[tuple[UUID, date], Any]:
        asked = [
            (row.enterprise_id, self.changed.day_of(row.created_at))
            for row in rows
            if row.round_id in self.question.round_ids and standing.asks_facts(self._change(row.round_id))
        ]
        return facts_on(asked, self.changed, simulated=self.simulated)

    def _change(self, round_id: UUID) -> ChangedRules:
        own = self.own(self.rounds[round_id])
        return ChangedRules(own, self.changed if round_id in self.question.round_ids else own)

    def _voucher(self, row: Row[Any], facts: dict[tuple[UUID, date], Any]) -> IssuedVoucher:
        change, on, lifts = self._change(row.round_id), self.changed.day_of(row.created_at), self._lifts.get(row.id, [])
        granted = Fen(row.face_fen - sum(one.more_fen for one in lifts))
        class_key = lifts[0].before if lifts else row.class_key
        found = standing.standing(change, class_key, facts.get((row.enterprise_id, on)))
        after = found.class_key
        return IssuedVoucher(
            id=row.id,
            enterprise_id=row.enterprise_id,
            round_id=row.round_id,
            at=row.created_at,
            on=on,
            granted_fen=granted,
            class_key=class_key,
            own=change.old,
            rules=change.new,
            class_after=after,
            is_unsure=found.is_unsure,
            granted_after=standing.granted_fen(change, granted, before=class_key, after=after) if after else Fen(0),
            simulated=self.simulated,
            above_soft=bool(row.above_soft),
            portions=row.portions,
        )

    def _risen(self) -> dict[UUID, list[_Rise]]:
        """Quotas that grew with the class of their firm, by voucher."""
        wanted = select(AuditEvent.at, AuditEvent.subject_id, AuditEvent.details).where(
            AuditEvent.action == "voucher.lifted", AuditEvent.book_id == self.book_id
        )
        found: dict[UUID, list[_Rise]] = defaultdict(list)
        for at, voucher_id, details in db.session.execute(wanted.order_by(AuditEvent.at, AuditEvent.id)):
            assert voucher_id is not None, "the event names its voucher"
            told = json.loads(details)
            found[voucher_id].append(_Rise(at, told["before"], told["now"], told["more_fen"]))
        return found

    def _rises(self) -> Iterator[RisenVoucher]:
        wanted = select(Voucher.id, Voucher.enterprise_id, Voucher.round_id, Voucher.face_fen).where(Voucher.id.in_(self._lifts))
        rows = {row.id: row for row in db.session.execute(wanted.where(*self._mine(Voucher)))} if self._lifts else {}
        steps = [(row, one) for key, row in rows.items() for one in self._lifts[key]]
        facts = facts_on([(row.enterprise_id, self.changed.day_of(one.at)) for row, one in steps], self.changed, simulated=self.simulated)
        left = {key: sum(one.more_fen for one in self._lifts[key]) for key in rows}
        for row, one in sorted(steps, key=lambda step: step[1].at):
            left[row.id] -= one.more_fen
            change, granted = self._change(row.round_id), Fen(row.face_fen - left[row.id])
            known = facts.get((row.enterprise_id, self.changed.day_of(one.at))) if standing.asks_facts(change) else None
            after = standing.standing(change, one.now, known).class_key
            amount = standing.granted_fen(change, granted, before=one.now, after=after) if after else Fen(0)
            yield RisenVoucher(row.id, one.at, one.now, after, amount)

    def _moves(self) -> list[PoolMove]:
        """Money of rounds that moved without an order: what a face value took along is the voucher's, not the round's."""
        return [move for verb, move in self._pool_moves() if not (_of_voucher(verb) and self._sets_aside(move.round_id))]

    def _pool_moves(self) -> list[tuple[str, PoolMove]]:
        """The same with the word for what happened."""
        codes = {chart.POOL.of(round_id): round_id for round_id in self.rounds}
        wanted = select(Account.id, Account.code).where(Account.book_id == self.book_id, Account.code.in_(codes))
        pools = {row.id: codes[row.code] for row in db.session.execute(wanted)}
        rows = db.session.execute(
            select(Entry.recorded_at, Entry.verb, Transfer.debit_account_id, Transfer.credit_account_id, Transfer.amount_fen)
            .join(Transfer, and_(Transfer.book_id == Entry.book_id, Transfer.entry_id == Entry.id))
            .where(
                Entry.book_id == self.book_id,
                Entry.subject_type.not_in(_USES),
                or_(Transfer.debit_account_id.in_(pools), Transfer.credit_account_id.in_(pools)),
            )
            .order_by(Entry.recorded_at, Entry.id)
        )
        return [
            (verb, PoolMove(pools[account], at, sign * fen))
            for at, verb, debit, credit, fen in rows
            for account, sign in ((debit, -1), (credit, 1))
            if account in pools
        ]

    def _sets_aside(self, round_id: UUID) -> bool:
        return self.own(self.rounds[round_id]).instrument.value in SETTING_ASIDE

    def _orders(self) -> Iterator[PastOrder]:
        for rows in pieces(db.session, self._order_rows(), Order.placed_at, Order.id):
            papers = papers_of(db.session, [row.id for row in rows])
            for row in rows:
                yield self._order(row, papers.get(row.id, ()))

    def _order_rows(self) -> Any:
        return (
            select(
                Order.id,
                Order.number,
                Order.enterprise_id,
                Order.provider_id,
                Order.voucher_id,
                Order.round_id,
                Order.version_id,
                Order.category,
                Order.region_code,
                Order.placed_at,
                Order.price_fen,
                Order.in_kind_fen,
                Order.facts,
                Order.fee_kind,
                Offering.voucher_cap_fen,
                Order.contract_fen,
                Order.subsidy_fen,
                Order.preview,
                Order.state,
                Order.contracted_at,
                Order.redeemed_at,
                Order.closed_at,
                Claim.decided_at,
                Claim.requested_fen,
                Claim.approved_fen,
                Claim.deserved_fen,
                Claim.id.label("claim_id"),
                OrderDispute.amount_fen.label("disputed_fen"),
            )
            .join(Offering, Offering.id == Order.offering_id)
            .outerjoin(Claim, Claim.order_id == Order.id)
            .outerjoin(OrderDispute, OrderDispute.order_id == Order.id)
            .where(*self._mine(Order))
        )

    def _order(self, row: Row[Any], papers: Sequence[Row[Any]]) -> PastOrder:
        chosen, own = row.round_id in self.question.round_ids, self.own(row.version_id)
        on, steps = self.changed.day_of(row.placed_at), row.preview.get("steps", ())
        told = {step["message"]: step["amount_fen"] for step in steps}
        is_forfeited = row.state is OrderState.REDEEMED and row.claim_id is None and row.closed_at is not None
        return PastOrder(
            id=row.id,
            number=row.number,
            enterprise_id=row.enterprise_id,
            provider_id=row.provider_id,
            voucher_id=row.voucher_id,
            round_id=row.round_id,
            category=row.category,
            region_code=row.region_code,
            at=row.placed_at,
            on=on,
            price_fen=row.price_fen,
            in_kind_fen=row.in_kind_fen,
            shared_fen=tuple((row.facts or {}).get("shared_fen", ())),
            fee_kind=row.fee_kind,
            voucher_cap_fen=told.get(OFFERING_CAP, row.voucher_cap_fen),
            contract_fen=row.contract_fen,
            requested_fen=told.get(REQUESTED),
            reserved_fen=steps[-1]["subsidy_fen"] if steps else row.subsidy_fen,
            counted_fen=_counted(row, is_forfeited),
            rules=self.changed if chosen else own,
            own=own,
            is_counted=self.question.counts(row.round_id, on, row.category, row.region_code),
            contracted_at=row.contracted_at,
            redeemed_at=row.redeemed_at,
            papers=papers_at(papers, row.redeemed_at),
            disputed_fen=row.disputed_fen or None,
            decided=_decided(row, papers),
            ended_at=row.closed_at if is_forfeited or row.state.has_ended else None,
        )

    def refused(self) -> Iterator[tuple[UUID, str, ChangedRules, StandingNow | None]]:
        """Firms that applied in the chosen rounds and got no voucher: its area, and what it would be now."""
        have = select(Voucher.id).where(Voucher.round_id == Application.round_id, Voucher.enterprise_id == Application.enterprise_id)
        wanted = select(
            Application.id, Application.enterprise_id, Application.round_id, Application.checks, Application.submitted_at, Application.state
        ).where(Application.round_id.in_(self.question.round_ids), Application.state != ApplicationState.WITHDRAWN, ~have.exists())
        for rows in pieces(db.session, wanted, Application.submitted_at, Application.id):
            days = {row.id: self.changed.day_of(row.submitted_at) for row in rows}
            facts = facts_on([(row.enterprise_id, days[row.id]) for row in rows], self.changed, simulated=self.simulated)
            for row in rows:
                change, known = self._change(row.round_id), facts[row.enterprise_id, days[row.id]]
                checks = {one["rule"]: Eligibility(one["verdict"]) for one in row.checks if "rule" in one}
                yield row.enterprise_id, known.region_code or "", change, standing.passes_now(change, checks, known)

    def budget_fen(self) -> int:
        """What the chosen rounds have: what came, less what went back to the treasury."""
        return sum(move.fen for verb, move in self._pool_moves() if move.round_id in self.question.round_ids and not _of_voucher(verb))

    def labels(self) -> dict[str, str]:
        """What the classes of all these rules are called, the changed rules last."""
        specs = [*(self.own(version_id) for version_id in self.rounds.values()), self.changed]
        return {one.name: one.label for spec in specs for one in spec.classes}


def of_owner(user_id: UUID, programme_id: UUID) -> list[Job]:
    """The last replays that somebody asked for in a programme, newest first."""
    mine = select(Job).where(Job.owner_id == user_id, Job.kind == KIND, Job.payload["programme_id"].as_string() == str(programme_id))
    return list(db.session.scalars(mine.order_by(Job.id.desc()).limit(MOST_LISTED)))


def replay_job(job_id: UUID) -> Job:
    """Raises: NotFound: no such job, or one of another kind."""
    job = by_id(Job, job_id)
    if job.kind != KIND:
        raise NotFound
    return job


def job_of_key(key: UUID) -> Job:
    """What a form with this key asked for. Raises: NotFound."""
    return found_by(select(Job).where(Job.dedupe_key == f"{KIND}:{key}"))


def regions_of(programme_id: UUID) -> list[str]:
    """Where the firms were that ordered in a programme."""
    return sorted(db.session.scalars(select(Order.region_code).where(Order.programme_id == programme_id).distinct()))


def _of_voucher(verb: str) -> bool:
    return verb.startswith("voucher.")


def _counted(row: Row[Any], is_forfeited: bool) -> Fen:
    if row.state.has_ended or is_forfeited:
        return Fen(0)
    return Fen(row.subsidy_fen if row.approved_fen is None else row.approved_fen)


def _decided(row: Row[Any], papers: Sequence[Row[Any]]) -> Decided | None:
    if row.decided_at is None or row.approved_fen is None:
        return None
    return Decided(
        at=row.decided_at,
        requested_fen=row.requested_fen,
        approved_fen=row.approved_fen,
        deserved_fen=row.deserved_fen,
        papers=papers_at(papers, row.decided_at),
    )
