"""One machine, SQLite, the demo."""

DEMO = True
