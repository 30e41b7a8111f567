"""Tests: no network, no secrets."""

TESTING = True
SECRET_KEY = "tests only"  # noqa: S105
SERVER_NAME = None
DEMO = False
MAX_CLOCK_SKEW_SECONDS = 0  # tests pin the clock
