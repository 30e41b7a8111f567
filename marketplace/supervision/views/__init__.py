"""The pages of cases."""

from marketplace.supervision.views import checks, office, own, public, social, steps, tip_export, tips
from marketplace.supervision.views.blueprint import bp

__all__ = ["bp", "checks", "office", "own", "public", "social", "steps", "tip_export", "tips"]
