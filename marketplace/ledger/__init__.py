"""Double-entry ledger: the only truth about money (账务)."""
