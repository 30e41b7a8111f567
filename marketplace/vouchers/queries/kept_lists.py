"""Which lists (名录) of a programme are kept: those that rules in force read."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.vouchers.models import ProgrammeVersion, Round
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import RoundState


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list that is kept: the newest rules name it, or only older ones under which a round still runs."""

    name: str
    label: str
    is_dropped: bool  # the newest rules do not name it


def kept(programme_ids: Collection[UUID]) -> dict[UUID, list[KeptList]]:
    """By programme, the lists that rules in force read, those of the newest version first."""
    used = exists().where(Round.version_id == ProgrammeVersion.id, Round.state.not_in((RoundState.DRAFT, RoundState.FINISHED)))
    other = aliased(ProgrammeVersion)
    newer = exists().where(other.programme_id == ProgrammeVersion.programme_id, other.number > ProgrammeVersion.number)
    wanted = select(ProgrammeVersion.programme_id, ProgrammeVersion.id).where(ProgrammeVersion.programme_id.in_(list(programme_ids)))
    found: dict[UUID, dict[str, KeptList]] = {}
    for programme_id, version_id in db.session.execute(wanted.where(or_(~newer, used)).order_by(ProgrammeVersion.number.desc())):
        is_dropped = programme_id in found
        lists = found.setdefault(programme_id, {})
        for one in spec_of(version_id).lists:
            lists.setdefault(one.name, KeptList(one.name, one.label, is_dropped=is_dropped))
    return {programme_id: list(lists.values()) for programme_id, lists in found.items()}


def named(programme_id: UUID, name: str) -> KeptList:
    """A list of a programme. Raises: NotFound: no rules in force name it."""
    found = next((one for one in kept([programme_id]).get(programme_id, ()) if one.name == name), None)
    if found is None:
        raise NotFound
    return found
