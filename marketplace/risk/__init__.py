"""Signals that checks raise, with reasons: a reason to open the file, never a verdict."""
