"""Who may take a file that was written for somebody, and what is the same list."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.identity.regions import covers

Areas = Sequence[str] | None  # of authority; None: everything; empty: the organisation's own


def fingerprint(endpoint: str, view_args: Mapping[str, Any], query: str, locale: str) -> str:
    """One text for one list: the same page, address, filters and language."""
    told = json.dumps([endpoint, dict(view_args), query, locale], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def may_take(written_for: Areas, own: Areas, *, is_colleague: bool) -> bool:
    """Whether somebody who may open the list would see no less in it than the file holds.

    Args:
        written_for: the areas for which the file was written.
        own: the areas in which whoever asks now may open the list.
        is_colleague: of the organisation that asked for the file.
    """
    if own is None:
        return True
    if written_for is None:
        return False
    if not written_for:
        return is_colleague
    return all(any(covers(area, wanted) for area in own) for wanted in written_for)
