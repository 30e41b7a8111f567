"""The blueprint, and what its pages share."""

from flask import Blueprint
from flask.sansio.blueprints import BlueprintSetupState
from flask_login import current_user

from marketplace.orders.queries import Viewer
from marketplace.settlement import rules

bp = Blueprint("settlement", __name__)


@bp.record_once
def _words(state: BlueprintSetupState) -> None:
    """Globals, so that macros know them too."""
    state.app.jinja_env.globals.update(
        claim_labels=rules.CLAIM_LABELS, claim_tones=rules.CLAIM_TONES, batch_labels=rules.BATCH_LABELS, batch_tones=rules.BATCH_TONES,
        line_labels=rules.LINE_LABELS, line_tones=rules.LINE_TONES,
    )  # fmt: skip


def viewer() -> Viewer:
    """Who looks at this page."""
    return Viewer(current_user.organisation_id, current_user.areas_for("claims.open"))
