"""How PostgreSQL answers what was asked of it: which rows of which table it read, told by its own plan."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text

from marketplace.kernel.db import db


def rows_read(ask: Callable[[], object]) -> Counter[str]:
    """Rows read by table while something is asked, those that were looked at and left included; on a small table as on a large one."""
    connection = db.session.connection()
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    connection.execute(text("ANALYZE"))  # else the plan is by guess
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    read: Counter[str] = Counter()
    for statement, parameters in sent:
        raw = connection.connection.cursor()
        raw.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        found = raw.fetchone()[0]
        _add((json.loads(found) if isinstance(found, str) else found)[0]["Plan"], read)
    return read


def _add(node: dict[str, Any], read: Counter[str]) -> None:
    if "Relation Name" in node:
        seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        read[node["Relation Name"]] += seen * node["Actual Loops"]
    for part in node.get("Plans", ()):
        _add(part, read)
