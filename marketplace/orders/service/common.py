"""What every move of an order shares: begin it, finish it, and what its last days stand on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import Fen
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.orders import evidence, rules
from marketplace.orders.lifecycle import ORDER, OrderState, Side
from marketplace.orders.models import Order, OrderDocument
from marketplace.orders.queries.terms import last_rating, silence_of, terms_of
from marketplace.policy import terms
from marketplace.policy.programme_spec import TimeLimit
from marketplace.policy.programme_words import DocumentKind, Silence
from marketplace.records.rules import AcceptedBy
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.money import Hold
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.amounts import with_in_kind
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import spending


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What stands on some kinds of paper beside number, amount and day."""

    net_fen: Fen | None = None  # of an invoice, without its tax
    tax_fen: Fen | None = None
    units: int | None = None  # of a metering log
    unit_fen: Fen | None = None  # of a contract, for one unit

    def told(self) -> dict[str, int]:
        """What is there: a paper without is what it was before."""
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) is not None}


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper on its way into an order. `store` writes the file's row, so a repeat stores nothing."""

    kind: DocumentKind
    sha256: str
    store: Callable[[], StoredFile]
    number: str = ""
    code: str = ""  # of an invoice
    amount_fen: Fen | None = None
    dated_on: date | None = None
    facts: PaperFacts = PaperFacts()
    note: str = ""
    replaces_id: UUID | None = None  # the older copy that it is put in for

    def content(self) -> dict[str, Any]:
        """What tells one paper from another."""
        return {"kind": self.kind.value, "sha256": self.sha256, "number": self.number, "code": self.code, "amount_fen": self.amount_fen,
                "dated_on": self.dated_on, "note": self.note, **self.facts.told()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a firm orders, and what the page showed when it confirmed."""

    offering_id: UUID
    voucher_id: UUID | None
    requested_fen: Fen | None = None  # of the voucher, if less than it could
    requirement: str = ""
    seen_price_fen: int | None = None
    seen_subsidy_fen: int | None = None
    in_kind_fen: Fen | None = None  # of the firm's own share, what it gives in kind


@dataclass(frozen=True, slots=True)
class SignedContract:
    """A contract as both sides signed it."""

    number: str
    amount_fen: Fen
    dated_on: date
    papers: Sequence[Paper]
    unit_fen: Fen | None = None  # price of one unit, where the rules meter what is used


@dataclass(frozen=True, slots=True)
class Handover:
    """What the provider delivers, with its evidence."""

    note: str
    papers: Sequence[Paper]


@dataclass(frozen=True, slots=True)
class Bill:
    """The invoice by which an order is settled at once, with the other papers of the till."""

    number: str
    code: str
    amount_fen: Fen
    dated_on: date
    note: str
    papers: Sequence[Paper]


@dataclass(frozen=True, slots=True)
class Rating:
    """What a firm says of a service."""

    score: int  # 1 to 5
    comment: str


def opened(verb: str, order_id: UUID, asked: By, *, organisation_id: UUID | None = None) -> Act[Order]:
    """Begin a move of an order: under lock, for its party, once for its key, in its turn.

    Args:
        organisation_id: whose order it must be; none for staff.

    Raises: NotFound: no such order, or another's. Conflict, RuleViolation: as moves.begun.
    """
    order, side = locked(Order, order_id), Side.STAFF
    if organisation_id is not None:
        side = {order.enterprise_id: Side.FIRM, order.provider_id: Side.PROVIDER}.get(organisation_id, Side.PLATFORM)
        if side not in ORDER.move(verb).by:
            raise NotFound
    return moves.begun(ORDER, verb, order, side, asked)


def by_itself(verb: str, order: Order, *, now: datetime, key: UUID | None = None) -> Act[Order]:
    """A move that nobody asks for, with an order under lock: time makes it, or another command."""
    return moves.begun(ORDER, verb, order, Side.PLATFORM, By(None, now, key))


def finished(act: Act[Order], body: str, *, to: OrderState | None = None, **details: Any) -> Order:
    """State, moment, last day, trail, and a message to every other party."""
    moves.entered(act, to)
    set_due(act.row, act.today)
    moves.done(act, **details)
    return tell_parties(act, body)


def tell_parties(act: Act[Order], body: str) -> Order:
    """Tell every party but the one that acts."""
    parties = {Side.FIRM: act.row.enterprise_id, Side.PROVIDER: act.row.provider_id}
    moves.tell(act, [party for side, party in parties.items() if side != act.side], body)
    return act.row


def given_reason(reason: str) -> str:
    """Raises: RuleViolation: nothing was said."""
    return checked_reason(reason, N_("请写明原因，让对方知道为什么。"))


def last_day(order: Order) -> date | None:
    """The day after which nothing can be done with an order in its state."""
    known = terms_of(order)
    if known is None or not order.state.limit:
        return None
    if was_returned(order):
        return order.due_on
    return known.last_day(order.state.limit)


def last_day_may_move(order: Order) -> bool:
    """Whether the last day of an order's state stands on a year whose holidays nobody has entered."""
    last = terms_of(order)
    return last is not None and bool(order.state.limit) and last.may_move(order.state.limit)


def time_is_up(order: Order, today: date) -> bool:
    """Taking, contracting and delivering end on their own day; who is late to accept is reminded until the last day of acceptance.

    A day that was set before contracts lived their service term is set anew.
    """
    if order.state is OrderState.CONTRACTED and order.due_on is not None and order.due_on < today:
        longer = last_day(order)
        if longer is not None and longer > order.due_on:
            order.due_on = longer
    if order.state is not OrderState.DELIVERED:
        return terms.is_over(order, today)
    last = last_day(order)
    if last_day_may_move(order):
        return False
    return last is not None and last < today


def check_in_time(order: Order, today: date) -> None:
    """A step ends with its last day, to the second, whether the sweep has come by or not.

    Raises: RuleViolation.
    """
    if time_is_up(order, today):
        day = order.due_on.isoformat() if order.due_on else ""
        raise RuleViolation(N_("这一步的期限 %(day)s 已过，不能再办理；订单将自动失效，占用的券额退回。"), code="step_over", day=day)


def was_returned(order: Order) -> bool:
    """Whether the firm sent the delivery back, to be mended."""
    return order.state is OrderState.CONTRACTED and bool(order.state_reason)


def set_due(order: Order, start: date) -> None:
    """By when whoever has the order must act: the programme's time limit, no later than the round's own last day."""
    last = terms_of(order)
    order.remind_on, order.rate_until = None, last_rating(order) if order.state is OrderState.REDEEMED else None
    if last is None or order.version_id is None or not order.state.limit:
        terms.clear(order)
        return
    limit: TimeLimit = getattr(spec_of(order.version_id).times, order.state.limit)
    waited = order.state is OrderState.REDEEMED and order.accepted_by is not AcceptedBy.FIRM
    terms.keep(order, start, limit, last.due(order.state.limit, start, returned=was_returned(order), waited=waited))
    if order.state is OrderState.DELIVERED and silence_of(order) is not Silence.LAPSE:
        assert order.due_on is not None, "it was kept just now"
        order.remind_on = next(iter(rules.reminder_days(start, order.due_on)), None)


def count_again(order: Order) -> tuple[date, date] | None:
    """Count a due day again by the calendar as it is now; the day before and after if it moved. A day of which no start is kept stays."""
    before, remind_on = order.due_on, order.remind_on
    if before is None or order.due_start is None or order.closed_at is not None:
        return None
    set_due(order, order.due_start)
    if order.due_on is None or order.due_on == before:
        order.remind_on = remind_on  # who was reminded of this day is not reminded again
        return None
    return before, order.due_on


def check_frozen(order: Order) -> None:
    """Raises: RuleViolation: the voucher is frozen. Whoever freezes it at this moment comes before or after, never between."""
    if order.voucher_id is not None and locked(Voucher, order.voucher_id).state is VoucherState.FROZEN:
        raise RuleViolation(N_("这张券已被冻结，暂时不能核销。原因请咨询主管部门。"), code="voucher_frozen")


def hold_of(order: Order, *, payee_id: UUID | None = None) -> Hold | None:
    """What its voucher holds for an order; None without a voucher. `payee_id`: who is paid instead of the provider."""
    if order.voucher_id is None:
        return None
    assert order.version_id is not None, "what is placed with a voucher keeps its rules"
    return Hold(
        voucher_id=order.voucher_id, order_id=order.id, version_id=order.version_id, category=order.category, limits=order.limits,
        payee_id=payee_id or order.provider_id, agreement_id=order.agreement_id,
    )  # fmt: skip


def lowered(order: Order, amount_fen: Fen, actor_id: UUID, today: date, cause_id: UUID | None = None) -> Fen:
    """Hold no more than a lower price deserves; what is held then. `cause_id`: what was agreed on after the contract."""
    hold = hold_of(order)
    if hold is None:
        return Fen(0)
    base_fen = with_in_kind(spec_of(hold.version_id), amount_fen, order.in_kind_fen)
    return spending.lower(hold, base_fen, actor_id=actor_id, today=today, cause_id=cause_id)


def give_back(order: Order, *, actor_id: UUID | None, today: date) -> Fen:
    """Release what is reserved for an order that ends; how much."""
    hold = hold_of(order)
    return Fen(0) if hold is None else spending.release(hold, actor_id=actor_id, today=today)


@dataclass(frozen=True, slots=True)
class PaperKeys:
    """What tells a paper from every other, in one spelling."""

    number_key: str = ""
    invoice_key: str | None = None
    slip_key: str | None = None


def keys_of(order: Order, paper: Paper) -> PaperKeys:
    """The keys of a paper; none where nobody wrote its number.

    Raises: RuleViolation: an invoice's number does not name it.
    """
    if paper.kind is DocumentKind.INVOICE and paper.number:
        key = evidence.invoice_key(paper.code, paper.number)
        return PaperKeys(key, invoice_key=key)
    number = plain_number(paper.number)
    if paper.kind is DocumentKind.BANK_TRANSFER_SLIP and number and paper.amount_fen:
        return PaperKeys(number, slip_key=evidence.slip_key(order.enterprise_id, paper.number, paper.amount_fen))
    return PaperKeys(number)


def attach(order: Order, paper: Paper, *, actor_id: UUID, now: datetime, keys: PaperKeys) -> OrderDocument:
    """Put a paper into an order."""
    row = OrderDocument(
        order_id=order.id, kind=paper.kind, file_id=paper.store().id, number_key=keys.number_key,
        number=fitting(paper.number, 60, field="number"),
        invoice_key=keys.invoice_key, slip_key=keys.slip_key, amount_fen=paper.amount_fen, dated_on=paper.dated_on,
        note=fitting(paper.note, 300, field="note"), uploaded_by=actor_id, created_at=now, **paper.facts.told(),
    )  # fmt: skip
    db.session.add(row)
    return row


def contents(papers: Sequence[Paper]) -> list[dict[str, Any]]:
    """Of several papers, for the hash of a request."""
    return [paper.content() for paper in papers]


def is_simulated(order: Order) -> bool:
    """Whether an order draws on a simulated round: what it brings about counts nowhere."""
    return order.voucher is not None and order.voucher.round.simulated
