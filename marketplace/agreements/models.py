"""What a bureau agreed with providers. What is left of each is on ledger account agreement:<id>."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.agreements.lifecycle import AgreementState
from marketplace.catalogue.models import Provider
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, only, state_enum
from marketplace.kernel.zones import InZone
from marketplace.vouchers.models import Round


class Agreement(HasId, InZone, Model):
    """A bureau's contract with a provider: within its days and its money, firms of the round order what it covers."""

    __tablename__ = "agreements"
    __table_args__ = (
        UniqueConstraint("programme_id", "simulated", "number_key"),  # a contract is signed once, however its number is typed
        CheckConstraint("length(number_key) > 0", name="number_given"),
        CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name="amount_bounded"),
        CheckConstraint("last_on >= first_on", name="days_order"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended_when_over"),
        # So that it is clear which one pays for an order:
        Index("uq_agreements_running", "round_id", "provider_id", unique=True, **only("ended_at IS NULL")),
        Index(None, "round_id", "signed_on", "id"),  # the order of a round's list
        Index(None, "provider_id", "signed_on", "id"),  # and of a provider's
        Index("ix_agreements_running_until", "last_on", **only("ended_at IS NULL")),  # what the sweep looks for
    )

    number: Mapped[str] = mapped_column(String(60))  # as it is printed on the contract
    number_key: Mapped[str] = mapped_column(String(60))  # in one spelling
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    simulated: Mapped[bool] = mapped_column(default=False)  # of a simulated round
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # of the contract; what is left of it stands in the ledger
    signed_on: Mapped[date]
    first_on: Mapped[date]  # first day to order
    last_on: Mapped[date]  # last day to order, and to deliver
    categories: Mapped[list[str]] = mapped_column(JSON)  # of the services that it covers
    classes: Mapped[list[str]] = mapped_column(JSON, default=list)  # of the firms that it serves; none: all of the round
    prices: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # offering → fen for each service; empty: all at their listed price
    state: Mapped[AgreementState] = mapped_column(state_enum(AgreementState, "state_known"), default=AgreementState.RUNNING)
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    signed_by: Mapped[UUID]  # decides on none of its claims
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="joined")
    provider: Mapped[Provider] = relationship(lazy="joined")

    @property
    def time_zone(self) -> str:
        """Of its round."""
        return self.round.time_zone

    @property
    def currency(self) -> str:
        """Of its round."""
        return self.round.currency

    @property
    def book_id(self) -> UUID:
        """The book in which its money stands."""
        return self.round.book_id
