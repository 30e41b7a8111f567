"""This machine's clock against the database's.

Deadlines, sessions and accounting dates come from the application's clock. Where it differs from the database's, one of several
application servers is wrong, and what it writes would be dated wrongly for ever: so it writes nothing until somebody sets its clock.
SQLite has one clock.
"""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import text

from marketplace.kernel import clock
from marketplace.kernel.errors import N_, Busy

LOOK_EVERY_SECONDS = 10.0
JUMP_SECONDS = 1.0


class ClockDiffers(Busy):
    """The clocks differ by more than the setting allows."""

    default_code = "clock_differs"

    def __init__(self) -> None:
        super().__init__(N_("服务器时间与数据库时间不一致，暂停办理，您的操作没有保存。请稍后再试，并请系统管理员校准服务器时间。"))


@dataclass
class _Seen:
    """When this process last looked, and the difference between its two clocks at that moment: it changes only if one is set."""

    at_ticks: float = -LOOK_EVERY_SECONDS
    offset: float = 0.0


_seen = _Seen()


def check(session: Any) -> None:
    """Compare the clocks, now and then: a round trip each ten seconds, and at once when this machine's clock was set.

    Raises: ClockDiffers.
    """
    most = current_app.config["MAX_CLOCK_SKEW_SECONDS"]
    ticks, moment = clock.ticks(), clock.of_machine()
    offset = moment.timestamp() - ticks
    if not most or (ticks - _seen.at_ticks < LOOK_EVERY_SECONDS and abs(offset - _seen.offset) < JUMP_SECONDS):
        return
    if session.get_bind().dialect.name != "postgresql":
        return
    told = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    if abs((told - clock.of_machine()).total_seconds()) > most:
        _seen.at_ticks = -LOOK_EVERY_SECONDS
        raise ClockDiffers
    _seen.at_ticks, _seen.offset = ticks, offset
