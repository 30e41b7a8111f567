"""Pages of the matching: chains, needs, supplies and surveys, matches."""

from flask import Blueprint

bp = Blueprint("matching", __name__)

from marketplace.matching.views import audit_pages, chain_pages, contract_pages, match_pages, needs_pages, step_pages, supply_pages  # noqa: E402, F401 – they add their routes
