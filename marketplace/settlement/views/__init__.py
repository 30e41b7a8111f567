"""The pages of claims and payments."""

from marketplace.settlement.views import (
    appeals,
    batches,
    claims,
    levels,
    office_subsidies,
    payees,
    recoveries,
    results,
    review,
    spot_checks,
    statements,
    subsidies,
    treasury,
)
from marketplace.settlement.views.blueprint import bp

__all__ = [
    "appeals",
    "batches",
    "bp",
    "claims",
    "levels",
    "office_subsidies",
    "payees",
    "recoveries",
    "results",
    "review",
    "spot_checks",
    "statements",
    "subsidies",
    "treasury",
]
