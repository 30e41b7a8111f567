"""What belongs to a simulated round says so: its service records, public notices and payment batches count and show nowhere as real.

Rows that are there are marked by the round they come from; what corrects a simulated record is simulated as well, and ratings given in
simulated rounds leave the totals of their offerings. A batch pays claims of
simulated rounds or of real ones, never both: a trigger looks at the round of each claim that is put into a batch, since no foreign key
reaches from a payment line to it. An old batch that holds both stays a real one.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0038_simulated_rows"
down_revision = "0037_reminders"
branch_labels = None
depends_on = None

TABLES = ("service_records", "public_notices", "payment_batches")
_CLAIMS = (
    "SELECT claims.id FROM claims JOIN orders ON orders.id = claims.order_id JOIN rounds ON rounds.id = orders.round_id"
    " WHERE rounds.simulated"
)
_MARKS = (
    "UPDATE service_records SET simulated = true WHERE source_kind = 'order' AND source_id IN"
    " (SELECT orders.id FROM orders JOIN rounds ON rounds.id = orders.round_id WHERE rounds.simulated)",
    "WITH RECURSIVE later(id) AS (SELECT id FROM service_records WHERE simulated"
    " UNION SELECT r.id FROM service_records r JOIN later ON r.corrects_id = later.id)"
    " UPDATE service_records SET simulated = true WHERE id IN (SELECT id FROM later)",
    f"UPDATE public_notices SET simulated = true WHERE subject_type = 'claim' AND subject_id IN ({_CLAIMS})",
    f"UPDATE payment_batches SET simulated = true WHERE id IN (SELECT batch_id FROM payment_lines WHERE claim_id IN ({_CLAIMS}))"
    f" AND id NOT IN (SELECT batch_id FROM payment_lines WHERE claim_id NOT IN ({_CLAIMS}))",
)
_OF = (
    "FROM reviews JOIN orders ON orders.id = reviews.order_id LEFT JOIN rounds ON rounds.id = orders.round_id"
    " WHERE orders.offering_id = offerings.id AND COALESCE(rounds.simulated, false) = {}"
)
_RATINGS = (
    f"UPDATE offerings SET review_count = (SELECT count(*) {_OF.format('false')}),"
    f" review_total = (SELECT coalesce(sum(reviews.score), 0) {_OF.format('false')}) WHERE EXISTS (SELECT 1 {_OF.format('true')})"
)
_DIFFERS = (
    "(SELECT simulated FROM payment_batches WHERE id = NEW.batch_id) <> EXISTS (SELECT 1 FROM claims"
    " JOIN orders ON orders.id = claims.order_id JOIN rounds ON rounds.id = orders.round_id WHERE claims.id = NEW.claim_id AND rounds.simulated)"
)
_SAID = "a payment batch is of simulated rounds or of real ones"
_ON_POSTGRESQL = (
    f"CREATE FUNCTION refuse_mixed_batch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {_DIFFERS} THEN"
    f" RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER payment_lines_one_kind BEFORE INSERT OR UPDATE OF batch_id, claim_id ON payment_lines"
    " FOR EACH ROW EXECUTE FUNCTION refuse_mixed_batch()",
)
_ON_SQLITE = tuple(
    f"CREATE TRIGGER payment_lines_one_kind_{name} BEFORE {verb} ON payment_lines WHEN {_DIFFERS} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
    for name, verb in (("insert", "INSERT"), ("update", "UPDATE OF batch_id, claim_id"))
)


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("simulated", sa.Boolean(), nullable=False, server_default=sa.false()))
    release(op, "service_records")
    for statement in _MARKS:
        op.execute(statement)
    protect(op, "service_records")
    op.execute(_RATINGS)
    for statement in _ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER payment_lines_one_kind ON payment_lines")
        op.execute("DROP FUNCTION refuse_mixed_batch()")
    else:
        op.execute("DROP TRIGGER payment_lines_one_kind_insert")
        op.execute("DROP TRIGGER payment_lines_one_kind_update")
    for table in TABLES:
        op.drop_column(table, "simulated")
