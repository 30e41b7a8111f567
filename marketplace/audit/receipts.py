"""Proof of one event of the trail, for an auditor to take away."""

from typing import Any
from uuid import UUID

from marketplace.audit.leaves import FIELDS
from marketplace.audit.models import AuditEvent
from marketplace.audit.sealing import stream
from marketplace.kernel import inclusion_proofs
from marketplace.kernel.db import by_id


def receipt_of(event_id: UUID) -> dict[str, Any]:
    """The receipt of one event; without a seal while it waits for one.

    Raises: NotFound.
    """
    event, chain = by_id(AuditEvent, event_id), stream()
    assert chain, "a trail with an event has a chain"
    item = {"kind": "event", "row": inclusion_proofs.plain(event, [*FIELDS, "leaf_format"]), "leaf": event.leaf_hash}
    return inclusion_proofs.receipt(chain, [item], inclusion_proofs.inclusions(chain, "event", [event_id]))
