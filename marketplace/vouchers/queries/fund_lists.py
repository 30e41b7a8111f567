"""Documents that brought money: what each has left, what is proposed about it, and the list of an office."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import joinedload

from marketplace.identity.scope import seen
from marketplace.kernel.db import db, like, uuid_text
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Account
from marketplace.vouchers import chart
from marketplace.vouchers.fund_models import FundAct
from marketplace.vouchers.models import Appropriation, Programme, Round
from marketplace.vouchers.queries.asking import rounds_acted_on
from marketplace.vouchers.queries.funds import free_fen
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.queries.sources import left_fen
from marketplace.vouchers.rules.funds import FundActKind

_BALANCE = Account.credits_fen - Account.debits_fen


def open_act(appropriation_id: UUID) -> FundAct | None:
    """What is proposed about a document and waits for a second person."""
    wanted = select(FundAct).where(FundAct.appropriation_id == appropriation_id, FundAct.decided_by.is_(None))
    return db.session.scalars(wanted).one_or_none()


def acts_of(appropriation_id: UUID) -> list[FundAct]:
    """What was proposed about a document, newest first."""
    wanted = select(FundAct).where(FundAct.appropriation_id == appropriation_id)
    return list(db.session.scalars(wanted.order_by(FundAct.proposed_at.desc(), FundAct.id.desc()).limit(50)))


def was_carried(appropriation_id: UUID) -> bool:
    """Whether a document was carried over before."""
    carried = (FundAct.kind == FundActKind.CARRY) & FundAct.accepted.is_(True)
    return db.session.scalar(select(FundAct.id).where(FundAct.appropriation_id == appropriation_id, carried).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class FundStanding:
    """Where the money of a document is, as the books say."""

    left_fen: int  # neither paid nor planned for a payment
    planned_fen: int
    paid_fen: int  # and not sent back by the bank
    recovered_fen: int


def standing_of(paper: Appropriation) -> FundStanding:
    """Where the money of a document is now."""
    places = (chart.FUND, chart.FUND_PLANNED, chart.PAID_FROM, chart.RECOVERED_FROM)
    codes = [one.of(paper.id) for one in places]
    found = ledger.balances_fen(paper.round.book_id, codes)
    left, planned, paid, recovered = (found[code] for code in codes)
    return FundStanding(left, planned, paid, -recovered)


def unspent_fen(paper: Appropriation) -> int:
    """What a document has left, planned for payments or not."""
    found = standing_of(paper)
    return found.left_fen + found.planned_fen


def recallable_fen(row: Round, paper: Appropriation) -> int:
    """What of a document is neither planned for a payment nor promised to firms."""
    return min(left_fen(paper.id), free_fen(row))


class FundWait(StrEnum):
    """What documents wait for."""

    CONFIRM = "confirm"  # a second person for what is proposed
    OVER = "over"  # their last day is over, and something is left
    NONE = ""


@dataclass(frozen=True, slots=True)
class FundFilter:
    """Which documents a list shows."""

    wait: FundWait = FundWait.NONE
    text: str = ""
    viewer_id: UUID | None = None  # who asks: what they proposed themselves waits for others


def listed(areas: Iterable[str] | None, asked: FundFilter, today: date) -> Select[Appropriation]:
    """Documents of rounds of some areas, or of all; those that end first in front, then the newest."""
    wanted = select(Appropriation).join(Round, Round.id == Appropriation.round_id).options(joinedload(Appropriation.round))
    if areas is not None:
        wanted = wanted.where(rounds_acted_on(areas) if asked.wait else seen(Round.area_code, areas))
    if asked.text:
        wanted = wanted.where(like(Appropriation.document_number, asked.text))
    if asked.wait is FundWait.CONFIRM:
        wanted = wanted.where(_is_proposed(FundAct.proposed_by != asked.viewer_id))
    elif asked.wait is FundWait.OVER:
        wanted = wanted.where(Appropriation.use_by < today, is_real(Appropriation.round_id), has_left(), ~_is_proposed())
    return wanted.order_by(Appropriation.use_by.is_(None), Appropriation.use_by, Appropriation.dated_on.desc(), Appropriation.id.desc())


def _is_proposed(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(FundAct.appropriation_id == Appropriation.id, FundAct.decided_by.is_(None), *conditions)


def has_left() -> ColumnElement[bool]:
    """SQL condition: a document has something left that no payment will take."""
    held = exists(Account.id).where(Programme.id == Appropriation.programme_id, Account.book_id == Programme.book_id)
    return held.where(Account.code == chart.FUND.around(uuid_text(Appropriation.id)), _BALANCE > 0).correlate(Appropriation)


def left_on(papers: Sequence[Appropriation]) -> dict[UUID, int]:
    """What several documents have left, planned for nothing."""
    on = (Account.book_id == Programme.book_id) & (Account.code == chart.FUND.around(uuid_text(Appropriation.id)))
    wanted = select(Appropriation.id, _BALANCE).join(Programme, Programme.id == Appropriation.programme_id).join(Account, on)
    return {key: int(fen) for key, fen in db.session.execute(wanted.where(Appropriation.id.in_([one.id for one in papers])))}
