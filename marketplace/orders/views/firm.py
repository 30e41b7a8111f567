"""The firm's pages: accept, return, review; and those of both sides: cancel, add papers."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.orders import queries, service
from marketplace.orders.forms import PaperForm, ReviewForm
from marketplace.orders.lifecycle import ORDER
from marketplace.orders.models import Order
from marketplace.orders.queries.in_kind import in_kind_of
from marketplace.orders.queries.terms import difference_of, last_rating, papers_ask
from marketplace.orders.rules import BY_THE_PLATFORM
from marketplace.orders.service import Paper, PaperFacts, Rating
from marketplace.orders.views.blueprint import bp, command, paper_from, reasoned, viewer
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out, in_currency
from marketplace.web.query_string import asked_key


def _own(order_id: UUID) -> Order:
    return queries.of_enterprise(order_id, current_user.organisation_id)


def _party(order_id: UUID) -> Order:
    """An order in which the user's organisation takes part; staff who may see it take no part."""
    order = queries.visible(order_id, viewer())
    if current_user.organisation_id not in {order.enterprise_id, order.provider_id}:
        raise NotFound
    return order


@bp.route("/<uuid:order_id>/accept", methods=["GET", "POST"])
@requires(ORDER.move("accept").permission)
def accept(order_id: UUID) -> ResponseReturnValue:
    form = CommandForm()
    key, mine = form.key(), {"enterprise_id": current_user.organisation_id, "actor_id": current_user.id}
    if form.validate_on_submit() and (
        done := carried_out(form, lambda: service.accept(order_id, **mine, request_key=key, now=clock.now()))
    ):
        flash(_("订单 %(number)s 已验收核销。请评价这次服务。", number=done.answer.number), "success")
        return redirect(url_for("orders.show", order_id=order_id))
    order = _own(order_id)
    papers, difference = queries.live_documents(order_id), difference_of(order)
    shown = {"order": order, "form": form, "papers": papers, "difference": difference, "in_kind": in_kind_of(order)}
    return render_template("orders/accept.html", **shown), form.status


@bp.route("/<uuid:order_id>/return", methods=["GET", "POST"])
@requires(ORDER.move("send_back").permission)
def send_back(order_id: UUID) -> ResponseReturnValue:
    own = current_user.organisation_id
    return reasoned(_own(order_id), "orders/send_back.html", service.send_back, _("已退回服务机构，原因已告知。"), enterprise_id=own)


@bp.route("/<uuid:order_id>/dispute", methods=["GET", "POST"])
@requires(ORDER.move("dispute").permission)
def dispute(order_id: UUID) -> ResponseReturnValue:
    own = current_user.organisation_id
    return reasoned(
        _own(order_id), "orders/dispute.html", service.dispute, _("争议已提交主管部门，裁定前验收期限停止计算。"), enterprise_id=own
    )


@bp.route("/<uuid:order_id>/cancel", methods=["GET", "POST"])
@requires(ORDER.move("cancel").permission)
def cancel(order_id: UUID) -> ResponseReturnValue:
    order, own = _party(order_id), current_user.organisation_id
    said = _("订单 %(number)s 已取消，占用的券额已退回。", number=order.number)
    return reasoned(order, "orders/cancel.html", service.cancel, said, organisation_id=own)


@bp.route("/<uuid:order_id>/review", methods=["GET", "POST"])
@requires(ORDER.move("review").permission)
def review(order_id: UUID) -> ResponseReturnValue:
    order, form = _own(order_id), ReviewForm()
    key, mine = form.key(), {"enterprise_id": current_user.organisation_id, "actor_id": current_user.id}
    return command(
        form, "orders/review.html",
        lambda: service.review(order_id, Rating(int(form.score.data), form.comment.data or ""), **mine, request_key=key, now=clock.now()),
        _("感谢评价。"), last=lambda: last_rating(order), order=order,
    )  # fmt: skip


def _paper_kinds(order: Order) -> list[DocumentKind]:
    """What can be added: the invoice, the slip, and whatever else the programme asks for."""
    asked = [kind for step in EvidenceStep for kind in queries.required_papers(order, step)]
    own = [DocumentKind.IN_KIND_RECORD] if order.in_kind_fen and current_user.organisation_id == order.enterprise_id else []
    wanted = [DocumentKind.INVOICE, DocumentKind.BANK_TRANSFER_SLIP, *own, *asked, DocumentKind.PHOTO]
    return [kind for kind in dict.fromkeys(wanted) if kind not in BY_THE_PLATFORM]


def _replaces() -> UUID | None:
    if "replaces" not in request.args:
        return None
    found = asked_key("replaces")
    if found is None:
        raise NotFound
    return found


@bp.route("/<uuid:order_id>/papers", methods=["GET", "POST"])
@requires(ORDER.move("papers").permission)
def papers(order_id: UUID) -> ResponseReturnValue:
    order, replaces_id = _party(order_id), _replaces()
    form = in_currency(PaperForm, order.currency)(kind=request.args.get("kind") or None)
    form.kind.choices = [(kind.value, _(kind.label)) for kind in _paper_kinds(order)]
    key, mine = form.key(), {"organisation_id": current_user.organisation_id, "actor_id": current_user.id}

    def paper() -> Paper:
        found = paper_from(
            form, "file", DocumentKind(form.kind.data), number=form.number.data or "", code=form.code.data or "",
            amount_fen=form.amount.data, dated_on=form.dated_on.data, note=form.note.data or "", replaces_id=replaces_id,
            facts=PaperFacts(net_fen=form.net.data, tax_fen=form.tax.data, units=form.units.data),
        )  # fmt: skip
        if found is None:
            raise RuleViolation(N_("请选择要上传的文件。"), field="file")
        return found

    return command(
        form, "orders/papers.html",
        lambda paper: service.add_paper(order_id, paper, **mine, request_key=key, now=clock.now()),
        _("材料已上传。"), paper, replaces_id=replaces_id, order=order, asks=papers_ask(order),
    )  # fmt: skip
