"""Pages of the catalogue: the public's, the provider's own, the officer's."""

from marketplace.catalogue.views import admissions, dossier, experts, my_offerings, own, public, review, verification
from marketplace.catalogue.views.blueprint import bp

__all__ = ["admissions", "bp", "dossier", "experts", "my_offerings", "own", "public", "review", "verification"]
