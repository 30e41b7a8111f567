"""What the two sides of an order have agreed on, and what one of them still waits for."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.orders import rules
from marketplace.orders.lifecycle import ORDER, OrderState, Side
from marketplace.orders.models import Order, OrderProposal
from marketplace.orders.rules import Bargaining, ProposalKind, ProposalOutcome
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.queries.spending import spec_of

SHOWN = 20  # of the proposals of an order, the newest


def _spec(order: Order) -> ProgrammeSpec | None:
    return None if order.version_id is None else spec_of(order.version_id)


def proposals_of(order: Order) -> Sequence[OrderProposal]:
    """What was proposed, newest first."""
    wanted = select(OrderProposal).where(OrderProposal.order_id == order.id)
    return db.session.scalars(wanted.order_by(OrderProposal.proposed_at.desc(), OrderProposal.id).limit(SHOWN)).all()


def open_proposal(order: Order) -> OrderProposal | None:
    """What nobody has answered."""
    wanted = select(OrderProposal).where(OrderProposal.order_id == order.id, OrderProposal.answered_at.is_(None))
    return db.session.scalars(wanted).one_or_none()


def to_answer(own: UUID, _today: date) -> Select[Order]:
    """Orders in which the other side has proposed something to an organisation, the oldest first."""
    waits = (OrderProposal.order_id == Order.id) & OrderProposal.answered_at.is_(None)
    to_firm = (Order.enterprise_id == own) & (OrderProposal.side == Side.PROVIDER.value)
    to_provider = (Order.provider_id == own) & (OrderProposal.side == Side.FIRM.value)
    wanted = select(Order).join(OrderProposal, waits).where(to_firm | to_provider)
    return wanted.where(Order.state.in_(ORDER.move("agree").by[Side.FIRM])).order_by(OrderProposal.proposed_at, Order.id)


def bargaining(order: Order) -> Bargaining:
    """What may be proposed of an order by its rules, and who waits for an answer."""
    spec = _spec(order)
    if spec is None or not (spec.both_confirm or spec.pays_what_was_earned):
        return Bargaining()
    waits = open_proposal(order)
    return Bargaining(spec.both_confirm, spec.pays_what_was_earned, waits.side if waits else "")


def check_contract_agreed(order: Order, amount_fen: Fen) -> None:
    """Raises: RuleViolation: the rules ask both sides for the price, and they have not agreed on this one."""
    check_answered(order)
    spec = _spec(order)
    if spec is None or not spec.both_confirm:
        return
    wanted = select(OrderProposal.amount_fen).where(
        OrderProposal.order_id == order.id, OrderProposal.kind == ProposalKind.PRICE, OrderProposal.outcome == ProposalOutcome.AGREED
    )
    agreed = db.session.scalars(wanted.order_by(OrderProposal.answered_at.desc()).limit(1)).one_or_none()
    rules.check_agreed(amount_fen, agreed_fen=agreed, price_fen=order.price_fen, currency=order.currency)


def check_answered(order: Order) -> None:
    """Raises: RuleViolation: something that was proposed waits for an answer."""
    spec = _spec(order)
    if spec is None or not (spec.both_confirm or spec.pays_what_was_earned):
        return
    waits = open_proposal(order)
    if waits is not None:
        raise RuleViolation(N_("有一项%(kind)s还没有答复，请先答复或撤回。"), code="proposal_open", kind=ProposalKind(waits.kind).label)


def check_may_cancel(order: Order) -> None:
    """Raises: RuleViolation: what was done under a contract is not lost by an end of one side."""
    spec = _spec(order)
    if order.state is OrderState.CONTRACTED and spec is not None and spec.pays_what_was_earned:
        raise RuleViolation(N_("合同已经签订，不能单方取消。请“提出终止”，写明已完成部分的金额，由对方确认。"), code="earned")
