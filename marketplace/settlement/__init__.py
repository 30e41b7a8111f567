"""Claims, their review, payment batches, bank results (核销、兑付)."""
