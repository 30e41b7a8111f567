"""One order, its receipt, its papers."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.files import StoredFile
from marketplace.orders import queries
from marketplace.orders.lifecycle import OrderState, Side
from marketplace.orders.queries import joint
from marketplace.orders.queries.in_kind import in_kind_of
from marketplace.orders.views import presenter
from marketplace.orders.views.blueprint import bp, viewer
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.addresses import public_url
from marketplace.web.formats import moment
from marketplace.web.layouts import own_layout
from marketplace.web.qr import qr_code


@bp.get("/<uuid:order_id>")
@requires("orders.open")
def show(order_id: UUID) -> ResponseReturnValue:
    order = queries.visible(order_id, viewer())
    side, review = queries.side_of(order, viewer()), queries.review_of(order_id)
    may_claim = side is Side.PROVIDER and order.state is OrderState.REDEEMED and order.subsidy_fen > 0 and current_user.can("claims.own")
    claim_first = may_claim and order.closed_at is None
    actions = presenter.doable(order, side, review, claim_first=claim_first)
    may_replace = any(action["name"] == "papers" for action in actions)
    return render_template(
        "orders/show.html", layout=own_layout(), order=order, side=side.value, steps=presenter.steps(order), review=review, actions=actions,
        history=presenter.history(order), papers=presenter.papers(order, may_replace=may_replace),
        days_left=presenter.days_left(order, side), may_claim=may_claim, claim_first=claim_first, silence=presenter.silence(order),
        accepted=presenter.accepted(order), dispute=queries.dispute_of(order_id), proposals=presenter.proposals(order),
        contacts=presenter.contacts(order, side), in_kind=in_kind_of(order), joint=joint.of_order(order_id),
    )  # fmt: skip


@bp.get("/<uuid:order_id>/receipt")
@requires("orders.open")
def receipt(order_id: UUID) -> ResponseReturnValue:
    order = queries.visible(order_id, viewer())
    address = public_url("orders.check", number=order.number)
    return render_template(
        "orders/receipt.html", order=order, qr=qr_code(address), check_address=address, printed_at=moment(clock.now()),
        papers=queries.live_documents(order_id),
    )  # fmt: skip


@bp.get("/documents/<uuid:document_id>")
@requires("orders.open")
def document(document_id: UUID) -> ResponseReturnValue:
    row = queries.document(document_id, viewer())
    return uploads.send(by_id(StoredFile, row.file_id))


@bp.get("/documents/<uuid:document_id>/pages/<int:number>")
@requires("orders.open")
def document_page(document_id: UUID, number: int) -> ResponseReturnValue:
    """A page of it as a picture."""
    row = queries.document(document_id, viewer())
    return uploads.send_picture(by_id(StoredFile, row.file_id), number)
