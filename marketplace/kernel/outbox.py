"""What leaves the building: rows written inside the transaction, sent by the worker after it."""

import logging
import re
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, db, in_transaction, locked, state_enum

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 8


class OutboxState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class OutboxMessage(HasId, Model):
    """A message to somebody outside, e.g. an e-mail."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "not_before"),)

    channel: Mapped[str] = mapped_column(String(16))  # email | sms
    recipient: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[OutboxState] = mapped_column(state_enum(OutboxState, "state_known"), default=OutboxState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    not_before: Mapped[datetime] = mapped_column(default=clock.now)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]


Sender = Callable[[OutboxMessage], None]

# What no table may hold is put into a message when it is sent: name → (row's id, recipient) to text. Whoever owns the rows says it here.
FILLERS: dict[str, Callable[[UUID, str], str]] = {}
_BLANK = re.compile(r"\{\{(\w+):([0-9a-f-]{36})\}\}")


def blank(name: str, row_id: UUID) -> str:
    """A place in a message that its filler fills at the moment of sending."""
    return f"{{{{{name}:{row_id}}}}}"


def filled(body: str, recipient: str) -> str:
    """A message as it leaves for a recipient."""
    return _BLANK.sub(lambda found: FILLERS[found[1]](UUID(found[2]), recipient) if found[1] in FILLERS else "—", body)


def put(channel: str, recipient: str, subject: str, body: str) -> OutboxMessage:
    """Ask for a message to be sent, inside the caller's transaction."""
    message = OutboxMessage(channel=channel, recipient=recipient, subject=subject, body=body)
    db.session.add(message)
    return message


def smtp_sender(host: str, port: int, sender: str) -> Sender:
    """Send e-mail through a server without authentication on the inner network."""

    def send(message: OutboxMessage) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, message.recipient, message.subject
        mail.set_content(filled(message.body, message.recipient))
        with smtplib.SMTP(host, port, timeout=10) as server:
            server.send_message(mail)

    return send


def dispatch(senders: dict[str, Sender]) -> int:
    """Send what waits, one transaction a message. A channel without a sender keeps its rows waiting."""
    due = select(OutboxMessage.id).where(
        OutboxMessage.state == OutboxState.WAITING, OutboxMessage.not_before <= clock.now(), OutboxMessage.channel.in_(senders)
    )
    sent = 0
    for message_id in db.session.scalars(due.order_by(OutboxMessage.not_before).limit(100)).all():

        def work(message_id=message_id) -> bool:  # type: ignore[no-untyped-def]
            message = locked(OutboxMessage, message_id)
            if message.state is not OutboxState.WAITING:
                return False
            return _send(message, senders[message.channel])

        sent += in_transaction(work)
    return sent


def _send(message: OutboxMessage, sender: Sender) -> bool:
    message.attempts += 1
    try:
        sender(message)
    except (OSError, smtplib.SMTPException) as error:
        message.last_error = str(error)[:500]
        message.not_before = clock.now() + timedelta(minutes=2**message.attempts)
        if message.attempts >= MAX_ATTEMPTS:
            message.state = OutboxState.GIVEN_UP
        log.warning("message %s not sent: %s", message.id, error)
        return False
    message.state, message.sent_at = OutboxState.SENT, clock.now()
    return True
