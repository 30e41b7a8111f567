"""Reads of programmes, rounds, applications and vouchers."""

from marketplace.vouchers.queries.facts import facts_of, facts_of_many
from marketplace.vouchers.queries.funds import free_fen, gauge

__all__ = ["facts_of", "facts_of_many", "free_fen", "gauge"]
