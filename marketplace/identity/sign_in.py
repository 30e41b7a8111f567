"""Flask-Login's side: who a request comes from. The cookie holds a session token, not a user id."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from marketplace.extensions import login_manager
from marketplace.identity import scope
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import User
from marketplace.identity.roles import PERMISSIONS, Role, permitted
from marketplace.identity.service import sessions
from marketplace.kernel import clock
from marketplace.web.interrupted import interrupted


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, as a value: a page may use it after the transaction that changed the rows."""

    id: UUID
    token: str
    login: str
    name: str
    organisation_id: UUID
    organisation_name: str
    organisation_state: OrganisationState
    region_code: str
    grants: tuple[tuple[Role, str | None], ...]  # each role with the area it was given for: six digits, None where a role has none
    locale: str | None
    must_change_password: bool
    expires_at: datetime

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(role for role, _area in self.grants)

    def areas_for(self, permission: str) -> tuple[str, ...]:
        """Areas in which the user may do what the permission says: those of the roles that carry it, of no other role.

        An expert is given none: it is the own province.
        """
        carrying = [(role, area) for role, area in self.grants if role in PERMISSIONS[permission]]
        found = {f"{self.region_code[:2]}0000" if role is Role.EXPERT else area for role, area in carrying}
        return tuple(sorted(area for area in found if area))

    def areas_read(self, permission: str) -> tuple[str, ...] | None:
        """The same for reading; None for auditors, who read everything. Never for acting: no auditor changes anything."""
        follows_money = self.has_role(Role.AUDITOR) and Role.AUDITOR in PERMISSIONS[permission]
        return None if follows_money else self.areas_for(permission)

    def may_act(self, permission: str, region_code: str, park_code: str | None = None) -> bool:
        """Whether the user may do this at a place: one of the areas that carry the permission covers it."""
        return scope.may_act(self.areas_for(permission), region_code, park_code)

    def can(self, permission: str) -> bool:
        """Whether one of the user's roles carries the permission."""
        return permitted(self.roles, permission)

    def has_role(self, role: str) -> bool:
        return Role(role) in self.roles

    @property
    def role_labels(self) -> list[str]:
        return [role.label for role in Role if role in self.roles]

    @property
    def minutes_left(self) -> int:
        """How long the session still lasts."""
        return max(0, int((self.expires_at - clock.now()).total_seconds() // 60))

    @property
    def is_staff(self) -> bool:
        """Whether the user works for an authority: officers' layout, dense tables."""
        return not self.roles <= {Role.SME, Role.PROVIDER, Role.CHAIN_LEADER}


def signed_in(user: User, token: str, expires_at: datetime) -> SignedIn:
    """The value for a user's row."""
    return SignedIn(
        id=user.id,
        token=token,
        login=user.login,
        name=user.name,
        organisation_id=user.organisation_id,
        organisation_name=user.organisation.name,
        organisation_state=user.organisation.state,
        region_code=user.organisation.region_code,
        grants=tuple((g.role, g.area_code) for g in user.grants),
        locale=user.locale,
        must_change_password=user.must_change_password,
        expires_at=expires_at,
    )


def remember(token: str) -> None:
    """Put the new token in the cookie; what the visitor's session held before is dropped by the view."""
    found = sessions.user_of(token, now=clock.now())
    assert found is not None, "the session was opened a moment ago"
    login_user(signed_in(found[0], token, found[1]))


def register_login() -> None:
    """Tell Flask-Login how to find the user, and where strangers go."""
    login_manager.session_protection = None  # our own table ends sessions

    @login_manager.user_loader
    def load(token: str) -> SignedIn | None:
        found = sessions.user_of(token, now=clock.now())
        return signed_in(found[0], token, found[1]) if found else None

    @login_manager.unauthorized_handler
    def stranger() -> ResponseReturnValue:
        if request.method == "POST":
            return interrupted(401)
        return redirect(url_for("identity.sign_in", next=request.full_path.rstrip("?")))
