"""The provider's part: take the order, upload the contract, deliver."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen, format_yuan
from marketplace.orders import queries, rules
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import contract_window
from marketplace.orders.service.common import Paper, check_in_time, contents, finished, hold_of, opened
from marketplace.orders.service.papers import attach_once
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.vouchers.service import spending


def take(order_id: UUID, *, provider_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider takes an order (接单).

    Raises: NotFound: not this provider's; RuleViolation: it is not waiting to be taken, or its day is over.
    """
    act = opened("take", order_id, organisation_id=provider_id, actor_id=actor_id, key=request_key, now=now)
    if act.is_repeat:
        return act.row
    check_in_time(act.row, act.today)
    return finished(act, N_("服务机构将与您签订合同。"))


def contract(
    order_id: UUID, *, provider_id: UUID, number: str, amount_fen: Fen, dated_on: date, papers: Sequence[Paper], actor_id: UUID,
    request_key: UUID, now: datetime,
) -> Order:  # fmt: skip
    """The provider uploads the signed contract. A price below the listed one releases the difference at once.

    Raises: NotFound; RuleViolation: amount above the listed price, date outside its window, a paper is missing, too late, wrong state.
    """
    content = {"number": number, "amount_fen": amount_fen, "dated_on": dated_on, "papers": contents(papers)}
    act = opened("contract", order_id, organisation_id=provider_id, actor_id=actor_id, key=request_key, now=now, content=content)
    if act.is_repeat:
        return act.row
    order = act.row
    check_in_time(order, act.today)
    rules.check_contract(amount_fen, dated_on, price_fen=order.price_fen, window=contract_window(order, act.today))
    _check_complete(order, papers, EvidenceStep.CONTRACT)
    for paper in papers:
        signed = paper.kind is DocumentKind.CONTRACT
        said = replace(paper, number=number, amount_fen=amount_fen, dated_on=dated_on) if signed else paper
        attach_once(order, said, actor_id=actor_id, now=now)
    before_fen = order.subsidy_fen
    # The subsidy first: with the new price beside the old subsidy the order would not be one that the database accepts.
    order.subsidy_fen = _lowered(order, amount_fen, actor_id, act.today)
    order.contract_fen, order.contract_on = amount_fen, dated_on
    return finished(
        act, N_("合同金额 %(amount)s 元，请核对。", amount=format_yuan(amount_fen)), contract_number=number, contract_fen=amount_fen,
        subsidy_fen=order.subsidy_fen, released_fen=before_fen - order.subsidy_fen,
    )  # fmt: skip


def _lowered(order: Order, amount_fen: Fen, actor_id: UUID, today: date) -> Fen:
    hold = hold_of(order)
    return Fen(0) if hold is None else spending.lower(hold, amount_fen, actor_id=actor_id, today=today)


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
    content = {"note": note, "papers": contents(papers)}
    act = opened("deliver", order_id, organisation_id=provider_id, actor_id=actor_id, key=request_key, now=now, content=content)
    if act.is_repeat:
        return act.row
    check_in_time(act.row, act.today)
    _check_complete(act.row, papers, EvidenceStep.DELIVERY)
    for paper in papers:
        attach_once(act.row, paper, actor_id=actor_id, now=now)
    act.row.state_reason = ""
    return finished(act, note, note=note)
