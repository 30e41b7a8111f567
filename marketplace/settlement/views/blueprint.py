"""The blueprint, and what its pages share."""

from flask import Blueprint
from flask_login import current_user

from marketplace.orders.queries import Viewer

bp = Blueprint("settlement", __name__)


def viewer() -> Viewer:
    """Who looks at this page."""
    return Viewer(current_user.organisation_id, current_user.areas_for("claims.open"))
