"""Rounds for which providers may ask to be chosen, and bids that wait for an officer."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased

from marketplace.identity.scope import acted_on
from marketplace.kernel.tasks import Asker
from marketplace.vouchers.bid_models import BidScore, ProviderBid
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import bids
from marketplace.vouchers.queries.programmes import rounds_in
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import RUNNING, BidState


def asking_rounds(now: datetime) -> list[Round]:
    """Those whose time for bids runs, those that end first in front."""
    return [row for row in rounds_in(RUNNING, now=now) if _asks(row, now)]


def _asks(row: Round, now: datetime) -> bool:
    spec = spec_of(row.version_id)
    last = bids.last_day(spec, row) if spec.chooses_providers else None
    return last is not None and row.day_of(now) <= last


def rounds_acted_on(areas: Iterable[str]) -> ColumnElement[bool]:
    """SQL condition: a round lies in some areas; its area lies in that of its programme."""
    return acted_on(Round.area_code, areas)


class BidWait(StrEnum):
    """What a bid waits for."""

    SCORE = "score"  # somebody who has not scored it
    SETTLE = "settle"  # somebody who scored none of its round


def waiting(areas: Iterable[str], asker: Asker, wait: BidWait, now: datetime) -> Select[ProviderBid]:
    """Bids of rounds whose time for bids is over that wait for this officer, as they came; none of the own organisation."""
    over = [row.id for row in rounds_in(RUNNING, now=now) if _is_over(row, now)]
    may = rounds_acted_on(areas)
    mine = select(ProviderBid).join(Round, Round.id == ProviderBid.round_id)
    open_ = (ProviderBid.state == BidState.SUBMITTED, ProviderBid.round_id.in_(over), ProviderBid.provider_id != asker.organisation_id)
    waits = _to_score(asker) if wait is BidWait.SCORE else _to_settle(asker)
    return mine.where(may, *open_, waits).order_by(ProviderBid.submitted_at, ProviderBid.id)


def _is_over(row: Round, now: datetime) -> bool:
    spec = spec_of(row.version_id)
    last = bids.last_day(spec, row) if spec.chooses_providers else None
    return last is not None and row.day_of(now) > last


def _to_score(asker: Asker) -> ColumnElement[bool]:
    own = exists().where(BidScore.bid_id == ProviderBid.id, BidScore.scorer_id == asker.id)
    return ProviderBid.score.is_(None) & ~own


def _to_settle(asker: Asker) -> ColumnElement[bool]:
    """Every bid of the round is scored, and none of them by the asker."""
    other = aliased(ProviderBid)
    of_round = (other.round_id == ProviderBid.round_id) & (other.state == BidState.SUBMITTED)
    sheet = exists().where(BidScore.bid_id == other.id, BidScore.scorer_id == asker.id)
    return ~exists().where(of_round, or_(other.score.is_(None), other.scored_by == asker.id, sheet))
