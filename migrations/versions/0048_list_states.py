"""Part the states of needs lists from those of supply lists: nobody confirms a leader's list, and no firm takes its own back.

Each has a life or a way of its own now, so each table holds the states that its rows can have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048_list_states"
down_revision = "0047_keys_of_rows"
branch_labels = None
depends_on = None

_BEFORE = ("draft", "submitted", "published", "replaced", "withdrawn")
_AFTER = {"needs_lists": ("draft", "published", "replaced", "withdrawn"), "supply_lists": ("draft", "submitted", "published", "replaced")}


def upgrade() -> None:
    for table, states in _AFTER.items():
        _let_states_be(table, _BEFORE, states)


def downgrade() -> None:
    for table, states in _AFTER.items():
        _let_states_be(table, states, _BEFORE)


def _let_states_be(table: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    old, new = (", ".join(f"'{state}'" for state in states) for states in (before, after))
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(f"ck_{table}_state_known"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_state_known"), table, f"state IN ({new})")
        return
    # SQLite keeps a CHECK as the text of its table, and a table that others point to cannot be written anew inside a transaction.
    op.execute("PRAGMA writable_schema = ON")
    words = {"old": f"state IN ({old})", "new": f"state IN ({new})", "name": table}
    changed = op.get_bind().execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :name"), words
    )
    assert changed.rowcount == 1, table
    op.execute("PRAGMA writable_schema = RESET")
