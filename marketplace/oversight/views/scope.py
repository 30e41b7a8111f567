"""How far the user sees."""

from flask_login import current_user

from marketplace.identity.roles import Role


def areas() -> tuple[str, ...] | None:
    """The user's areas of authority; None for auditors, who read everything."""
    if current_user.has_role(Role.AUDITOR):
        return None
    own: tuple[str, ...] = current_user.areas
    return own
