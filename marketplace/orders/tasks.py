"""Orders that wait: for a firm, for its provider, for the bureau that decides a dispute."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Rows, Task
from marketplace.orders import queries
from marketplace.orders.joint_models import JointOrder
from marketplace.orders.lifecycle import ORDER, OrderState, Side
from marketplace.orders.models import Order
from marketplace.orders.queries import Filters, Viewer, joint
from marketplace.orders.queries.proposals import to_answer

OFFICE = (
    Task(N_("裁定订单争议"), "orders.index",
         lambda asker, areas: queries.seen(Viewer(asker.organisation_id, areas), Filters(states=(OrderState.DISPUTED,))),
         {"state": OrderState.DISPUTED.value}, door="orders.decide"),
)  # fmt: skip


def _line(step: str, order: Order, who: str, due_on: date | None, *, provisional: bool = False) -> Line:
    words = {"step": step, "number": order.number, "title": order.offering.title}
    return Line(
        N_("%(step)s：%(title)s（%(number)s）"), words, "orders.show", {"order_id": order.id}, who, due_on, provisional, order.round_id
    )


def line(step: str, *, other: str) -> Callable[[Order], Line]:
    """What is said of an order that waits for one of its parties; the other is named beside it."""
    return lambda order: _line(step, order, getattr(order, other).organisation.name, order.due_on, provisional=order.due_provisional)


def _to_rate(order: Order) -> Line:
    return _line(ORDER.move("review").label, order, order.provider.organisation.name, order.rate_until)


def _to_answer(order: Order) -> Line:
    return _line(N_("答复对方的提议"), order, "", order.due_on)


LISTS = {Side.FIRM: (queries.mine, "provider", "orders.mine"), Side.PROVIDER: (queries.incoming, "enterprise", "orders.incoming")}


def _of(side: Side, state: OrderState) -> FirmTask:
    """What an order in a state waits for, where it is this side's turn: the first button that it has."""
    by, other, endpoint = LISTS[side]
    move = ORDER.offered(side, state)[0]

    def rows(own: UUID, _today: date) -> Rows:
        return by(own, Filters(states=(state,), sort="due"))

    return FirmTask(f"orders.{move.verb}", rows, line(move.label, other=other), state.label, endpoint, {"state": state.value})


def _to_confirm(row: JointOrder) -> Line:
    words = {"title": row.offering.title, "number": row.number}
    return Line(N_("确认联合订单：%(title)s（%(number)s）"), words, "orders.joint_order", {"joint_id": row.id})


FIRM = (
    FirmTask("orders.joint_order", lambda own, _today: joint.to_confirm(own), _to_confirm),
    *(_of(side, state) for side in LISTS for state in OrderState if state.waits_for is side),
    FirmTask("orders.agree", to_answer, _to_answer),
    FirmTask("orders.review", queries.unrated, _to_rate, N_("待我评价"), "orders.mine", {"view": "unrated"}),
)
