"""The lists that a programme's conditions name (名录): firms are put on and taken off, by an officer's Excel list."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import select

from marketplace.kernel.db import by_id, db, in_turn
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import ListedFirm, Programme
from marketplace.vouchers.queries import firm_lists as reads
from marketplace.vouchers.queries import kept_lists


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """What a list says of a firm."""

    uscc: str
    name: str
    is_on: bool
    note: str


def put(programme_id: UUID, list_name: str, entry: ListEntry, *, actor_id: UUID) -> bool:
    """Put a firm on a list or take it off; whether that changed anything.

    Whoever changes the same list comes one after the other: a firm that is new is on it once.

    Raises: NotFound: no rules in force have such a list. RuleViolation: a firm is to be taken off that was never on.
    """
    programme = by_id(Programme, programme_id)
    kept_lists.named(programme.id, list_name)
    in_turn(uuid5(programme.id, list_name))
    wanted = select(ListedFirm).where(ListedFirm.programme_id == programme.id, ListedFirm.list_name == list_name)
    row = db.session.scalars(wanted.where(ListedFirm.uscc == entry.uscc).execution_options(populate_existing=True)).one_or_none()
    if row is None and not entry.is_on:
        raise RuleViolation(N_("名录中没有这家企业，不能移出。"), field="standing")
    if row is not None and (row.name, row.is_on, row.note) == (entry.name, entry.is_on, entry.note):
        return False
    row = row or ListedFirm(programme_id=programme.id, list_name=list_name, uscc=entry.uscc)
    row.name, row.is_on, row.note, row.changed_by = entry.name, entry.is_on, entry.note, actor_id
    db.session.add(row)
    db.session.flush()
    return True


def check_filled(spec: ProgrammeSpec, programme_id: UUID) -> None:
    """Every list that the rules name has firms on it before a round is announced: an empty one would shut everybody out, or nobody.

    Raises: RuleViolation that names the first.
    """
    known = reads.counts(programme_id)
    empty = next((one for one in spec.lists if one.name not in known), None)
    if empty is not None:
        raise RuleViolation(N_("“%(list)s”还没有导入企业，请先导入名录，再公告批次。"), code="list_empty", list=empty.label)
