"""Where benches and faults leave what they found: a JSON list under instance/, one row per name, the newest of each."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

INSTANCE = Path(__file__).resolve().parent.parent / "instance"


def keep(file: str, key: str, row: Mapping[str, Any]) -> None:
    """Put a row into instance/<file> in place of the earlier one of the same name, and print it.

    Args:
        key: which of the row's values is its name: "figure" in bench.json, "row" in faults.json.
    """
    path = INSTANCE / file
    path.parent.mkdir(exist_ok=True)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    rows = [kept for kept in known if kept[key] != row[key]] + [dict(row)]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


def figure(name: str, value: float, goal: str, met: bool) -> None:
    """One line of bench.json. Goals are figures of the design, e.g. "at least 0.30"; a bench prints whether it is met, never asserts it."""
    keep("bench.json", "figure", {"figure": name, "value": round(value, 4), "goal": goal, "met": met})
