"""One decision over many rows: those that were ticked or all that match a filter; listed first, then decided each by the rules of one."""
