"""Spending by programme, source, region, category, provider; public figures. Every figure comes from ledger rows or counts of rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Offering, Provider
from marketplace.catalogue.queries.browsing import ON_SHELF
from marketplace.enterprises.models import Enterprise
from marketplace.identity import regions
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.identity.scope import may_act
from marketplace.kernel.db import db
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind, Standing
from marketplace.orders.models import Order
from marketplace.policy.service_categories import category_names
from marketplace.publicity.models import PublicNotice, PublicNoticeState
from marketplace.records.models import ServiceRecord
from marketplace.records.queries import is_current
from marketplace.reporting.queries import reruns, spent
from marketplace.reporting.queries.spent import Sum
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries import sources
from marketplace.vouchers.models import Appropriation, Programme, Round
from marketplace.vouchers.queries.reruns import is_real, is_real_programme
from marketplace.vouchers.rules.states import RoundState

VERBS = {"reserved": "order.reserve", "redeemed": "order.redeem", "approved": "claim.approve", "paid": "payment.settle"}


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
    played = reruns.by_programme()
    return [ProgrammeSpending(row, reruns.less(ledger_queries.standing(row.book_id), played.get(row.id))) for row in programmes(areas)]


@dataclass(frozen=True, slots=True)
class Spent:
    """Money that reached a state, grouped by something, with the number of orders behind it."""

    key: str
    label: str
    redeemed_fen: int
    paid_fen: int
    orders: int


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at: accounting dates (both inclusive), a programme, areas."""

    first: date
    last: date
    areas: tuple[str, ...]
    programme_id: UUID | None = None


def moved(kind_from: AccountKind, kind_to: AccountKind, *columns: Any) -> Select[Any]:
    """Sum of transfers between two kinds of accounts, and the number of orders they were about; the caller joins orders by the subject."""
    debit, credit = aliased(Account), aliased(Account)
    return (
        select(*columns, func.sum(Transfer.amount_fen).label("moved_fen"), func.count(func.distinct(Order.id)).label("orders"))
        .select_from(Transfer)
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(debit, and_(debit.book_id == Transfer.book_id, debit.id == Transfer.debit_account_id))
        .join(credit, and_(credit.book_id == Transfer.book_id, credit.id == Transfer.credit_account_id))
        .where(debit.kind == kind_from, credit.kind == kind_to)
    )


def redeemed(*columns: Any) -> Select[Any]:
    """What acceptances spent, with the orders; not grouped yet."""
    return moved(AccountKind.RESERVED, AccountKind.REDEEMED, *columns).join(Order, Order.id == Entry.subject_id)


def paid(*columns: Any) -> Select[Any]:
    """What was paid out, with the orders; not grouped yet."""
    return (
        moved(AccountKind.PAYABLE, AccountKind.PAID, *columns)
        .join(PaymentLine, PaymentLine.id == Entry.subject_id)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(Order, Order.id == Claim.order_id)
    )


def _about(statement: Select[Any], span: Span) -> Select[Any]:
    statement = statement.where(Entry.effective_on >= span.first, Entry.effective_on <= span.last)
    statement = statement.join(Organisation, Organisation.id == Order.enterprise_id).where(in_areas(span.areas), is_real(Order.round_id))
    return statement if span.programme_id is None else statement.where(Order.programme_id == span.programme_id)


def _redeemed(span: Span, *columns: Any) -> Select[Any]:
    return _about(redeemed(*columns), span).group_by(*columns)


def _paid(span: Span, *columns: Any) -> Select[Any]:
    return _about(paid(*columns), span).group_by(*columns)


def _grouped(span: Span, column: ColumnElement[Any] | Any, labels: dict[str, str]) -> list[Spent]:
    if spent.as_of() is None:
        found = counted(span, column)
    else:
        found = spent.sums(str(column.key), first=span.first, last=span.last, areas=span.areas, programme_id=span.programme_id)
    rows = [Spent(one.key, labels.get(one.key, one.key), one.redeemed_fen, one.paid_fen, one.orders) for one in found]
    return sorted(rows, key=lambda row: (-row.redeemed_fen, row.label))


def counted(span: Span, column: ColumnElement[Any] | Any) -> list[Sum]:
    """The sums of a span by a column of orders, from the ledger's rows as they are now."""
    used = {str(key): (int(total), count) for key, total, count in db.session.execute(_redeemed(span, column))}
    out = {str(key): int(total) for key, total, _count in db.session.execute(_paid(span, column))}
    return [Sum(key, used.get(key, (0, 0))[0], out.get(key, 0), used.get(key, (0, 0))[1]) for key in used.keys() | out.keys()]


def by_region(span: Span) -> list[Spent]:
    """Spending by county of the firm when it ordered."""
    rows = _grouped(span, Order.region_code, {})
    return [
        Spent(r.key, regions.region(r.key).full_name if regions.exists(r.key) else r.key, r.redeemed_fen, r.paid_fen, r.orders)
        for r in rows
    ]


def by_category(span: Span) -> list[Spent]:
    """Spending by category of service."""
    return _grouped(span, Order.category, dict(category_names()))


def by_provider(span: Span, most: int | None = None) -> list[Spent]:
    """Spending by provider, by how much; `most`: only so many of them."""
    rows = _grouped(span, Order.provider_id, {})[:most]
    names = select(Organisation.id, Organisation.name).where(Organisation.id.in_(UUID(row.key) for row in rows))
    known = {str(key): name for key, name in db.session.execute(names)}
    return [replace(row, label=known[row.key]) for row in rows]


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
    paid = sources.paid_by_source(PaymentLine.state == LineState.PAID, Claim.programme_id.in_(programme_ids), is_real(Order.round_id))
    return [SourceRow(source, came.get(source, 0), paid.get(source, 0)) for source in sorted(came.keys() | paid.keys())]


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures for the public front page."""

    enterprises: int
    providers: int
    offerings: int
    services: int
    served: int
    paid_fen: int


def counts() -> Counts:
    """How many firms, providers, offerings and services there are, and what was paid in real rounds."""

    def number(statement: Select[Any]) -> int:
        return int(db.session.scalar(statement) or 0)

    verified = Organisation.state == OrganisationState.VERIFIED
    return Counts(
        enterprises=number(select(func.count()).select_from(Enterprise).join(Organisation).where(verified)),
        providers=number(select(func.count()).select_from(Provider).where(Provider.state == ProviderState.ADMITTED)),
        offerings=number(select(func.count()).select_from(Offering).join(Provider, Provider.id == Offering.provider_id).where(ON_SHELF)),
        services=number(select(func.count()).select_from(ServiceRecord).where(is_current())),
        served=number(select(func.count(func.distinct(ServiceRecord.enterprise_id))).where(is_current())),
        paid_fen=number(select(func.sum(Account.credits_fen - Account.debits_fen)).where(Account.kind == AccountKind.PAID))
        - number(reruns.paid_fen()),
    )


def newest_notices(count: int) -> list[PublicNotice]:
    """Public notices in their period, the newest first."""
    wanted = (
        select(PublicNotice)
        .where(PublicNotice.state == PublicNoticeState.OPEN, ~PublicNotice.simulated)
        .order_by(PublicNotice.published_on.desc(), PublicNotice.id.desc())
    )
    return list(db.session.scalars(wanted.limit(count)))


def open_rounds() -> list[Round]:
    """Real rounds that firms can use or apply in now, newest first."""
    states = (RoundState.ANNOUNCED, RoundState.APPLYING, RoundState.IN_USE)
    wanted = select(Round).where(Round.state.in_(states), is_real(Round.id)).order_by(Round.created_at.desc())
    return list(db.session.scalars(wanted).unique())
