"""Columns by which people know the rows that events are about."""

from marketplace.identity.models import Organisation, User

NAMES = {
    "organisation": (Organisation.id, Organisation.name),
    "enterprise": (Organisation.id, Organisation.name),  # kept under the organisation's id, as providers are
    "provider": (Organisation.id, Organisation.name),
    "user": (User.id, User.name),
}
