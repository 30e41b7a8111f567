"""What a page showed when somebody decides on it: how far the trail of the row had come. An older page decides nothing.

A form of a decision carries the mark (web.forms.ShownForm), read before the row; the service checks it under the lock of the row.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from marketplace.audit import queries as trail
from marketplace.audit.words import said
from marketplace.identity import queries
from marketplace.kernel.clock import CST
from marketplace.kernel.errors import N_, Conflict


def mark(subject_id: UUID) -> str:
    """How far the trail of a row has come. Read it before the row that the page shows."""
    return str(trail.counts_of([subject_id]).get(subject_id, 0))


def check(subject_id: UUID, shown: str | None, labels: Mapping[Any, str] = MappingProxyType({})) -> None:
    """Call it under the lock of the row.

    Args:
        shown: the mark that the page carried; None where no page was shown.
        labels: the words of a capability's own decisions, as the event names them, and of its events.

    Raises: Conflict: something happened to the row since the page was opened.
    """
    if shown is None or shown == (now := mark(subject_id)):
        return
    event = trail.newest_of(subject_id)
    if event is None:
        raise Conflict(N_("页面已失效，请刷新后重新提交。"), code="stale", mark=now)
    deed = said("deeds").get(event.action.split(".", 1)[-1], N_("更新内容"))
    raise Conflict(
        N_("内容已被更新：%(who)s 于 %(when)s 办理“%(what)s”。您的意见没有提交，仍在页面上，请对照最新内容后再决定。"),
        code="stale", mark=now, when=event.at.astimezone(CST).strftime("%Y-%m-%d %H:%M"),
        who=queries.names_of([event.actor_id]).get(event.actor_id, "") if event.actor_id else N_("系统"),
        what=labels.get(trail.details_of(event).get("decision"), labels.get(event.action, deed)),
    )  # fmt: skip
