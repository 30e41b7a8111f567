"""Whether the tables that are to be verified are there, with their columns."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.exc import NoSuchTableError

from marketplace.kernel.errors import N_
from marketplace.kernel.raw_rows import Fault


def damage(connection: Connection, tables: Sequence[Table]) -> Iterator[Fault]:
    """Tables and columns that are missing. Whatever stands on them cannot be verified."""
    for table in tables:
        found = _columns(connection, table)
        if not found:
            yield Fault("schema", table.name, "*", N_("数据表不存在，与它有关的内容没有核验。"))
            continue
        missing = [column.name for column in table.columns if column.name not in found]
        if missing:
            message = N_("数据表缺少字段 %(columns)s，与它有关的内容没有核验。")
            yield Fault("schema", table.name, "*", message, {"columns": "、".join(missing)})


def loosened(connection: Connection, tables: Sequence[Table]) -> set[str]:
    """Tables whose keys may be empty, as nobody made them: a range of keys would pass such rows over."""
    return {table.name for table in tables if any(_columns(connection, table).get(key.name, True) for key in table.primary_key.columns)}


def _columns(connection: Connection, table: Table) -> dict[str, bool]:
    """Name of each column that is there, and whether it may be empty."""
    try:
        return {column["name"]: column["nullable"] for column in inspect(connection).get_columns(table.name)}
    except NoSuchTableError:
        return {}
