"""What a programme should reach in a year (绩效目标), how far it is, and what it reached: from the ledger and counts of rows alone."""
