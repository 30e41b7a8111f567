"""What changed rules make of a firm, of a voucher and of each order that was placed. Pure."""
