"""Finance's pages: batches, making one, letting it pass, the list for the bank."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.money import Fen
from marketplace.settlement import queries, service
from marketplace.settlement.forms import BatchForm, ReasonForm
from marketplace.settlement.lifecycle import BatchState, LineState
from marketplace.settlement.models import Claim, PaymentBatch
from marketplace.settlement.queries import holds
from marketplace.settlement.queries.paid import asked_sum, open_of, open_sum
from marketplace.settlement.queries.payable import payable, payable_sums, whole_payable
from marketplace.settlement.queries.treasury import lines_in_order
from marketplace.settlement.views import presenter, treasury
from marketplace.settlement.views.blueprint import bp
from marketplace.vouchers.models import Programme
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out
from marketplace.web.paging import paged


@bp.get("/payments")
@requires("payments.see")
def batches() -> ResponseReturnValue:
    text = request.args.get("state", "")
    state = BatchState(text) if text in set(BatchState) else None
    areas = current_user.areas_for("payments.see")
    by = "others" if request.args.get("by") == "others" else ""
    page = paged(queries.batches(areas, state, not_by=current_user.id if by else None))
    return render_template(
        "settlement/batches.html", page=page, totals=queries.totals(row.id for row in page.items), state=text,
        states=[(one.value, _(one.label)) for one in BatchState], waiting=payable_sums(areas), by=by,
        programmes={one.id: one.name for one in queries.programmes_in(areas)},
        names=identity.names_of(row.prepared_by for row in page.items),
    )  # fmt: skip


@bp.route("/payments/new/<uuid:programme_id>", methods=["GET", "POST"])
@requires("payments.prepare")
def new_batch(programme_id: UUID) -> ResponseReturnValue:
    programme, form = queries.programme_in(programme_id, current_user.areas_for("payments.prepare")), BatchForm()
    simulated = request.args.get("simulated") == "yes"
    ready, held = _sorted_out(programme, simulated)
    unpaid = open_of([*ready, *(claim for claim, _why in held)])
    form.claims.choices = [(str(claim.id), _choice(claim, unpaid[claim.id])) for claim in ready]
    if not form.is_submitted():
        form.claims.data = [claim.id for claim in ready]
    if form.validate_on_submit():
        chosen, key, actor_id = form.claims.data or [], form.key(), current_user.id
        if done := carried_out(
            form, lambda: service.prepare_batch(key, programme_id=programme_id, claim_ids=chosen, actor_id=actor_id, now=clock.now())
        ):
            flash(_("批次 %(number)s 已制单，请核对后提交复核。", number=done.answer.number), "success")
            return redirect(url_for("settlement.batch", batch_id=done.answer.id))
    count, whole = whole_payable(programme.id, simulated=simulated)
    return render_template(
        "settlement/new_batch.html",
        programme=programme,
        form=form,
        ready=ready,
        held=held,
        unpaid=unpaid,
        total=open_sum(claim.id for claim in ready),
        simulated=simulated,
        later=count - len(ready) - len(held),
        count=count,
        whole=whole,
    ), form.status


def _sorted_out(programme: Programme, simulated: bool) -> tuple[list[Claim], list[tuple[Claim, str]]]:
    """Claims that can be paid now, and those that cannot with the reason."""
    claims = payable(programme.id, simulated=simulated)
    held = holds.of_claims(claims, clock.now())
    return [one for one in claims if one.id not in held], [(one, said(held[one.id])) for one in claims if one.id in held]


def _choice(claim: Claim, unpaid_fen: Fen) -> str:
    facts = {"number": claim.number, "payee": claim.payee.name, "amount": format_money(unpaid_fen, claim.currency), "why": claim.bank_hint}
    if claim.bank_hint:
        return said(N_("%(number)s　%(payee)s　%(amount)s 元（上次未付成：%(why)s）", **facts))
    return said(N_("%(number)s　%(payee)s　%(amount)s 元", **facts))


@bp.get("/payments/<uuid:batch_id>")
@requires("payments.see")
def batch(batch_id: UUID) -> ResponseReturnValue:
    row = queries.batch_in(batch_id, current_user.areas_for("payments.see"))
    lines, page = queries.lines_of(batch_id), paged(lines_in_order(batch_id))
    live = [line for line in lines if line.state is not LineState.DROPPED] or lines
    return render_template(
        "settlement/batch.html", batch=row, lines=lines, page=page, programme=by_id(Programme, row.programme_id),
        split=presenter.split_rows(live, asked=True), is_history=any(line.is_history for line in lines),
        total=asked_sum(batch_id), history=presenter.history(row), is_maker=row.prepared_by == current_user.id,
        names=identity.names_of([row.prepared_by, row.approved_by]),
        held={line_id: said(why) for line_id, why in holds.of_lines(lines, clock.now()).items()},
        correctable=presenter.correctable(list(page.items)),
        papers=treasury.papers_of(row), is_untouched=all(line.state is LineState.WAITING for line in lines),
    )  # fmt: skip


def _step(batch: PaymentBatch, form: CommandForm, template: str, work: Callable[[], object], done: str) -> ResponseReturnValue:
    if form.validate_on_submit() and carried_out(form, work, done):
        return redirect(url_for("settlement.batch", batch_id=batch.id))
    lines = queries.lines_of(batch.id)
    total = asked_sum(batch.id)
    return render_template(template, batch=batch, form=form, lines=lines, total=total, split=presenter.split_rows(lines)), form.status


@bp.route("/payments/<uuid:batch_id>/submit", methods=["GET", "POST"])
@requires("payments.prepare")
def submit_batch(batch_id: UUID) -> ResponseReturnValue:
    row, form, actor_id = queries.batch_in(batch_id, current_user.areas_for("payments.prepare")), CommandForm(), current_user.id
    key = form.key()
    return _step(
        row, form, "settlement/submit_batch.html",
        lambda: service.submit_batch(batch_id, actor_id=actor_id, now=clock.now(), request_key=key),
        _("已提交，等另一位财政人员复核。"),
    )  # fmt: skip


@bp.route("/payments/<uuid:batch_id>/approve", methods=["GET", "POST"])
@requires("payments.approve")
def approve_batch(batch_id: UUID) -> ResponseReturnValue:
    row, form, actor_id = queries.batch_in(batch_id, current_user.areas_for("payments.approve")), CommandForm(), current_user.id
    key = form.key()
    simulated = _("复核通过。这是模拟批次：不付款，也没有银行清单。")
    return _step(
        row, form, "settlement/approve_batch.html",
        lambda: service.approve_batch(batch_id, actor_id=actor_id, now=clock.now(), request_key=key),
        simulated if row.simulated else _("复核通过，可以导出银行清单付款。"),
    )  # fmt: skip


@bp.route("/payments/<uuid:batch_id>/reject", methods=["GET", "POST"])
@requires("payments.approve")
def reject_batch(batch_id: UUID) -> ResponseReturnValue:
    row, form, actor_id = queries.batch_in(batch_id, current_user.areas_for("payments.approve")), ReasonForm(), current_user.id
    key = form.key()
    return _step(
        row, form, "settlement/reject_batch.html",
        lambda: service.reject_batch(batch_id, reason=form.reason.data, actor_id=actor_id, now=clock.now(), request_key=key),
        _("批次已退回，其中的申请可以重新列入批次。"),
    )  # fmt: skip
