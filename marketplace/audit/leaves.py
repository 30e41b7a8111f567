"""The leaf of an event: what its columns say, in one text and one hash."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from marketplace.kernel.merkle import leaf_hash

LEAF_FORMAT = 1
LEAF_KIND = "audit_event"


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | date | datetime):
        return value.isoformat() if not isinstance(value, UUID) else str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} cannot stand in the trail")


def canonical_json(values: dict[str, Any]) -> str:
    """One text for one content: sorted keys, no spaces, Chinese as it is."""
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


# Every column but the leaf itself, in the order of format 1, for ever.
FIELDS = ("id", "at", "action", "actor_id", "subject_type", "subject_id", "book_id", "details")


def event_leaf(event: Mapping[str, Any]) -> str:
    """The leaf hash that belongs to an event's columns, in hex.

    Raises: TypeError, ValueError: a value without a canonical form.
    """
    number = event["leaf_format"]
    if not isinstance(number, int):
        raise TypeError("a leaf's format is a number")
    return leaf_hash(LEAF_KIND, number, [event[name] for name in FIELDS]).hex()
