"""Admits providers whose notice closed, refuses those whose notice was stopped. Running it again changes nothing."""

from datetime import date, datetime
from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.service import admission
from marketplace.kernel.db import in_transaction


def sweep(*, now: datetime, today: date) -> int:  # noqa: ARG001 – every sweep is told both
    """How many providers went on."""
    return sum(_follow(provider_id, now=now) for provider_id in queries.with_ended_notice())


def _follow(provider_id: UUID, *, now: datetime) -> bool:
    return in_transaction(lambda: admission.follow_notice(provider_id, now=now))
