"""The blueprint, what every page needs of the user, and the one thing that goes before every page."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import industries, regions
from marketplace.notices import queries as notice_queries

bp = Blueprint("identity", __name__)

FREE_OF_NEW_PASSWORD = frozenset(
    {"identity.password", "identity.sign_out", "static", "bootstrap.static", "web.set_locale", "web.set_text_size"}
)


@bp.before_app_request
def new_password_first() -> ResponseReturnValue | None:
    """A temporary password opens one page: the one where it is changed."""
    if current_user.is_authenticated and current_user.must_change_password and request.endpoint not in FREE_OF_NEW_PASSWORD:
        return redirect(url_for("identity.password"))
    return None


@bp.app_context_processor
def about_the_user() -> dict[str, Any]:
    """Unread notices, the user's roles in words, and how long the session lasts: the frame of every page shows them."""
    if not current_user or not current_user.is_authenticated:
        return {}
    return {
        "unread_count": notice_queries.unread_count(current_user.id),
        "role_label": "、".join(_(label) for label in current_user.role_labels),
        "session_minutes": current_user.minutes_left,
    }


@bp.app_template_filter("region")
def region_name(code: str | None) -> str:
    """西藏自治区拉萨市城关区 for 540102; a code out of use stays a code."""
    return regions.region(code).full_name if code and regions.exists(code) else code or "—"


@bp.app_template_filter("industry")
def industry_name(code: str | None) -> str:
    """1522 瓶（罐）装饮用水制造."""
    return f"{code} {industries.industry(code).name}" if code and industries.exists(code) else code or "—"
