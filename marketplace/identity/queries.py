"""Reads of organisations and users, scoped by whose they are and by area."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, or_, select

from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import CodeState, Grant, Organisation, PasswordCode, User, UserState
from marketplace.identity.regions import covers
from marketplace.identity.roles import PERMISSIONS, Role
from marketplace.identity.scope import acted_on, may_act
from marketplace.kernel.db import by_id, db, found_by, spelt
from marketplace.kernel.errors import NotFound
from marketplace.notices.reminding import Recipient


def in_areas(area_codes: Iterable[str]) -> ColumnElement[bool]:
    """SQL condition: the organisation stands in one of the areas of authority, by its county or by its park, as `regions.covers` says."""
    areas = tuple(area_codes)
    return or_(acted_on(Organisation.region_code, areas), acted_on(Organisation.park_code, areas))


def stands_in(row: Organisation, area_codes: Iterable[str]) -> bool:
    """The same of one organisation that is at hand: for one thing, loading it by key and comparing is a thousand times cheaper."""
    return may_act(area_codes, row.region_code, row.park_code)


def named(text: str) -> ColumnElement[bool]:
    """SQL condition: the organisation's name holds this text, in whatever spelling."""
    return spelt(Organisation.name_key, Organisation.name, text)


def organisation(organisation_id: UUID) -> Organisation:
    """Raises: NotFound."""
    return by_id(Organisation, organisation_id)


def organisation_in_area(organisation_id: UUID, area_codes: Iterable[str]) -> Organisation:
    """One organisation of an officer's own area.

    Raises: NotFound: no such organisation, or outside the area; the two look alike.
    """
    return found_by(select(Organisation).where(Organisation.id == organisation_id, in_areas(area_codes)))


def by_uscc(uscc: str) -> Organisation | None:
    """The organisation with a credit code, if we know it."""
    return db.session.scalars(select(Organisation).where(Organisation.uscc == uscc)).one_or_none()


_WITH_OFFICERS = (  # each page asks it, so it is put together once
    select(Organisation, Grant.area_code)
    .join(User, User.organisation_id == Organisation.id)
    .join(Grant, Grant.user_id == User.id)
    .where(Grant.role == Role.OFFICER, Grant.area_code.in_(bindparam("codes", expanding=True)))
    .where(User.state == UserState.ACTIVE, Organisation.is_authority, Organisation.state == OrganisationState.VERIFIED)
)


def bureau_for(region_code: str, park_code: str | None = None) -> Organisation | None:
    """The bureau that is nearest to a place: with an officer whose area is the park, the county, the prefecture, then the province.

    Of several, the one that says its phone, then the one that was there first. None where nobody is responsible yet.
    """
    codes = [one for code in (park_code, region_code) if code for one in (code, f"{code[:4]}00", f"{code[:2]}0000")]
    nearest = {code: place for place, code in reversed(list(enumerate(codes)))}
    found = db.session.execute(_WITH_OFFICERS, {"codes": codes}).all()
    if not found:
        return None
    bureau: Organisation = min(
        found, key=lambda row: (nearest.get(str(row[1]), 0), not row[0].contact_phone, row[0].created_at, row[0].id)
    )[0]
    return bureau


def issuer_for(actor_id: UUID | None, region_code: str) -> Organisation | None:
    """Which bureau publishes what somebody decided: that person's own, else the one nearest to the place."""
    wanted = select(Organisation).join(User, User.organisation_id == Organisation.id)
    own = db.session.scalars(wanted.where(User.id == actor_id, Organisation.is_authority)).one_or_none() if actor_id else None
    return own or bureau_for(region_code)


def area_of(actor_id: UUID | None, region_code: str) -> str:
    """The widest area that somebody looks after as an officer and that covers a place; the place itself where there is none."""
    areas = db.session.scalars(select(Grant.area_code).where(Grant.user_id == actor_id, Grant.role == Role.OFFICER)) if actor_id else ()
    around = [one for one in areas if one and covers(one, region_code)]
    return min(around, key=lambda code: len(code.rstrip("0")), default=region_code)


def first_with(role: Role, place: str) -> UUID | None:
    """The organisation whose user was the first to be given a role for an area around a place."""
    given = select(User.organisation_id, Grant.area_code).join(Grant, Grant.user_id == User.id).where(Grant.role == role)
    found = db.session.execute(given.order_by(Grant.created_at))
    return next((organisation_id for organisation_id, area in found if area and covers(area, place)), None)


def users_of(organisation_id: UUID) -> list[User]:
    """The users of an organisation, by name."""
    return list(db.session.scalars(select(User).where(User.organisation_id == organisation_id).order_by(User.name)).unique())


def user(user_id: UUID) -> User:
    """Raises: NotFound."""
    return by_id(User, user_id)


def organisation_id_of(user_id: UUID) -> UUID | None:
    """Whose user this is; None for nobody's."""
    return db.session.scalar(select(User.organisation_id).where(User.id == user_id))


def roles_of(user_id: UUID) -> frozenset[Role]:
    """What a person may be, without loading who it is."""
    return frozenset(db.session.scalars(select(Grant.role).where(Grant.user_id == user_id)))


def user_of(user_id: UUID, organisation_id: UUID) -> User:
    """One of an organisation's own users.

    Raises: NotFound: no such user, or another organisation's.
    """
    row = user(user_id)
    if row.organisation_id != organisation_id:
        raise NotFound
    return row


def users_matching(text: str = "", role: Role | None = None) -> Select[User]:
    """Users by login, name or organisation, for the administrators' lists."""
    statement = select(User).join(Organisation).order_by(Organisation.name, User.name, User.id)
    if text:
        wanted = text.strip().lower()
        statement = statement.where(
            or_(
                User.login.contains(wanted, autoescape=True),
                spelt(User.name_key, User.name, text),
                named(text),
                Organisation.name_initials.startswith(wanted, autoescape=True),
                Organisation.uscc == text.strip().upper(),
            )
        )
    if role is not None:
        statement = statement.where(User.id.in_(select(Grant.user_id).where(Grant.role == role)))
    return statement


def password_requests(*, open_only: bool, second_id: UUID | None = None, printer_id: UUID | None = None) -> Select[PasswordCode]:
    """Ways to a new password, newest first; those under way, or all there were.

    Args:
        second_id: only those that wait for this administrator as the second person.
        printer_id: only those of which this administrator may print the slip; nobody prints the own one.
    """
    statement = select(PasswordCode).order_by(PasswordCode.created_at.desc(), PasswordCode.id.desc())
    if second_id is not None:
        others = (PasswordCode.user_id != second_id) & PasswordCode.requested_by.is_distinct_from(second_id)
        statement = statement.where(PasswordCode.state == CodeState.WAITING, others)
    if printer_id is not None:
        statement = statement.where(PasswordCode.state == CodeState.READY, PasswordCode.user_id != printer_id)
    return statement.where(PasswordCode.live_user_id.is_not(None)) if open_only else statement


def password_request(code_id: UUID) -> PasswordCode:
    """Raises: NotFound."""
    return by_id(PasswordCode, code_id)


def active_users_of(organisations: Iterable[UUID], *, role: Role | None = None) -> Select[UUID]:
    """Ids of the active users of some organisations, of one role if only they can do it: who is told of what concerns them."""
    wanted = select(User.id).where(User.organisation_id.in_(list(organisations)), User.state == UserState.ACTIVE)
    return wanted if role is None else wanted.where(User.id.in_(select(Grant.user_id).where(Grant.role == role)))


def user_ids_by_organisation(organisations: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Ids of the active users of each of some organisations, in one query."""
    wanted = select(User.organisation_id, User.id).where(User.organisation_id.in_(list(organisations)), User.state == UserState.ACTIVE)
    found: dict[UUID, list[UUID]] = {}
    for organisation_id, user_id in db.session.execute(wanted):
        found.setdefault(organisation_id, []).append(user_id)
    return found


def recipients_of(organisations: Iterable[UUID]) -> dict[UUID, list[Recipient]]:
    """The active users of each of some organisations with their addresses, in one query."""
    wanted = select(User.organisation_id, User.id, User.email, User.phone, User.locale)
    found: dict[UUID, list[Recipient]] = {}
    wanted = wanted.where(User.organisation_id.in_(list(organisations)), User.state == UserState.ACTIVE).order_by(User.id)
    for organisation_id, user_id, email, phone, locale in db.session.execute(wanted):
        found.setdefault(organisation_id, []).append(Recipient(user_id, email, phone, locale))
    return found


def recipients_with(permission: str, region_code: str) -> list[Recipient]:
    """Active users who may do something at a place, with their addresses."""
    wanted = select(User.id, User.email, User.phone, User.locale).where(User.id.in_(user_ids_with(permission, region_code)))
    return [Recipient(*row) for row in db.session.execute(wanted.order_by(User.id))]


def user_ids_of(organisation_id: UUID) -> list[UUID]:
    """The same of one organisation, at hand."""
    return list(db.session.scalars(active_users_of([organisation_id])))


def user_ids_with(permission: str, region_code: str | None = None, park_code: str | None = None) -> list[UUID]:
    """Active users whose role carries a permission and, where a place is given, whose area covers it."""
    statement = (
        select(Grant.user_id, Grant.role, Grant.area_code).join(User, User.id == Grant.user_id).where(User.state == UserState.ACTIVE)
    )
    roles: frozenset[Role] = PERMISSIONS[permission]
    found = [
        user_id
        for user_id, role, area in db.session.execute(statement.where(Grant.role.in_(roles)))
        if region_code is None or area is None or covers(area, region_code, park_code)
    ]
    return list(dict.fromkeys(found))  # somebody with two areas is told once


def names_of(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of users for a list of events: "张三（XX公司）"."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(User.id, User.name, Organisation.name).join(Organisation).where(User.id.in_(wanted)))
    return {user_id: f"{name}（{organisation}）" for user_id, name, organisation in rows}


def names_of_organisations(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of organisations for a list."""
    rows = db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids))))
    return dict(rows.all())
