"""Which frame a page of everybody wears: the public, firms and staff meet the same page in their own surroundings."""

from flask_login import current_user


def own_layout() -> str:
    """The layout of whoever looks: `{% extends layout %}`."""
    if not current_user.is_authenticated:
        return "layouts/public.html"
    return "layouts/officer.html" if current_user.is_staff else "layouts/firm.html"
