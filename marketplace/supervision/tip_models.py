"""What people report to a bureau (举报线索)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.supervision.lifecycle import TipState


class Tip(HasId, Model):
    """Somebody saw something. Who that is stands here alone: no event of the trail, no message and no list says it."""

    __tablename__ = "tips"
    __table_args__ = (
        CheckConstraint("length(facts) > 0", name="facts_given"),
        CheckConstraint("state = 'received' OR handled_by IS NOT NULL", name="handled_by_somebody"),
        CheckConstraint("state <> 'refused' OR length(answer) > 0", name="refusal_says_why"),
        CheckConstraint("state NOT IN ('opened', 'rewarded') OR case_id IS NOT NULL", name="opened_has_case"),
        CheckConstraint("rewarded_by IS NULL OR (reward_fen > 0 AND rewarded_by <> handled_by)", name="rewarded_by_another"),
        CheckConstraint("reward_fen <= 1000000000000000", name="reward_bounded"),
        Index(None, "region_code", "state"),
        Index(None, "received_at", "id"),  # the order of the list
        Index(None, "sent_from", "received_at"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)  # hex sha256 of what the sender follows it up with
    region_code: Mapped[str] = mapped_column(String(6))  # of whom it is about, else as the sender said
    about: Mapped[str] = mapped_column(String(120))  # whom it is about, as the sender wrote
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))  # None: nobody of that name or code is known
    claim_id: Mapped[UUID | None] = mapped_column(ForeignKey("claims.id"))  # that it is about
    facts: Mapped[str] = mapped_column(Text)
    sender_name: Mapped[str] = mapped_column(String(60), default="")  # empty: anonymous
    sender_contact: Mapped[str] = mapped_column(String(100), default="")
    sent_from: Mapped[str] = mapped_column(String(64), default="")  # keyed hash of network and day, to slow down floods
    state: Mapped[TipState] = mapped_column(state_enum(TipState, "state_known"), default=TipState.RECEIVED)
    handled_by: Mapped[UUID | None]
    answer: Mapped[str] = mapped_column(Text, default="")  # what the sender reads
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("supervision_cases.id"))
    reward_fen: Mapped[int | None] = mapped_column(BigInteger)
    rewarded_by: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rewarded_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship(lazy="joined")
