"""No paper and no bank transfer counts twice: one spelling for what is printed on them.

Invoices get one key from digits alone (code and number, or the twenty digits), payment slips a key of their own, every paper its number in
one spelling; a bank's reference settles one line, or one batch. Where two papers of before are one invoice, or two payments name one
reference, both stay as they are and a signal names the first: somebody has to look.
"""

import json
import re
import unicodedata
from datetime import UTC, datetime
from itertools import count
from uuid import UUID, uuid4

import sqlalchemy as sa
from alembic import op

revision = "0020_evidence_once"
down_revision = "0019_silence_and_disputes"
branch_labels = None
depends_on = None

_SLIPS = "slip_key IS NULL OR kind = 'bank_transfer_slip'"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("order_documents", sa.Column("number_key", sa.String(60), nullable=False, server_default=""))
    if sqlite:  # a table that others point to is not rebuilt: the CHECK comes with its column
        op.execute(f"ALTER TABLE order_documents ADD COLUMN slip_key VARCHAR(120) CONSTRAINT ck_order_documents_only_slips_have_slip_keys CHECK ({_SLIPS})")
    else:
        op.add_column("order_documents", sa.Column("slip_key", sa.String(120)))
        op.create_check_constraint(op.f("ck_order_documents_only_slips_have_slip_keys"), "order_documents", _SLIPS)
    op.create_table(
        "bank_transfers",
        sa.Column("reference_key", sa.String(60), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(reference_key) > 0", name=op.f("ck_bank_transfers_reference_given")),
        sa.ForeignKeyConstraint(["batch_id"], ["payment_batches.id"], name=op.f("fk_bank_transfers_batch_id_payment_batches")),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name=op.f("fk_bank_transfers_line_id_payment_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_transfers")),
        sa.UniqueConstraint("line_id", name=op.f("uq_bank_transfers_line_id")),
        sa.UniqueConstraint("reference_key", name=op.f("uq_bank_transfers_reference_key")),
    )
    op.create_index(op.f("ix_bank_transfers_batch_id"), "bank_transfers", ["batch_id"])
    _spell_papers()
    _spell_payments()
    op.create_index(op.f("ix_order_documents_slip_key"), "order_documents", ["slip_key"], unique=True)
    op.create_index(op.f("ix_order_documents_number_key"), "order_documents", ["number_key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_order_documents_number_key"), table_name="order_documents")
    op.drop_index(op.f("ix_order_documents_slip_key"), table_name="order_documents")
    op.drop_index(op.f("ix_bank_transfers_batch_id"), table_name="bank_transfers")
    op.drop_table("bank_transfers")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_order_documents_only_slips_have_slip_keys"), "order_documents", type_="check")
    op.drop_column("order_documents", "slip_key")
    op.drop_column("order_documents", "number_key")


PAPERS = sa.table(
    "order_documents", sa.column("id", sa.Uuid), sa.column("order_id", sa.Uuid), sa.column("kind", sa.String), sa.column("number", sa.String),
    sa.column("number_key", sa.String), sa.column("invoice_key", sa.String), sa.column("slip_key", sa.String),
    sa.column("amount_fen", sa.BigInteger), sa.column("created_at", sa.DateTime(timezone=True)), sa.column("replaced_at", sa.DateTime(timezone=True)),
)  # fmt: skip
ORDERS = sa.table("orders", sa.column("id", sa.Uuid), sa.column("number", sa.String), sa.column("enterprise_id", sa.Uuid), sa.column("region_code", sa.String))
SIGNALS = sa.table(
    "risk_signals", sa.column("id", sa.Uuid), sa.column("kind", sa.String), sa.column("severity", sa.String), sa.column("subject_type", sa.String),
    sa.column("subject_id", sa.Uuid), sa.column("region_code", sa.String), sa.column("reason", sa.Text), sa.column("evidence", sa.Text),
    sa.column("state", sa.String), sa.column("answer", sa.Text), sa.column("raised_at", sa.DateTime(timezone=True)),
)  # fmt: skip
LINES = sa.table(
    "payment_lines", sa.column("id", sa.Uuid), sa.column("batch_id", sa.Uuid), sa.column("claim_id", sa.Uuid), sa.column("state", sa.String),
    sa.column("bank_reference", sa.String), sa.column("created_at", sa.DateTime(timezone=True)),
)  # fmt: skip
CLAIMS = sa.table("claims", sa.column("id", sa.Uuid), sa.column("number", sa.String), sa.column("order_id", sa.Uuid))
TRANSFERS = sa.table(
    "bank_transfers", sa.column("id", sa.Uuid), sa.column("reference_key", sa.String), sa.column("batch_id", sa.Uuid),
    sa.column("line_id", sa.Uuid), sa.column("created_at", sa.DateTime(timezone=True)),
)  # fmt: skip


def _digits(text: str) -> str:
    found = (unicodedata.decimal(one, -1) for one in unicodedata.normalize("NFKC", text))
    return "".join(str(digit) for digit in found if digit >= 0)


def _plain(text: str) -> str:
    kept = "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())
    plain = "".join(str(unicodedata.decimal(one, one)) for one in kept)
    return re.sub(r"^NO(?=\d)", "", plain)[:60] if _digits(plain) else ""


def _of_invoice(key: str) -> str:
    """The old key is code:number, or the number alone: eighteen or twenty digits name an invoice, what is shorter stays a number."""
    code, _colon, number = key.rpartition(":")
    digits = _digits(number)
    return digits if len(digits) in {18, 20} else _digits(code) + digits


def _spell_papers() -> None:
    bind, names = op.get_bind(), count(1)
    rows = bind.execute(
        sa.select(PAPERS, ORDERS.c.number.label("order_number"), ORDERS.c.enterprise_id, ORDERS.c.region_code)
        .join(ORDERS, ORDERS.c.id == PAPERS.c.order_id)
        .where(sa.or_(PAPERS.c.number != "", PAPERS.c.invoice_key.is_not(None)))
        .order_by(PAPERS.c.created_at, PAPERS.c.id)
    ).all()
    first: dict[str, str] = {}
    changes, freed = [], []
    for row in rows:
        number_key = _of_invoice(row.invoice_key) if row.invoice_key else _plain(row.number)
        invoice_key, slip_key = row.invoice_key, None
        if row.kind == "bank_transfer_slip" and number_key and row.amount_fen and row.replaced_at is None:
            slip_key = f"{row.enterprise_id.hex}:{number_key}:{row.amount_fen}"
        mine = number_key if invoice_key else slip_key
        if mine and mine in first:
            invoice_key, slip_key = (f"{mine}~{next(names)}" if invoice_key else None), None  # kept, and told apart
            _flag("invoice_reused" if invoice_key else "slip_reused", row.order_id, "order", row.region_code, row.number or mine, row.order_number, first[mine])
        elif mine:
            first[mine] = row.order_number
            invoice_key = number_key if invoice_key else None
        changes.append({"row": row.id, "number_key": number_key[:60], "invoice_key": invoice_key, "slip_key": slip_key})
        if invoice_key and invoice_key != row.invoice_key:
            freed.append({"row": row.id, "spare": f"~{next(names)}"})
    if freed:  # a new key may be another row's old one until that row has its own
        bind.execute(sa.update(PAPERS).where(PAPERS.c.id == sa.bindparam("row")).values(invoice_key=sa.bindparam("spare")), freed)
    if changes:
        bind.execute(
            sa.update(PAPERS)
            .where(PAPERS.c.id == sa.bindparam("row"))
            .values(number_key=sa.bindparam("number_key"), invoice_key=sa.bindparam("invoice_key"), slip_key=sa.bindparam("slip_key")),
            changes,
        )


def _spell_payments() -> None:
    bind = op.get_bind()
    rows = bind.execute(
        sa.select(LINES, CLAIMS.c.number.label("claim_number"), ORDERS.c.region_code)
        .join(CLAIMS, CLAIMS.c.id == LINES.c.claim_id)
        .join(ORDERS, ORDERS.c.id == CLAIMS.c.order_id)
        .where(LINES.c.state == "paid")
        .order_by(LINES.c.created_at, LINES.c.id)
    ).all()
    first: dict[str, str] = {}
    kept = []
    for row in rows:
        key = _plain(row.bank_reference) or row.bank_reference[:60]
        if key in first:
            _flag("reference_reused", row.claim_id, "claim", row.region_code, row.bank_reference, row.claim_number, first[key])
            continue
        first[key] = row.claim_number
        kept.append({"id": uuid4(), "reference_key": key, "batch_id": row.batch_id, "line_id": row.id, "created_at": row.created_at})
    if kept:
        bind.execute(sa.insert(TRANSFERS), kept)


def _flag(kind: str, subject_id: UUID, subject_type: str, region_code: str, number: str, mine: str, first: str) -> None:
    bind = op.get_bind()
    if bind.execute(sa.select(SIGNALS.c.id).where(SIGNALS.c.kind == kind, SIGNALS.c.subject_id == subject_id)).first():
        return
    evidence = json.dumps({"first": first, "number": mine, "paper": number}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    bind.execute(
        sa.insert(SIGNALS).values(
            id=uuid4(), kind=kind, severity="serious", subject_type=subject_type, subject_id=subject_id, region_code=region_code,
            reason=f"号码 {number} 先已用于 {first}，又用于 {mine}", evidence=evidence, state="open", answer="", raised_at=datetime.now(UTC),
        )
    )  # fmt: skip
