"""What an error of the database means: whether the same work may succeed if done again, and what is said where not."""

import sqlite3
from collections.abc import Iterable

import psycopg
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from marketplace.kernel.errors import N_, Busy, Conflict

_PASSING_STATES = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "25006", "53300"}
_FULL_STATES = {"53100", "53200"}  # no room on disk, no memory
_CUT_STATE = "57014"  # a statement was stopped: by `db_timeouts`, or by the server's own statement_timeout


def is_passing(error: Exception) -> bool:
    """Whether the same work may succeed if done again: a collision, or a database that is away for a while."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _PASSING_STATES or state.startswith("08")
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return isinstance(error.orig, psycopg.OperationalError)  # without a state: no connection could be had


def is_full(error: Exception) -> bool:
    """Whether the database has no room left; a person must make some, so nothing is tried again."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
    return getattr(error.orig, "sqlstate", None) in _FULL_STATES


def is_cut(error: Exception) -> bool:
    """Whether a statement was stopped because it took longer than somebody waits at a page, or than the server allows."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _CUT_STATE


def is_used_key(error: Exception, tables: Iterable[Table]) -> bool:
    """Whether a row could not be added because its primary key names another row: a form's key was used before, or made up."""
    if not isinstance(error, IntegrityError):
        return False
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if name is not None:
        return str(name).startswith("pk_")
    said = str(error.orig).removeprefix("UNIQUE constraint failed: ")
    return any(said == ", ".join(f"{table.name}.{column.name}" for column in table.primary_key) for table in tables)


def used_key() -> Conflict:
    """What is said of it."""
    return Conflict(N_("这个页面已经提交过，或已失效。请重新打开页面，再填写提交。"), code="used_key")


def no_room() -> Busy:
    """What is said where no room is left."""
    return Busy(N_("服务器的存储空间已满，您的操作没有保存。请联系系统管理员清理空间后再提交。"), code="no_room")
