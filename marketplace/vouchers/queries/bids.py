"""Reads of the providers that a round chooses, and of what firms drew on them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.bid_models import BidScore, ProviderBid
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.caps import cap_standings
from marketplace.vouchers.rules import bids as rules
from marketplace.vouchers.rules.limits import LimitAccount, cap_left
from marketplace.vouchers.rules.states import BidState


@dataclass(frozen=True, slots=True)
class AllotmentUse:
    """What firms have drawn on an allotment, open orders with it, and what they still may."""

    used_fen: Fen
    left_fen: Fen


def of_round(round_id: UUID, *, chosen_only: bool = False) -> Select[ProviderBid]:
    """The bids of a round, as they came."""
    mine = [ProviderBid.round_id == round_id]
    if chosen_only:
        mine.append(ProviderBid.state == BidState.CHOSEN)
    return select(ProviderBid).where(*mine).order_by(ProviderBid.submitted_at, ProviderBid.id)


def of_provider(provider_id: UUID) -> Select[ProviderBid]:
    """Those of a provider, the newest first."""
    newest = (ProviderBid.submitted_at.desc(), ProviderBid.id.desc())
    return select(ProviderBid).where(ProviderBid.provider_id == provider_id).order_by(*newest)


def own(bid_id: UUID, provider_id: UUID) -> ProviderBid:
    """One of a provider's own. Raises: NotFound."""
    row = db.session.scalars(select(ProviderBid).where(ProviderBid.id == bid_id, ProviderBid.provider_id == provider_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def in_round(round_id: UUID, provider_id: UUID) -> ProviderBid | None:
    """That of a provider in a round."""
    mine = (ProviderBid.round_id == round_id, ProviderBid.provider_id == provider_id)
    return db.session.scalars(select(ProviderBid).where(*mine)).one_or_none()


def count_in(round_id: UUID, *states: BidState) -> int:
    """How many bids of a round are in some states."""
    mine = (ProviderBid.round_id == round_id, ProviderBid.state.in_(states))
    return db.session.scalar(select(func.count()).select_from(ProviderBid).where(*mine)) or 0


def open_in(round_id: UUID) -> list[ProviderBid]:
    """Those that may be chosen, as they came, read anew."""
    wanted = of_round(round_id).where(ProviderBid.state.in_(rules.OPEN)).execution_options(populate_existing=True)
    return list(db.session.scalars(wanted).unique())


def sheets_of(bid_ids: Collection[UUID]) -> dict[UUID, list[BidScore]]:
    """By bid, what each of several officers gave, the earliest first."""
    found = defaultdict[UUID, list[BidScore]](list)
    wanted = select(BidScore).where(BidScore.bid_id.in_(bid_ids)).order_by(BidScore.created_at, BidScore.id)
    for sheet in db.session.scalars(wanted.execution_options(populate_existing=True)):
        found[sheet.bid_id].append(sheet)
    return found


def scores_of(spec: ProgrammeSpec, rows: Sequence[ProviderBid]) -> dict[UUID, Fraction | int | None]:
    """What each bid of a round came to; None until all who are to score have."""
    if rules.scorers(spec) == 1:
        return {row.id: row.score for row in rows}
    sheets = sheets_of([row.id for row in rows])
    return {row.id: rules.mean(spec, [one.points for one in sheets[row.id]]) for row in rows}


def announced_on(row: Round) -> date | None:
    """The day on which a round was announced; None: it was not."""
    return None if row.draw_committed_at is None else row.day_of(row.draw_committed_at)


def last_day(spec: ProgrammeSpec, row: Round) -> date | None:
    """The last day on which providers ask to be chosen for a round; None: it is not announced."""
    on = announced_on(row)
    return None if on is None else rules.last_day(spec, on)


def drawn_on(rows: Iterable[ProviderBid]) -> dict[UUID, AllotmentUse]:
    """What was drawn on each of these, by its id: of one round, or of one provider over its rounds."""
    found, by_book = dict[UUID, AllotmentUse](), dict[UUID, list[ProviderBid]]()
    for row in rows:
        if row.amount_fen is not None:
            by_book.setdefault(row.book_id, []).append(row)
    for book_id, some in by_book.items():
        known = cap_standings(book_id, [one.allotment_account for one in some])
        for row in some:
            account, standing = _limit(row), known.get(row.allotment_account)
            used = Fen(standing.level_fen - standing.left_fen) if standing and standing.level_fen is not None else Fen(0)
            found[row.id] = AllotmentUse(used, cap_left(account, standing))
    return found


def _limit(row: ProviderBid) -> LimitAccount:
    assert row.amount_fen is not None, "who was chosen has an amount"
    return LimitAccount(row.allotment_account, Fen(row.amount_fen), Sentence(N_("服务机构在本批次的额度")), None)


def chosen_in(round_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Of some rounds, those with the providers that were chosen for them."""
    wanted = select(ProviderBid.round_id, ProviderBid.provider_id)
    wanted = wanted.where(ProviderBid.round_id.in_(round_ids), ProviderBid.state == BidState.CHOSEN)
    return {(round_id, provider_id) for round_id, provider_id in db.session.execute(wanted)}


def allotment_of_order(spec: ProgrammeSpec, round_id: UUID, provider_id: UUID) -> tuple[LimitAccount, ...]:
    """The allotment that an order with a provider draws on; nothing where the programme chooses nobody.

    Raises: RuleViolation: the provider was not chosen for the round.
    """
    if not spec.chooses_providers:
        return ()
    row = in_round(round_id, provider_id)
    if row is None or row.state is not BidState.CHOSEN:
        why = N_("本批次只能向选定的服务机构下单，这家机构不在其中。请在批次页面查看名单。")
        raise RuleViolation(why, field="voucher_id", code="not_chosen")
    return (_limit(row),)
