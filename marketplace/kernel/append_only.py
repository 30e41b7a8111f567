"""Rows that are never changed or deleted, and rows whose totals only grow: triggers on both engines, put on and taken off by migrations.

A batch migration on SQLite makes a table anew and drops its triggers silently: whoever does that calls `protect` again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # models declare how they are kept, and must not load the migration tools for it
    from alembic.operations import Operations

_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def install(op: "Operations") -> None:
    """Make the function that PostgreSQL's triggers call. Once, in the first migration."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)


def uninstall(op: "Operations") -> None:
    """Take the function away again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")


@dataclass(frozen=True, slots=True)
class Kept:
    """How a table is kept; models say it in their table's `info["kept"]`, and verification looks whether the triggers are there.

    Without totals no row ever changes. With them, the fixed columns never change, totals only grow, and never without the counter.
    """

    totals: tuple[str, ...] = ()
    counter: str = ""
    fixed: tuple[str, ...] = ()

    def triggers(self, table: str, dialect: str) -> dict[str, str]:
        """The statement that makes each trigger, by the trigger's name.

        An honest update pays little: PostgreSQL reads a trigger's WHEN anew in each statement, so the fixed columns, which an honest
        update does not name at all, have a trigger of their own that refuses any statement that names one.
        """
        wrong = [
            *(f"NEW.{one} < OLD.{one}" for one in self.totals),
            *([f"NEW.{self.counter} <= OLD.{self.counter}"] if self.totals else []),
        ]
        if dialect == "postgresql":
            refuse = f"ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            made = {f"{table}_keep_table": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"}
            if not self.totals:
                made[f"{table}_keep_rows"] = f"BEFORE UPDATE OR DELETE {refuse}"
            else:
                made[f"{table}_keep_rows"] = f"BEFORE DELETE {refuse}"
                made[f"{table}_keep_fixed"] = f"BEFORE UPDATE OF {', '.join(self.fixed)} {refuse}"
                made[f"{table}_keep_totals"] = (
                    f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({' OR '.join(wrong)}) EXECUTE FUNCTION refuse_change()"
                )
        else:
            differs = [*(f"NEW.{column} IS NOT OLD.{column}" for column in self.fixed), *wrong]
            when = f" WHEN {' OR '.join(differs)}" if self.totals else ""
            refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or deleted'); END"
            made = {
                f"{table}_keep_update": f"BEFORE UPDATE ON {table}{when} {refuse}",
                f"{table}_keep_delete": f"BEFORE DELETE ON {table} {refuse}",
            }
        return {name: f"CREATE TRIGGER {name} {rest}" for name, rest in made.items()}


ROWS = Kept()  # nothing of it ever changes


def protect(op: "Operations", table: str) -> None:
    """Refuse UPDATE and DELETE (on PostgreSQL also TRUNCATE) on a table."""
    _keep(op, table, ROWS)


def protect_totals(op: "Operations", table: str, *, totals: Sequence[str], counter: str, fixed: Sequence[str]) -> None:
    """Refuse DELETE (and TRUNCATE), a change of the fixed columns, a falling total, and totals that move without the counter."""
    _keep(op, table, Kept(tuple(totals), counter, tuple(fixed)))


def _keep(op: "Operations", table: str, kept: Kept) -> None:
    for statement in kept.triggers(table, op.get_bind().dialect.name).values():
        op.execute(statement)


def release(op: "Operations", table: str) -> None:
    """Take the triggers off, before a downgrade drops the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_rows ON {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_fixed ON {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_totals ON {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_table ON {table}")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_{verb}")
