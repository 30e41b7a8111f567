"""Proofs for whoever has none of our servers (存证): a voucher's receipt, what is published, and a check that anybody may run."""
