"""Arrears made in one line, through the service."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from marketplace.arrears import service
from marketplace.arrears.models import Arrear
from marketplace.arrears.rules import ArrearWords
from marketplace.arrears.service import TypedArrear
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import Fen
from marketplace.moves.service import By
from tests.factories import a_firm, an_officer


def by(officer: Any) -> By:
    return By(officer.id, clock.now(), uuid4(), {})


def an_arrear(*, area: str = "540102", amount_fen: int = 100_000, officer: Any = None, firm: Any = None, days: int = 90) -> Arrear:
    """What a firm of a place is owed, registered and not confirmed."""
    firm = firm or a_firm(region=area)
    said = TypedArrear(
        creditor=firm.organisation.uscc,
        debtor="某县某局",
        debtor_kind="bureau",
        amount_fen=Fen(amount_fen),
        due_on=clock.today() - timedelta(days=days),
        evidence="合同 HT-1，发票 00012345，2025 年 11 月验收。",
    )
    asked = by(officer or an_officer())
    return in_transaction(lambda: service.register(said, (firm.organisation.region_code,), by=asked))


def act(verb: str, row: Arrear, officer: Any = None, *, fen: int | None = None, month: str = "", words: str = "") -> Arrear:
    asked, given = by(officer or an_officer()), ArrearWords(None if fen is None else Fen(fen), month, words)
    return in_transaction(lambda: getattr(service, verb)(row.id, given, by=asked))  # type: ignore[no-any-return]


def an_open_arrear(**said: Any) -> Arrear:
    return act("confirm", an_arrear(**said))
