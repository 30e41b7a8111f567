"""Rows that are never changed or deleted: triggers on both engines. Migrations put them on and take them off by these two functions.

A batch migration on SQLite makes a table anew and drops its triggers silently: whoever does that calls `protect` again.
"""

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


def release(op: Operations, table: str) -> None:
    """Take the triggers off, before a downgrade drops the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_rows ON {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_table ON {table}")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_keep_{verb}")


def forget(op: Operations) -> None:
    """Take the function away too: for the downgrade of the migration that first protected a table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
