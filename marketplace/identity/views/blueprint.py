"""The blueprint, names of places and industries for every page, and the one thing that goes before every page."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.identity import industries, regions

bp = Blueprint("identity", __name__)

FREE_OF_NEW_PASSWORD = frozenset(
    {"identity.password", "identity.sign_out", "static", "bootstrap.static", "web.set_locale", "web.set_text_size"}
)


@bp.before_app_request
def new_password_first() -> ResponseReturnValue | None:
    """A temporary password opens one page: the one where it is changed."""
    if request.endpoint in FREE_OF_NEW_PASSWORD:  # asked first: a style sheet needs no user
        return None
    if current_user.is_authenticated and current_user.must_change_password:
        return redirect(url_for("identity.password"))
    return None


@bp.app_template_filter("region")
def region_name(code: str | None) -> str:
    """西藏自治区拉萨市城关区 for 540102; a code out of use stays a code."""
    return regions.full_name(code)


@bp.app_template_filter("industry")
def industry_name(code: str | None) -> str:
    """1522 瓶（罐）装饮用水制造."""
    return f"{code} {industries.industry(code).name}" if code and industries.exists(code) else code or "—"
