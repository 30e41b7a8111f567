"""Counts the figures of the public front page again when they are old. Runs with the worker; running it again changes nothing."""

from datetime import date, datetime

from marketplace.reporting import stored


def sweep(*, now: datetime, today: date) -> int:  # noqa: ARG001 – every sweep is told both
    """How many pages' figures were counted."""
    return stored.refresh(now=now)
