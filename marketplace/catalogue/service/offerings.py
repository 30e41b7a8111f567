"""Offerings come to the shelf, change their price, leave; reviews are counted."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update

from marketplace.audit import service as audit
from marketplace.catalogue import synonyms
from marketplace.catalogue.lifecycle import OFFERING, PriceState, Side
from marketplace.catalogue.models import Offering, OfferingPrice, Provider
from marketplace.catalogue.rules import offerings as rules
from marketplace.catalogue.rules.offerings import OfferingFacts
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.ids import printed_number
from marketplace.kernel.lifecycle import Move
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.policy.service_categories import category_names
from marketplace.risk import queries as risk

FACTS = tuple(OfferingFacts.__slots__)


def facts_of(row: Offering) -> OfferingFacts:
    """What is written about an offering, as a value."""
    return OfferingFacts(**{name: getattr(row, name) for name in FACTS})


def write(provider_id: UUID, facts: OfferingFacts, *, actor_id: UUID | None, request_key: UUID) -> Offering:
    """A provider drafts a new offering.

    Raises: RuleViolation beside the field; Conflict: the key was used for another.
    """
    if not begin(Command(request_key, "offering.drafted", actor_id, request_key, {"provider": provider_id, "facts": facts})):
        return by_id(Offering, request_key)
    rules.check_facts(facts, categories=category_names())
    row = Offering(id=request_key, number=printed_number("FW"), provider_id=provider_id, **{n: getattr(facts, n) for n in FACTS})
    row.search_text = synonyms.search_text(facts.title, facts.summary, facts.category)
    db.session.add(row)
    db.session.flush()
    audit.record("offering.drafted", actor_id=actor_id, subject_type="offering", subject_id=row.id, title=row.title)
    return row


def change(
    offering_id: UUID, provider_id: UUID, facts: OfferingFacts, *, seen_version: int, actor_id: UUID | None, request_key: UUID
) -> Offering:
    """A provider changes an offering that no firm can order.

    Raises: NotFound: not its own; RuleViolation: under review or listed; Conflict: changed since the form was opened.
    """
    row = _own(offering_id, provider_id)
    if not begin(Command(request_key, "offering.changed", actor_id, row.id, {"facts": facts, "seen": seen_version})):
        return row
    rules.check_editable(row.state)
    rules.check_version(seen_version, row.version)
    rules.check_facts(facts, categories=category_names())
    before = {name: getattr(row, name) for name in FACTS if getattr(row, name) != getattr(facts, name)}
    for name in before:
        setattr(row, name, getattr(facts, name))
    row.search_text = synonyms.search_text(facts.title, facts.summary, facts.category)
    if before:
        audit.record("offering.changed", actor_id=actor_id, subject_type="offering", subject_id=row.id, before=before)
    return row


def submit(offering_id: UUID, provider_id: UUID, *, seen_version: int, actor_id: UUID | None, request_key: UUID, today: date) -> Offering:
    """A provider asks for an offering to be listed.

    Raises: RuleViolation: the provider is not in the register or kept away, or the offering is incomplete or under way.
    """
    row, content = _own(offering_id, provider_id), {"seen": seen_version}
    act = moves.begun(OFFERING, "submit_offering", row, Side.PROVIDER, By(actor_id, key=request_key, content=content))
    if act.is_repeat:
        return row
    rules.check_version(seen_version, row.version)
    provider = by_id(Provider, provider_id)
    rules.check_provider_may_list(provider.state)
    risk.check_not_barred((provider_id,), today)
    rules.check_complete(facts_of(row))
    _finish(act, "")
    _tell_officers(act.move, row, provider.organisation.name)
    return row


@dataclass(frozen=True, slots=True)
class ListingDecision:
    """What an officer says of a submitted offering."""

    approved: bool
    reason: str
    seen_version: int  # of what the officer read


@dataclass(frozen=True, slots=True)
class NewPrice:
    """Another price, and why."""

    price_fen: Fen
    reason: str


def decide(offering_id: UUID, decision: ListingDecision, *, actor_id: UUID, request_key: UUID, now: datetime) -> Offering:
    """An officer lists a submitted offering, or returns it with a reason. Listing fixes the price in the history.

    Raises: RuleViolation: not submitted, its provider is kept away, or returned without a reason. Conflict: not what the officer read.
    """
    row, reason = locked(Offering, offering_id), decision.reason
    verb, content = "decide_listing" if decision.approved else "returned", {"reason": reason, "seen": decision.seen_version}
    act = moves.begun(OFFERING, verb, row, Side.OFFICER, By(actor_id, now, request_key, content))
    if act.is_repeat:
        return row
    rules.check_version(decision.seen_version, row.version)
    if decision.approved:
        rules.check_provider_may_list(by_id(Provider, row.provider_id).state)
        risk.check_not_barred((row.provider_id,), clock.civil_date(now))
        _record_first_price(row, actor_id=actor_id, now=now)
    else:
        rules.check_reason(reason)
    _finish(act, reason)
    _tell(act.move, row, row.state_reason)
    return row


def _record_first_price(row: Offering, *, actor_id: UUID, now: datetime) -> None:
    last = db.session.scalars(
        select(OfferingPrice)
        .where(OfferingPrice.offering_id == row.id, OfferingPrice.state == PriceState.ACCEPTED)
        .order_by(OfferingPrice.decided_at.desc(), OfferingPrice.created_at.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.price_fen != row.price_fen:
        why = N_("首次上架") if last is None else N_("重新上架")
        facts = {"reason": why, "state": PriceState.ACCEPTED, "decided_by": actor_id, "created_at": now, "decided_at": now}
        db.session.add(OfferingPrice(offering_id=row.id, price_fen=row.price_fen, **facts))


def delist(
    offering_id: UUID, *, reason: str, actor_id: UUID, request_key: UUID, now: datetime, provider_id: UUID | None = None
) -> Offering:
    """The provider (`provider_id`) or an officer takes an offering off the shelf. Orders placed before are not touched.

    Raises: NotFound: not the provider's own; RuleViolation: not listed, or no reason.
    """
    row = locked(Offering, offering_id) if provider_id is None else _own(offering_id, provider_id)
    verb, side = ("take_off", Side.OFFICER) if provider_id is None else ("delist_offering", Side.PROVIDER)
    act = moves.begun(OFFERING, verb, row, side, By(actor_id, now, request_key, {"reason": reason}))
    if act.is_repeat:
        return row
    rules.check_reason(reason)
    waiting = waiting_price(row.id)
    if waiting is not None:
        _decide_price(row, waiting, PriceState.REFUSED, N_("服务已下架"), actor_id=actor_id, now=now)
    _finish(act, reason)
    if act.move.message:
        _tell(act.move, row, row.state_reason)
    return row


def propose_price(
    offering_id: UUID, provider_id: UUID, wanted: NewPrice, *, actor_id: UUID | None, request_key: UUID, now: datetime
) -> OfferingPrice:
    """A provider asks for another price of a listed offering. Nothing changes until an officer approves.

    Raises: NotFound: not its own; RuleViolation: not listed, one waits already, same price, no reason.
    """
    row, price_fen, reason = _own(offering_id, provider_id), wanted.price_fen, wanted.reason
    if not begin(Command(request_key, "price.proposed", actor_id, row.id, asdict(wanted)), now=now):
        return by_id(OfferingPrice, request_key)
    rules.check_proposal(row.state, row.price_fen, price_fen, reason=reason, is_waiting=waiting_price(row.id) is not None)
    price = OfferingPrice(
        id=request_key, offering_id=row.id, price_fen=price_fen, reason=reason.strip(), state=PriceState.PROPOSED, proposed_by=actor_id,
        created_at=now,
    )  # fmt: skip
    db.session.add(price)
    db.session.flush()
    told = {"price_fen": price_fen, "before": row.price_fen, **moves.currency_of(row)}
    audit.record("price.proposed", actor_id=actor_id, subject_type="offering", subject_id=row.id, book_id=None, **told)
    _tell_officers(OFFERING.move("propose_price"), row, price.reason)
    return price


def decide_price(price_id: UUID, *, approved: bool, answer: str, actor_id: UUID, now: datetime) -> OfferingPrice:
    """An officer approves a proposed price, which holds from now on, or refuses it with an answer.

    Raises: RuleViolation: refused without an answer; Conflict: decided already.
    """
    row = locked(Offering, by_id(OfferingPrice, price_id).offering_id)
    price = locked(OfferingPrice, price_id)
    wanted = PriceState.ACCEPTED if approved else PriceState.REFUSED
    if price.state is not PriceState.PROPOSED:
        raise moves.decided_already(N_("调价申请"), price.state, price.decided_by, price.decided_at)
    if approved:
        rules.check_orderable(row.state, by_id(Provider, row.provider_id).state)
        row.price_fen = price.price_fen
    else:
        rules.check_reason(answer, field="answer")
    _decide_price(row, price, wanted, answer, actor_id=actor_id, now=now)
    _tell(OFFERING.move("decide_price" if approved else "refuse_price"), row, answer or row.state_reason)
    return price


def _decide_price(row: Offering, price: OfferingPrice, state: PriceState, answer: str, *, actor_id: UUID, now: datetime) -> None:
    price.state, price.answer, price.decided_by, price.decided_at = state, fitting(answer, 300, field="answer"), actor_id, now
    audit.record(
        f"price.{state.value}", actor_id=actor_id, subject_type="offering", subject_id=row.id, price_fen=price.price_fen,
        answer=price.answer, book_id=None, **moves.currency_of(row),
    )  # fmt: skip


def waiting_price(offering_id: UUID) -> OfferingPrice | None:
    """The proposed price that waits for an officer."""
    wanted = select(OfferingPrice).where(OfferingPrice.offering_id == offering_id, OfferingPrice.state == PriceState.PROPOSED)
    return db.session.scalars(wanted).one_or_none()


def count_review(offering_id: UUID, *, score: int) -> None:
    """A firm rated a service: orders, which keeps the review, calls this in the same transaction.

    Written at the table, so the offering's version, which guards forms, stays.
    """
    assert 1 <= score <= 5, score
    counted = {"review_count": Offering.review_count + 1, "review_total": Offering.review_total + score}
    db.session.execute(update(Offering.__table__).where(Offering.id == offering_id).values(**counted))  # type: ignore[arg-type]


def _own(offering_id: UUID, provider_id: UUID) -> Offering:
    row = locked(Offering, offering_id)
    if row.provider_id != provider_id:
        raise NotFound
    return row


def _finish(act: Act[Offering], reason: str) -> None:
    moves.entered(act)
    act.row.state_reason = fitting(reason, 500)
    moves.done(act, reason=act.row.state_reason, price_fen=act.row.price_fen)


def _tell(move: Move, row: Offering, note: str) -> None:
    told = N_("%(what)s：%(title)s", what=move.message, title=row.title)
    notices.tell(identity.user_ids_of(row.provider_id), told, note, OFFERING.address % row.id)


def _tell_officers(move: Move, row: Offering, note: str) -> None:
    organisation = row.provider.organisation
    officers = identity.user_ids_with("offerings.review", organisation.region_code, organisation.park_code)
    notices.tell(officers, Sentence(move.message, {"title": row.title}), note, f"/offering-reviews/{row.id}")
