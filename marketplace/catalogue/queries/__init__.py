"""Reads of providers, dossiers, people, offerings; each scoped by whose it is or by the officer's areas."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, exists, func, or_, select

from marketplace.catalogue.lifecycle import DossierState, OfferingState, PriceState, ProviderState
from marketplace.catalogue.models import DossierItem, Expert, Offering, OfferingPrice, Provider, ProviderStaff
from marketplace.catalogue.rules import offerings as offering_rules
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, named
from marketplace.identity.scope import acted_on, may_act
from marketplace.kernel.db import by_id, db, found_by, like, spelt
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.lifecycle import Word
from marketplace.policy.dossier import COUNTS, LICENCES, YES_NO_KINDS
from marketplace.publicity.models import PublicNotice, PublicNoticeState

# Providers


def provider_of(organisation_id: UUID) -> Provider | None:
    """An organisation's own file as a provider, if it was opened."""
    return db.session.get(Provider, organisation_id)


def own_provider(organisation_id: UUID) -> Provider:
    """Raises: NotFound: the organisation has no file as a provider yet."""
    return by_id(Provider, organisation_id)


def _with_organisation() -> Select[Provider]:
    return select(Provider).join(Organisation, Organisation.id == Provider.id)


def provider_in_areas(provider_id: UUID, areas: Iterable[str]) -> Provider:
    """One provider of an officer's own areas.

    Raises: NotFound: no such provider, or elsewhere.
    """
    return found_by(_with_organisation().where(Provider.id == provider_id, in_areas(areas)))


class ProviderWaiting(Word):
    """What of a provider waits for an officer, beside its application."""

    DOSSIER = "dossier", N_("年度档案待核实")
    STAFF = "staff", N_("服务人员待核实")
    ORGANISATION = "organisation", N_("单位登记待核实")


def _waits() -> dict[ProviderWaiting, ColumnElement[bool]]:
    return {
        ProviderWaiting.DOSSIER: exists().where(DossierItem.provider_id == Provider.id, DossierItem.state == DossierState.DECLARED),
        ProviderWaiting.STAFF: exists().where(ProviderStaff.provider_id == Provider.id, ProviderStaff.state == DossierState.DECLARED),
        # whoever applies is verified with the application
        ProviderWaiting.ORGANISATION: (Organisation.state == OrganisationState.PENDING) & (Provider.state != ProviderState.APPLIED),
    }


def providers_in_areas(
    areas: Iterable[str], *, state: str = "", text: str = "", waiting: ProviderWaiting | None = None
) -> Select[Provider]:
    """Providers an officer looks after; those that wait first, then the newest."""
    wanted = _with_organisation().where(in_areas(areas))
    if waiting is not None:
        wanted = wanted.where(_waits()[waiting])
    if state in set(ProviderState):
        wanted = wanted.where(Provider.state == ProviderState(state))
    elif waiting is None:
        wanted = wanted.where(Provider.state != ProviderState.DRAFT)
    if text.strip():
        wanted = wanted.where(_named(text))
    return wanted.order_by((Provider.state != ProviderState.APPLIED).asc(), Provider.applied_at.desc(), Provider.id.desc())


def some_providers(provider_ids: Iterable[UUID]) -> list[Provider]:
    """Several providers at once."""
    return list(db.session.scalars(_with_organisation().where(Provider.id.in_(list(provider_ids)))))


def _named(text: str) -> ColumnElement[bool]:
    word = text.strip()
    return or_(named(word), Organisation.uscc == word.upper())


def count_by_state(areas: Iterable[str]) -> dict[ProviderState, int]:
    """How many providers of an officer's areas stand in each state."""
    wanted = select(Provider.state, func.count()).join(Organisation, Organisation.id == Provider.id).where(in_areas(areas))
    return dict(db.session.execute(wanted.group_by(Provider.state)).all())


def admitted(*, category: str = "", text: str = "") -> Select[Provider]:
    """The register as the public sees it."""
    wanted = _with_organisation().where(Provider.state == ProviderState.ADMITTED)
    if category:  # a JSON list of keys: the quotes keep one key from being found in another
        wanted = wanted.where(cast(Provider.categories, Text).contains(f'"{category}"', autoescape=True))
    if text.strip():
        wanted = wanted.where(_named(text))
    return wanted.order_by(Organisation.name, Provider.id)


def public_provider(provider_id: UUID) -> Provider:
    """A provider of the register.

    Raises: NotFound: not in the register today.
    """
    row = db.session.get(Provider, provider_id)
    if row is None or row.state is not ProviderState.ADMITTED:
        raise NotFound
    return row


def with_ended_notice() -> list[UUID]:
    """Providers in their public notice whose notice is over."""
    wanted = select(Provider.id).join(PublicNotice, PublicNotice.id == Provider.notice_id)
    return list(db.session.scalars(wanted.where(Provider.state == ProviderState.NOTICED, PublicNotice.state != PublicNoticeState.OPEN)))


# Dossiers and people


def dossier_of(provider_id: UUID, year: int | None = None) -> list[DossierItem]:
    """What a provider declared, of one year or of all, in the order of declaring."""
    wanted = select(DossierItem).where(DossierItem.provider_id == provider_id)
    if year is not None:
        wanted = wanted.where(DossierItem.year == year)
    return list(db.session.scalars(wanted.order_by(DossierItem.year.desc(), DossierItem.created_at)))


Dossier = tuple[dict[str, date | None], dict[str, int]]


def papers_and_numbers(provider_id: UUID) -> Dossier:
    """What the accepted dossier of a provider says: papers it has with their last day, and numbers. The newest answer of a kind counts."""
    return dossiers_say(DossierItem.provider_id == provider_id).get(provider_id, ({}, {}))


def dossiers_say(which: ColumnElement[bool]) -> dict[UUID, Dossier]:
    """The same of several providers, in one statement; who has nothing accepted is left out."""
    wanted = select(DossierItem).where(which, DossierItem.state == DossierState.ACCEPTED)
    wanted = wanted.where(DossierItem.kind.in_([*YES_NO_KINDS, *LICENCES, *COUNTS]))
    newest: dict[UUID, dict[str, DossierItem]] = {}
    for row in db.session.scalars(wanted.order_by(DossierItem.year, DossierItem.created_at)):
        newest.setdefault(row.provider_id, {})[row.kind] = row
    return {provider_id: _said(rows.values()) for provider_id, rows in newest.items()}


def _said(rows: Iterable[DossierItem]) -> Dossier:
    known = list(rows)
    papers = {row.kind: row.valid_until for row in known if row.kind not in COUNTS and row.number}
    return papers, {row.kind: row.number for row in known if row.kind in COUNTS and row.number is not None}


def dossier_item_in_areas(item_id: UUID, areas: Iterable[str]) -> DossierItem:
    """Raises: NotFound: no such item, or another area's."""
    row = by_id(DossierItem, item_id)
    provider_in_areas(row.provider_id, areas)
    return row


def returned_items(provider_id: UUID) -> Select[DossierItem]:
    """What of a provider's dossiers came back, the oldest first."""
    wanted = select(DossierItem).where(DossierItem.provider_id == provider_id, DossierItem.state == DossierState.RETURNED)
    return wanted.order_by(DossierItem.created_at)


def staff_member_in_areas(person_id: UUID, areas: Iterable[str]) -> ProviderStaff:
    """Raises: NotFound: no such person, or another area's."""
    row = by_id(ProviderStaff, person_id)
    provider_in_areas(row.provider_id, areas)
    return row


def own_dossier_item(item_id: UUID, provider_id: UUID) -> DossierItem:
    """Raises: NotFound: no such item, or another provider's."""
    row = by_id(DossierItem, item_id)
    if row.provider_id != provider_id:
        raise NotFound
    return row


def own_staff_member(person_id: UUID, provider_id: UUID) -> ProviderStaff:
    """Raises: NotFound: no such person, or another provider's."""
    row = by_id(ProviderStaff, person_id)
    if row.provider_id != provider_id:
        raise NotFound
    return row


def staff_of(provider_id: UUID) -> list[ProviderStaff]:
    """A provider's people, those who are there first."""
    wanted = select(ProviderStaff).where(ProviderStaff.provider_id == provider_id)
    return list(db.session.scalars(wanted.order_by(ProviderStaff.until_on.is_not(None), ProviderStaff.name)))


def file(file_id: UUID | None) -> StoredFile:
    """Raises: NotFound."""
    if file_id is None:
        raise NotFound
    return by_id(StoredFile, file_id)


def files_by_id(ids: Iterable[UUID | None]) -> dict[UUID, StoredFile]:
    """Several stored files at once."""
    wanted = {one for one in ids if one is not None}
    return {row.id: row for row in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(wanted)))} if wanted else {}


def undecided_dossier(areas: Iterable[str]) -> dict[UUID, int]:
    """Providers of an officer's areas with dossier items that wait: provider → how many."""
    wanted = (
        select(DossierItem.provider_id, func.count())
        .join(Organisation, Organisation.id == DossierItem.provider_id)
        .where(in_areas(areas), DossierItem.state == DossierState.DECLARED)
        .group_by(DossierItem.provider_id)
    )
    return dict(db.session.execute(wanted).all())


def expert_in_areas(expert_id: UUID, areas: Iterable[str]) -> Expert:
    """Raises: NotFound: no such expert, or elsewhere."""
    row = by_id(Expert, expert_id)
    if not may_act(areas, row.region_code):
        raise NotFound
    return row


def experts(areas: Iterable[str], *, text: str = "", state: str = "") -> Select[Expert]:
    """The pools of some regions, those that wait first."""
    wanted = select(Expert).where(acted_on(Expert.region_code, areas))
    if state in set(DossierState):
        wanted = wanted.where(Expert.state == DossierState(state))
    if text.strip():
        word = text.strip()
        wanted = wanted.where(
            or_(spelt(Expert.name_key, Expert.name, word), *(like(column, word) for column in (Expert.field, Expert.organisation_name)))
        )
    return wanted.order_by((Expert.state != DossierState.DECLARED).asc(), Expert.name)


# Offerings


def own_offering(offering_id: UUID, provider_id: UUID) -> Offering:
    """Raises: NotFound: no such offering, or another provider's."""
    row = by_id(Offering, offering_id)
    if row.provider_id != provider_id:
        raise NotFound
    return row


def offerings_of(provider_id: UUID, *, state: str = "") -> Select[Offering]:
    """A provider's offerings, the latest changed first."""
    wanted = select(Offering).where(Offering.provider_id == provider_id)
    if state in set(OfferingState):
        wanted = wanted.where(Offering.state == OfferingState(state))
    return wanted.order_by(Offering.updated_at.desc(), Offering.id.desc())


def offerings_in_areas(areas: Iterable[str], *, state: str = "", text: str = "") -> Select[Offering]:
    """Offerings of providers an officer looks after; what waits first."""
    wanted = select(Offering).join(Organisation, Organisation.id == Offering.provider_id).where(in_areas(areas))
    proposed = select(OfferingPrice.offering_id).where(OfferingPrice.state == PriceState.PROPOSED)
    if state == "waiting":
        wanted = wanted.where(or_(Offering.state == OfferingState.SUBMITTED, Offering.id.in_(proposed)))
    elif state == "price":
        wanted = wanted.where(Offering.state == OfferingState.LISTED, Offering.id.in_(proposed))
    elif state in set(OfferingState):
        wanted = wanted.where(Offering.state == OfferingState(state))
    if text.strip():
        word = text.strip()
        wanted = wanted.where(or_(Offering.title.contains(word, autoescape=True), Offering.number == word.upper(), _named(word)))
    return wanted.order_by((Offering.state != OfferingState.SUBMITTED).asc(), Offering.updated_at.desc(), Offering.id.desc())


def offering_in_areas(offering_id: UUID, areas: Iterable[str]) -> Offering:
    """Raises: NotFound: no such offering, or elsewhere."""
    return found_by(offerings_in_areas(areas).where(Offering.id == offering_id))


def price_in_areas(price_id: UUID, areas: Iterable[str]) -> OfferingPrice:
    """Raises: NotFound: no such proposal, or elsewhere."""
    row = by_id(OfferingPrice, price_id)
    offering_in_areas(row.offering_id, areas)
    return row


def prices_of(offering_id: UUID, *, only_accepted: bool = False) -> list[OfferingPrice]:
    """Prices an offering had or was proposed to have, newest first."""
    wanted = select(OfferingPrice).where(OfferingPrice.offering_id == offering_id)
    if only_accepted:
        wanted = wanted.where(OfferingPrice.state == PriceState.ACCEPTED)
    return list(db.session.scalars(wanted.order_by(OfferingPrice.created_at.desc(), OfferingPrice.id.desc())))


def waiting_prices(offering_ids: Iterable[UUID]) -> dict[UUID, OfferingPrice]:
    """Proposed prices that wait, by offering."""
    wanted = select(OfferingPrice).where(OfferingPrice.offering_id.in_(list(offering_ids)), OfferingPrice.state == PriceState.PROPOSED)
    return {row.offering_id: row for row in db.session.scalars(wanted)}


def public_offering(offering_id: UUID) -> Offering:
    """An offering as the public sees it.

    Raises: NotFound: not on the shelf; what stands in the row then was read by no officer.
    """
    row = db.session.get(Offering, offering_id)
    if row is None or row.state is not OfferingState.LISTED:
        raise NotFound(N_("没有找到这项服务，可能已经下架。请回到“找服务”重新查找。"))
    return row


def is_orderable(row: Offering) -> bool:
    """Whether firms may order it today."""
    return row.state is OfferingState.LISTED and row.provider.state is ProviderState.ADMITTED


def orderable(offering_id: UUID) -> Offering:
    """An offering that a firm may order today.

    Raises: NotFound: no such offering; RuleViolation: it, or its provider, is not on the shelf.
    """
    row = by_id(Offering, offering_id)
    offering_rules.check_orderable(row.state, row.provider.state)
    return row


def listed_of(provider_id: UUID) -> Select[Offering]:
    """What a provider has on the shelf, by title."""
    wanted = select(Offering).where(Offering.provider_id == provider_id, Offering.state == OfferingState.LISTED)
    return wanted.order_by(Offering.title, Offering.id)


OTHERS = 5  # beside an offering


def others_of(row: Offering) -> list[Offering]:
    """A few more of what the same provider has on the shelf."""
    return list(db.session.scalars(listed_of(row.provider_id).where(Offering.id != row.id).limit(OTHERS)).unique())
