"""What caps leave of a grant, where several firms may share them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.vouchers.rules.limits import LimitAccount


@dataclass(frozen=True, slots=True)
class CapsLeft:
    """The caps that a grant to a firm uses itself, and what they still allow."""

    accounts: tuple[LimitAccount, ...]
    left_fen: Fen
    binds: Sentence  # the cap that allows least
    shared_with: frozenset[UUID] = frozenset()  # associates whose grants count against the same

    @property
    def is_used(self) -> bool:
        """Whether something was granted before that counts."""
        return self.left_fen < min((one.cap_fen for one in self.accounts), default=0)


@dataclass(slots=True)
class Together:
    """Grants that are made at once: what one firm is given, its associates behind it are no longer given."""

    caps: Mapping[UUID, CapsLeft]
    given: dict[UUID, int] = field(default_factory=dict)

    def left_fen(self, enterprise_id: UUID) -> Fen:
        """What is left for a firm after those before it."""
        mine = self.caps[enterprise_id]
        return Fen(max(0, mine.left_fen - sum(self.given.get(one, 0) for one in mine.shared_with)))

    def take(self, enterprise_id: UUID, amount_fen: int) -> bool:
        """Whether a firm may be given so much after those before it; it counts from then on."""
        if amount_fen > self.left_fen(enterprise_id):
            return False
        self.given[enterprise_id] = self.given.get(enterprise_id, 0) + amount_fen
        return True
