"""Pages of evaluation."""

from flask import Blueprint

bp = Blueprint("evaluation", __name__)

from marketplace.evaluation.views import assessing, judging, platforms, results  # noqa: E402, F401 – they put their pages on bp
