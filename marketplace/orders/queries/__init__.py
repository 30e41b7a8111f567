"""Reads of orders, their papers and reviews: scoped by whose they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.catalogue.models import Offering, Provider
from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, stands_in
from marketplace.identity.queries import named as so_called
from marketplace.kernel import clock
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import db, found_by, like
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import is_printed_number
from marketplace.kernel.money import Fen
from marketplace.kernel.zones import over_there
from marketplace.orders import evidence, rules
from marketplace.orders.lifecycle import ENDED, OPEN, OrderState, Side
from marketplace.orders.models import Order, OrderDispute, OrderDocument, Review
from marketplace.orders.rules import PartyFacts
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.policy.terms import Changed
from marketplace.risk.models import RiskSignal, SignalState
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries import spending
from marketplace.vouchers.queries.reruns import is_real

SPLIT = "split_contracts"  # the kind of signal


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at orders: an organisation, or staff with areas of authority."""

    organisation_id: UUID
    areas: tuple[str, ...]  # none: not staff


def _one(statement: Select[Order]) -> Order:
    return found_by(statement)


def of_enterprise(order_id: UUID, enterprise_id: UUID) -> Order:
    """One of a firm's own orders. Raises: NotFound, for another firm's too: ids cannot be probed."""
    return _one(select(Order).where(Order.id == order_id, Order.enterprise_id == enterprise_id))


def of_provider(order_id: UUID, provider_id: UUID) -> Order:
    """One of the orders that a provider received. Raises: NotFound."""
    return _one(select(Order).where(Order.id == order_id, Order.provider_id == provider_id))


def _seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """SQL condition: of a firm that is in one's area now. Staff are no party: an office sells and buys nothing here."""
    return Order.enterprise_id.in_(select(Organisation.id).where(in_areas(viewer.areas)))


def visible(order_id: UUID, viewer: Viewer) -> Order:
    """An order of either party's, or of staff's own area. Raises: NotFound."""
    row = _one(select(Order).where(Order.id == order_id))
    if viewer.organisation_id not in {row.enterprise_id, row.provider_id}:
        _check_stands_in(row, viewer.areas)
    return row


def _check_stands_in(row: Order, areas: Iterable[str]) -> None:
    """Raises: NotFound: the order's firm is in none of the areas."""
    if not stands_in(row.enterprise.organisation, areas):
        raise NotFound


def side_of(order: Order, viewer: Viewer) -> Side:
    """From where somebody looks at an order that they may see."""
    if viewer.organisation_id == order.enterprise_id:
        return Side.FIRM
    return Side.PROVIDER if viewer.organisation_id == order.provider_id else Side.STAFF


def by_number(number: str) -> Order:
    """By its printed number, for the public check page. Raises: NotFound."""
    return _one(select(Order).where(Order.number == number.strip().upper()))


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of orders is narrowed to."""

    text: str = ""  # number, firm, provider or title
    states: tuple[OrderState, ...] = ()  # any of these; none: all
    programme_id: UUID | None = None
    since: date | None = None  # placed on or after
    until: date | None = None  # placed on or before
    sort: str = ""


_SORTS = {
    "placed": Order.placed_at, "-placed": Order.placed_at.desc(), "amount": Order.contract_fen, "-amount": Order.contract_fen.desc(),
    "subsidy": Order.subsidy_fen, "-subsidy": Order.subsidy_fen.desc(), "due": Order.due_on.nulls_last(), "-due": Order.due_on.desc(),
}  # fmt: skip


def numbered(column: InstrumentedAttribute[str], text: str, prefix: str) -> ColumnElement[bool]:
    """SQL condition: a printed number begins so, with its prefix or without."""
    begun = text.strip().upper()
    return or_(*(column.startswith(beginning, autoescape=True) for beginning in (begun, f"{prefix}-{begun}")))


def named(text: str) -> Select[UUID]:
    """Ids of the organisations in whose names a text stands."""
    return select(Organisation.id).where(so_called(text))


def _about(text: str) -> ColumnElement[bool]:
    """SQL condition: orders of a number, or of firms, providers or titles so called. Each part has its own index, an OR would have none."""
    if is_printed_number(text):
        return Order.number == text.upper()
    titles = select(Offering.id).where(like(Offering.title, text))
    parts = (
        numbered(Order.number, text, "DD"),
        Order.enterprise_id.in_(named(text)),
        Order.provider_id.in_(named(text)),
        Order.offering_id.in_(titles),
    )
    return Order.id.in_(union(*(select(Order.id).where(part) for part in parts)))


def _narrowed(statement: Select[Order], filters: Filters) -> Select[Order]:
    if filters.text:
        statement = statement.where(_about(filters.text.strip()))
    if filters.states:
        statement = statement.where(Order.state.in_(filters.states))
    if filters.programme_id:
        statement = statement.where(Order.programme_id == filters.programme_id)
    if filters.since:
        statement = statement.where(Order.placed_at >= clock.day_begins(filters.since))
    if filters.until:
        statement = statement.where(Order.placed_at < clock.day_ends(filters.until))
    return statement.order_by(_SORTS.get(filters.sort, Order.placed_at.desc()), Order.id.desc())


def seen(viewer: Viewer, filters: Filters) -> Select[Order]:
    """Orders that staff may see, narrowed."""
    return _narrowed(select(Order).where(_seen_by(viewer)), filters)


def programmes_used(viewer: Viewer) -> list[Programme]:
    """Programmes under which there are orders that staff may see, for a filter."""
    used = select(Order.programme_id).where(_seen_by(viewer), Order.programme_id.is_not(None))
    return list(db.session.scalars(select(Programme).where(Programme.id.in_(used)).order_by(Programme.name)))


def mine(enterprise_id: UUID, filters: Filters) -> Select[Order]:
    """A firm's own orders, narrowed."""
    return _narrowed(select(Order).where(Order.enterprise_id == enterprise_id), filters)


def incoming(provider_id: UUID, filters: Filters) -> Select[Order]:
    """The orders that a provider received, narrowed."""
    return _narrowed(select(Order).where(Order.provider_id == provider_id), filters)


def counts(condition: ColumnElement[bool]) -> dict[OrderState, int]:
    """How many orders there are in each state."""
    rows = db.session.execute(select(Order.state, func.count()).where(condition).group_by(Order.state))
    return {OrderState(state): int(count) for state, count in rows}


def counts_of_enterprise(enterprise_id: UUID) -> dict[OrderState, int]:
    """How many orders of a firm there are in each state."""
    return counts(Order.enterprise_id == enterprise_id)


def counts_of_provider(provider_id: UUID) -> dict[OrderState, int]:
    """How many orders a provider has in each state."""
    return counts(Order.provider_id == provider_id)


def unrated(enterprise_id: UUID, today: date) -> Select[Order]:
    """A firm's accepted orders that it may still rate and has not, the most urgent first."""
    in_time = or_(Order.rate_until.is_(None), Order.rate_until >= today)
    wanted = select(Order).where(Order.enterprise_id == enterprise_id, Order.state == OrderState.REDEEMED, in_time)
    return wanted.where(~exists().where(Review.order_id == Order.id)).order_by(Order.rate_until.nulls_last(), Order.id.desc())


def running_over(changed: Changed) -> list[UUID]:
    """Orders whose term runs over days of the calendar that changed."""
    waits = Order.state.in_((*OPEN, OrderState.REDEEMED)) & Order.closed_at.is_(None)
    return list(db.session.scalars(select(Order.id).where(waits, changed.touches(Order)).order_by(Order.id)))


def provisional() -> int:
    """How many orders wait for the calendar of a year to be confirmed."""
    waits = Order.state.in_((*OPEN, OrderState.REDEEMED)) & Order.closed_at.is_(None)
    return db.session.scalar(select(func.count()).select_from(Order).where(Order.due_provisional, waits)) or 0


def overdue(now: datetime) -> list[UUID]:
    """Open orders whose day has passed where they are: what the sweep looks at."""
    late = select(Order.id, Order.due_on, Order.time_zone).where(Order.state.in_(OPEN), Order.due_on < civil_date(now))
    return over_there(db.session.execute(late.order_by(Order.id)), now)


def to_remind(now: datetime) -> list[UUID]:
    """Orders of which somebody is to be reminded by today, looked at once China's day has begun."""
    return list(db.session.scalars(select(Order.id).where(Order.remind_on <= civil_date(now)).order_by(Order.id)))


def split_no_more() -> list[UUID]:
    """Open signals of a job cut up about orders that ended: nothing was bought by them."""
    about = (RiskSignal.kind == SPLIT) & (RiskSignal.state == SignalState.OPEN) & (RiskSignal.subject_id == Order.id)
    return list(db.session.scalars(select(RiskSignal.id).join(Order, about).where(Order.state.in_(ENDED)).order_by(RiskSignal.id)))


# Papers


def live_documents(order_id: UUID) -> list[OrderDocument]:
    """The papers of an order that no newer one has replaced, oldest first."""
    wanted = select(OrderDocument).where(OrderDocument.order_id == order_id, OrderDocument.replaced_at.is_(None))
    return list(db.session.scalars(wanted.order_by(OrderDocument.created_at, OrderDocument.id)))


def document(document_id: UUID, viewer: Viewer) -> OrderDocument:
    """A paper of an order that one may see. Raises: NotFound."""
    row = db.session.scalars(select(OrderDocument).where(OrderDocument.id == document_id)).one_or_none()
    if row is None:
        raise NotFound
    visible(row.order_id, viewer)
    return row


def order_with_evidence(invoice_key: str | None, slip_key: str | None) -> Order | None:
    """The order that used an invoice, or a payment slip."""
    same = OrderDocument.invoice_key == invoice_key if invoice_key else OrderDocument.slip_key == (slip_key or "")
    return db.session.scalars(select(Order).join(OrderDocument, OrderDocument.order_id == Order.id).where(same)).one_or_none()


def required_papers(order: Order, step: EvidenceStep) -> tuple[DocumentKind, ...]:
    """What the programme asks for at a step; a contract's own copy and nothing else where no voucher is used."""
    if order.version_id is None:
        return (DocumentKind.CONTRACT,) if step is EvidenceStep.CONTRACT else ()
    asked = spending.spec_of(order.version_id).evidence.at(step)
    pays_nothing = bool(order.in_kind_fen) and not order.own_share_fen  # all of its share is in kind: there is no slip
    return tuple(kind for kind in asked if not (pays_nothing and kind is DocumentKind.BANK_TRANSFER_SLIP))


def missing_papers(order: Order, step: EvidenceStep) -> list[DocumentKind]:
    """What of the papers that the programme asks for at a step is not there."""
    present = [one.kind for one in live_documents(order.id)]
    return rules.missing(required_papers(order, step), present, accepted=False, reviewed=False)


def dispute_of(order_id: UUID) -> OrderDispute | None:
    """What an officer has to decide about an order, or has decided."""
    return db.session.scalars(select(OrderDispute).where(OrderDispute.order_id == order_id)).one_or_none()


def in_area(order_id: UUID, areas: Iterable[str]) -> Order:
    """An order of a firm that an officer is responsible for. Raises: NotFound."""
    row = _one(select(Order).where(Order.id == order_id))
    _check_stands_in(row, areas)
    return row


def total_fen(documents: Iterable[Any], kind: DocumentKind) -> Fen | None:
    """The sum of the papers of a kind; None where there is none."""
    found = [one.amount_fen for one in documents if one.kind is kind and one.amount_fen is not None]
    return Fen(sum(found)) if found else None


def actual_base(order: Order) -> Fen:
    """The amount that the subsidy rate is applied to, from the papers that are there.

    Where the provider is paid, the firm's payment is its own share only and says nothing about the price.
    """
    if order.version_id is None:
        return Fen(order.contract_fen)
    papers = live_documents(order.id)
    invoice, payment = (total_fen(papers, kind) for kind in (DocumentKind.INVOICE, DocumentKind.BANK_TRANSFER_SLIP))
    lying = rules.PapersThen(invoice, payment, net_fen(papers), metered_fen(papers), shown_in_kind_fen(papers, order.in_kind_fen))
    return rules.base_then(spending.spec_of(order.version_id), Fen(order.contract_fen), lying)


def shown_in_kind_fen(documents: Iterable[Any], declared_fen: int) -> Fen:
    """Of what a firm declared to give in kind, as much as its papers show."""
    return Fen(min(declared_fen, total_fen(documents, DocumentKind.IN_KIND_RECORD) or 0)) if declared_fen else Fen(0)


def net_fen(documents: Iterable[Any]) -> Fen | None:
    """What invoices say without their tax, the whole where they do not say it; None where there is none."""
    found = [one.net_fen or one.amount_fen for one in documents if one.kind is DocumentKind.INVOICE and one.amount_fen is not None]
    return Fen(sum(one for one in found if one)) if found else None


def metered_fen(documents: Sequence[Any]) -> Fen | None:
    """What was used by the metering logs, at the price of the newest contract; None where nothing was metered."""
    price = next((one.unit_fen for one in reversed(documents) if one.unit_fen), None)
    units = [one.units for one in documents if one.units]
    return Fen(price * sum(units)) if price and units else None


def check_fresh(order: Order, step: EvidenceStep, today: date) -> None:
    """Raises: RuleViolation that names a paper of a step which is too old by now."""
    spec = None if order.version_id is None else spending.spec_of(order.version_id)
    if spec is None or not spec.paper_terms:
        return
    wanted = required_papers(order, step)
    for one in live_documents(order.id):
        if one.kind in wanted:
            evidence.check_age(one.kind, one.dated_on, spec.months_of(one.kind), today)


# Checks


def _party(organisation: Organisation) -> PartyFacts:
    return PartyFacts(
        organisation.legal_representative, organisation.contact_phone, organisation.address, organisation.bank_account,
        organisation.uscc, organisation.group_uscc,
    )  # fmt: skip


def ties_of(order: Order) -> list[str]:
    """Why firm and provider may be related."""
    firm, provider = db.session.get(Enterprise, order.enterprise_id), db.session.get(Provider, order.provider_id)
    assert firm is not None and provider is not None
    return rules.ties(_party(firm.organisation), _party(provider.organisation))


def alike_before(order: Order) -> list[tuple[date, str]]:
    """Living or finished orders of the same firm, provider and category placed before this one: day and number."""
    rows = db.session.execute(
        select(Order.placed_at, Order.number)
        .where(Order.enterprise_id == order.enterprise_id, Order.provider_id == order.provider_id, Order.category == order.category)
        .where(Order.id != order.id, Order.placed_at <= order.placed_at, Order.state.not_in(ENDED), Order.voucher_id.is_not(None))
        .order_by(Order.placed_at)
    )
    return [(order.day_of(placed_at), number) for placed_at, number in rows]


# Reviews


def review_of(order_id: UUID) -> Review | None:
    """What the firm said of an order's service."""
    return db.session.scalars(select(Review).where(Review.order_id == order_id)).one_or_none()


def reviews(provider_id: UUID, offering_id: UUID | None = None) -> Select[Review]:
    """Reviews of a provider, or of one of its offerings, newest first; what was said in a simulated round says nothing of a service."""
    statement = select(Review).join(Order, Order.id == Review.order_id).where(Review.provider_id == provider_id, is_real(Order.round_id))
    if offering_id is not None:
        statement = statement.where(Order.offering_id == offering_id)
    return statement.order_by(Review.created_at.desc(), Review.id.desc())


@dataclass(frozen=True, slots=True)
class Score:
    """How firms rated a provider."""

    count: int
    tenths: int  # mean score in tenths: 47 is 4.7; 0 without reviews


def score_of(provider_id: UUID, offering_id: UUID | None = None) -> Score:
    """How many reviews there are, and their mean."""
    rows = reviews(provider_id, offering_id).order_by(None).subquery()
    count, total = db.session.execute(select(func.count(), func.coalesce(func.sum(rows.c.score), 0))).one()
    return Score(count, (total * 10 + count // 2) // count if count else 0)
