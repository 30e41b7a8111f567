"""Reads of agreements: which one pays for a service, those of a round or a provider, and where their money stands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.agreements import rules
from marketplace.agreements.lifecycle import AgreementState
from marketplace.agreements.models import Agreement
from marketplace.agreements.rules import ListedOffering
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Offering, Provider
from marketplace.identity import queries as identity
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import db, uuid_text
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Fen
from marketplace.kernel.zones import over_there
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.vouchers import chart
from marketplace.vouchers.models import Programme, Round
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.queries.spending import sale_of as plain_sale_of
from marketplace.vouchers.rules.sales import Agreed, Sale
from marketplace.vouchers.rules.states import RoundState

RUNNING = Agreement.ended_at.is_(None)
_LEFT = Account.credits_fen - Account.debits_fen


def sale_of(offering: Offering, today: date) -> Sale:
    """An offering as the rules see it, with what was agreed with its provider for the day of the round whose voucher pays."""
    return sale_under(offering, _running(offering, today, today))


def sale_at(offering: Offering, now: datetime) -> Sale:
    """The same for vouchers of any round: each agreement runs by the day of its own."""
    today = civil_date(now)  # no zone is further on, none more than a day behind
    rows = _running(offering, today - timedelta(days=1), today)
    return sale_under(offering, [row for row in rows if row.first_on <= row.day_of(now) <= row.last_on])


def running_of(round_ids: Collection[UUID], now: datetime) -> dict[UUID, list[Agreement]]:
    """By provider, what runs in some rounds, each by its own day."""
    found: dict[UUID, list[Agreement]] = {}
    for row in db.session.scalars(select(Agreement).where(Agreement.round_id.in_(round_ids), RUNNING)).unique():
        if row.first_on <= row.day_of(now) <= row.last_on:
            found.setdefault(row.provider_id, []).append(row)
    return found


def _running(offering: Offering, first: date, last: date) -> list[Agreement]:
    wanted = select(Agreement).where(
        Agreement.provider_id == offering.provider_id, RUNNING, Agreement.first_on <= last, Agreement.last_on >= first
    )
    return list(db.session.scalars(wanted).unique())


def sale_under(offering: Offering, rows: Iterable[Agreement]) -> Sale:
    """The same, where what runs with the provider is known."""
    found = {row.round_id: _agreed(row, offering) for row in rows}
    return replace(plain_sale_of(offering), agreed={key: one for key, one in found.items() if one is not None})


def _agreed(row: Agreement, offering: Offering) -> Agreed | None:
    price = rules.price_of(row.prices, row.categories, shelf_of([offering])[0])
    if price is None:
        return None
    return Agreed(agreement_id=row.id, round_id=row.round_id, price_fen=price, classes=tuple(row.classes))


def shelf_of(offerings: Iterable[Offering]) -> list[ListedOffering]:
    """Offerings as the rules of a contract see them."""
    return [ListedOffering(one.id, one.title, one.category, Fen(one.price_fen), one.currency) for one in offerings]


def listed(provider_id: UUID, currency: str) -> list[ListedOffering]:
    """What a provider has on the shelf in the money of a book."""
    return shelf_of(one for one in db.session.scalars(catalogue.listed_of(provider_id)).unique() if one.currency == currency)


def admitted(code: str) -> Provider | None:
    """A provider of the register, by its credit code."""
    organisation = identity.by_uscc(code)
    provider = db.session.get(Provider, organisation.id) if organisation else None
    return provider if provider is not None and provider.state is ProviderState.ADMITTED else None


def in_round(round_id: UUID, *, running_only: bool = False) -> Select[Agreement]:
    """Those of a round, newest first."""
    wanted = select(Agreement).where(Agreement.round_id == round_id, *((RUNNING,) if running_only else ()))
    return wanted.order_by(Agreement.signed_on.desc(), Agreement.id.desc())


def of_provider(provider_id: UUID) -> Select[Agreement]:
    """Those of a provider, newest first."""
    wanted = select(Agreement).where(Agreement.provider_id == provider_id)
    return wanted.order_by(Agreement.signed_on.desc(), Agreement.id.desc())


def running_in(round_id: UUID) -> int:
    """How many run in a round."""
    return int(db.session.scalar(select(func.count()).select_from(Agreement).where(Agreement.round_id == round_id, RUNNING)) or 0)


def public_round(round_id: UUID) -> Round:
    """A round whose agreements everybody may read. Raises: NotFound: a draft, or a simulated one."""
    row = db.session.scalars(select(Round).where(Round.id == round_id, Round.state != RoundState.DRAFT, is_real(Round.id))).one_or_none()
    if row is None:
        raise NotFound
    return row


def left_fen(rows: Iterable[Agreement]) -> dict[UUID, Fen]:
    """What is left of each, by the ledger, in one statement."""
    wanted = _on_account(select(Agreement.id, _LEFT)).where(Agreement.id.in_([row.id for row in rows]))
    return {key: Fen(fen) for key, fen in db.session.execute(wanted)}


@dataclass(frozen=True, slots=True)
class Money:
    """Where the money of an agreement stands, off its account: the parts add up to the amount."""

    amount_fen: int
    left_fen: int
    returned_fen: int  # to the pool or the treasury, once it was over

    @property
    def used_fen(self) -> int:
        """Held for orders, accepted, approved or paid."""
        return self.amount_fen - self.left_fen - self.returned_fen


def money_of(row: Agreement) -> Money:
    """What was set aside, what is left, what went back."""
    returned = (
        select(func.sum(Transfer.amount_fen))
        .join(Entry, (Entry.book_id == Transfer.book_id) & (Entry.id == Transfer.entry_id))
        .where(Entry.book_id == row.book_id, Entry.subject_id == row.id, Entry.verb == "agreement.return")
    )
    return Money(row.amount_fen, ledger.balance_fen(row.book_id, chart.AGREEMENT.of(row.id)), int(db.session.scalar(returned) or 0))


def over(now: datetime) -> list[UUID]:
    """Those whose last day has passed where they are."""
    late = select(Agreement.id, Agreement.last_on, Round.time_zone).join(Round, Round.id == Agreement.round_id)
    rows = db.session.execute(late.where(RUNNING, Agreement.last_on < civil_date(now)).order_by(Agreement.id))
    return over_there(rows, now)


def holding_after_end() -> list[UUID]:
    """Those that are over and hold something again: an order ended later."""
    wanted = _on_account(select(Agreement.id)).where(Agreement.state != AgreementState.RUNNING, _LEFT > 0)
    return list(db.session.scalars(wanted.order_by(Agreement.id)))


def _on_account(wanted: Any) -> Select[Any]:
    """A select of agreements, each beside its account."""
    of_it = (Account.book_id == Programme.book_id) & (Account.code == chart.AGREEMENT.around(uuid_text(Agreement.id)))
    found: Select[Any] = wanted.join(Programme, Programme.id == Agreement.programme_id).join(Account, of_it)
    return found
