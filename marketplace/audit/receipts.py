"""Proof of one event of the trail, for an auditor to take away."""

from typing import Any
from uuid import UUID

from marketplace.audit.leaves import FIELDS
from marketplace.audit.models import AuditEvent
from marketplace.audit.sealing import stream
from marketplace.kernel import proving
from marketplace.kernel.db import got


def receipt_of(event_id: UUID) -> dict[str, Any]:
    """The receipt of one event; without a seal while it waits for one.

    Raises: NotFound.
    """
    event, chain = got(AuditEvent, event_id), stream()
    assert chain, "a trail with an event has a chain"
    item = {"kind": "event", "row": proving.plain(event, [*FIELDS, "leaf_format"]), "leaf": event.leaf_hash}
    return proving.receipt(chain, [item], proving.inclusions(chain, "event", [event_id]))
