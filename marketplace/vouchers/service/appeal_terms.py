"""How long somebody who was refused, or got less, may ask for a second look."""

from datetime import date
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.calendar import Deadline
from marketplace.kernel.db import locked
from marketplace.kernel.errors import N_
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.notices import service as notices
from marketplace.policy import terms
from marketplace.policy.terms import TermColumns
from marketplace.vouchers.lifecycle import APPLICATION
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries.spending import calendar_of
from marketplace.vouchers.rules.states import ApplicationState, Side
from marketplace.vouchers.settings import desk


def begin(row: Application) -> None:
    """The firm was answered: where it was refused its term begins, else there is none."""
    if row.state is not ApplicationState.REFUSED or row.decided_at is None:
        terms.clear(row)
        return
    keep(row, row.day_of(row.decided_at), row.round)


def keep(row: TermColumns, start: date, round_: Round) -> None:
    """Somebody was answered in a round on a day: until when to appeal, by the days of the round's office."""
    days = _days(round_)
    terms.keep_working_days(row, start, days, _deadline(round_, start, days))


def keep_again(row: TermColumns, round_: Round) -> None:
    """The same term by the calendar of now."""
    assert row.due_start is not None and row.due_days is not None, "it was kept"
    terms.keep_working_days(row, row.due_start, row.due_days, _deadline(round_, row.due_start, row.due_days))


def last_day(row: Application) -> date | None:
    """The last day on which a refused firm may appeal. What was refused before days were kept is counted by the calendar of now."""
    if row.decided_at is None:
        return None
    return row.due_on or _deadline(row.round, row.day_of(row.decided_at), _days(row.round)).on


def recount(application_id: UUID) -> bool:
    """Count the day again after the calendar changed, and tell the firm where it moved. Whether it did."""
    row = locked(Application, application_id)
    before = row.due_on
    if before is None or row.due_start is None or row.due_days is None or row.state is not ApplicationState.REFUSED:
        return False
    keep_again(row, row.round)
    if row.due_on is None or row.due_on == before:
        return False
    moves.done(moves.begun(APPLICATION, "recount", row, Side.PLATFORM, By(None)), before=before, after=row.due_on)
    title = N_("申领 %(number)s 的申诉期有变动", number=row.number)
    body = N_("工作日历有调整，申诉截止日由 %(before)s 变为 %(after)s。", before=before.isoformat(), after=row.due_on.isoformat())
    notices.tell(identity.user_ids_of(row.enterprise_id), title, body, f"/my/applications/{row.id}")
    return True


def _days(round_: Round) -> int:
    return desk(round_.area_code).appeal.value


def _deadline(round_: Round, start: date, days: int) -> Deadline:
    return calendar_of(round_.version_id).add_working_days(start, days, round_.area_code)
