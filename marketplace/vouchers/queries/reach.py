"""How many firms a round reaches, before it is announced: counted by the conditions that stand in columns, in one statement."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from marketplace.enterprises.models import Enterprise, ReviewState
from marketplace.enterprises.models import Title as TitleRow
from marketplace.identity import industries
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.identity.scope import acted_on
from marketplace.kernel.db import db
from marketplace.policy.programme_decisions import FirmClass
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import ListedFirm, Round

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Reach:
    """Verified firms: those where the round is held and the programme applies, and of these the most that its conditions let in today.

    Of a band, a month count or another programme nothing is asked here, so what is counted is never too low: 0 is certain.
    """

    firms: int
    fitting: int
    empty_classes: tuple[str, ...]  # labels of classes that no firm is in, while others have some


def reach_of(round_: Round, spec: ProgrammeSpec, today: date) -> Reach:
    """Of a round under some rules, on a day."""
    fits = and_(*_conditions(spec, round_, today))
    classes = [and_(fits, *_of_class(one, round_, today)) for one in spec.classes]
    counted = (func.count().filter(one) for one in (or_(*classes), *classes))
    wanted = select(func.count(), *counted).select_from(Organisation).join(Enterprise, Enterprise.id == Organisation.id)
    firms, fitting, *own = db.session.execute(
        wanted.where(Organisation.state == OrganisationState.VERIFIED, in_areas([round_.area_code]), _of_programme(spec))
    ).one()
    empty = tuple(one.label for one, count in zip(spec.classes, own, strict=True) if fitting and not count)
    return Reach(int(firms), int(fitting), empty)


def _of_programme(spec: ProgrammeSpec) -> Condition:
    firms = spec.beneficiaries
    inside = acted_on(Organisation.region_code, firms.regions.value)
    return or_(inside, Organisation.park_code.in_(firms.parks.value)) if firms.parks else inside


def _conditions(spec: ProgrammeSpec, round_: Round, today: date) -> Iterator[Condition]:
    firms = spec.beneficiaries
    yield Enterprise.size_class.in_([one.value for one in firms.size_classes.value])
    if firms.titles:
        yield _titled((one.value for one in firms.titles.value), today)
    if firms.industries_include:
        yield _trade(firms.industries_include.value)
    if firms.industries_exclude:
        yield Organisation.industry_code.is_(None) | ~_trade(firms.industries_exclude.value)
    if firms.lists:
        yield _listed(firms.lists.value, round_)
    if firms.lists_excluded:
        yield ~_listed(firms.lists_excluded.value, round_)
    if firms.sanctions_check.value:
        yield Organisation.sanctioned_until.is_(None) | (Organisation.sanctioned_until < today)


def _of_class(one: FirmClass, round_: Round, today: date) -> Iterator[Condition]:
    if one.size_classes:
        yield Enterprise.size_class.in_([size.value for size in one.size_classes])
    if one.titles:
        yield _titled((kind.value for kind in one.titles), today)
    if one.regions:
        yield in_areas(one.regions)
    if one.industries:
        yield _trade(one.industries)
    if one.legal_forms:
        yield Organisation.legal_form.in_([form.value for form in one.legal_forms])
    if one.lists:
        yield _listed(one.lists, round_)
    if one.parks:
        yield Organisation.park_code.in_(one.parks)


def _titled(kinds: Iterable[str], today: date) -> Condition:
    """A title of one of the kinds is held and good on the day, as `enterprises.rules.title_state` says."""
    title = TitleRow
    good = and_(title.valid_from <= today, or_(title.valid_until.is_(None), title.valid_until >= today))
    stands = or_(title.revoked_on.is_(None), title.revoked_on > today)
    held = select(title.id).where(title.organisation_id == Organisation.id, title.state == ReviewState.ACCEPTED, good, stands)
    return held.where(title.kind.in_(list(kinds))).exists()


def _listed(names: Iterable[str], round_: Round) -> Condition:
    on = select(ListedFirm.id).where(ListedFirm.programme_id == round_.programme_id, ListedFirm.uscc == Organisation.uscc, ListedFirm.is_on)
    return on.where(ListedFirm.list_name.in_(list(names))).exists()


def _trade(codes: Iterable[str]) -> Condition:
    """An industry inside one of these; a class is written by its digits, without the letter of its section."""
    steps = [step for code in codes for step in _steps(code)]
    return or_(*(Organisation.industry_code.startswith(step) for step in steps))


def _steps(code: str) -> list[str]:
    return [code] if industries.industry(code).level > 1 else [one.code for one in industries.children(code)]
