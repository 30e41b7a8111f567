"""Whether this process was told to stop: what goes on for long asks between two steps."""

from contextvars import ContextVar
from threading import Event

_told: ContextVar[Event | None] = ContextVar("told_to_stop", default=None)


def stop_on(told: Event) -> None:
    """Let whatever this thread does ask this event."""
    _told.set(told)


def goes_on(*_step: object) -> bool:
    """Whether nobody has told this thread to stop."""
    told = _told.get()
    return told is None or not told.is_set()
