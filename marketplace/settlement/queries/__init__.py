"""Reads of claims and payments: scoped by whose they are, and by area."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, union

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.enterprises.models import Enterprise
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, stands_in
from marketplace.identity.scope import acted_on
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import db, found_by
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.ids import is_printed_number
from marketplace.kernel.money import Fen
from marketplace.kernel.zones import over_there
from marketplace.orders import queries as orders
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderDocument
from marketplace.orders.queries import Viewer
from marketplace.orders.queries.joint import not_bought_with
from marketplace.orders.queries.shared_numbers import orders_with_same_numbers
from marketplace.orders.queries.terms import contract_window, earlier_pieces, last_rating
from marketplace.policy.programme_words import DocumentKind, EvidenceStep, Payee
from marketplace.policy.terms import Changed
from marketplace.settlement.lifecycle import TO_PAY, BatchState, ClaimState, LineState
from marketplace.settlement.models import BankTransfer, Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries.appeals import may_appeal
from marketplace.settlement.queries.late import late
from marketplace.settlement.rules import ClaimFacts, Ticket
from marketplace.vouchers.models import Programme, Round
from marketplace.vouchers.queries import spending
from marketplace.vouchers.rules import amounts


def claim_of_order(order_id: UUID) -> Claim | None:
    """The claim for an order, if there is one."""
    return db.session.scalars(select(Claim).where(Claim.order_id == order_id)).one_or_none()


def _in_areas(areas: Iterable[str]) -> ColumnElement[bool]:
    """SQL condition: the claim's firm is in one of the areas now; it is the order's, so no order is looked up."""
    return Claim.enterprise_id.in_(select(Organisation.id).where(in_areas(areas)))


def visible(claim_id: UUID, viewer: Viewer) -> Claim:
    """A claim of one's own, as asker or as payee, or one of staff's area. Raises: NotFound."""
    row = found_by(select(Claim).where(Claim.id == claim_id))
    if viewer.organisation_id not in {row.asker.id, row.payee_id} and not _stands_in(row, viewer.areas or ()):
        raise NotFound
    return row


def _stands_in(row: Claim, areas: Iterable[str]) -> bool:
    """Whether a claim is of an area, by where its firm is."""
    return stands_in(row.firm, areas)


def in_area(claim_id: UUID, areas: Iterable[str]) -> Claim:
    """A claim of an officer's own area. Raises: NotFound."""
    row = found_by(select(Claim).where(Claim.id == claim_id))
    if not _stands_in(row, areas):
        raise NotFound
    return row


def of_provider(provider_id: UUID, states: tuple[ClaimState, ...] = ()) -> Select[Claim]:
    """A provider's claims, newest first."""
    statement = select(Claim).where(Claim.provider_id == provider_id)
    if states:
        statement = statement.where(Claim.state.in_(states))
    return statement.order_by(Claim.submitted_at.desc(), Claim.id.desc())


def is_unclaimed() -> ColumnElement[bool]:
    """SQL condition on orders: nobody has asked for the money of the order yet."""
    return ~exists().where(Claim.order_id == Order.id)


def claimable(provider_id: UUID) -> Select[Order]:
    """Redeemed orders for which a provider has not asked yet, the most urgent first."""
    statement = select(Order).where(Order.provider_id == provider_id, Order.state == OrderState.REDEEMED, Order.subsidy_fen > 0)
    return statement.where(is_unclaimed(), Order.closed_at.is_(None)).order_by(Order.due_on, Order.id)


@dataclass(frozen=True, slots=True)
class ClaimFilters:
    """What the queue is narrowed to."""

    text: str = ""  # number of claim or order, firm, provider
    states: tuple[ClaimState, ...] = ()
    programme_id: UUID | None = None
    sort: str = ""
    is_doubted: bool = False  # the bank sent money back, and nobody has confirmed the account since
    drawn: str = ""  # "waiting": drawn and not checked on the spot; "drawn": drawn at all
    appeal: bool = False  # an appeal waits for its answer
    checks: str = ""  # "green": of which every check was green when it was looked at last; "open": the others
    pay_late_on: date | None = None  # approved, and on this day past the day by which finance pays
    level_late_on: date | None = None  # on this day past the day by which the level whose turn it is says its word
    kind: str = ""  # "orders": of orders; "direct": of firms, without an order


_SORTS = {
    "due": Claim.due_on.nulls_last(), "-due": Claim.due_on.desc(), "amount": Claim.requested_fen, "-amount": Claim.requested_fen.desc(),
    "submitted": Claim.submitted_at, "-submitted": Claim.submitted_at.desc(),
}  # fmt: skip


def _about(text: str) -> ColumnElement[bool]:
    """SQL condition: claims of a number, of an order's number, or of firms or providers so called, each by its own index."""
    if is_printed_number(text):
        return or_(Claim.number == text.upper(), Claim.order_id.in_(select(Order.id).where(Order.number == text.upper())))
    parts = (
        orders.numbered(Claim.number, text, "DF"),
        Claim.order_id.in_(select(Order.id).where(orders.numbered(Order.number, text, "DD"))),
        Claim.enterprise_id.in_(orders.named(text)),
        Claim.provider_id.in_(orders.named(text)),
    )
    return Claim.id.in_(union(*(select(Claim.id).where(part) for part in parts)))


def queue(areas: Iterable[str], filters: ClaimFilters) -> Select[Claim]:
    """Claims of an area, narrowed; what is due first comes first."""
    statement = select(Claim).where(_in_areas(areas))
    if filters.text:
        statement = statement.where(_about(filters.text.strip()))
    if filters.states:
        statement = statement.where(Claim.state.in_(filters.states))
    if filters.programme_id:
        statement = statement.where(Claim.programme_id == filters.programme_id)
    if filters.kind:
        statement = statement.where(Claim.subsidy_id.is_not(None) if filters.kind == "direct" else Claim.order_id.is_not(None))
    if filters.is_doubted:
        statement = statement.where(Claim.account_doubted, Claim.state.in_(TO_PAY))
    if filters.appeal:
        statement = statement.where(Claim.appealed_at.is_not(None), Claim.appeal_answered_by.is_(None))
    if filters.checks:
        statement = statement.where(Claim.open_checks == 0 if filters.checks == "green" else Claim.open_checks > 0)
    if filters.pay_late_on or filters.level_late_on:
        return late(statement, pay_on=filters.pay_late_on, level_on=filters.level_late_on)
    if filters.drawn:
        unchecked = (Claim.spot_checked_by.is_(None), Claim.state == ClaimState.SUBMITTED) if filters.drawn == "waiting" else ()
        statement = statement.where(Claim.drawn_by.in_(["amount", "rate", "minimum"]), *unchecked)
    return statement.order_by(_SORTS.get(filters.sort, Claim.due_on.nulls_last()), Claim.id)


def counts(areas: Iterable[str], *, direct: bool = False) -> dict[ClaimState, int]:
    """How many claims of an area there are in each state; `direct`: without an order only."""
    wanted = select(Claim.state, func.count()).where(_in_areas(areas)).group_by(Claim.state)
    rows = db.session.execute(wanted.where(Claim.subsidy_id.is_not(None)) if direct else wanted)
    return {ClaimState(state): int(count) for state, count in rows}


def waiting_for_spot_check(areas: Iterable[str]) -> Select[Claim]:
    """Drawn claims of an area that nobody has checked on the spot, what is due first comes first."""
    return queue(areas, ClaimFilters(states=(ClaimState.SUBMITTED,), drawn="waiting"))


# What the checks stand on


def evidence_of(order: Order, today: date) -> list[tuple[DocumentKind, bool]]:
    """What the programme asks for a claim, and whether it is there. A rating is no longer asked once the firm can give none."""
    required = orders.required_papers(order, EvidenceStep.CLAIM)
    present = {one.kind for one in orders.live_documents(order.id)}
    last = last_rating(order)
    accepted, reviewed = order.state is OrderState.REDEEMED, orders.review_of(order.id) is not None
    done = {DocumentKind.ACCEPTANCE_FORM: accepted, DocumentKind.RATING: reviewed or (last is not None and last < today)}
    return [(kind, kind in present or done.get(kind, False)) for kind in required]


def _tickets(documents: Iterable[OrderDocument], kind: DocumentKind) -> list[Ticket]:
    return [Ticket(one.number or "—", one.amount_fen or 0, one.dated_on) for one in documents if one.kind is kind]


def _shared_files(order_id: UUID) -> list[str]:
    """Numbers of other orders in which one of the files lies."""
    mine = select(StoredFile.sha256).join(OrderDocument, OrderDocument.file_id == StoredFile.id).where(OrderDocument.order_id == order_id)
    rows = db.session.scalars(
        select(Order.number)
        .join(OrderDocument, OrderDocument.order_id == Order.id)
        .join(StoredFile, StoredFile.id == OrderDocument.file_id)
        .where(Order.id != order_id, not_bought_with(order_id), OrderDocument.replaced_at.is_(None), StoredFile.sha256.in_(mine))
        .distinct()
        .order_by(Order.number)
    )
    return list(rows)


def _cheaper(order: Order) -> int | None:
    """The lowest contract for the same offering without a voucher, if it is below this one."""
    lowest = db.session.scalar(
        select(func.min(Order.contract_fen)).where(
            Order.offering_id == order.offering_id, Order.voucher_id.is_(None), Order.state == OrderState.REDEEMED
        )
    )
    return int(lowest) if lowest is not None and lowest < order.contract_fen else None


def deserved_fen(order: Order, requested_fen: Fen) -> Fen:
    """What the papers that are there deserve, reckoned again, never above what was redeemed."""
    assert order.voucher is not None and order.version_id is not None, "a claim is for a voucher"
    return amounts.redeemable_fen(
        spending.spec_of(order.version_id), reserved_fen=requested_fen, base_fen=orders.actual_base(order),
        firm_class=order.voucher.class_key, category=order.category,
    )  # fmt: skip


def facts_of(order: Order, requested_fen: Fen, today: date) -> ClaimFacts:
    """What the checks of an order's claim stand on."""
    assert order.voucher is not None and order.version_id is not None, "a claim is for a voucher"
    documents, window = orders.live_documents(order.id), contract_window(order, today)
    firm, provider = db.session.get(Enterprise, order.enterprise_id), db.session.get(Provider, order.provider_id)
    assert firm is not None and provider is not None
    spec = spending.spec_of(order.version_id)
    barred = [one.sanctioned_until for one in (firm.organisation, provider.organisation)]
    contract = next((one for one in documents if one.kind is DocumentKind.CONTRACT), None)
    return ClaimFacts(
        contract_fen=order.contract_fen, requested_fen=requested_fen, deserved_fen=deserved_fen(order, requested_fen),
        contract_on=contract.dated_on if contract else None, window=(window.first, window.last), today=today,
        invoices=_tickets(documents, DocumentKind.INVOICE), payments=_tickets(documents, DocumentKind.BANK_TRANSFER_SLIP),
        payee_is_firm=spec.payee.value is Payee.SME, ties=orders.ties_of(order), pieces=earlier_pieces(order),
        shared_files=_shared_files(order.id), shared_numbers=orders_with_same_numbers(order), cheaper_fen=_cheaper(order),
        sanctioned=any(day is not None and day >= today for day in barred),
        provider_in_register=provider.state is ProviderState.ADMITTED, accepted_by=order.accepted_by,
        at_once=spec.deducts_at_once, currency=order.currency,
        in_kind=(order.in_kind_fen, orders.total_fen(documents, DocumentKind.IN_KIND_RECORD) or 0) if order.in_kind_fen else None,
    )  # fmt: skip


# Payments


def programme_in_areas(areas: Iterable[str]) -> ColumnElement[bool]:
    """SQL condition on programmes: of some areas."""
    return acted_on(Programme.area_code, areas)


def programmes_in(areas: Iterable[str]) -> list[Programme]:
    """Programmes of an area."""
    return list(db.session.scalars(select(Programme).where(programme_in_areas(areas)).order_by(Programme.name)))


def programme_in(programme_id: UUID, areas: Iterable[str]) -> Programme:
    """A programme of one's own area. Raises: NotFound."""
    return found_by(select(Programme).where(Programme.id == programme_id, programme_in_areas(areas)))


def batches(areas: Iterable[str], state: BatchState | None = None, *, not_by: UUID | None = None) -> Select[PaymentBatch]:
    """Batches of an area's programmes, newest first; `not_by`: without those that this user prepared."""
    statement = select(PaymentBatch).where(PaymentBatch.programme_id.in_(select(Programme.id).where(programme_in_areas(areas))))
    if not_by is not None:
        statement = statement.where(PaymentBatch.prepared_by != not_by)
    if state:
        statement = statement.where(PaymentBatch.state == state)
    return statement.order_by(PaymentBatch.created_at.desc(), PaymentBatch.id.desc())


def batch_in(batch_id: UUID, areas: Iterable[str]) -> PaymentBatch:
    """A batch of one's own area. Raises: NotFound."""
    return found_by(batches(areas).where(PaymentBatch.id == batch_id))


def line_in(line_id: UUID, areas: Iterable[str]) -> PaymentLine:
    """A line of a batch of one's own area. Raises: NotFound."""
    row = db.session.scalars(select(PaymentLine).where(PaymentLine.id == line_id)).one_or_none()
    if row is None:
        raise NotFound
    batch_in(row.batch_id, areas)
    return row


def line_of(batch_number: str, claim_number: str, areas: Iterable[str]) -> PaymentLine:
    """A line by the printed numbers on the bank list. Raises: NotFound."""
    statement = (
        select(PaymentLine)
        .join(PaymentBatch, PaymentBatch.id == PaymentLine.batch_id)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .where(PaymentBatch.number == batch_number, Claim.number == claim_number)
    )
    row = db.session.scalars(statement).one_or_none()
    if row is None:
        raise NotFound
    return line_in(row.id, areas)


def lines_of(batch_id: UUID) -> list[PaymentLine]:
    """The lines of a batch, as they were put in."""
    return list(db.session.scalars(select(PaymentLine).where(PaymentLine.batch_id == batch_id).order_by(PaymentLine.id)))


def lines_of_claim(claim_id: UUID) -> list[PaymentLine]:
    """Every attempt to pay a claim, newest first."""
    return list(db.session.scalars(select(PaymentLine).where(PaymentLine.claim_id == claim_id).order_by(PaymentLine.id.desc())))


def batches_by_id(batch_ids: Iterable[UUID]) -> dict[UUID, PaymentBatch]:
    """Batches by id, for lists of lines."""
    wanted = set(batch_ids)
    return {one.id: one for one in db.session.scalars(select(PaymentBatch).where(PaymentBatch.id.in_(wanted)))} if wanted else {}


def batch_paid_by(reference_key: str) -> UUID | None:
    """The batch that a transfer paid as a whole."""
    return db.session.scalar(
        select(BankTransfer.batch_id).where(BankTransfer.reference_key == reference_key, BankTransfer.line_id.is_(None))
    )


def transfer_named(reference_key: str) -> str | None:
    """What a bank's reference was recorded for: the printed numbers of batch and claim; None: nothing yet."""
    found = (
        select(PaymentBatch.number, Claim.number)
        .select_from(BankTransfer)
        .join(PaymentBatch, PaymentBatch.id == BankTransfer.batch_id)
        .outerjoin(PaymentLine, PaymentLine.id == BankTransfer.line_id)
        .outerjoin(Claim, Claim.id == PaymentLine.claim_id)
        .where(BankTransfer.reference_key == reference_key)
    )
    row = db.session.execute(found).one_or_none()
    return None if row is None else " ".join(part for part in row if part)


def waiting_lines(batch_id: UUID) -> int:
    """How many lines of a batch have no bank result."""
    statement = select(func.count()).select_from(PaymentLine)
    return db.session.scalar(statement.where(PaymentLine.batch_id == batch_id, PaymentLine.state == LineState.WAITING)) or 0


def totals(batch_ids: Iterable[UUID]) -> dict[UUID, tuple[int, Fen]]:
    """How many lines some batches have, and how much they ask to pay."""
    rows = db.session.execute(
        select(PaymentLine.batch_id, func.count(), func.sum(PaymentLine.amount_fen + PaymentLine.short_fen))
        .where(PaymentLine.batch_id.in_(set(batch_ids)))
        .group_by(PaymentLine.batch_id)
    )
    return {batch_id: (int(count), Fen(int(amount))) for batch_id, count, amount in rows}


def running_over(changed: Changed) -> list[UUID]:
    """Claims whose term runs over days of the calendar that changed."""
    waits = Claim.state.in_((ClaimState.SUBMITTED, ClaimState.RETURNED)) | may_appeal()
    return list(db.session.scalars(select(Claim.id).where(waits, changed.touches(Claim)).order_by(Claim.id)))


def provisional() -> int:
    """How many claims wait for the calendar of a year to be confirmed."""
    waits = Claim.state.in_((ClaimState.SUBMITTED, ClaimState.RETURNED))
    return db.session.scalar(select(func.count()).select_from(Claim).where(Claim.due_provisional, waits)) or 0


def overdue(now: datetime) -> tuple[list[UUID], list[UUID]]:
    """Orders whose time to ask is over with nobody asking, and claims that were not mended in time: each by the day where it is."""
    today = civil_date(now)  # in China no day begins later than elsewhere
    late = select(Order.id, Order.due_on, Order.time_zone).where(Order.state == OrderState.REDEEMED, Order.voucher_id.is_not(None))
    orders = db.session.execute(late.where(Order.closed_at.is_(None), Order.due_on < today, is_unclaimed()).order_by(Order.id))
    returned = select(Claim.id, Claim.due_on, Round.time_zone).join(Round, Round.id == Claim.round_id)
    claims = db.session.execute(returned.where(Claim.state == ClaimState.RETURNED, Claim.due_on < today).order_by(Claim.id))
    return over_there(orders, now), over_there(claims, now)


def reviewers_of(claim: Claim) -> list[UUID]:
    """Officers who may decide on a claim."""
    return identity.user_ids_with("claims.review", claim.region_code, claim.firm.park_code)
