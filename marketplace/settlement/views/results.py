"""What the bank did: one line by hand, many by Excel; the payment voucher to print."""

from collections.abc import Callable
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import Fen
from marketplace.settlement import queries, service
from marketplace.settlement.forms import BounceForm, CorrectionForm, ResultForm, WholeBatchForm
from marketplace.settlement.importers import BANK_RESULTS
from marketplace.settlement.lifecycle import CorrectionKind, LineState, ShortKind
from marketplace.settlement.models import PaymentLine
from marketplace.settlement.queries.paid import asked_sum
from marketplace.settlement.short_rules import Shortfall
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp, viewer
from marketplace.vouchers.models import Programme
from marketplace.web import importing, uploads
from marketplace.web.access import requires
from marketplace.web.formats import moment
from marketplace.web.forms import carried_out, in_currency

importing.add_pages(bp, importing.Pages(BANK_RESULTS, permission="payments.record", back="settlement.batches"))


@bp.route("/payments/lines/<uuid:line_id>", methods=["GET", "POST"])
@requires("payments.record")
def result(line_id: UUID) -> ResponseReturnValue:
    line = queries.line_in(line_id, current_user.areas_for("payments.record"))
    form = in_currency(ResultForm, line.currency)()
    if form.validate_on_submit():
        batch_id, is_paid = line.batch_id, form.result.data != "failed"
        if carried_out(
            form, lambda slip: _record(line_id, form, slip), _("银行结果已登记。"),
            before=lambda: uploads.chosen(form.slip) if is_paid else None,
        ):  # fmt: skip
            return redirect(url_for("settlement.batch", batch_id=batch_id))
    batch = queries.batch_in(line.batch_id, current_user.areas_for("payments.record"))
    return render_template("settlement/result.html", line=line, batch=batch, form=form), form.status


def _record(line_id: UUID, form: ResultForm, slip: Callable[[], UUID | None] | None) -> None:
    if slip is None:
        service.record_failed(line_id, reason=form.reason.data or "", actor_id=current_user.id, now=clock.now())
        return
    if form.paid_on.data is None:
        raise RuleViolation(N_("请填写付款日期。"), field="paid_on")
    said = service.Slip(form.reference.data or "", form.paid_on.data, slip(), _short(form))
    service.record_slip(line_id, said, actor_id=current_user.id, now=clock.now())


def _short(form: ResultForm) -> Shortfall | None:
    if form.result.data not in set(ShortKind):
        return None
    return Shortfall(ShortKind(form.result.data), form.amount.data or 0, form.reason.data or "")


@bp.route("/payments/<uuid:batch_id>/paid", methods=["GET", "POST"])
@requires("payments.record")
def batch_result(batch_id: UUID) -> ResponseReturnValue:
    batch, form, actor_id = queries.batch_in(batch_id, current_user.areas_for("payments.record")), WholeBatchForm(), current_user.id
    if form.validate_on_submit() and carried_out(
        form,
        lambda slip: service.record_batch_paid(
            batch_id, reference=form.reference.data, paid_on=form.paid_on.data, actor_id=actor_id, now=clock.now(), file_id=slip()
        ),
        _("整批付款已登记。"),
        before=lambda: uploads.chosen(form.slip),
    ):
        return redirect(url_for("settlement.batch", batch_id=batch_id))
    lines = queries.lines_of(batch_id)
    waiting = [line for line in lines if line.state is LineState.WAITING]
    return render_template(
        "settlement/batch_result.html", batch=batch, form=form, lines=waiting, total=asked_sum(batch_id, LineState.WAITING)
    ), form.status


@bp.route("/payments/lines/<uuid:line_id>/bounce", methods=["GET", "POST"])
@requires("payments.record")
def bounce(line_id: UUID) -> ResponseReturnValue:
    line = queries.line_in(line_id, current_user.areas_for("payments.record"))
    form, actor_id, batch_id = in_currency(BounceForm, line.currency)(), current_user.id, line.batch_id
    if not form.is_submitted():
        form.amount.data = Fen(line.amount_fen)
    if form.validate_on_submit():
        slip = service.ReturnSlip(form.amount.data or 0, form.reference.data, form.bounced_on.data, form.reason.data)
        if carried_out(
            form,
            lambda: service.record_bounce(line_id, slip, actor_id=actor_id, now=clock.now()),
            _("退汇已登记，申请回到待拨付；确认收款账号后可以重新列入批次。"),
        ):
            return redirect(url_for("settlement.batch", batch_id=batch_id))
    batch = queries.batch_in(batch_id, current_user.areas_for("payments.record"))
    return render_template("settlement/bounce.html", line=line, batch=batch, form=form), form.status


@bp.route("/payments/lines/<uuid:line_id>/correct", methods=["GET", "POST"])
@requires("payments.record")
def correct(line_id: UUID) -> ResponseReturnValue:
    line = queries.line_in(line_id, current_user.areas_for("payments.record"))
    form, actor_id, batch_id = CorrectionForm(), current_user.id, line.batch_id
    key = form.key()
    if not form.is_submitted():
        form.kind.data, form.reference.data, form.paid_on.data = CorrectionKind.NOT_PAID.value, line.bank_reference, line.paid_on
    if form.validate_on_submit():
        right = service.RightResult(CorrectionKind(form.kind.data), form.reason.data, form.reference.data or "", form.paid_on.data)
        if carried_out(
            form,
            lambda: service.correct_result(line_id, right, actor_id=actor_id, now=clock.now(), request_key=key),
            _("银行结果已更正。"),
        ):
            return redirect(url_for("settlement.batch", batch_id=batch_id))
    batch = queries.batch_in(batch_id, current_user.areas_for("payments.record"))
    return render_template("settlement/correct.html", line=line, batch=batch, form=form), form.status


def _seen_line(line_id: UUID) -> PaymentLine:
    """A line of one's own claim, or of staff's area. Raises: NotFound."""
    line = by_id(PaymentLine, line_id)
    queries.visible(line.claim_id, viewer())
    return line


@bp.get("/payments/lines/<uuid:line_id>/voucher")
@requires("claims.open")
def slip(line_id: UUID) -> ResponseReturnValue:
    line = _seen_line(line_id)
    batch = queries.batches_by_id({line.batch_id})[line.batch_id]
    return render_template(
        "settlement/slip.html", line=line, batch=batch, claim=line.claim, split=presenter.split_rows([line]),
        programme=by_id(Programme, batch.programme_id), printed_at=moment(clock.now()),
    )  # fmt: skip


@bp.get("/payments/lines/<uuid:line_id>/bank-slip")
@requires("claims.open")
def bank_slip(line_id: UUID) -> ResponseReturnValue:
    line = _seen_line(line_id)
    if line.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, line.file_id))
