"""Social supervisors of an area, and the checks that one of them was invited to."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.identity.models import User
from marketplace.identity.scope import acted_on
from marketplace.kernel.db import db, found_by
from marketplace.supervision.social_models import SocialSupervisor, SocialVisit

MOST = 200  # of an area in a list to choose from


def _runs(today: date) -> ColumnElement[bool]:
    one = SocialSupervisor
    return and_(one.from_on <= today, one.until_on >= today, or_(one.ended_on.is_(None), one.ended_on > today))


def _in(areas: Iterable[str]) -> ColumnElement[bool]:
    return acted_on(SocialSupervisor.area_code, areas)


def supervisors(areas: Iterable[str], *, running_on: date | None = None) -> Select[SocialSupervisor]:
    """Those of some areas, the newest first; `running_on`: only whose term runs on a day."""
    wanted = select(SocialSupervisor).where(_in(areas))
    if running_on is not None:
        wanted = wanted.where(_runs(running_on))
    return wanted.order_by(SocialSupervisor.appointed_at.desc(), SocialSupervisor.id.desc())


def supervisor_in(supervisor_id: UUID, areas: Iterable[str]) -> SocialSupervisor:
    """One of some areas. Raises: NotFound."""
    return found_by(select(SocialSupervisor).where(SocialSupervisor.id == supervisor_id, _in(areas)))


def of_user(user_id: UUID, today: date) -> SocialSupervisor | None:
    """The appointment of a user that runs on a day."""
    return db.session.scalars(select(SocialSupervisor).where(SocialSupervisor.user_id == user_id, _runs(today))).first()


def running_of(user_id: UUID) -> Select[SocialSupervisor]:
    """The appointment of a user that nobody has ended, whether its first day has come or its last has passed."""
    return select(SocialSupervisor).where(SocialSupervisor.user_id == user_id, SocialSupervisor.ended_on.is_(None))


def user_of_login(login: str) -> User | None:
    """Who signs in so."""
    return db.session.scalars(select(User).where(User.login == login.strip().lower())).one_or_none()


def visits_of(user_id: UUID) -> Select[SocialVisit]:
    """What a user was invited to, the newest first."""
    wanted = select(SocialVisit).join(SocialSupervisor, SocialSupervisor.id == SocialVisit.supervisor_id)
    return wanted.where(SocialSupervisor.user_id == user_id).order_by(SocialVisit.invited_at.desc(), SocialVisit.id.desc())


def own_visit(visit_id: UUID, user_id: UUID) -> SocialVisit:
    """What a user was invited to. Raises: NotFound."""
    return found_by(visits_of(user_id).where(SocialVisit.id == visit_id))


def visits_to(item_id: UUID) -> list[SocialVisit]:
    """Who was invited to the check of one thing, and what they saw."""
    wanted = select(SocialVisit).where(SocialVisit.item_id == item_id).order_by(SocialVisit.invited_at, SocialVisit.id)
    return list(db.session.scalars(wanted.limit(MOST)))


def observations(item_id: UUID) -> int:
    """How many of them have said what they saw."""
    wanted = select(func.count()).select_from(SocialVisit).where(SocialVisit.item_id == item_id, SocialVisit.observed_at.is_not(None))
    return int(db.session.scalar(wanted) or 0)


def over(today: date) -> Select[UUID]:
    """Whose last day has passed, and nobody has written it down."""
    return select(SocialSupervisor.id).where(SocialSupervisor.ended_on.is_(None), SocialSupervisor.until_on < today)
