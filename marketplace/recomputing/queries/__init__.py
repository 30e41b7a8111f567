"""What was decided and what it stood on, read in pieces at one moment; never a statement per row."""
