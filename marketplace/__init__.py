"""券链 (Quanlian): public money that helps small firms, spent well and seen by all."""
