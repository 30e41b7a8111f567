"""Income and spending as anybody may read them (收支公开): by programme off the accounts as they are, by provider off the sums of days.

The worker counts the sums of days in the ledger; simulated rounds are in neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.ledger.rules import Standing
from marketplace.reporting.models import SpentDay
from marketplace.reporting.queries import by_programme
from marketplace.reporting.queries.moving import NO_PROVIDER
from marketplace.vouchers.models import Programme


@dataclass(frozen=True, slots=True)
class ProgrammeAccount:
    """What came in for a programme, and what became of it."""

    programme: Programme
    standing: Standing

    @property
    def currency(self) -> str:
        """Of its amounts."""
        return self.programme.currency

    @property
    def brought_fen(self) -> int:
        """Appropriated by its documents."""
        return self.standing.appropriated

    @property
    def recovered_fen(self) -> int:
        """Came back after it was paid."""
        return self.standing.recovered

    @property
    def paid_fen(self) -> int:
        """Paid by the bank, less what it sent back."""
        return self.standing.paid

    @property
    def surrendered_fen(self) -> int:
        """Given back to the treasury."""
        return self.standing.surrendered

    @property
    def left_fen(self) -> int:
        """Neither paid nor given back: not issued, in vouchers, held for orders, or due."""
        return self.brought_fen + self.recovered_fen - self.paid_fen - self.surrendered_fen


def programmes() -> list[ProgrammeAccount]:
    """The programmes that were given money, by name."""
    return [ProgrammeAccount(row.programme, row.standing) for row in by_programme(None) if row.standing.appropriated]


def years() -> list[int]:
    """The years in which something was spent, the newest first."""
    first, last = (db.session.scalar(select(one(SpentDay.day))) for one in (func.min, func.max))
    return [] if first is None or last is None else list(range(last.year, first.year - 1, -1))


def providers(currency: str, year: int | None = None) -> Select[Organisation]:
    """Providers through which money of a currency was spent, in a year or ever, who received most first."""
    sums = _sums(currency, year).group_by(SpentDay.provider_id).subquery()
    return select(Organisation).join(sums, sums.c.provider_id == Organisation.id).order_by(sums.c.paid_fen.desc(), Organisation.id)


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """What was spent through a provider, or through none."""

    id: UUID | None
    name: str
    orders: int
    redeemed_fen: int
    cut_fen: int
    paid_fen: int


def accounts_of(found: Sequence[Organisation], currency: str, year: int | None = None) -> list[ProviderAccount]:
    """What was spent through some providers, in their order."""
    ids = [one.id for one in found]
    rows = db.session.execute(_sums(currency, year).where(SpentDay.provider_id.in_(ids)).group_by(SpentDay.provider_id))
    amounts = {key: list(map(int, values)) for key, *values in rows}
    return [ProviderAccount(one.id, one.name, *amounts[one.id]) for one in found]


def first_accounts(currency: str, year: int | None, most: int) -> list[ProviderAccount]:
    """The same of the providers that received most."""
    return accounts_of(list(db.session.scalars(providers(currency, year).limit(most))), currency, year)


def direct(currency: str, year: int | None = None) -> ProviderAccount:
    """What firms were granted without an order."""
    return _whole(currency, SpentDay.provider_id == NO_PROVIDER, *_within(year))


def whole(currency: str, year: int | None = None) -> ProviderAccount:
    """Everything together."""
    return _whole(currency, *_within(year))


def _within(year: int | None) -> tuple[ColumnElement[bool], ...]:
    return () if year is None else (SpentDay.day >= date(year, 1, 1), SpentDay.day <= date(year, 12, 31))


def _whole(currency: str, *conditions: ColumnElement[bool]) -> ProviderAccount:
    wanted = select(*_AMOUNTS).select_from(SpentDay).join(Programme, Programme.id == SpentDay.programme_id)
    row = db.session.execute(wanted.where(Programme.currency == currency, *conditions)).one()
    return ProviderAccount(None, "", *(int(one or 0) for one in row))


_AMOUNTS = tuple(
    func.sum(column).label(column.key) for column in (SpentDay.orders, SpentDay.redeemed_fen, SpentDay.cut_fen, SpentDay.paid_fen)
)


def _sums(currency: str, year: int | None) -> Select[Any]:
    columns: list[Any] = [SpentDay.provider_id, *_AMOUNTS]
    wanted = select(*columns).join(Programme, Programme.id == SpentDay.programme_id)
    return wanted.where(Programme.currency == currency, *_within(year))
