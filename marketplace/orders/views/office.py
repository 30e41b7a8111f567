"""The officer's page: decide on a delivery that is disputed or met with silence."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.orders import queries, service
from marketplace.orders.forms import DecideForm
from marketplace.orders.lifecycle import ORDER
from marketplace.orders.queries.terms import difference_of
from marketplace.orders.views.blueprint import bp, command
from marketplace.web.access import requires
from marketplace.web.forms import in_currency


@bp.route("/<uuid:order_id>/decide", methods=["GET", "POST"])
@requires(ORDER.move("decide").permission)
def decide(order_id: UUID) -> ResponseReturnValue:
    order = queries.in_area(order_id, current_user.areas_for("orders.decide"))
    form = in_currency(DecideForm, order.currency)()
    said = {"amount_fen": form.amount.data, "answer": form.answer.data, "actor_id": current_user.id, "request_key": form.key()}
    return command(
        form, "orders/decide.html", lambda: service.decide(order_id, **said, now=clock.now()),
        _("已裁定，双方已收到通知。"), dispute=lambda: queries.dispute_of(order_id), most_fen=lambda: service.most_fen(order),
        difference=lambda: difference_of(order),
        papers=lambda: queries.live_documents(order_id), order=order,
    )  # fmt: skip
