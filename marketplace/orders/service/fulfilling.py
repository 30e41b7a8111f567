"""The provider's part: take the order, upload the contract, deliver."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from marketplace.kernel import clock
from marketplace.kernel.commands import Command
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen, format_yuan
from marketplace.orders import queries, rules
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import contract_window
from marketplace.orders.rules import OrderState
from marketplace.orders.service.common import Paper, carried_out, check_in_time, contents, opened, set_due, tell
from marketplace.orders.service.papers import attach_once
from marketplace.policy.vocabulary import DocumentKind, EvidenceStep
from marketplace.vouchers.service import spending


def take(order_id: UUID, *, provider_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider takes an order (接单).

    Raises: NotFound: not this provider's; RuleViolation: it is not waiting to be taken, or its day is over.
    """
    request = Command(request_key, "order.taken", actor_id, order_id)
    order, done = opened(request, organisation_id=provider_id, side="provider", now=now)
    if done:
        return order
    rules.check_transition(order.state, OrderState.TAKEN)
    check_in_time(order, clock.civil_date(now))
    order.state, order.taken_at = OrderState.TAKEN, now
    set_due(order, clock.civil_date(now))
    carried_out(order, request)
    tell(order.enterprise_id, N_("订单 %(number)s 已被接单"), N_("服务机构将与您签订合同。"), order)
    return order


def contract(
    order_id: UUID, *, provider_id: UUID, number: str, amount_fen: Fen, dated_on: date, papers: Sequence[Paper], actor_id: UUID,
    request_key: UUID, now: datetime,
) -> Order:  # fmt: skip
    """The provider uploads the signed contract. A price below the listed one releases the difference at once.

    Raises: NotFound; RuleViolation: amount above the listed price, date outside its window, a paper is missing, too late, wrong state.
    """
    content = {"number": number, "amount_fen": amount_fen, "dated_on": dated_on, "papers": contents(papers)}
    request = Command(request_key, "order.contracted", actor_id, order_id, content)
    order, done = opened(request, organisation_id=provider_id, side="provider", now=now)
    if done:
        return order
    rules.check_transition(order.state, OrderState.CONTRACTED)
    today = clock.civil_date(now)
    check_in_time(order, today)
    rules.check_contract(amount_fen, dated_on, price_fen=order.price_fen, window=contract_window(order, today))
    _check_complete(order, papers, EvidenceStep.CONTRACT)
    for paper in papers:
        signed = paper.kind is DocumentKind.CONTRACT
        said = replace(paper, number=number, amount_fen=amount_fen, dated_on=dated_on) if signed else paper
        attach_once(order, said, actor_id=actor_id, now=now)
    before_fen = order.subsidy_fen
    # The subsidy first: with the new price beside the old subsidy the order would not be one that the database accepts.
    order.subsidy_fen = _lowered(order, amount_fen, actor_id, today)
    order.contract_fen = amount_fen
    order.state, order.contracted_at, order.contract_on = OrderState.CONTRACTED, now, dated_on
    set_due(order, today)
    carried_out(
        order, request, contract_number=number, contract_fen=amount_fen, subsidy_fen=order.subsidy_fen,
        released_fen=before_fen - order.subsidy_fen,
    )  # fmt: skip
    body = N_("合同金额 %(amount)s 元，请核对。", amount=format_yuan(amount_fen))
    tell(order.enterprise_id, N_("订单 %(number)s 已上传合同"), body, order)
    return order


def _lowered(order: Order, amount_fen: Fen, actor_id: UUID, today: date) -> Fen:
    if order.voucher_id is None or order.version_id is None:
        return Fen(0)
    return spending.lower(
        order.voucher_id, order_id=order.id, version_id=order.version_id, limits=order.limits, category=order.category,
        base_fen=amount_fen, actor_id=actor_id, key=f"order.lower:{order.id}", today=today,
    )  # fmt: skip


def _check_complete(order: Order, papers: Sequence[Paper], step: EvidenceStep) -> None:
    """Raises: RuleViolation that names the papers which the programme asks for and which are not there."""
    present = [one.kind for one in queries.live_documents(order.id)] + [paper.kind for paper in papers]
    lacking = rules.missing(queries.required_papers(order, step), present, accepted=False, reviewed=False)
    if lacking:
        names = "、".join(kind.label for kind in lacking)
        raise RuleViolation(N_("还缺：%(names)s。请补齐后再提交。"), field=f"file_{lacking[0].value}", code="papers_missing", names=names)


def deliver(
    order_id: UUID, *, provider_id: UUID, note: str, papers: Sequence[Paper], actor_id: UUID, request_key: UUID, now: datetime
) -> Order:
    """The provider hands over what was agreed, with evidence; the firm has to accept or return it.

    Raises: NotFound; RuleViolation: a paper of the programme's evidence matrix is missing, too late, wrong state.
    """
    request = Command(request_key, "order.delivered", actor_id, order_id, {"note": note, "papers": contents(papers)})
    order, done = opened(request, organisation_id=provider_id, side="provider", now=now)
    if done:
        return order
    rules.check_transition(order.state, OrderState.DELIVERED)
    today = clock.civil_date(now)
    check_in_time(order, today)
    _check_complete(order, papers, EvidenceStep.DELIVERY)
    for paper in papers:
        attach_once(order, paper, actor_id=actor_id, now=now)
    order.state, order.delivered_at, order.state_reason = OrderState.DELIVERED, now, ""
    set_due(order, today)
    carried_out(order, request, note=note)
    tell(order.enterprise_id, N_("订单 %(number)s 已交付，请验收"), note, order)
    return order
