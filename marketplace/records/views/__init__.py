"""Pages of the register and of providers' reports."""

from flask import Blueprint

bp = Blueprint("records", __name__)

from marketplace.records.views import register, reporting, reviewing, years  # noqa: E402, F401 – they put their pages on bp
