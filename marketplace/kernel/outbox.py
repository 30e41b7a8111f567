"""What leaves the building: rows written inside the transaction, sent by the worker after it."""

import logging
import re
import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from enum import StrEnum
from functools import partial
from itertools import takewhile
from uuid import UUID

from sqlalchemy import Index, String, Text, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, stopping
from marketplace.kernel.db import HasId, Model, db, in_transaction, locked, state_enum, table_of

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=10)  # longer than a server may take


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
    message = OutboxMessage(channel=channel, recipient=recipient, subject=" ".join(subject.split())[:200], body=body)
    db.session.add(message)
    return message


def put_many(channel: str, messages: Sequence[tuple[str, str, str]]) -> None:
    """The same for many messages of a channel in one statement: recipient, subject and body of each."""
    rows = [
        {"channel": channel, "recipient": to, "subject": " ".join(subject.split())[:200], "body": body} for to, subject, body in messages
    ]
    if rows:
        db.session.execute(insert(OutboxMessage), rows)


def smtp_sender(host: str, port: int, sender: str) -> Sender:
    """Send e-mail through a server without authentication on the inner network. A message keeps its Message-ID however often it is sent."""
    domain = sender.rpartition("@")[2].strip("> ") or "localhost"

    def send(message: OutboxMessage) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, message.recipient, message.subject
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        mail.set_content(filled(message.body, message.recipient))
        with smtplib.SMTP(host, port, timeout=10) as server:
            server.send_message(mail)

    return send


_unmarked: dict[UUID, int] = {}  # sent, and the database could not be told yet: id and attempt


def dispatch(senders: dict[str, Sender]) -> int:
    """Send what waits: claim a message, send it outside any transaction, mark it. A channel without a sender keeps its rows waiting.

    A message that was sent is marked, whatever becomes of the mark, before anything is sent again; only a process that dies between the
    two leaves one to be sent a second time, under the same Message-ID.
    """
    for message_id, attempt in list(_unmarked.items()):
        _mark(message_id, attempt, state=OutboxState.SENT, sent_at=clock.now(), last_error=None)
    due = select(OutboxMessage.id).where(
        OutboxMessage.state == OutboxState.WAITING, OutboxMessage.not_before <= clock.now(), OutboxMessage.channel.in_(senders)
    )
    waiting = db.session.scalars(due.order_by(OutboxMessage.not_before).limit(100)).all()
    return sum(_sent(message_id, senders) for message_id in takewhile(stopping.goes_on, waiting))


def given_up(limit: int = 100) -> list[OutboxMessage]:
    """Messages that will not leave by themselves, newest first."""
    wanted = select(OutboxMessage).where(OutboxMessage.state == OutboxState.GIVEN_UP)
    return list(db.session.scalars(wanted.order_by(OutboxMessage.created_at.desc()).limit(limit)))


def _sent(message_id: UUID, senders: dict[str, Sender]) -> bool:
    message = in_transaction(partial(_took, message_id))
    if message is None:
        return False
    attempt = message.attempts
    try:
        message.body = in_transaction(partial(filled, message.body, message.recipient))  # a filler may read or write
        senders[message.channel](message)
    except (OSError, smtplib.SMTPException) as error:
        state = OutboxState.GIVEN_UP if attempt >= MAX_ATTEMPTS else OutboxState.WAITING
        again = clock.now() + timedelta(minutes=2**attempt)
        _mark(message_id, attempt, state=state, last_error=str(error)[:500], not_before=again)
        log.warning("message %s not sent: %s", message_id, error)
        return False
    except Exception as error:  # it can never be sent as it is; the others can
        _mark(message_id, attempt, state=OutboxState.GIVEN_UP, last_error=f"{type(error).__name__}: {error}"[:500])
        log.exception("message %s set aside", message_id)
        return False
    _unmarked[message_id] = attempt
    _mark(message_id, attempt, state=OutboxState.SENT, sent_at=clock.now(), last_error=None)
    return True


def _took(message_id: UUID) -> OutboxMessage | None:
    """A message that is ours to send until the lease ends; detached, so that nothing is held while it leaves."""
    message = locked(OutboxMessage, message_id)
    if message.state is not OutboxState.WAITING or message.not_before > clock.now():
        return None
    message.attempts += 1
    message.not_before = clock.now() + LEASE
    db.session.flush()
    db.session.expunge(message)
    return message


def _mark(message_id: UUID, attempt: int, **values: object) -> None:
    table = table_of(OutboxMessage)
    ours = (table.c.id == message_id) & (table.c.attempts == attempt) & (table.c.state == OutboxState.WAITING)
    in_transaction(lambda: db.session.execute(update(table).where(ours).values(**values)))
    _unmarked.pop(message_id, None)
