"""Providers that want to be chosen for a round, and those that were: on their allotments firms draw (批量采购)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.catalogue.models import Provider
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.ledger.rules import AccountCode
from marketplace.vouchers import chart
from marketplace.vouchers.models import Round
from marketplace.vouchers.rules.states import BidState


class ProviderBid(HasId, Model):
    """A provider asks to be one of those that a round chooses. What firms may still draw on it is a limit account."""

    __tablename__ = "provider_bids"
    __table_args__ = (
        UniqueConstraint("round_id", "provider_id"),
        CheckConstraint("length(plan) > 0", name="plan_given"),
        CheckConstraint("(score IS NULL) = (scored_by IS NULL) AND score BETWEEN 0 AND 100", name="score_bounded"),
        CheckConstraint("decided_by IS NULL OR decided_by <> scored_by", name="decided_by_another"),
        CheckConstraint("state NOT IN ('chosen', 'ended') OR (amount_fen > 0 AND decided_by IS NOT NULL)", name="chosen_has_amount"),
        CheckConstraint("amount_fen <= 1000000000000000", name="amount_bounded"),
        Index(None, "round_id", "submitted_at", "id"),  # the order of a round's list
        Index(None, "provider_id", "submitted_at", "id"),  # and of a provider's
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    plan: Mapped[str] = mapped_column(String(1000))  # what it offers to firms, and at what price
    state: Mapped[BidState] = mapped_column(state_enum(BidState, "state_known"), default=BidState.SUBMITTED)
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    score: Mapped[int | None]  # 0 to 100, of several scores the mean without its fraction; None: not all have looked yet
    opinion: Mapped[str] = mapped_column(String(500), default="")  # of who scored it
    scored_by: Mapped[UUID | None]  # of several the last
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)  # of its allotment; None: it was not chosen
    submitted_by: Mapped[UUID]
    submitted_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]  # who settled the choice: another person than who scored
    decided_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="joined")
    provider: Mapped[Provider] = relationship(lazy="joined")

    @property
    def name(self) -> str:
        """What the provider is called."""
        return self.provider.organisation.name

    @property
    def book_id(self) -> UUID:
        """The book in which its allotment stands."""
        return self.round.book_id

    @property
    def currency(self) -> str:
        """Of its allotment."""
        return self.round.currency

    @property
    def allotment_account(self) -> AccountCode:
        """The limit that says what firms may still draw."""
        return chart.ALLOTMENT.of(self.round_id, self.provider_id)


class BidScore(HasId, Model):
    """What one officer of several gave to a bid, once and for good, where the programme lets several score and takes their mean."""

    __tablename__ = "bid_scores"
    __table_args__ = (
        UniqueConstraint("bid_id", "scorer_id"),
        CheckConstraint("points BETWEEN 0 AND 100", name="points_bounded"),
        CheckConstraint("length(opinion) > 0", name="opinion_given"),
        {"info": {"kept": ROWS}},
    )

    bid_id: Mapped[UUID] = mapped_column(ForeignKey("provider_bids.id"))
    scorer_id: Mapped[UUID]
    points: Mapped[int]
    opinion: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
