"""Which tests run in one process after another: those that share what is dear to lay.

xdist's own marks (`xdist_group`) are not read under pytest 9.2: it writes them into node ids that can no longer be written.
"""

import re

import pytest
from xdist.scheduler import LoadScopeScheduling

# What takes longest begins first: the browser with its server, then the demo on PostgreSQL. The one on SQLite is a copy of the browser's.
# Then the walks through the whole house: one that begins last would leave the other processes without work.
FIRST = (
    *("tests/e2e/", "tests/demo/@postgresql", "tests/test_statement_counts.py", "tests/test_odd_input.py", "tests/demo/@sqlite"),
    *("tests/test_access.py", "tests/test_keys.py", "tests/test_reruns.py", "tests/reporting/test_piles.py", "tests/test_migrations.py"),
    *("tests/vouchers/test_drafts.py", "tests/ledger/test_verify.py", "tests/test_strangers.py", "tests/test_typed_text.py"),
)
FOLDERS = ("tests/e2e/", "tests/demo/")


def group_of(nodeid: str) -> str:
    """The tests of one file on one engine; the demo of an engine, and the browser, over all their files."""
    path = nodeid.partition("::")[0]
    engine = re.search(r"\b(sqlite|postgresql)\b", nodeid.partition("[")[2])
    folder = next((one for one in FOLDERS if path.startswith(one)), path)
    return folder if folder == "tests/e2e/" else f"{folder}@{engine.group() if engine else ''}"


def place_of(item: pytest.Item) -> int:
    return next((place for place, start in enumerate(FIRST) if group_of(item.nodeid).startswith(start)), len(FIRST))


class Groups(LoadScopeScheduling):
    """Hands groups to processes in the order in which they stand."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
