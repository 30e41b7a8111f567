"""Pages of firms: a firm's own, the officers', and the Excel lists."""

from marketplace.enterprises.views import office, own, review
from marketplace.enterprises.views.blueprint import bp

__all__ = ["bp", "office", "own", "review"]
