"""Who is associated with whom (关联): organisations that share a fact of the register, or each share one with a third. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from marketplace.policy.programme_words import Tie

Mark = tuple[Tie, str]  # a fact and its value: who has the same is associated


@dataclass(frozen=True, slots=True)
class RegisteredFacts:
    """What the register says of an organisation, as far as ties are read off it."""

    id: UUID
    uscc: str
    group_uscc: str | None
    legal_representative: str
    address: str
    phone: str
    account: str
    declared: frozenset[UUID] = frozenset()  # groups that an officer made

    def marks(self, by: Collection[Tie]) -> Iterator[Mark]:
        """Its facts of some kinds; what is not known ties nobody."""
        told = {
            Tie.GROUP: (self.uscc, self.group_uscc),
            Tie.LEGAL_REPRESENTATIVE: (self.legal_representative,),
            Tie.ADDRESS: (self.address,),
            Tie.PHONE: (self.phone,),
            Tie.ACCOUNT: (self.account,),
            Tie.DECLARED: tuple(map(str, sorted(self.declared))),
        }
        return ((tie, value.strip()) for tie in by for value in told[tie] if value and value.strip())


def groups(known: Iterable[RegisteredFacts], by: Collection[Tie]) -> dict[UUID, frozenset[UUID]]:
    """By organisation, the others of its group."""
    parent: dict[UUID, UUID] = {}
    first: dict[Mark, UUID] = {}

    def root(one: UUID) -> UUID:
        while parent[one] != one:
            parent[one] = one = parent[parent[one]]
        return one

    for facts in known:
        parent.setdefault(facts.id, facts.id)
        for mark in facts.marks(by):
            parent[root(facts.id)] = root(first.setdefault(mark, facts.id))
    together: dict[UUID, set[UUID]] = {}
    for one in parent:
        together.setdefault(root(one), set()).add(one)
    return {one: frozenset(together[root(one)] - {one}) for one in parent}
