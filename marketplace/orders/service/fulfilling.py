"""The provider's part: take the order, upload the contract, deliver."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.moves.service import By
from marketplace.orders import queries, rules
from marketplace.orders.models import Order
from marketplace.orders.queries.joint import check_whole
from marketplace.orders.queries.proposals import check_answered, check_contract_agreed
from marketplace.orders.queries.terms import contract_window, deducts_at_once
from marketplace.orders.service.budget import check_signing
from marketplace.orders.service.common import (
    Handover,
    Paper,
    PaperFacts,
    SignedContract,
    check_in_time,
    contents,
    finished,
    lowered,
    opened,
)
from marketplace.orders.service.papers import attach_once
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.risk import queries as risk


def take(order_id: UUID, *, provider_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider takes an order (接单).

    Raises: NotFound: not this provider's; RuleViolation: it is not waiting to be taken, its day is over, or the
        provider is kept away by now.
    """
    act = opened("take", order_id, By(actor_id, now, request_key), organisation_id=provider_id)
    if act.is_repeat:
        return act.row
    rules.check_way("take", at_once=deducts_at_once(act.row))
    check_in_time(act.row, act.today)
    risk.check_not_barred((provider_id,), act.today)
    return finished(act, N_("服务机构将与您签订合同。"))


def contract(order_id: UUID, signed: SignedContract, *, provider_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider uploads the signed contract. A price below the listed one releases the difference at once.

    Raises: NotFound; RuleViolation: amount above the listed price, date outside its window, a paper is missing, too late, wrong state.
    """
    amount_fen, dated_on = signed.amount_fen, signed.dated_on
    content = {"number": signed.number, "amount_fen": amount_fen, "dated_on": dated_on, "papers": contents(signed.papers)}
    content |= {} if signed.unit_fen is None else {"unit_fen": signed.unit_fen}
    act = opened("contract", order_id, By(actor_id, now, request_key, content), organisation_id=provider_id)
    if act.is_repeat:
        return act.row
    order = act.row
    check_in_time(order, act.today)
    check_signing(order)
    check_whole(order)
    rules.check_contract(amount_fen, dated_on, price_fen=order.price_fen, window=contract_window(order, act.today), currency=order.currency)
    check_contract_agreed(order, amount_fen)
    check_complete(order, signed.papers, EvidenceStep.CONTRACT)
    for paper in signed.papers:
        is_it = paper.kind is DocumentKind.CONTRACT
        told = PaperFacts(unit_fen=signed.unit_fen)
        said = replace(paper, number=signed.number, amount_fen=amount_fen, dated_on=dated_on, facts=told) if is_it else paper
        attach_once(order, said, actor_id=actor_id, now=now)
    before_fen = order.subsidy_fen
    # The subsidy first: with the new price beside the old subsidy the order would not be one that the database accepts.
    order.subsidy_fen = lowered(order, amount_fen, actor_id, act.today)
    order.contract_fen, order.contract_on = amount_fen, dated_on
    return finished(
        act, N_("合同金额 %(amount)s 元，请核对。", amount=format_money(amount_fen, order.currency)), contract_number=signed.number,
        contract_fen=amount_fen,
        subsidy_fen=order.subsidy_fen, released_fen=before_fen - order.subsidy_fen,
    )  # fmt: skip


def check_complete(order: Order, papers: Sequence[Paper], step: EvidenceStep) -> None:
    """Raises: RuleViolation that names the papers which the programme asks for and which are not there."""
    present = [one.kind for one in queries.live_documents(order.id)] + [paper.kind for paper in papers]
    lacking = rules.missing(queries.required_papers(order, step), present, accepted=False, reviewed=False)
    if lacking:
        names = "、".join(kind.label for kind in lacking)
        raise RuleViolation(N_("还缺：%(names)s。请补齐后再提交。"), field=f"file_{lacking[0].value}", code="papers_missing", names=names)


def deliver(order_id: UUID, handover: Handover, *, provider_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider hands over what was agreed, with evidence; the firm has to accept or return it.

    Raises: NotFound; RuleViolation: a paper of the programme's evidence matrix is missing, too late, wrong state.
    """
    content = {"note": handover.note, "papers": contents(handover.papers)}
    act = opened("deliver", order_id, By(actor_id, now, request_key, content), organisation_id=provider_id)
    if act.is_repeat:
        return act.row
    check_in_time(act.row, act.today)
    check_answered(act.row)
    check_complete(act.row, handover.papers, EvidenceStep.DELIVERY)
    queries.check_fresh(act.row, EvidenceStep.DELIVERY, act.today)
    for paper in handover.papers:
        attach_once(act.row, paper, actor_id=actor_id, now=now)
    act.row.state_reason = ""
    return finished(act, handover.note, note=handover.note)
