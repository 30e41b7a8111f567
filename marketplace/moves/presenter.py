"""The history of a thing and what can be done with it now, as its page shows them."""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from marketplace.audit import queries as audit
from marketplace.identity import queries as identity
from marketplace.kernel.lifecycle import Life, Move


def history(
    row_id: UUID, lives: Iterable[Life], note: Callable[[dict[str, Any]], str], *, hidden: Collection[str] = (), is_public: bool = False
) -> list[dict[str, Any]]:
    """What happened to a row, newest first: the entries of the timeline.

    Args:
        note: what is said of an event's details.
        hidden: verbs that whoever looks is not told of.
        is_public: whoever looks learns that the bureau did it, not which person.
    """
    told = {event: move for life in lives for event, move in life.told().items() if move.verb not in hidden}
    events = [event for event in audit.of_subject(row_id) if event.action in told]
    names = {} if is_public else identity.names_of(event.actor_id for event in events)
    return [
        {
            "at": event.at,
            "what": _(told[event.action].past),
            "tone": told[event.action].tone,
            "who": names.get(event.actor_id, "" if is_public else _("系统")) if event.actor_id else _("系统"),
            "note": note(audit.details_of(event)),
        }
        for event in reversed(events)
    ]


def buttons(life: Life, moves: Iterable[Move], *, is_second: bool = False, blueprint: str = "", **arguments: Any) -> list[dict[str, str]]:
    """The buttons of moves: the first is the main thing to do, unless it ends what was begun.

    Args:
        is_second: something else comes first.
        blueprint: of their pages, where each has its own.
        arguments: of their addresses.
    """
    return [
        {
            "name": move.verb,
            "label": _(move.label),
            "url": url_for(life.page, way=move.verb, **arguments) if life.page else url_for(f"{blueprint}.{move.verb}", **arguments),
            "tone": "secondary" if place or is_second or move.undoes else "primary",
        }
        for place, move in enumerate(moves)
    ]
