"""Money without an order: what a firm's application stands on, and claims that are for one instead of an order.

A claim says its round itself, so that nobody asks its order for it. A claim of an application has no order and no provider. On SQLite a
table that others point to is not made anew: what its text says of NOT NULL is changed where it is written, as SQLite's manual describes
for changes that leave the rows as they are. The trigger that keeps simulated batches apart looks at the claim's own round.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058_subsidies"
down_revision = "0057_conditions_of_sales"
branch_labels = None
depends_on = None

CAUSE = "(order_id IS NULL) <> (subsidy_id IS NULL) AND (order_id IS NULL) = (provider_id IS NULL)"
_ROUND = "UPDATE claims SET round_id = (SELECT orders.round_id FROM orders WHERE orders.id = claims.order_id)"
_SIMULATED = "(SELECT simulated FROM payment_batches WHERE id = NEW.batch_id) <> EXISTS (SELECT 1 FROM claims{} WHERE claims.id = NEW.claim_id AND rounds.simulated)"
_OWN = _SIMULATED.format(" JOIN rounds ON rounds.id = claims.round_id")
_OF_ORDER = _SIMULATED.format(" JOIN orders ON orders.id = claims.order_id JOIN rounds ON rounds.id = orders.round_id")
_SAID = "a payment batch is of simulated rounds or of real ones"


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _one_kind(differs: str) -> None:
    """Put the trigger on anew."""
    if _is_postgresql():
        op.execute(
            f"CREATE OR REPLACE FUNCTION refuse_mixed_batch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {differs} THEN"
            f" RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        return
    for name, verb in (("insert", "INSERT"), ("update", "UPDATE OF batch_id, claim_id")):
        op.execute(
            f"CREATE TRIGGER payment_lines_one_kind_{name} BEFORE {verb} ON payment_lines WHEN {differs}"
            f" BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )


def _drop_one_kind() -> None:
    if not _is_postgresql():
        op.execute("DROP TRIGGER payment_lines_one_kind_insert")
        op.execute("DROP TRIGGER payment_lines_one_kind_update")


def _nullable(**columns: bool) -> None:
    """Let columns of claims be empty, or no longer."""
    if _is_postgresql():
        for name, is_nullable in columns.items():
            op.alter_column("claims", name, nullable=is_nullable)
        return
    bind = op.get_bind()
    text = bind.execute(sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'claims'")).scalar_one()
    for name, is_nullable in columns.items():
        free, bound = f"{name} CHAR(32)", f"{name} CHAR(32) NOT NULL"
        text = text.replace(bound, free, 1)
        if not is_nullable:
            text = text.replace(free, bound, 1)
    version = bind.execute(sa.text("PRAGMA schema_version")).scalar_one()
    bind.execute(sa.text("PRAGMA writable_schema = ON"))
    bind.execute(sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = 'claims'"), {"sql": text})
    bind.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    bind.execute(sa.text("PRAGMA writable_schema = RESET"))


def upgrade() -> None:
    op.create_table(
        "subsidies",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("class_key", sa.String(40), nullable=False),
        sa.Column("title_kind", sa.String(40), nullable=False),
        sa.Column("title_number", sa.String(60), nullable=False),
        sa.Column("number_key", sa.String(60), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name=op.f("ck_subsidies_amount_bounded")),
        sa.CheckConstraint("number_key IS NULL OR length(number_key) > 0", name=op.f("ck_subsidies_number_given")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_subsidies_programme_id_programmes")),
        sa.ForeignKeyConstraint(["version_id"], ["programme_versions.id"], name=op.f("fk_subsidies_version_id_programme_versions")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_subsidies_round_id_rounds")),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name=op.f("fk_subsidies_book_id_ledger_books")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_subsidies_enterprise_id_enterprises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidies")),
        sa.UniqueConstraint("programme_id", "simulated", "title_kind", "number_key", name=op.f("uq_subsidies_programme_id_simulated_title_kind_number_key")),
    )
    op.create_index(op.f("ix_subsidies_enterprise_id_created_at"), "subsidies", ["enterprise_id", "created_at"])
    op.create_index(op.f("ix_subsidies_round_id"), "subsidies", ["round_id"])
    _drop_one_kind()
    if _is_postgresql():
        op.add_column("claims", sa.Column("round_id", sa.Uuid(), sa.ForeignKey("rounds.id")))
        op.add_column("claims", sa.Column("subsidy_id", sa.Uuid(), sa.ForeignKey("subsidies.id")))
        _nullable(order_id=True, provider_id=True)
        op.create_check_constraint(op.f("ck_claims_order_or_subsidy"), "claims", CAUSE)
    else:
        _nullable(order_id=True, provider_id=True)
        op.execute("ALTER TABLE claims ADD COLUMN round_id CHAR(32) CONSTRAINT fk_claims_round_id_rounds REFERENCES rounds (id)")
        op.execute(
            "ALTER TABLE claims ADD COLUMN subsidy_id CHAR(32) CONSTRAINT fk_claims_subsidy_id_subsidies REFERENCES subsidies (id)"
            f" CONSTRAINT ck_claims_order_or_subsidy CHECK ({CAUSE})"
        )
    op.execute(_ROUND)
    _nullable(round_id=False)
    op.create_index(op.f("ix_claims_subsidy_id"), "claims", ["subsidy_id"], unique=True)
    op.create_index(op.f("ix_claims_round_id"), "claims", ["round_id"])
    _one_kind(_OWN)


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT 1 FROM claims WHERE subsidy_id IS NOT NULL")).first():
        raise RuntimeError("claims without an order stand in the books: the schema before cannot hold them")
    _drop_one_kind()
    op.drop_index(op.f("ix_claims_round_id"), "claims")
    op.drop_index(op.f("ix_claims_subsidy_id"), "claims")
    if _is_postgresql():
        op.drop_constraint(op.f("ck_claims_order_or_subsidy"), "claims", type_="check")
    op.drop_column("claims", "subsidy_id")
    op.drop_column("claims", "round_id")
    _nullable(order_id=False, provider_id=False)
    _one_kind(_OF_ORDER)
    op.drop_table("subsidies")
