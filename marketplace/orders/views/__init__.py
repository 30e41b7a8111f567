"""The pages of orders."""

from marketplace.orders.views import firm, lists, placing, provider, public, showing
from marketplace.orders.views.blueprint import bp

__all__ = ["bp", "firm", "lists", "placing", "provider", "public", "showing"]
