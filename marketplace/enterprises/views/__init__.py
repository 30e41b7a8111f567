"""Pages of firms: a firm's own, the officers', and the Excel lists."""

from marketplace.enterprises.views import groups, office, own, review
from marketplace.enterprises.views.blueprint import bp

__all__ = ["bp", "groups", "office", "own", "review"]
