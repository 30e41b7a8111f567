"""Trail, ledger pages, trace of a yuan, match audit (审计监督)."""
