"""Verification: does the ledger still say what was posted, and the trail what happened? Names every row that does not fit."""

from marketplace.ledger.verify.run import Verification
from marketplace.ledger.verify.since import Since

__all__ = ["Since", "Verification"]
