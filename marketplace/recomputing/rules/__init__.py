"""What was decided is decided again, a module per kind of decision. Pure."""
