"""Rounds for which providers may ask to be chosen."""

from datetime import datetime

from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import bids
from marketplace.vouchers.queries.programmes import rounds_in
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import RUNNING


def asking_rounds(now: datetime) -> list[Round]:
    """Those whose time for bids runs, those that end first in front."""
    return [row for row in rounds_in(RUNNING, now=now) if _asks(row, now)]


def _asks(row: Round, now: datetime) -> bool:
    spec = spec_of(row.version_id)
    last = bids.last_day(spec, row) if spec.chooses_providers else None
    return last is not None and row.day_of(now) <= last
