"""Invoices, payment slips and other papers of an order. A newer one replaces an older one; nothing is deleted."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.orders import evidence, queries, rules
from marketplace.orders.lifecycle import ORDER, Side
from marketplace.orders.models import Order, OrderDocument
from marketplace.orders.service.common import Paper, attach, by_itself, keys_of, opened
from marketplace.policy.programme_words import Base, DocumentKind
from marketplace.vouchers.queries.spending import spec_of


def add_paper(order_id: UUID, paper: Paper, *, organisation_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """Either side adds a paper, or a better copy of one.

    Raises:
        NotFound: not a party's order, or no such paper to replace.
        RuleViolation: amount, date or number missing; the invoice or slip was used for another order; the papers are closed.
    """
    content = {**paper.content(), "replaces": paper.replaces_id}
    act = opened("papers", order_id, By(actor_id, now, request_key, content), organisation_id=organisation_id)
    if act.is_repeat:
        return act.row
    order = act.row
    _check_open(order)
    rules.check_in_kind_paper(paper.kind, declared_fen=order.in_kind_fen, by_firm=organisation_id == order.enterprise_id)
    rules.check_paper(paper.kind, amount_fen=paper.amount_fen, dated_on=paper.dated_on, number=paper.number, today=act.today)
    if paper.replaces_id is not None:
        _replace(order, paper.replaces_id, paper.kind, now)
    attach_once(order, paper, actor_id=actor_id, now=now)
    moves.done(act, kind=paper.kind, paper_number=paper.number, amount_fen=paper.amount_fen, replaces=paper.replaces_id)
    return order


def _check_open(order: Order) -> None:
    if order.closed_at is not None and order.due_on is not None and order.due_on < order.day_of(order.closed_at):
        raise RuleViolation(N_("申请兑付的期限已于 %(day)s 结束，不再收材料。"), code="claim_window_over", day=order.due_on.isoformat())
    if order.closed_at is not None:
        raise RuleViolation(N_("兑付申请已提交，材料不能再改。需要更正的，请审核人员先退回补正。"), code="sealed")


def _replace(order: Order, document_id: UUID, kind: DocumentKind, now: datetime) -> None:
    old = db.session.get(OrderDocument, document_id, populate_existing=True)
    if old is None or old.order_id != order.id or old.replaced_at is not None or old.kind is not kind:
        raise NotFound
    _retire(old, now)


def _retire(old: OrderDocument, now: datetime) -> None:
    old.replaced_at, old.invoice_key, old.slip_key = now, None, None
    db.session.flush()


def attach_once(order: Order, paper: Paper, *, actor_id: UUID, now: datetime) -> None:
    """Put a paper into an order. An invoice or a payment slip is used once, in all programmes and years; sent again to its own order, the
    newer copy counts. Looked up for the sentence, unique in the database for the guarantee.

    Raises: RuleViolation: it was used for another order.
    """
    _check_said(order, paper, order.day_of(now))
    keys = keys_of(order, paper)
    if paper.kind not in rules.NEEDS_AMOUNT or not keys.number_key:
        attach(order, paper, actor_id=actor_id, now=now, keys=keys)
        return
    for old in queries.live_documents(order.id):
        if old.kind is paper.kind and old.number_key == keys.number_key:
            _retire(old, now)
    used = queries.order_with_evidence(keys.invoice_key, keys.slip_key)
    if used is not None:
        raise _used(paper, used.number if used.enterprise_id == order.enterprise_id else "")
    try:
        with db.session.begin_nested():
            attach(order, paper, actor_id=actor_id, now=now, keys=keys)
    except IntegrityError:  # somebody was faster by a moment
        raise _used(paper, "") from None


def _check_said(order: Order, paper: Paper, today: date) -> None:
    """Raises: RuleViolation: the rules read more of the paper than was said, or what was said does not add up."""
    facts, spec = paper.facts, None if order.version_id is None else spec_of(order.version_id)
    if paper.kind is DocumentKind.INVOICE and paper.amount_fen:
        evidence.check_tax(
            paper.amount_fen, facts.net_fen, facts.tax_fen, is_asked=spec is not None and spec.base.is_net, currency=order.currency
        )
    if spec is None:
        return
    if spec.base.value is Base.METERED and paper.kind in evidence.METERED_BY:
        evidence.check_metered(paper.kind, number=paper.number, units=facts.units, unit_fen=facts.unit_fen)
    evidence.check_age(paper.kind, paper.dated_on, spec.months_of(paper.kind), today)


def _used(paper: Paper, order_number: str) -> RuleViolation:
    sentence = (
        N_("发票 %(number)s 已用于%(order)s。一张发票在所有批次和年度只能使用一次，请核对号码或更换发票。")
        if paper.kind is DocumentKind.INVOICE
        else N_("付款凭证 %(number)s 已用于%(order)s。一笔付款在所有批次和年度只能使用一次，请核对流水号或更换凭证。")
    )
    order = N_("本企业的订单 %(number)s", number=order_number) if order_number else N_("另一笔订单")
    return RuleViolation(sentence, field="number", code="evidence_used", number=paper.number, order=order)


def close_papers(order: Order, *, actor_id: UUID, now: datetime) -> None:
    """Keep the papers as they are: a claim stands on them. A part of the claim's command, which has locked the order.

    Raises: RuleViolation: not redeemed, or a claim is being looked at already.
    """
    if order.closed_at is not None:
        raise RuleViolation(N_("这笔订单的兑付申请已经提交，不能重复提交。"), code="sealed")
    act = moves.begun(ORDER, "close_papers", order, Side.PROVIDER, By(actor_id, now))
    moves.entered(act)
    moves.done(act)


def reopen_papers(order: Order, *, reason: str, actor_id: UUID, now: datetime) -> None:
    """Let the papers be mended: the claim was returned. A part of the claim's command, which has locked the order."""
    act = moves.begun(ORDER, "reopen_papers", order, Side.STAFF, By(actor_id, now))
    order.closed_at = None
    moves.done(act, reason=reason)


def close(order_id: UUID, *, now: datetime) -> None:
    """Its time to ask for payment is over: nothing of the order changes any more."""
    locked(Order, order_id).closed_at = now


def forfeit(order: Order, *, amount_fen: int, now: datetime) -> None:
    """Nobody asked in time for what was redeemed (兑付失效): the order is closed, the provider told."""
    act = by_itself("forfeit", order, now=now)
    moves.entered(act)
    moves.done(act, amount_fen=amount_fen)
    moves.tell(act, [act.row.provider_id], "")
