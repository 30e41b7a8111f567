"""Reads of the lists that a programme's conditions name (名录)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.vouchers.models import ListedFirm, Programme


def lists_of(enterprise_ids: Iterable[UUID]) -> dict[UUID, frozenset[tuple[str, str]]]:
    """The lists that several firms are on, each by its programme and name; those on none are left out."""
    wanted = select(Organisation.id, Programme.slug, ListedFirm.list_name)
    wanted = wanted.join(ListedFirm, ListedFirm.uscc == Organisation.uscc).join(Programme, Programme.id == ListedFirm.programme_id)
    found: dict[UUID, frozenset[tuple[str, str]]] = {}
    for firm, programme, name in db.session.execute(wanted.where(Organisation.id.in_(list(enterprise_ids)), ListedFirm.is_on)):
        found[firm] = found.get(firm, frozenset()) | {(programme, name)}
    return found


def counts(programme_id: UUID) -> dict[str, int]:
    """How many firms are on each list of a programme; a list that nobody is on is left out."""
    wanted = select(ListedFirm.list_name, func.count()).where(ListedFirm.programme_id == programme_id, ListedFirm.is_on)
    return {name: int(count) for name, count in db.session.execute(wanted.group_by(ListedFirm.list_name))}


def firms_on(programme_id: UUID, name: str, text: str = "") -> Select[ListedFirm]:
    """The firms of a list by credit code, those that were taken off too."""
    wanted = select(ListedFirm).where(ListedFirm.programme_id == programme_id, ListedFirm.list_name == name)
    if text.strip():
        wanted = wanted.where(
            or_(ListedFirm.name.contains(text.strip(), autoescape=True), ListedFirm.uscc.startswith(text.strip().upper(), autoescape=True))
        )
    return wanted.order_by(ListedFirm.uscc)
