"""A recomputation done at once, in one line, and a stored value changed behind its back."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from marketplace.kernel.db import db, in_transaction, snapshot
from marketplace.recomputing.checking import Recomputation, everything
from marketplace.recomputing.queries.reading import readings
from marketplace.recomputing.rules.outcome import DecisionKind
from marketplace.recomputing.service import KeptDifference, as_kept


def silent(_done: int, _total: int) -> None:
    """Nobody looks."""


def recomputed(slug: str | None = None) -> tuple[Recomputation, list[KeptDifference]]:
    """A run over everything, and its differences."""
    db.session.commit()
    with snapshot() as connection:
        run = Recomputation(readings(connection, slug, None), silent) if slug else everything(connection, None, silent)
        return run, [kept for one in run.differences() for kept in as_kept(one)]


def differing() -> set[tuple[str, str]]:
    """The kinds and rows that differ."""
    return {(one.kind, one.row) for one in recomputed()[1]}


def checked() -> dict[DecisionKind, int]:
    """How many of each kind were decided again, those of which there is one."""
    return {kind: one.checked for kind, one in recomputed()[0].tallies.items() if one.checked}


def forged(table: str, row_id: UUID, **values: Any) -> None:
    """Change stored values with SQL alone, as the owner of the database can, whatever guards the table."""
    named = ", ".join(f"{name} = :{name}" for name in values)
    key = row_id.hex if db.engine.dialect.name == "sqlite" else str(row_id)

    def work() -> None:
        for statement in _unlocked(table):
            db.session.execute(text(statement))
        db.session.execute(text(f"UPDATE {table} SET {named} WHERE id = :row"), {**values, "row": key})

    in_transaction(work)
    db.session.expire_all()


def _unlocked(table: str) -> list[str]:
    if db.engine.dialect.name == "postgresql":
        return [f"ALTER TABLE {table} DISABLE TRIGGER USER"]
    named = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    return [f"DROP TRIGGER {name}" for name in db.session.scalars(named, {"table": table})]
