"""Applications as firms and officers see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, named
from marketplace.kernel.calendar import Deadline, WorkingCalendar
from marketplace.kernel.db import db, found_by, like
from marketplace.kernel.errors import NotFound
from marketplace.policy.programme_words import AllocationMode
from marketplace.policy.terms import Changed
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import rounds as round_rules
from marketplace.vouchers.rules.states import ApplicationState
from marketplace.vouchers.settings import desk

OPEN = frozenset({ApplicationState.SUBMITTED, ApplicationState.REVIEWING})
SOLE_TRADER = "92"  # 个体工商户: registration department and kind of a credit code; the name is often a person's


@dataclass(frozen=True, slots=True)
class Filed:
    """An application with the firm it comes from."""

    application: Application
    firm: Organisation


def of_enterprise(application_id: UUID, enterprise_id: UUID) -> Application:
    """One of a firm's own. Raises: NotFound."""
    wanted = select(Application).where(Application.id == application_id, Application.enterprise_id == enterprise_id)
    return found_by(wanted)


def in_round(round_id: UUID, enterprise_id: UUID) -> Application | None:
    """A firm's application in a round, if there is one."""
    wanted = select(Application).where(Application.round_id == round_id, Application.enterprise_id == enterprise_id)
    return db.session.scalars(wanted).unique().one_or_none()


def mine(enterprise_id: UUID) -> list[Application]:
    """A firm's applications, newest first."""
    wanted = select(Application).where(Application.enterprise_id == enterprise_id)
    return list(db.session.scalars(wanted.order_by(Application.submitted_at.desc(), Application.id.desc())).unique())


def by_number(number: str) -> Application:
    """Raises: NotFound."""
    return found_by(select(Application).where(Application.number == number.strip().upper()))


def in_area(application_id: UUID, areas: Iterable[str]) -> Filed:
    """One that an officer is responsible for. Raises: NotFound."""
    wanted = _filed(areas).where(Application.id == application_id)
    row = db.session.execute(wanted).unique().one_or_none()
    if row is None:
        raise NotFound
    return Filed(*row)


def some(application_ids: Sequence[UUID]) -> list[Filed]:
    """Several at once, by arrival."""
    wanted = select(Application, Organisation).join(Organisation, Organisation.id == Application.enterprise_id)
    found = db.session.execute(wanted.where(Application.id.in_(application_ids)).order_by(Application.sequence))
    return [Filed(*row) for row in found.unique()]


def _filed(areas: Iterable[str]) -> Select[Application, Organisation]:
    return select(Application, Organisation).join(Organisation, Organisation.id == Application.enterprise_id).where(in_areas(areas))


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What an officer narrows the queue to."""

    text: str = ""
    state: str = ""  # a state, "open", "appeals", "my_appeals", or nothing
    round_id: UUID | None = None
    viewer_id: UUID | None = None  # who looks: nobody answers an appeal against a refusal of one's own


def queue(areas: Iterable[str], wanted: QueueFilter) -> Select[Application]:
    """The queue of an officer, oldest first: whoever waits longest is seen first."""
    found = select(Application).join(Organisation, Organisation.id == Application.enterprise_id).where(in_areas(areas))
    if wanted.text:
        found = found.where(or_(named(wanted.text), *(like(column, wanted.text) for column in (Application.number, Organisation.uscc))))
    if wanted.state == "open":
        found = found.where(Application.state.in_(OPEN))
    elif wanted.state in {"appeals", "my_appeals"}:
        found = found.where(Application.appealed_at.is_not(None), Application.appeal_answer == "")
        if wanted.state == "my_appeals":
            found = found.where(Application.decided_by.is_distinct_from(wanted.viewer_id))
    elif wanted.state in {one.value for one in ApplicationState}:
        found = found.where(Application.state == ApplicationState(wanted.state))
    if wanted.round_id is not None:
        found = found.where(Application.round_id == wanted.round_id)
    return found.order_by(Application.submitted_at, Application.sequence)


def running_over(changed: Changed) -> list[UUID]:
    """Refused applications whose term to appeal runs over days of the calendar that changed."""
    waits = (Application.state == ApplicationState.REFUSED) & Application.appealed_at.is_(None)
    return list(db.session.scalars(select(Application.id).where(waits, changed.touches(Application)).order_by(Application.id)))


def returned(enterprise_id: UUID) -> Select[Application]:
    """A firm's applications that it has to mend, the oldest first."""
    wanted = select(Application).where(Application.enterprise_id == enterprise_id, Application.state == ApplicationState.RETURNED)
    return wanted.order_by(Application.decided_at, Application.id)


def appealable(enterprise_id: UUID, today: date) -> Select[Application]:
    """A firm's refused applications about which it may still ask for a second look, the most urgent first."""
    wanted = select(Application).where(Application.enterprise_id == enterprise_id, Application.state == ApplicationState.REFUSED)
    return wanted.where(Application.appealed_at.is_(None), Application.due_on >= today).order_by(Application.due_on, Application.id)


def firms_of(rows: Iterable[Application]) -> dict[UUID, Organisation]:
    """The firms of some applications."""
    ids = {row.enterprise_id for row in rows}
    return {row.id: row for row in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}


def sizes_of(enterprise_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Size classes of some firms."""
    wanted = select(Enterprise.id, Enterprise.size_class).where(Enterprise.id.in_(list(enterprise_ids)))
    return dict(db.session.execute(wanted).all())


def results_of(round_id: UUID) -> Select[Application]:
    """The published result of a round: granted and waiting, in the order of the queue."""
    return (
        select(Application)
        .where(Application.round_id == round_id, Application.state.in_((ApplicationState.GRANTED, ApplicationState.WAITLISTED)))
        .order_by(Application.state, Application.place, Application.sequence)
    )


def filed(rows: Iterable[Application]) -> list[Filed]:
    """Applications with their firms."""
    found = list(rows)
    firms = db.session.scalars(select(Organisation).where(Organisation.id.in_(row.enterprise_id for row in found)))
    firm_of = {firm.id: firm for firm in firms}
    return [Filed(row, firm_of[row.enterprise_id]) for row in found]


def counts_in(round_id: UUID) -> dict[ApplicationState, int]:
    """How many applications of a round are in which state."""
    rows = db.session.execute(select(Application.state, func.count()).where(Application.round_id == round_id).group_by(Application.state))
    return dict(rows.all())


def due_of(row: Application, calendar: WorkingCalendar) -> Deadline:
    """When the firm should have its answer: by the programme's limit for results, counted from the window's end or from its submission."""
    spec = spec_of(row.round.version_id)
    start = row.day_of(row.submitted_at)
    if spec.allocation.mode.value is not AllocationMode.REVIEW:
        start = max(start, row.day_of(row.round.apply_until_at))
    found = round_rules.due(spec.allocation.results, start, calendar, region=row.round.area_code, round_day=row.round.results_on or start)
    return found or calendar.add_working_days(start, desk(row.round.area_code).reviewing.value, row.round.area_code)


def results_due(row: Round, calendar: WorkingCalendar) -> Deadline | None:
    """By when a window's results are published; None also where there are none."""
    spec = spec_of(row.version_id)
    if not spec.has_orders:
        return None
    start = row.day_of(row.apply_until_at)
    return round_rules.due(spec.allocation.results, start, calendar, region=row.area_code, round_day=row.results_on or start)


def masked(firm: Organisation) -> str:
    """A firm's name for a public list: a sole trader's, which is often a person's, only in part."""
    if not firm.uscc.startswith(SOLE_TRADER) or len(firm.name) < 3:
        return firm.name
    return firm.name[:2] + "*" * (len(firm.name) - 3) + firm.name[-1]


def days_left(row: Application, calendar: WorkingCalendar, today: date) -> int:
    """Working days until the answer is due; negative when it is late."""
    return calendar.working_days_left(today, due_of(row, calendar).on, row.round.area_code)
