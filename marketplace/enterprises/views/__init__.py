"""Pages of firms: a firm's own, the officers', and the Excel lists."""

from marketplace.enterprises.views import declared, groups, office, own, review
from marketplace.enterprises.views.blueprint import bp

__all__ = ["bp", "declared", "groups", "office", "own", "review"]
