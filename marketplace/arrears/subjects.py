"""The column by which people know an arrear, and whom it concerns."""

from marketplace.arrears.models import Arrear

NAMES = {"arrear": (Arrear.id, Arrear.number)}
