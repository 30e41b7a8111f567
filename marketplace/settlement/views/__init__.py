"""The pages of claims and payments."""

from marketplace.settlement.views import (
    appeals,
    approvals,
    batches,
    claims,
    files,
    levels,
    office_subsidies,
    onward,
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
    "approvals",
    "batches",
    "bp",
    "claims",
    "files",
    "levels",
    "office_subsidies",
    "onward",
    "payees",
    "recoveries",
    "results",
    "review",
    "spot_checks",
    "statements",
    "subsidies",
    "treasury",
]
