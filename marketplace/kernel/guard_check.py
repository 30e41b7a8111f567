"""Whether the triggers that keep rows from being changed are there, switched on, and say what we made them say."""

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Table, text

from marketplace.kernel.append_only import Kept
from marketplace.kernel.errors import N_
from marketplace.kernel.raw_rows import Fault

_BLANK = re.compile(r"\s+")

# On PostgreSQL a trigger may be there and do nothing: switched off, with another function, or with a condition that is never met.
_POSTGRESQL = text(
    """
    SELECT t.tgname, pg_get_triggerdef(t.oid), t.tgenabled IN ('O', 'A') AND p.prosrc LIKE '%RAISE EXCEPTION%'
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND c.relname = :table AND pg_table_is_visible(c.oid)
    """
)
_SQLITE = text("SELECT name, sql, 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")


def kept_tables(tables: Sequence[Table]) -> list[Table]:
    """Those whose rows are kept by triggers, as their models declare."""
    return [table for table in tables if isinstance(table.info.get("kept"), Kept)]


def missing_guards(connection: Connection, tables: Sequence[Table]) -> Iterator[Fault]:
    """Triggers of kept tables that are not there, are switched off, or were made to do something else."""
    on_postgresql = connection.dialect.name == "postgresql"
    for table in kept_tables(tables):
        found = {
            str(name): (_plain(str(made)), bool(works))
            for name, made, works in connection.execute(_POSTGRESQL if on_postgresql else _SQLITE, {"table": table.name})
        }
        for name, wanted in table.info["kept"].triggers(table.name, connection.dialect.name).items():
            made, works = found.get(name, ("", False))
            if not works:
                yield Fault("guard", table.name, name, N_("保护触发器不存在或已停用，这张表的内容可以被改动。请由数据库管理员恢复。"))
            elif made != _plain(wanted):
                yield Fault("guard", table.name, name, N_("保护触发器被改写过，不再拒绝改动。请由数据库管理员恢复。"))


def _plain(statement: str) -> str:
    """A definition without what the two ways of printing it differ in."""
    bare = _BLANK.sub(" ", statement.replace("public.", "").replace("(", " ").replace(")", " ")).strip().lower()
    moves = re.search(r"before ([a-z]+(?: or [a-z]+)+) on", bare)
    return bare.replace(moves[1], " or ".join(sorted(moves[1].split(" or ")))) if moves else bare
