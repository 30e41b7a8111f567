"""A contract counts when both sides have confirmed it, and may be voided by a new row; lines keep their identity over versions of a list.

Contracted matches of one side's word stay counted, marked as of the migration: their contract carries the match's id, so that the service
record written then is found by it. Lines are joined by product, specification and unit with the version before, where one line fits.
"""

import unicodedata
import uuid

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0029_contracts_and_lineage"
down_revision = "0028_hours_and_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("needs", "supplies"):
        op.add_column(table, sa.Column("line_number", sa.String(length=40), nullable=False, server_default=""))
        op.add_column(table, sa.Column("lineage_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("continues", sa.String(length=36), nullable=False, server_default=""))
        op.create_index(op.f(f"ix_{table}_lineage_id"), table, ["lineage_id"])
    op.execute(
        "ALTER TABLE supplies ADD COLUMN minimum_lot BIGINT"
        " CONSTRAINT ck_supplies_minimum_lot_positive CHECK (minimum_lot IS NULL OR minimum_lot > 0)"
    )
    op.add_column("supplies", sa.Column("excluded", sa.JSON(), nullable=False, server_default="[]"))
    _make_contracts()
    _make_voids()
    protect(op, "match_voids")
    _carry_contracts()
    _carry_lineage("needs", "needs_lists", ("leader_id", "title"))
    _carry_lineage("supplies", "supply_lists", ("enterprise_id",))


def _make_contracts() -> None:
    op.create_table(
        "match_contracts",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("registered_actor", sa.Uuid(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_actor", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(length=500), nullable=False),
        sa.Column("as_of_migration", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "as_of_migration OR (amount_fen IS NOT NULL AND file_id IS NOT NULL)", name=op.f("ck_match_contracts_facts_complete")
        ),
        sa.CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name=op.f("ck_match_contracts_amount_positive")),
        sa.CheckConstraint("quantity IS NULL OR quantity > 0", name=op.f("ck_match_contracts_quantity_positive")),
        sa.CheckConstraint(
            "as_of_migration OR confirmed_by IS NULL OR confirmed_by <> registered_by", name=op.f("ck_match_contracts_confirmed_by_other")
        ),
        sa.CheckConstraint("confirmed_at IS NULL OR declined_at IS NULL", name=op.f("ck_match_contracts_one_answer")),
        sa.CheckConstraint("declined_at IS NULL OR length(decline_reason) > 0", name=op.f("ck_match_contracts_decline_has_reason")),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name=op.f("fk_match_contracts_match_id_matches")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_match_contracts_file_id_stored_files")),
        sa.ForeignKeyConstraint(["registered_by"], ["organisations.id"], name=op.f("fk_match_contracts_registered_by_organisations")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["organisations.id"], name=op.f("fk_match_contracts_confirmed_by_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_contracts")),
    )
    op.create_index(op.f("ix_match_contracts_match_id"), "match_contracts", ["match_id"])


def _make_voids() -> None:
    op.create_table(
        "match_voids",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_match_voids_reason_given")),
        sa.ForeignKeyConstraint(["contract_id"], ["match_contracts.id"], name=op.f("fk_match_voids_contract_id_match_contracts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_voids")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_match_voids_contract_id")),
    )


def _carry_contracts() -> None:
    op.execute(
        "INSERT INTO match_contracts (id, match_id, signed_on, amount_fen, quantity, unit, file_id, registered_by, registered_at,"
        " confirmed_by, confirmed_at, decline_reason, as_of_migration)"
        " SELECT id, id, contracted_on, contract_fen, planned_quantity, planned_unit, file_id, leader_id, updated_at,"
        " enterprise_id, updated_at, '', TRUE FROM matches WHERE state = 'contracted'"
    )


def _carry_lineage(table: str, lists: str, owner: tuple[str, ...]) -> None:
    connection = op.get_bind()
    line = sa.table(table, *(sa.column(c) for c in ("product", "specification", "unit", "position")), sa.column("id", sa.Uuid()),
                    sa.column("list_id", sa.Uuid()), sa.column("lineage_id", sa.Uuid()))  # fmt: skip
    version = sa.table(lists, sa.column("id", sa.Uuid()), sa.column("version"), sa.column("state"), *(sa.column(c) for c in owner))
    wanted = sa.select(line.c.id, line.c.list_id, line.c.product, line.c.specification, line.c.unit, *(version.c[c] for c in owner))
    wanted = wanted.join_from(line, version, line.c.list_id == version.c.id).where(version.c.state != "draft")
    rows = connection.execute(wanted.order_by(*(version.c[c] for c in owner), version.c.version, line.c.position)).all()
    before: dict[tuple[object, ...], list[uuid.UUID]] = {}
    now: dict[tuple[object, ...], list[uuid.UUID]] = {}
    last: tuple[object, object] = (None, None)
    for row in rows:
        who = tuple(row[5:])
        if (who, row.list_id) != last:
            before = now if last[0] == who else {}
            now, last = {}, (who, row.list_id)
        key = tuple(_plain(text) for text in row[2:5])
        earlier = before.get(key, [])
        lineage = earlier[0] if len(earlier) == 1 and key not in now else row.id
        now.setdefault(key, []).append(lineage)
        connection.execute(sa.update(line).where(line.c.id == row.id).values(lineage_id=lineage))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def downgrade() -> None:
    release(op, "match_voids")
    op.drop_table("match_voids")
    op.drop_index(op.f("ix_match_contracts_match_id"), table_name="match_contracts")
    op.drop_table("match_contracts")
    op.drop_column("supplies", "excluded")
    op.drop_column("supplies", "minimum_lot")
    for table in ("supplies", "needs"):
        op.drop_index(op.f(f"ix_{table}_lineage_id"), table_name=table)
        for column in ("continues", "lineage_id", "line_number"):
            op.drop_column(table, column)
