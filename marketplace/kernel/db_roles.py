"""The rights of the role the application runs under on PostgreSQL: what the triggers refuse to everyone, it may not even ask for.

Another role owns the tables and runs the migrations. Which tables are append-only is read from their triggers, so a table that a later
migration protects is covered when the command is run again, and no second list can fall behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from marketplace.kernel.errors import N_, DomainError

# Without these under triggers the schema is not ours, or not migrated: then nothing is granted.
MUST_BE_KEPT = frozenset(
    {"audit_events", "ledger_accounts", "ledger_books", "ledger_entries", "ledger_transfers", "seal_blocks", "seal_members"}
)
TOTALS = {"ledger_accounts": ("debits_fen", "credits_fen", "version")}
_READ_ONLY = frozenset({"alembic_version"})


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of this database: all of them, and those whose rows are kept."""

    name: str
    tables: Sequence[str]
    kept: frozenset[str]


def schema(connection: Connection) -> Schema:
    """Raises: DomainError: the tables are not there, or not all of them are protected."""
    name = str(connection.scalar(text("SELECT current_schema()")))
    tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = :name ORDER BY 1"), {"name": name}).all()
    guarded = text(
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_proc p ON p.oid = t.tgfoid WHERE n.nspname = :name AND p.proname = 'refuse_change' AND t.tgenabled IN ('O', 'A')"
    )
    kept = frozenset(connection.scalars(guarded, {"name": name}))
    if missing := MUST_BE_KEPT - kept:
        raise DomainError(
            N_("这些表还没有建好或没有防改触发器：%(tables)s。请先运行 flask db upgrade。"),
            code="tables_unprotected",
            tables="、".join(sorted(missing)),
        )
    return Schema(name, tables, kept)


def check_role(connection: Connection, role: str) -> bool:
    """Whether the role exists already.

    Raises: DomainError: it is the owner itself, or has rights that no grant can take back.
    """
    if role == connection.scalar(text("SELECT current_user")):
        raise DomainError(N_("应用角色不能就是建表的属主角色 %(role)s。请另取一个名字。"), code="role_is_owner", role=role)
    found = connection.execute(text("SELECT oid, rolsuper FROM pg_roles WHERE rolname = :role"), {"role": role}).one_or_none()
    if found is None:
        return False
    owns = connection.scalar(text("SELECT count(*) FROM pg_class WHERE relowner = :oid"), {"oid": found.oid})
    member = connection.scalar(text("SELECT count(*) FROM pg_auth_members WHERE member = :oid"), {"oid": found.oid})
    if found.rolsuper or owns or member:
        raise DomainError(
            N_("角色 %(role)s 是超级用户、拥有表，或属于其他角色，收不住权限。请另建一个普通角色。"), code="role_too_strong", role=role
        )
    return True


def statements(connection: Connection, found: Schema, role: str, *, exists: bool, verifier: str = "") -> Iterator[str]:
    """The SQL that makes the role and its grants, or brings them up to date.

    Args:
        verifier: the password as SCRAM stores it; the password itself would stand in the server's log. Empty: it is not touched.
    """
    quote = connection.dialect.identifier_preparer.quote
    name, place = quote(role), quote(found.name)
    if not exists:
        yield f"CREATE ROLE {name}"
    yield f"ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    if verifier:
        yield f"ALTER ROLE {name} PASSWORD '{verifier}'"
    yield f"REVOKE CREATE ON SCHEMA {place} FROM PUBLIC, {name}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM PUBLIC, {name}"
    yield f"GRANT USAGE ON SCHEMA {place} TO {name}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {place} TO {name}"
    for table in found.tables:
        yield f"GRANT {_rights(table, found.kept)} ON {place}.{quote(table)} TO {name}"
        if table in TOTALS:
            yield f"GRANT UPDATE ({', '.join(TOTALS[table])}) ON {place}.{quote(table)} TO {name}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {place} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {place} GRANT USAGE, SELECT ON SEQUENCES TO {name}"


def _rights(table: str, kept: frozenset[str]) -> str:
    if table in _READ_ONLY:
        return "SELECT"
    return "SELECT, INSERT" if table in kept else "SELECT, INSERT, UPDATE, DELETE"
