"""Counts the figures of the front page and of spending when they are old. Runs with the worker; running it again changes nothing."""

from datetime import date, datetime, timedelta

from flask import current_app

from marketplace.reporting import stored, summing


def sweep(*, now: datetime, today: date) -> int:  # noqa: ARG001 – every sweep is told both
    """How much was counted."""
    every = timedelta(minutes=current_app.config["FIGURES_MINUTES"])
    return stored.refresh(now=now, every=every) + summing.refresh(now=now, every=every)
