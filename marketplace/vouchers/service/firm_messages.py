"""Messages to many firms at once: who works there is asked once, and all is written together."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.notices import service as notices
from marketplace.notices.service import Message


def tell_firms(messages: Sequence[tuple[UUID, Message]]) -> None:
    """Put before each firm's users what concerns that firm."""
    if not messages:
        return
    people = identity.user_ids_by_organisation({firm for firm, _message in messages})
    notices.tell_each((user_id, message) for firm, message in messages for user_id in people.get(firm, ()))
