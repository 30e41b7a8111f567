"""Who may open an endpoint: it names a permission, or is listed as public. Nothing else is served."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app
from flask_login import current_user

from marketplace.kernel.errors import N_, Forbidden

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[View], View]:
    """Serve this view to users whose roles carry the permission; others sign in first or are refused."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            if not current_user.can(permission):
                raise Forbidden(N_("您的账号没有办理这件事的权限。如果工作需要，请联系本单位的管理员。"))
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def permission_of(endpoint: str) -> str:
    """What an endpoint asks of its visitors; nothing where it is public."""
    return getattr(current_app.view_functions[endpoint], "permission", None) or ""


def may_open(endpoint: str) -> bool:
    """Whether the user holds what this endpoint asks for; so that no page leads to a door that stays shut."""
    permission = permission_of(endpoint)
    return not permission or bool(current_user.is_authenticated and current_user.can(permission))


def public(view: View) -> View:
    """Serve this view to everybody."""
    view.permission = None  # type: ignore[attr-defined]
    return view
