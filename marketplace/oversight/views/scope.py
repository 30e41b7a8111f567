"""How far the user sees."""

from flask_login import current_user


def areas(permission: str) -> tuple[str, ...] | None:
    """The areas in which the user may read this; None for auditors, who read everything."""
    found: tuple[str, ...] | None = current_user.areas_read(permission)
    return found
