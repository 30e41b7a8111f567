"""What others do in the place of our ledger, as loads of the same bench: a naive ORM ledger, and django-hordak.

Each moves one unit between two random accounts in a commit of its own. Neither knows a key that answers a repeat, nor a leaf; the naive one
reads and then writes, as most first attempts do, so it spends twice on PostgreSQL.
"""

import random
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from marketplace.kernel import clock
from tests.bench.loads import FIRMS, Load

HORDAK_ACCOUNTS = 1_000  # its trees of accounts take minutes to fill


class Base(DeclarativeBase):
    """Of the naive ledger alone."""


class NaiveAccount(Base):
    __tablename__ = "naive_accounts"
    __table_args__ = (CheckConstraint("balance >= 0"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int] = mapped_column(BigInteger)


class NaiveEntry(Base):
    __tablename__ = "naive_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    verb: Mapped[str]
    recorded_at: Mapped[datetime]


class NaivePosting(Base):
    __tablename__ = "naive_postings"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("naive_entries.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("naive_accounts.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)


def lay_naive(url: str) -> None:
    """Tables and accounts with money."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.execute(NaiveAccount.__table__.insert(), [{"id": number + 1, "balance": 10**9} for number in range(FIRMS)])
    engine.dispose()


def naive(load: Load) -> Callable[[], int]:
    engine = create_engine(load.url)

    def once() -> int:
        giver, taker = random.sample(range(1, FIRMS + 1), 2)
        with Session(engine) as session, session.begin():
            debit, credit = session.get_one(NaiveAccount, giver), session.get_one(NaiveAccount, taker)
            assert debit.balance >= 1
            debit.balance -= 1
            credit.balance += 1
            entry = NaiveEntry(verb="order.redeem", recorded_at=clock.now().replace(tzinfo=None))
            session.add(entry)
            session.flush()
            session.add_all([NaivePosting(entry_id=entry.id, account_id=giver, amount=-1)])
            session.add_all([NaivePosting(entry_id=entry.id, account_id=taker, amount=1)])
        return 1

    return once


def start_django(url: str) -> None:
    """Settings of a Django that has hordak and nothing else."""
    import django
    from django.conf import settings

    at = make_url(url)
    if settings.configured:
        return
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": at.database,
        "USER": at.username,
        "HOST": at.query.get("host", at.host or ""),
    }
    settings.configure(
        DATABASES={"default": {**database, "CONN_MAX_AGE": None}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="bench",
        USE_TZ=True,
        DEFAULT_CURRENCY="EUR",
    )
    django.setup()


def lay_hordak(url: str) -> None:
    """Its tables, and accounts."""
    start_django(url)
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    with Account.objects.disable_mptt_updates():
        for number in range(HORDAK_ACCOUNTS):
            Account.objects.create(name=str(number), code=None, type="AS", currencies=["EUR"])
    Account.objects.rebuild()


def hordak(load: Load) -> Callable[[], int]:
    start_django(load.url)
    from django.db import transaction
    from hordak.models import Account, Leg, Transaction

    ids = list(Account.objects.values_list("id", flat=True))

    def once() -> int:
        giver, taker = random.sample(ids, 2)
        with transaction.atomic():
            entry: Any = Transaction.objects.create(description="order.redeem")
            Leg.objects.create(transaction=entry, account_id=giver, credit=Decimal(1), currency="EUR")
            Leg.objects.create(transaction=entry, account_id=taker, debit=Decimal(1), currency="EUR")
        return 1

    return once
