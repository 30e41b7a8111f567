"""Orders that wait: for a firm, for its provider, for the bureau that decides a dispute."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Rows, Task
from marketplace.orders import queries
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.queries import Filters, Viewer

OFFICE = (
    Task(N_("裁定订单争议"), "orders.index",
         lambda asker, areas: queries.seen(Viewer(asker.organisation_id, areas), Filters(states=(OrderState.DISPUTED,))),
         {"state": OrderState.DISPUTED.value}, door="orders.decide"),
)  # fmt: skip


def _line(sentence: str, order: Order, who: str, due_on: date | None, *, provisional: bool = False) -> Line:
    words = {"number": order.number, "title": order.offering.title}
    return Line(sentence, words, "orders.show", {"order_id": order.id}, who, due_on, provisional, order.round_id)


def line(sentence: str, *, other: str) -> Callable[[Order], Line]:
    """What is said of an order that waits for one of its parties; the other is named beside it."""
    return lambda order: _line(sentence, order, getattr(order, other).organisation.name, order.due_on, provisional=order.due_provisional)


def _to_rate(order: Order) -> Line:
    return _line(N_("评价服务：%(title)s（%(number)s）"), order, order.provider.organisation.name, order.rate_until)


def _incoming(state: OrderState, door: str, sentence: str, kind: str) -> FirmTask:
    def rows(own: UUID, _today: date) -> Rows:
        return queries.incoming(own, Filters(states=(state,), sort="due"))

    return FirmTask(door, rows, line(sentence, other="enterprise"), kind, "orders.incoming", {"state": state.value})


FIRM = (
    FirmTask("orders.accept", lambda own, _today: queries.mine(own, Filters(states=(OrderState.DELIVERED,), sort="due")),
             line(N_("验收服务：%(title)s（%(number)s）"), other="provider"), N_("待我验收"), "orders.mine", {"state": "delivered"}),
    FirmTask("orders.review", queries.unrated, _to_rate, N_("待我评价"), "orders.mine", {"view": "unrated"}),
    _incoming(OrderState.PLACED, "orders.take", N_("接单：%(title)s（%(number)s）"), N_("待接单")),
    _incoming(OrderState.TAKEN, "orders.contract", N_("上传合同：%(title)s（%(number)s）"), N_("待上传合同")),
    _incoming(OrderState.CONTRACTED, "orders.deliver", N_("提交交付成果：%(title)s（%(number)s）"), N_("待交付")),
)  # fmt: skip
