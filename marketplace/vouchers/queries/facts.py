"""What is known of a firm on a day, as the rules of eligibility ask for it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CompoundSelect, and_, select, union

from marketplace.enterprises.models import Enterprise, EnterpriseYear, ReviewState
from marketplace.enterprises.models import Title as TitleRow
from marketplace.enterprises.queries import held
from marketplace.enterprises.rules import FirmSize, HeldTitle
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import TitleKind
from marketplace.vouchers.models import ListedFirm
from marketplace.vouchers.queries.aid import aid_of
from marketplace.vouchers.queries.associates import associates_of
from marketplace.vouchers.queries.firm_lists import lists_of
from marketplace.vouchers.rules.facts import Aid, FirmFacts

Listed = frozenset[tuple[str, str]]
CHUNK = 500  # ids in one IN list
_NEWEST_YEAR = and_(  # the accepted figures that the size class stands on
    EnterpriseYear.enterprise_id == Enterprise.id,
    EnterpriseYear.year == Enterprise.size_year,
    EnterpriseYear.state == ReviewState.ACCEPTED,
)


def facts_of(enterprise_id: UUID, today: date, spec: ProgrammeSpec | None = None, *, simulated: bool = False) -> FirmFacts:
    """What is known of one firm.

    Args:
        spec: rules that ask; what the firm was given under other programmes is looked for where they name some.
        simulated: they ask for a simulated round.

    Raises: NotFound: no such firm.
    """
    found = facts_of_many([enterprise_id], today, spec, simulated=simulated)
    if enterprise_id not in found:
        raise NotFound
    return found[enterprise_id]


def facts_of_many(
    enterprise_ids: Sequence[UUID], today: date, spec: ProgrammeSpec | None = None, *, simulated: bool = False
) -> dict[UUID, FirmFacts]:
    """What is known of several firms, read in few statements."""
    asked = [(one, today) for one in enterprise_ids]
    return {enterprise_id: facts for (enterprise_id, _day), facts in facts_on(asked, spec, simulated=simulated).items()}


def facts_on(
    asked: Sequence[tuple[UUID, date]], spec: ProgrammeSpec | None = None, *, simulated: bool = False
) -> dict[tuple[UUID, date], FirmFacts]:
    """What is known of firms, each on a day of its own: titles, age and bans of that day, everything else as it stands."""
    found: dict[tuple[UUID, date], FirmFacts] = {}
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        firms = list({enterprise_id for enterprise_id, _day in chunk})
        titles, lists = _titles_of(firms), lists_of(firms)
        wanted = select(Enterprise, EnterpriseYear).outerjoin(EnterpriseYear, _NEWEST_YEAR).where(Enterprise.id.in_(firms))
        rows = {firm.id: (firm, year) for firm, year in db.session.execute(wanted.execution_options(populate_existing=True))}
        found |= {(one, on): _facts(*rows[one], titles.get(one, ()), lists.get(one, frozenset()), on) for one, on in chunk if one in rows}
    if spec is None or not spec.beneficiaries.aid_asked(spec.slug):
        return found
    aid = _aid_of({firm for firm, _day in found}, spec, max((day for _firm, day in found), default=date.min))
    return {key: replace(facts, aid=aid.get(key[0], ()), simulated=simulated) for key, facts in found.items()}


def _aid_of(firms: Collection[UUID], spec: ProgrammeSpec, today: date) -> dict[UUID, tuple[Aid, ...]]:
    """What firms were given, and what those were with whom they share it, by the names of these."""
    groups = associates_of(firms, spec.beneficiaries.associated_firms, today)
    others = {other for some in groups.values() for other in some}
    aid = aid_of({*firms, *others}, spec.beneficiaries.aid_asked(spec.slug))
    wanted = select(Organisation.id, Organisation.name).where(Organisation.id.in_(others & aid.keys()))
    named = dict(db.session.execute(wanted).all()) if others & aid.keys() else {}
    theirs = {other: tuple(replace(one, of_associate=name) for one in aid[other]) for other, name in named.items()}
    return {firm: sum((theirs.get(one, ()) for one in sorted(groups.get(firm, ()))), aid.get(firm, ())) for firm in firms}


def changed_since(moment: datetime) -> CompoundSelect[UUID]:
    """Firms of which a fact that the rules of eligibility ask for was changed after a moment. What a new day changes is not among it."""
    return union(
        select(Enterprise.id).where(Enterprise.updated_at > moment),
        select(Organisation.id).where(Organisation.updated_at > moment),
        select(TitleRow.organisation_id).where(TitleRow.updated_at > moment),
        select(EnterpriseYear.enterprise_id).where(EnterpriseYear.updated_at > moment),
        select(Organisation.id).join(ListedFirm, ListedFirm.uscc == Organisation.uscc).where(ListedFirm.updated_at > moment),
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
            title = held(row)
            found[row.organisation_id] = (*found.get(row.organisation_id, ()), title)
    return found


def _facts(firm: Enterprise, year: EnterpriseYear | None, titles: tuple[HeldTitle, ...], lists: Listed, today: date) -> FirmFacts:
    who = firm.organisation
    return FirmFacts(
        verified=who.state is OrganisationState.VERIFIED,
        size=FirmSize(firm.size_class),
        titles=titles,
        region_code=who.region_code,
        park_code=who.park_code,
        industry_code=who.industry_code,
        founded_on=who.founded_on,
        legal_form=who.legal_form,
        employees=year.employees if year else None,
        revenue_fen=year.revenue_fen if year else None,
        lists=lists,
        sanctioned=who.sanctioned_until is not None and who.sanctioned_until >= today,
        as_of=today,
    )
