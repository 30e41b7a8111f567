"""Oversight's pages: books, the trail, verification, signals, the trace of a yuan."""

from flask import Blueprint

bp = Blueprint("oversight", __name__, url_prefix="/oversight")

from marketplace.oversight.views import books, signals, trace, trail, verification  # noqa: E402, F401 – they register their pages
