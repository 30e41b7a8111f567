"""Closes notices whose period is over. Runs with the worker; running it again changes nothing."""

from datetime import date, datetime
from uuid import UUID

from marketplace.kernel.db import in_transaction
from marketplace.publicity import queries, service


def sweep(*, now: datetime, today: date) -> int:
    """How many notices were closed."""
    return sum(_close(notice_id, now=now, today=today) for notice_id in queries.ended_ids(today=today))


def _close(notice_id: UUID, *, now: datetime, today: date) -> bool:
    return in_transaction(lambda: service.close_if_ended(notice_id, today=today, now=now))
