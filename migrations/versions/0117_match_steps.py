"""A match is followed to the delivery: seen, sampled, quoted and delivered are states, and each step is kept with who, when and how much.

A match keeps the quantity of the contract that stands, so that what is free of a supply is read from matches alone. Steps from before are
told by the trail: none are made up.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0117_match_steps"
down_revision = "0116_deliverable_texts"
branch_labels = None
depends_on = None

_BEFORE = ("proposed", "recommended", "contacted", "negotiating", "contracted", "refused", "withdrawn")
_AFTER = (
    "proposed", "recommended", "seen", "contacted", "negotiating", "sampled", "quoted", "contracted", "delivered", "refused", "withdrawn",
)  # fmt: skip
_DATED_BEFORE = "state <> 'contracted' OR contracted_on IS NOT NULL"
_DATED_AFTER = "state NOT IN ('contracted', 'delivered') OR contracted_on IS NOT NULL"
_STANDS = (
    "SELECT {} FROM match_contracts c WHERE c.match_id = matches.id AND c.confirmed_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM match_voids v WHERE v.contract_id = c.id) ORDER BY c.confirmed_at DESC LIMIT 1"
)


def upgrade() -> None:
    op.add_column("matches", sa.Column("contract_quantity", sa.BigInteger(), nullable=True))
    op.add_column("matches", sa.Column("contract_unit", sa.String(20), nullable=False, server_default=""))
    op.execute(
        f"UPDATE matches SET contract_quantity = ({_STANDS.format('c.quantity')}),"
        f" contract_unit = COALESCE(({_STANDS.format('c.unit')}), '') WHERE state = 'contracted'"
    )
    _checks({"state_known": (_known(_BEFORE), _known(_AFTER)), "contract_has_date": (_DATED_BEFORE, _DATED_AFTER)})
    op.create_table(
        "match_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_known(_AFTER), name=op.f("ck_match_steps_step_known")),
        sa.CheckConstraint(
            "state NOT IN ('quoted', 'contracted', 'delivered') OR amount_fen IS NOT NULL", name=op.f("ck_match_steps_amount_told")
        ),
        sa.CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name=op.f("ck_match_steps_amount_positive")),
        sa.CheckConstraint("quantity IS NULL OR quantity > 0", name=op.f("ck_match_steps_quantity_positive")),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name=op.f("fk_match_steps_match_id_matches")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_match_steps_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_steps")),
    )
    op.create_index(op.f("ix_match_steps_match_id"), "match_steps", ["match_id"])
    protect(op, "match_steps")


def downgrade() -> None:
    release(op, "match_steps")
    op.drop_table("match_steps")
    op.execute("UPDATE matches SET state = 'recommended' WHERE state = 'seen'")
    op.execute("UPDATE matches SET state = 'negotiating' WHERE state IN ('sampled', 'quoted')")
    op.execute("UPDATE matches SET state = 'contracted' WHERE state = 'delivered'")
    _checks({"state_known": (_known(_AFTER), _known(_BEFORE)), "contract_has_date": (_DATED_AFTER, _DATED_BEFORE)})
    op.drop_column("matches", "contract_unit")
    op.drop_column("matches", "contract_quantity")


def _known(states: tuple[str, ...]) -> str:
    return f"state IN ({', '.join(repr(state) for state in states)})"


def _checks(changed: dict[str, tuple[str, str]]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, (_old, new) in changed.items():
            op.drop_constraint(op.f(f"ck_matches_{name}"), "matches", type_="check")
            op.create_check_constraint(op.f(f"ck_matches_{name}"), "matches", new)
        return
    # SQLite keeps a CHECK as the text of its table, and a table that others point to cannot be written anew inside a transaction.
    op.execute("PRAGMA writable_schema = ON")
    for old, new in changed.values():
        found = op.get_bind().execute(
            sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'matches'"),
            {"old": old, "new": new},
        )
        assert found.rowcount == 1, "the table is there"
    op.execute("PRAGMA writable_schema = RESET")
