"""A book is in one currency, and so is what stands in it: offerings, orders, applications, claims, payment batches;
a service record says in which currency its fee was.

Rounds, orders and public notices say whose days their days are.

What is there is in yuan. An order is placed only in the currency of its offering and of its book, what is asked for and paid only in that of
its book, and a batch pays claims of its own currency: triggers look at the other row, since no foreign key says it.
"""

from alembic import op

revision = "0069_currencies"
down_revision = "0068_soft_caps"
branch_labels = None
depends_on = None

TABLES = ("ledger_books", "programmes", "offerings", "orders", "subsidies", "claims", "payment_batches", "service_records")
IN_A_ZONE = ("rounds", "orders", "public_notices")
_OF_BOOK = "NEW.book_id IS NOT NULL AND NEW.currency <> (SELECT currency FROM ledger_books WHERE id = NEW.book_id)"
_OF_OFFERING = "NEW.currency <> (SELECT currency FROM offerings WHERE id = NEW.offering_id)"
_OF_BATCH = (
    "(SELECT currency FROM payment_batches WHERE id = NEW.batch_id) <> (SELECT currency FROM claims WHERE id = NEW.claim_id)"
)
_RULES = (  # table, columns that are looked at, what must not be
    ("programmes", "currency, book_id", _OF_BOOK),
    ("orders", "currency, book_id, offering_id", f"({_OF_BOOK}) OR {_OF_OFFERING}"),
    ("subsidies", "currency, book_id", _OF_BOOK),
    ("claims", "currency, book_id", _OF_BOOK),
    ("payment_batches", "currency, book_id", _OF_BOOK),
    ("payment_lines", "batch_id, claim_id", _OF_BATCH),
)
_SAID = "amounts of a book are in its currency"


def upgrade() -> None:
    for table in TABLES:
        check = f"CONSTRAINT ck_{table}_currency_code CHECK (length(currency) = 3)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN currency VARCHAR(3) DEFAULT 'CNY' NOT NULL {check}")
    for table in IN_A_ZONE:
        op.execute(f"ALTER TABLE {table} ADD COLUMN time_zone VARCHAR(40) DEFAULT 'Asia/Shanghai' NOT NULL")
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, columns, wrong in _RULES:
        for statement in _on_postgresql(table, columns, wrong) if is_postgresql else _on_sqlite(table, columns, wrong):
            op.execute(statement)


def _on_postgresql(table: str, columns: str, wrong: str) -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION refuse_currency_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {wrong} THEN"
        f" RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {table}_one_currency BEFORE INSERT OR UPDATE OF {columns} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION refuse_currency_of_{table}()",
    )


def _on_sqlite(table: str, columns: str, wrong: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_one_currency_{name} BEFORE {verb} ON {table} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        for name, verb in (("insert", "INSERT"), ("update", f"UPDATE OF {columns}"))
    )


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, _columns, _wrong in _RULES:
        if is_postgresql:
            op.execute(f"DROP TRIGGER {table}_one_currency ON {table}")
            op.execute(f"DROP FUNCTION refuse_currency_of_{table}()")
        else:
            op.execute(f"DROP TRIGGER {table}_one_currency_insert")
            op.execute(f"DROP TRIGGER {table}_one_currency_update")
    for table in IN_A_ZONE:
        op.drop_column(table, "time_zone")
    for table in TABLES:
        op.drop_column(table, "currency")
