"""Names for account codes and subjects: what people call the things whose ids the ledger and the trail keep."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, union_all

from marketplace.capabilities import modules
from marketplace.kernel.db import db
from marketplace.ledger import rules
from marketplace.ledger.rules import AccountKind
from marketplace.vouchers import chart

_NAMES: dict[str, tuple[Any, Any]] = {}  # subject type → the column by which people know a row
_SIMULATED: dict[str, Select[UUID]] = {}  # subject type → ids of its simulated rows
for _module in modules("subjects"):
    _NAMES |= getattr(_module, "NAMES", {})
    _SIMULATED |= getattr(_module, "SIMULATED", {})


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account as people call it: the kind's label, the scope of a limit, and whose it is."""

    id: UUID
    code: str
    kind: AccountKind
    scope: str
    owner: str
    simulated: bool = False  # the owner is of a simulated round, or the cap counts for those only

    @property
    def label(self) -> str:
        return self.kind.label


def subjects(wanted: Iterable[tuple[str, UUID | None]]) -> dict[UUID, str]:
    """Numbers or names of rows, by id; those that are not known are left out."""
    by_type: dict[str, set[UUID]] = {}
    for subject_type, subject_id in wanted:
        if subject_id is not None and subject_type in _NAMES:
            by_type.setdefault(subject_type, set()).add(subject_id)
    found: dict[UUID, str] = {}
    for subject_type, ids in by_type.items():
        key, number = _NAMES[subject_type]
        found.update({row_id: name for row_id, name in db.session.execute(select(key, number).where(key.in_(ids)))})  # noqa: C416
    return found


def simulated(wanted: Iterable[tuple[str, UUID | None]]) -> set[UUID]:
    """Those of some rows that are of a simulated round, in one statement."""
    by_type: dict[str, set[UUID]] = {}
    for subject_type, subject_id in wanted:
        if subject_id is not None and subject_type in _SIMULATED:
            by_type.setdefault(subject_type, set()).add(subject_id)
    parts = []
    for subject_type, ids in by_type.items():
        rows = _SIMULATED[subject_type]
        parts.append(rows.where(rows.selected_columns[0].in_(ids)))
    return set(db.session.scalars(union_all(*parts))) if parts else set()


_ADDRESS = re.compile(r"^/(?:my/|office/)?(orders|claims|wallet|applications|payments|rounds)/([0-9a-f-]{36})\b")
_SUBJECTS = {
    "orders": "order", "claims": "claim", "wallet": "voucher", "applications": "application", "payments": "payment_batch",
    "rounds": "round",
}  # fmt: skip


def simulated_addresses(addresses: Iterable[str]) -> set[str]:
    """Those of some addresses, as messages carry them, that lead to what is of a simulated round: in one statement."""
    found = {one: (_SUBJECTS[match[1]], UUID(match[2])) for one in addresses if (match := _ADDRESS.match(one or ""))}
    played = simulated(found.values())
    return {one for one, (_subject_type, subject_id) in found.items() if subject_id in played}


def accounts(book_id: UUID, codes: Iterable[str]) -> dict[str, AccountName]:
    """Names of accounts of a book, by code."""
    owners = {code: chart.owner_of(code) for code in codes}
    known = [owner for owner in owners.values() if owner]
    found, played = subjects(known), simulated(known)
    return {
        code: AccountName(
            rules.account_id(book_id, code),
            code,
            chart.read(code).kind,
            scope.label if (scope := chart.place_of(code).scope) else "",
            found.get(owner[1], "") if owner else "",
            chart.is_simulated(code) or (owner is not None and owner[1] in played),
        )
        for code, owner in owners.items()
    }
