"""Pages of identity: signing in and registering, one's own account, and the lists of users and grants."""

from marketplace.identity.views import account, passwords, sign_in, sign_in_again, staff
from marketplace.identity.views.blueprint import bp

__all__ = ["account", "bp", "passwords", "sign_in", "sign_in_again", "staff"]
