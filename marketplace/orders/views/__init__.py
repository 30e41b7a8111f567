"""The pages of orders."""

from marketplace.orders.views import firm, joint, lists, market, office, order_page, placing, proposals, provider, public
from marketplace.orders.views.blueprint import bp

__all__ = ["bp", "firm", "joint", "lists", "market", "office", "order_page", "placing", "proposals", "provider", "public"]
