"""Several firms that buy one service together (联合用券): who pays which part, who has confirmed, and the orders that came of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.catalogue.models import Offering
from marketplace.enterprises.models import Enterprise
from marketplace.kernel.db import HasId, Model, only
from marketplace.orders.models import Order
from marketplace.vouchers.models import Programme, Voucher


class JointOrder(HasId, Model):
    """What firms mean to buy together. Once all have confirmed, each part is an order of its own, placed with the others or not at all."""

    __tablename__ = "joint_orders"
    __table_args__ = (
        CheckConstraint("price_fen > 0 AND price_fen <= 1000000000000000", name="price_bounded"),
        CheckConstraint("(ended_at IS NULL) = (length(end_reason) = 0)", name="end_has_reason"),
        Index("ix_joint_orders_placed", "placed_at", **only("placed_at IS NOT NULL AND ended_at IS NULL")),  # what the sweep looks at
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))  # whose vouchers pay for it
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("offerings.id"))
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))  # who proposed it
    price_fen: Mapped[int] = mapped_column(BigInteger)  # listed when it was proposed; the parts add up to it
    requirement: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    placed_at: Mapped[datetime | None]  # since when there are orders
    ended_at: Mapped[datetime | None]  # somebody left before every contract was signed
    end_reason: Mapped[str] = mapped_column(String(500), default="")

    offering: Mapped[Offering] = relationship(lazy="joined")
    programme: Mapped[Programme] = relationship(lazy="joined")
    parts: Mapped[list["JointPart"]] = relationship(order_by="JointPart.id", lazy="selectin")

    @property
    def currency(self) -> str:
        """Of its amounts."""
        return self.programme.currency

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to confirm."""
        return self.placed_at is None and self.ended_at is None


class JointPart(HasId, Model):
    """What one of the firms pays of the price, and with which voucher."""

    __tablename__ = "joint_parts"
    __table_args__ = (
        UniqueConstraint("joint_id", "enterprise_id"),
        UniqueConstraint("order_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(voucher_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_with_voucher"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint("order_id IS NULL OR voucher_id IS NOT NULL", name="order_when_confirmed"),
        Index(None, "enterprise_id"),
    )

    joint_id: Mapped[UUID] = mapped_column(ForeignKey("joint_orders.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("vouchers.id"))
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))

    enterprise: Mapped[Enterprise] = relationship(lazy="joined")
    voucher: Mapped[Voucher | None] = relationship(lazy="select")
    order: Mapped[Order | None] = relationship(lazy="select")
