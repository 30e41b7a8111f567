"""Rows that are never changed or deleted, and rows whose totals only grow: triggers on both engines, put on and taken off by migrations.

A batch migration on SQLite makes a table anew and drops its triggers silently: whoever does that calls `protect` again.
"""

from collections.abc import Sequence

from alembic.operations import Operations

_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def install(op: Operations) -> None:
    """Make the function that PostgreSQL's triggers call. Once, in the first migration."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)


def uninstall(op: Operations) -> None:
    """Take the function away again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")


def protect(op: Operations, table: str) -> None:
    """Refuse UPDATE and DELETE (on PostgreSQL also TRUNCATE) on a table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE TRIGGER {table}_keep_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
        op.execute(f"CREATE TRIGGER {table}_keep_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_keep_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or deleted'); END"
        )


def protect_totals(op: Operations, table: str, *, totals: Sequence[str], counter: str, fixed: Sequence[str]) -> None:
    """Refuse DELETE (and TRUNCATE), a change of the fixed columns, a falling total, and totals that move without the counter.

    An honest update pays little: PostgreSQL reads a trigger's WHEN anew in each statement, so the fixed columns, which an honest update
    does not name at all, have a trigger of their own that refuses any statement that names one.
    """
    wrong = [*(f"NEW.{column} < OLD.{column}" for column in totals), f"NEW.{counter} <= OLD.{counter}"]
    if op.get_bind().dialect.name == "postgresql":
        refuse = f"ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        op.execute(f"CREATE TRIGGER {table}_keep_rows BEFORE DELETE {refuse}")
        op.execute(f"CREATE TRIGGER {table}_keep_fixed BEFORE UPDATE OF {', '.join(fixed)} {refuse}")
        op.execute(
            f"CREATE TRIGGER {table}_keep_totals BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({' OR '.join(wrong)}) "
            "EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"CREATE TRIGGER {table}_keep_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
        return
    differs = [f"NEW.{column} IS NOT OLD.{column}" for column in fixed]
    for verb, when in (("UPDATE", f"WHEN {' OR '.join([*differs, *wrong])}"), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER {table}_keep_{verb.lower()} BEFORE {verb} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or deleted'); END"
        )


def release(op: Operations, table: str) -> None:
    """Take the triggers off, before a downgrade drops the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_rows ON {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_fixed ON {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_totals ON {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_table ON {table}")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_{verb}")
