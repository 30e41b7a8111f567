"""What the list of firms is narrowed to by the address."""

from flask import request

from marketplace.enterprises import rules
from marketplace.enterprises.queries import Filter, Waiting
from marketplace.identity.lifecycle import OrganisationState
from marketplace.web.query_string import asked_word


def asked_filter() -> Filter:
    """The list's filter as the URL says it; nonsense narrows nothing."""
    state, size = request.args.get("state", ""), request.args.get("size", "")
    return Filter(
        text=request.args.get("q", "")[:60],
        state=OrganisationState(state) if state in set(OrganisationState) else None,
        region=request.args.get("region", ""),
        size=rules.FirmSize(size) if size in set(rules.FirmSize) else None,
        waiting=asked_word("waiting", Waiting),
    )
