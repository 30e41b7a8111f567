"""What is known of a firm on a day, as the rules of eligibility ask for it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CompoundSelect, select, union

from marketplace.enterprises.models import Enterprise, ReviewState
from marketplace.enterprises.models import Title as TitleRow
from marketplace.enterprises.rules import FirmSize, HeldTitle
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.policy.programme_words import TitleKind
from marketplace.vouchers.rules.eligibility import FirmFacts, full_months

CHUNK = 500  # ids in one IN list


def facts_of(enterprise_id: UUID, today: date) -> FirmFacts:
    """What is known of one firm.

    Raises: NotFound: no such firm.
    """
    found = facts_of_many([enterprise_id], today)
    if enterprise_id not in found:
        raise NotFound
    return found[enterprise_id]


def facts_of_many(enterprise_ids: Sequence[UUID], today: date) -> dict[UUID, FirmFacts]:
    """What is known of several firms, read in few statements."""
    found: dict[UUID, FirmFacts] = {}
    for start in range(0, len(enterprise_ids), CHUNK):
        chunk = enterprise_ids[start : start + CHUNK]
        titles = _titles_of(chunk)
        firms = db.session.scalars(select(Enterprise).where(Enterprise.id.in_(chunk)).execution_options(populate_existing=True))
        found |= {firm.id: _facts(firm, titles.get(firm.id, ()), today) for firm in firms}
    return found


def changed_since(moment: datetime) -> CompoundSelect[UUID]:
    """Firms of which a fact that the rules of eligibility ask for was changed after a moment. What a new day changes is not among it."""
    return union(
        select(Enterprise.id).where(Enterprise.updated_at > moment),
        select(Organisation.id).where(Organisation.updated_at > moment),
        select(TitleRow.organisation_id).where(TitleRow.updated_at > moment),
    )


def _titles_of(enterprise_ids: Iterable[UUID]) -> dict[UUID, tuple[HeldTitle, ...]]:
    """Titles that an officer accepted; what is only declared does not count."""
    rows = db.session.scalars(
        select(TitleRow).where(TitleRow.organisation_id.in_(list(enterprise_ids)), TitleRow.state == ReviewState.ACCEPTED)
    )
    known = {kind.value for kind in TitleKind}
    found: dict[UUID, tuple[HeldTitle, ...]] = {}
    for row in rows:
        if row.kind in known:
            title = HeldTitle(TitleKind(row.kind), row.valid_from, row.valid_until, number=row.number, document=row.document)
            found[row.organisation_id] = (*found.get(row.organisation_id, ()), title)
    return found


def _facts(firm: Enterprise, titles: tuple[HeldTitle, ...], today: date) -> FirmFacts:
    who = firm.organisation
    return FirmFacts(
        verified=who.state is OrganisationState.VERIFIED,
        size=FirmSize(firm.size_class),
        titles=titles,
        region_code=who.region_code,
        park_code=who.park_code,
        industry_code=who.industry_code,
        operating_months=None if who.founded_on is None else full_months(who.founded_on, today),
        sanctioned=who.sanctioned_until is not None and who.sanctioned_until >= today,
        as_of=today,
    )
