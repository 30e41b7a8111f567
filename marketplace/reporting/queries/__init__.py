"""Spending by programme, source, region, category, provider; public figures. Every figure comes from ledger rows or counts of rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Offering, Provider
from marketplace.catalogue.queries.browsing import ON_SHELF
from marketplace.enterprises.models import Enterprise
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.identity.scope import may_act
from marketplace.kernel.db import db
from marketplace.kernel.money import CNY
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Account, Book, Entry
from marketplace.ledger.rules import AccountKind, Standing
from marketplace.publicity.models import PublicNotice, PublicNoticeState
from marketplace.records.models import ServiceRecord
from marketplace.records.queries import is_current
from marketplace.reporting.queries import moving, reruns, spent
from marketplace.reporting.queries.moving import Moved
from marketplace.reporting.queries.spent import Sum
from marketplace.settlement.queries import sources
from marketplace.vouchers.models import Appropriation, Programme, Round
from marketplace.vouchers.queries.programmes import rounds_in
from marketplace.vouchers.queries.reruns import is_real, is_real_programme
from marketplace.vouchers.rules.states import RoundState


@dataclass(frozen=True, slots=True)
class ProgrammeSpending:
    """Where the money of a programme stands."""

    programme: Programme
    standing: Standing


def programmes(areas: Sequence[str] | None) -> list[Programme]:
    """Programmes of some areas, by name; None: of the whole platform. Those that are only simulated are on the page of reruns."""
    found = db.session.scalars(select(Programme).where(is_real_programme()).order_by(Programme.name))
    return [row for row in found if areas is None or may_act(areas, row.area_code)]


def by_programme(areas: Sequence[str] | None) -> list[ProgrammeSpending]:
    """The standing of each programme's book, without what of it is of simulated rounds."""
    played, rows = reruns.by_programme(), programmes(areas)
    stands = ledger_queries.standings([row.book_id for row in rows])
    return [ProgrammeSpending(row, reruns.less(stands[row.book_id], played.get(row.id))) for row in rows]


@dataclass(frozen=True, slots=True)
class Spent:
    """Money that reached a state, grouped by something, with the number of orders and applications behind it."""

    key: str
    label: str
    redeemed_fen: int
    cut_fen: int
    paid_fen: int
    orders: int

    @property
    def waits_fen(self) -> int:
        """What became due and is neither cut nor paid; below nought in a span in which more of before was paid."""
        return self.redeemed_fen - self.cut_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at: accounting dates (both inclusive), a programme, areas."""

    first: date
    last: date
    areas: tuple[str, ...]
    programme_id: UUID | None = None
    currency: str = CNY  # of the programme, or of all that are counted: no sum adds two
    within: tuple[tuple[str, str], ...] = ()  # other groupings, each with its key


def in_span(span: Span) -> Callable[[Moved], Select[Any]]:
    """Real money of a span: for firms that are in the areas now."""

    def narrowed(one: Moved) -> Select[Any]:
        rows = one.rows.where(Entry.effective_on >= span.first, Entry.effective_on <= span.last, is_real(one.about.round_id))
        rows = rows.join(Organisation, Organisation.id == one.about.enterprise_id).where(in_areas(span.areas))
        rows = rows.where(one.about.currency == span.currency)
        return rows if span.programme_id is None else rows.where(one.about.programme_id == span.programme_id)

    return narrowed


def kept(span: Span, *bys: str) -> list[Sum]:
    """The sums of a span by one or two of their keys, as the worker counted them last; before that, from the ledger's rows."""
    if spent.as_of() is None:
        return counted(span, *bys)
    wanted = Programme.currency == span.currency if span.programme_id is None else Programme.id == span.programme_id
    programmes = select(Programme.id).where(wanted)
    return spent.sums(*bys, first=span.first, last=span.last, areas=span.areas, programmes=programmes, within=span.within)


def counted(span: Span, *bys: str) -> list[Sum]:
    """The same from the ledger's rows as they are now."""
    rows = moving.widened(moving.moved(in_span(span)), [*bys, *dict(span.within)])
    parts = [moving.parts_of(rows, by) for by in bys]
    wanted = select(*chain(*parts), *moving.sums_of(rows)).group_by(*chain(*parts)).where(moving.is_within(rows, span.within))
    return spent.summed(wanted, [len(one) for one in parts])


def total(span: Span) -> Spent:
    """Everything of a span together."""
    (one,) = kept(span, moving.ALL)
    return Spent(one.key, "", one.redeemed_fen, one.cut_fen, one.paid_fen, one.orders)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Money that came from one source, and what of it was paid (by the split that each payment carries)."""

    source: str
    appropriated_fen: int
    paid_fen: int


def by_source(programme_ids: Sequence[UUID]) -> list[SourceRow]:
    """Appropriated and paid by source of money, over some programmes."""
    wanted = select(Appropriation.source, func.sum(Appropriation.amount_fen)).where(Appropriation.programme_id.in_(programme_ids))
    wanted = wanted.where(is_real(Appropriation.round_id)).group_by(Appropriation.source)
    came = {source: int(total) for source, total in db.session.execute(wanted)}
    paid = sources.paid_by_source(programme_ids)
    return [SourceRow(source, came.get(source, 0), paid.get(source, 0)) for source in sorted(came.keys() | paid.keys())]


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures for the public front page."""

    enterprises: int
    providers: int
    offerings: int
    services: int
    served: int
    paid_fen: int  # in yuan
    paid_apart: Mapping[str, int]  # in other currencies, each by itself


def _paid_by_currency() -> dict[str, int]:
    """What was paid in real rounds: no sum adds two currencies."""
    held = select(Book.currency, func.sum(Account.credits_fen - Account.debits_fen)).join(Account, Account.book_id == Book.id)
    all_paid = db.session.execute(held.where(Account.kind == AccountKind.PAID).group_by(Book.currency))
    played = {str(key): int(total) for key, total in db.session.execute(reruns.paid_fen())}
    found = {key: int(total) - played.get(key, 0) for key, total in all_paid}
    return {key: total for key, total in found.items() if total}


def counts() -> Counts:
    """How many firms, providers, offerings and services there are, and what was paid in real rounds."""

    def number(statement: Select[Any]) -> int:
        return int(db.session.scalar(statement) or 0)

    paid = _paid_by_currency()
    verified = Organisation.state == OrganisationState.VERIFIED
    return Counts(
        enterprises=number(select(func.count()).select_from(Enterprise).join(Organisation).where(verified)),
        providers=number(select(func.count()).select_from(Provider).where(Provider.state == ProviderState.ADMITTED)),
        offerings=number(select(func.count()).select_from(Offering).join(Provider, Provider.id == Offering.provider_id).where(ON_SHELF)),
        services=number(select(func.count()).select_from(ServiceRecord).where(is_current())),
        served=number(select(func.count(func.distinct(ServiceRecord.enterprise_id))).where(is_current())),
        paid_fen=paid.pop(CNY, 0),
        paid_apart=paid,
    )


def newest_notices(count: int) -> list[PublicNotice]:
    """Public notices in their period, the newest first."""
    wanted = (
        select(PublicNotice)
        .where(PublicNotice.state == PublicNoticeState.OPEN, ~PublicNotice.simulated)
        .order_by(PublicNotice.published_on.desc(), PublicNotice.id.desc())
    )
    return list(db.session.scalars(wanted.limit(count)))


def open_rounds(now: datetime) -> list[Round]:
    """Real rounds that firms can use or apply in now, or soon, newest first."""
    open_ = rounds_in({RoundState.ANNOUNCED, RoundState.APPLYING, RoundState.IN_USE}, now=now)
    return sorted(open_, key=lambda row: row.created_at, reverse=True)
