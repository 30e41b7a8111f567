"""The append-only trail: who did what, when."""
