"""The provider's pages: take, decline, contract, deliver, answer a review."""

from datetime import date
from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.orders import queries, service
from marketplace.orders.forms import AnswerForm, BillForm, ContractForm, DeliverForm, with_files
from marketplace.orders.lifecycle import ORDER
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import papers_ask
from marketplace.orders.service import Bill, Handover, Paper, SignedContract
from marketplace.orders.views.blueprint import bp, command, paper_from, reasoned
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, in_currency


def _own(order_id: UUID) -> Order:
    return queries.of_provider(order_id, current_user.organisation_id)


@bp.route("/<uuid:order_id>/take", methods=["GET", "POST"])
@requires(ORDER.move("take").permission)
def take(order_id: UUID) -> ResponseReturnValue:
    order, form = _own(order_id), CommandForm()
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/take.html", lambda: service.take(order_id, **mine, request_key=key, now=clock.now()),
        _("已接单。请与企业签订合同，并在期限内上传。"), order=order,
    )  # fmt: skip


@bp.route("/<uuid:order_id>/decline", methods=["GET", "POST"])
@requires(ORDER.move("decline").permission)
def decline(order_id: UUID) -> ResponseReturnValue:
    own = current_user.organisation_id
    return reasoned(_own(order_id), "orders/decline.html", service.decline, _("已告知企业，占用的券额已退回。"), provider_id=own)


def _asked(order: Order, step: EvidenceStep) -> tuple[list[DocumentKind], list[DocumentKind]]:
    """What a step asks for, and what of it is there."""
    wanted: list[DocumentKind] = [kind for kind in queries.required_papers(order, step) if kind is not DocumentKind.RATING]
    present = {one.kind for one in queries.live_documents(order.id)}
    return wanted, [kind for kind in wanted if kind in present]


def _papers(form: CommandForm, kinds: list[DocumentKind]) -> list[Paper]:
    found = [paper_from(form, f"file_{kind.value}", kind, dated_on=_day(form, kind)) for kind in kinds]
    return [paper for paper in found if paper is not None]


def _day(form: CommandForm, kind: DocumentKind) -> date | None:
    """Of a paper that may not be too old."""
    name = f"dated_{kind.value}"
    return form[name].data if name in form else None


@bp.route("/<uuid:order_id>/contract", methods=["GET", "POST"])
@requires(ORDER.move("contract").permission)
def contract(order_id: UUID) -> ResponseReturnValue:
    order = _own(order_id)
    kinds, present = _asked(order, EvidenceStep.CONTRACT)
    asks = papers_ask(order)
    form = with_files(in_currency(ContractForm, order.currency), kinds, present, asks.dated - {DocumentKind.CONTRACT})
    if not form.is_submitted():
        form.amount.data = order.price_fen
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    said = (form.number.data, form.amount.data, form.dated_on.data)
    unit_fen = form.unit_price.data if asks.metering else None
    return command(
        form, "orders/contract.html",
        lambda papers: service.contract(order_id, SignedContract(*said, papers, unit_fen), **mine, request_key=key, now=clock.now()),
        _("合同已上传，服务开始。"), lambda: _papers(form, kinds), kinds=kinds, order=order, asks=asks,
    )  # fmt: skip


@bp.route("/<uuid:order_id>/deliver", methods=["GET", "POST"])
@requires(ORDER.move("deliver").permission)
def deliver(order_id: UUID) -> ResponseReturnValue:
    order = _own(order_id)
    kinds, present = _asked(order, EvidenceStep.DELIVERY)
    offered = kinds or [DocumentKind.DELIVERABLE]
    asks = papers_ask(order)
    form = with_files(DeliverForm, offered, present if kinds else offered, asks.dated)
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/deliver.html",
        lambda papers: service.deliver(order_id, Handover(form.note.data, papers), **mine, request_key=key, now=clock.now()),
        _("已提交，等企业验收。"), lambda: _papers(form, offered), kinds=offered, present=present, order=order, asks=asks,
    )  # fmt: skip


@bp.route("/<uuid:order_id>/deduct", methods=["GET", "POST"])
@requires(ORDER.move("deduct").permission)
def deduct(order_id: UUID) -> ResponseReturnValue:
    """Settle an order with its invoice, where the programme deducts at once."""
    order = _own(order_id)
    kinds, present = _asked(order, EvidenceStep.DELIVERY)
    form = with_files(in_currency(BillForm, order.currency), kinds, present)
    if not form.is_submitted():
        form.amount.data, form.dated_on.data = order.price_fen, order.day_of(clock.now())
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    said = (form.number.data, form.code.data or "", form.amount.data, form.dated_on.data, form.note.data or "")
    return command(
        form,
        "orders/deduct.html",
        lambda papers: service.deduct(order_id, Bill(*said, papers), **mine, request_key=key, now=clock.now()),
        _("已抵扣核销。请在期限内申请兑付。"),
        lambda: _papers(form, kinds),
        kinds=kinds,
        order=order,
    )


@bp.route("/<uuid:order_id>/answer", methods=["GET", "POST"])
@requires(ORDER.move("answer").permission)
def answer(order_id: UUID) -> ResponseReturnValue:
    order, form = _own(order_id), AnswerForm()
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/answer.html",
        lambda: service.answer(order_id, **mine, text=form.text.data, request_key=key, now=clock.now()),
        _("回复已公布。"), review=queries.review_of(order_id), order=order,
    )  # fmt: skip
