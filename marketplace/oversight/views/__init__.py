"""Oversight's pages: books, the trail, verification, signals, the trace of a yuan."""

from flask import Blueprint

from marketplace.oversight.queries.names import simulated_addresses

bp = Blueprint("oversight", __name__, url_prefix="/oversight")
bp.app_context_processor(lambda: {"simulated_addresses": simulated_addresses})

from marketplace.oversight.views import appropriated, books, finding, own_periods, periods, signals, trace, trace_file, trail, verification  # noqa: E402, F401 – they register their pages
