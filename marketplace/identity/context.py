"""What every page knows of who looks at it."""

from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.notices.queries import unread_count


def _printed_at(moment: datetime) -> str:
    return moment.astimezone(clock.CST).strftime("%Y-%m-%d %H:%M")


def page_context() -> dict[str, Any]:
    """Notices not read, roles in words, when the page was printed, how long the session lasts."""
    context: dict[str, Any] = {"printed_at": _printed_at(clock.now())}
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
