"""What a row has of the round that it belongs to: the book, its currency, and whose days its days are."""

from typing import Any
from uuid import UUID

from marketplace.kernel.zones import InZone


class OfRound(InZone):
    """A row that belongs to a round."""

    round: Any

    @property
    def book_id(self) -> UUID:
        """The book in which its money stands."""
        found: UUID = self.round.book_id
        return found

    @property
    def currency(self) -> str:
        """Of its amounts."""
        return str(self.round.currency)

    @property
    def time_zone(self) -> str:
        """Of its round."""
        return str(self.round.time_zone)
