"""The provider's pages: take, decline, contract, deliver, answer a review."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.orders import queries, service
from marketplace.orders.forms import AnswerForm, ContractForm, DeliverForm, ReasonForm, with_files
from marketplace.orders.lifecycle import ORDER
from marketplace.orders.models import Order
from marketplace.orders.service import Paper
from marketplace.orders.views.blueprint import bp, command, paper_from
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm


def _own(order_id: UUID) -> Order:
    return queries.of_provider(order_id, current_user.organisation_id)


@bp.route("/<uuid:order_id>/take", methods=["GET", "POST"])
@requires(ORDER.move("take").permission)
def take(order_id: UUID) -> ResponseReturnValue:
    order, form = _own(order_id), CommandForm()
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/take.html", order, lambda: service.take(order_id, **mine, request_key=key, now=clock.now()),
        _("已接单。请与企业签订合同，并在期限内上传。"),
    )  # fmt: skip


@bp.route("/<uuid:order_id>/decline", methods=["GET", "POST"])
@requires(ORDER.move("decline").permission)
def decline(order_id: UUID) -> ResponseReturnValue:
    order, form = _own(order_id), ReasonForm()
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/decline.html", order,
        lambda: service.decline(order_id, **mine, reason=form.reason.data, request_key=key, now=clock.now()),
        _("已告知企业，占用的券额已退回。"),
    )  # fmt: skip


def _asked(order: Order, step: EvidenceStep) -> tuple[list[DocumentKind], list[DocumentKind]]:
    """What a step asks for, and what of it is there."""
    wanted: list[DocumentKind] = [kind for kind in queries.required_papers(order, step) if kind is not DocumentKind.RATING]
    present = {one.kind for one in queries.live_documents(order.id)}
    return wanted, [kind for kind in wanted if kind in present]


def _papers(form: CommandForm, kinds: list[DocumentKind]) -> list[Paper]:
    found = [paper_from(form, f"file_{kind.value}", kind) for kind in kinds]
    return [paper for paper in found if paper is not None]


@bp.route("/<uuid:order_id>/contract", methods=["GET", "POST"])
@requires(ORDER.move("contract").permission)
def contract(order_id: UUID) -> ResponseReturnValue:
    order = _own(order_id)
    kinds, present = _asked(order, EvidenceStep.CONTRACT)
    form = with_files(ContractForm, kinds, present)
    if not form.is_submitted():
        form.amount.data = order.price_fen
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    said = {"number": form.number.data, "amount_fen": form.amount.data, "dated_on": form.dated_on.data}
    return command(
        form, "orders/contract.html", order,
        lambda papers: service.contract(order_id, **mine, **said, papers=papers, request_key=key, now=clock.now()),
        _("合同已上传，服务开始。"), lambda: _papers(form, kinds), kinds=kinds,
    )  # fmt: skip


@bp.route("/<uuid:order_id>/deliver", methods=["GET", "POST"])
@requires(ORDER.move("deliver").permission)
def deliver(order_id: UUID) -> ResponseReturnValue:
    order = _own(order_id)
    kinds, present = _asked(order, EvidenceStep.DELIVERY)
    offered = kinds or [DocumentKind.DELIVERABLE]
    form = with_files(DeliverForm, offered, present if kinds else offered)
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/deliver.html", order,
        lambda papers: service.deliver(order_id, **mine, note=form.note.data, papers=papers, request_key=key, now=clock.now()),
        _("已提交，等企业验收。"), lambda: _papers(form, offered), kinds=offered, present=present,
    )  # fmt: skip


@bp.route("/<uuid:order_id>/answer", methods=["GET", "POST"])
@requires(ORDER.move("answer").permission)
def answer(order_id: UUID) -> ResponseReturnValue:
    order, form = _own(order_id), AnswerForm()
    key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/answer.html", order,
        lambda: service.answer(order_id, **mine, text=form.text.data, request_key=key, now=clock.now()),
        _("回复已公布。"), review=queries.review_of(order_id),
    )  # fmt: skip
