"""What the tax authority says of invoices that claims stood on."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.settlement.recovery_rules import InvoiceStatus


class InvoiceCheck(HasId, Model):
    """How an invoice stood on a day (发票查验): good, reversed (红冲) or void (作废). Brought in by a list, kept for good."""

    __tablename__ = "invoice_checks"
    __table_args__ = (
        UniqueConstraint("order_id", "invoice_key", "status", "checked_on"),
        CheckConstraint("length(invoice_key) > 0", name="invoice_named"),
        Index(None, "import_id"),
        {"info": {"kept": ROWS}},
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    invoice_key: Mapped[str] = mapped_column(String(80))  # digits only
    status: Mapped[InvoiceStatus] = mapped_column(state_enum(InvoiceStatus, "status_known"))
    checked_on: Mapped[date]
    import_id: Mapped[UUID]
    recorded_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
