"""The pages of claims and payments."""

from marketplace.settlement.views import batches, claims, results, review, spot_checks
from marketplace.settlement.views.blueprint import bp

__all__ = ["batches", "bp", "claims", "results", "review", "spot_checks"]
