"""A firm orders: the amount is reserved in the same transaction, or nothing happens."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from marketplace.agreements import queries as agreements
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Offering
from marketplace.enterprises.models import Enterprise
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel import clock, commands
from marketplace.kernel.commands import Command
from marketplace.kernel.db import by_id, db, locked, locked_all
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.orders import queries, rules
from marketplace.orders.lifecycle import ORDER, OrderState, Side
from marketplace.orders.models import Order
from marketplace.orders.queries.frequency import check_count
from marketplace.orders.service import signals
from marketplace.orders.service.budget import wait_for_turn
from marketplace.orders.service.common import Purchase, set_due, tell_parties
from marketplace.risk import queries as risk
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.associates import with_associates
from marketplace.vouchers.queries.spending import Quote, of_enterprise, quote, spec_of
from marketplace.vouchers.rules.sales import Sale
from marketplace.vouchers.service import spending


def place(order_id: UUID, wanted: Purchase, *, enterprise_id: UUID, actor_id: UUID, now: datetime) -> Order:
    """Order an offering, with one of the firm's vouchers or with none.

    Args:
        order_id: made with the form: it is the request's key, so a second click answers the same order.

    Raises:
        NotFound: no such offering, or not this firm's voucher.
        RuleViolation: the offering is not for sale, the voucher does not fit, or the amounts are not what the page showed.
        InsufficientBalance: somebody was faster; nothing is written.
        Conflict: order_id was used for something else.
    """
    voucher_id, requested_fen = wanted.voucher_id, wanted.requested_fen
    content = {"offering": wanted.offering_id, "voucher": voucher_id, "requested_fen": requested_fen, "requirement": wanted.requirement}
    content |= {} if wanted.in_kind_fen is None else {"in_kind_fen": wanted.in_kind_fen}
    firm, asked = _queue_up(enterprise_id, voucher_id), By(actor_id, now)
    if not commands.begin(Command(order_id, "order.placed", actor_id, order_id, content), now=now):
        return queries.of_enterprise(order_id, enterprise_id)
    offering = catalogue.orderable(wanted.offering_id)
    today = by_id(Voucher, voucher_id).day_of(now) if voucher_id else clock.civil_date(now)
    _check_parties(firm, offering, today)
    offer = _quote(firm, offering, wanted, today)
    subsidy_fen = offer.preview.subsidy_fen if offer else Fen(0)
    seen = {"seen_price_fen": wanted.seen_price_fen, "seen_subsidy_fen": wanted.seen_subsidy_fen}
    price_fen = offer.price_fen if offer else offering.price_fen
    rules.check_seen(**seen, price_fen=price_fen, subsidy_fen=subsidy_fen, currency=offering.currency)
    order = _new_order(order_id, firm, offering, offer, asked)
    order.requirement, order.in_kind_fen = wanted.requirement.strip(), wanted.in_kind_fen or 0
    return _reserved(order, offer, asked, today)


def place_part(offering: Offering, sale: Sale, voucher_id: UUID, requirement: str, *, asked: By) -> Order:
    """One of several firms' parts of a service that they buy together, on a voucher that the caller has locked, for its part of the price.

    Raises: as `place`.
    """
    assert asked.now is not None, "it is told"
    voucher = by_id(Voucher, voucher_id)
    firm, today = by_id(Enterprise, voucher.enterprise_id), voucher.day_of(asked.now)
    _check_parties(firm, offering, today)
    offer = _offer_of(firm, sale, voucher_id, None, today)
    order = _new_order(uuid4(), firm, offering, offer, asked)
    order.requirement = requirement
    return _reserved(order, offer, asked, today)


def _reserved(order: Order, offer: Quote | None, asked: By, today: date) -> Order:
    """Hold what the voucher bears, and tell both sides."""
    set_due(order, today)
    if offer:
        assert asked.actor_id is not None, "somebody orders"
        spending.reserve(offer, order_id=order.id, actor_id=asked.actor_id, today=today)
    act = moves.begun(ORDER, "place", order, Side.FIRM, asked)
    moves.done(act, price_fen=order.price_fen, subsidy_fen=order.subsidy_fen, voucher_id=order.voucher_id)
    assert asked.now is not None, "it is told"
    signals.look_at_new_order(order, now=asked.now)
    return tell_parties(act, f"{order.enterprise.organisation.name}：{order.offering.title}")


def _queue_up(enterprise_id: UUID, voucher_id: UUID | None) -> Enterprise:
    """Orders on one voucher, or of one firm without a voucher, come one after the other."""
    if voucher_id is None:
        return locked(Enterprise, enterprise_id)
    wait_for_turn(of_enterprise(voucher_id, enterprise_id))
    locked(Voucher, voucher_id)
    return by_id(Enterprise, enterprise_id)


def _check_parties(firm: Enterprise, offering: Offering, today: date) -> None:
    if firm.organisation.state is not OrganisationState.VERIFIED:
        raise RuleViolation(N_("企业资料核实通过后才能下单。请先在“企业资料”中补齐并提交核实。"), code="not_verified")
    if firm.id == offering.provider_id:
        raise RuleViolation(N_("不能订购本单位自己的服务。"), code="own_offering")
    risk.check_may_order((firm.id, offering.provider_id), offering.price_fen, offering.currency, today)


def _quote(firm: Enterprise, offering: Offering, wanted: Purchase, today: date) -> Quote | None:
    voucher_id, requested_fen = wanted.voucher_id, wanted.requested_fen
    if voucher_id is None:
        if wanted.in_kind_fen is not None:
            raise RuleViolation(N_("不用券的订单不填实物或人工投入。"), field="in_kind", code="in_kind")
        return None
    sale = replace(agreements.sale_of(offering, today), in_kind_fen=wanted.in_kind_fen)
    return _offer_of(firm, sale, voucher_id, requested_fen, today)


def _offer_of(firm: Enterprise, sale: Sale, voucher_id: UUID, requested_fen: Fen | None, today: date) -> Quote:
    _hold_group(by_id(Voucher, voucher_id), firm.id, today)
    offer = quote(voucher_id, enterprise_id=firm.id, sale=sale, today=today, requested_fen=requested_fen)
    if offer.spec.order_counts:
        locked(Enterprise, firm.id)  # its orders on other vouchers of the programme count as well
        check_count(offer, sale.category, today=today)
    rules.check_requested(requested_fen, offer.preview.subsidy_fen, because=offer.preview.binding_cap, currency=sale.currency)
    if not offer.preview.subsidy_fen:
        raise RuleViolation(
            N_("这张券在本单已无可用金额：%(why)s请改选其他券，或不用券下单。"),
            field="voucher_id",
            code="nothing_left",
            why=offer.preview.binding_cap,
        )
    return offer


def _hold_group(voucher: Voucher, enterprise_id: UUID, today: date) -> None:
    """Where firms of a group share their caps, their orders come one after the other: each counts what the one before it used."""
    spec = spec_of(voucher.round.version_id)
    if spec.beneficiaries.associated_firms is not None:
        locked_all(Enterprise, with_associates(spec, [enterprise_id], today), beside_new=True)


def _new_order(order_id: UUID, firm: Enterprise, offering: Offering, offer: Quote | None, asked: By) -> Order:
    order = Order(
        id=order_id, number=printed_number("DD"), enterprise_id=firm.id, provider_id=offering.provider_id, offering_id=offering.id,
        category=offering.category, fee_kind=offering.fee_kind, region_code=firm.organisation.region_code, currency=offering.currency,
        price_fen=offering.price_fen, contract_fen=offering.price_fen, subsidy_fen=0, requirement="", state=OrderState.PLACED,
        placed_at=asked.now, placed_by=asked.actor_id, preview={}, limits=[],
    )  # fmt: skip
    if offer:
        order.voucher_id, order.programme_id, order.version_id = offer.voucher.id, offer.programme_id, offer.version_id
        order.round_id, order.book_id, order.limits = offer.round_id, offer.book_id, list(offer.limits)
        order.time_zone = offer.voucher.time_zone
        order.subsidy_fen, order.preview, order.facts = offer.preview.subsidy_fen, as_printed(offer), offer.stands_on
        order.price_fen = order.contract_fen = offer.price_fen
        order.agreement_id = offer.agreement_id
    db.session.add(order)
    db.session.flush()
    return order


def as_printed(offer: Quote) -> dict[str, Any]:
    """The calculation as it was shown, kept with the order: a rule changed later does not rewrite it."""
    preview = offer.preview
    in_kind = {"price_fen": offer.price_fen, "in_kind_fen": preview.in_kind_fen} if preview.in_kind_fen else {}
    return {
        "base_fen": preview.base_fen,
        **in_kind,
        "rate_bp": preview.rate_bp,
        "why": {"message": preview.binding_cap.message, "params": dict(preview.binding_cap.params)},
        "steps": [
            {
                "message": step.label.message,
                "params": dict(step.label.params),
                "amount_fen": step.amount_fen,
                "subsidy_fen": step.subsidy_fen,
                "binds": step.binds,
                "source": step.provenance.text() if step.provenance else "",
            }
            for step in preview.steps
        ],
    }
