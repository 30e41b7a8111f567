"""What every page knows of who looks at it."""

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext
from flask_login import current_user

from marketplace.identity.queries import bureau_for
from marketplace.kernel import clock
from marketplace.notices.queries import unread_count
from marketplace.web.formats import dialled


def _printed_at(moment: datetime) -> str:
    return moment.astimezone(clock.CST).strftime("%Y-%m-%d %H:%M")


def bureau_contact() -> dict[str, str] | None:
    """Whom to phone: the bureau nearest to whoever looks, for a visitor the one whose platform this is; None where none said its phone."""
    bureau = bureau_for(current_user.region_code if current_user.is_authenticated else current_app.config["HOME_AREA"])
    if bureau is None or not bureau.contact_phone:
        return None
    return {
        "bureau": bureau.name, "name": bureau.contact_name, "phone": bureau.contact_phone, "dial": dialled(bureau.contact_phone),
        "hours": bureau.contact_hours,
    }  # fmt: skip


def page_context() -> dict[str, Any]:
    """Notices not read, roles in words, when the page was printed, how long the session lasts."""
    context: dict[str, Any] = {"printed_at": _printed_at(clock.now()), "bureau_contact": bureau_contact}
    if current_user.is_authenticated:
        context |= {
            "unread_count": unread_count(current_user.id),
            "role_label": "、".join(gettext(label) for label in current_user.role_labels),
            "session_minutes": current_user.minutes_left,
            "layout": "layouts/officer.html" if current_user.is_staff else "layouts/firm.html",
        }
    else:
        context["layout"] = "layouts/public.html"
    return context
