"""Officers: the vouchers of a round, one by one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity import page_mark
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.locales import said
from marketplace.kernel.sheets import CellKind, Column
from marketplace.moves import presenter
from marketplace.policy.programme_words import PortionMover
from marketplace.vouchers.forms import VoucherActForm
from marketplace.vouchers.lifecycle import VOUCHER
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries import wallet as reads
from marketplace.vouchers.queries.portions import moved_on, parts_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import Side, VoucherState
from marketplace.vouchers.service import holdings as service
from marketplace.vouchers.views.common import bp, managed_round, may_manage, note, place, seen_round
from marketplace.vouchers.views.portions import may_shift
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged


@bp.get("/office/rounds/<uuid:round_id>/vouchers")
@requires("rounds.see")
def round_vouchers(round_id: UUID) -> ResponseReturnValue:
    row = seen_round(round_id)
    page = paged(_wanted(round_id))
    vouchers = list(page.items)
    return render_template(
        "vouchers/round_vouchers.html", row=row, page=page, firms=reads.firms_of(vouchers), left=reads.left_of(vouchers),
        states=choices(VoucherState),
    )  # fmt: skip


def _wanted(round_id: UUID):  # type: ignore[no-untyped-def]
    return reads.in_round(
        round_id, text=request.args.get("q", ""), state=request.args.get("state", ""), areas=current_user.areas_for("rounds.see")
    )


@offer(bp, "/office/rounds/<uuid:round_id>/vouchers.xlsx", permission="rounds.see")
def export_vouchers(round_id: UUID) -> ExportedList:
    row = seen_round(round_id)
    classes = {one.name: one.label for one in spec_of(row.version_id).classes}
    state = request.args.get("state", "")
    filters = " ".join(filter(None, (request.args.get("q", ""), _(VoucherState(state).label) if state in list(VoucherState) else "")))
    lines = rows_of(_wanted(round_id), partial(_lines, classes))
    return ExportedList(_("%(name)s 服务券", name=row.name), _columns(), lines, _("%(number)s-服务券", number=row.number), filters)


def _lines(classes: Mapping[str, str], piece: Sequence[Voucher]) -> Iterator[tuple[object, ...]]:
    """Firms and balances are asked for together."""
    vouchers = list(piece)
    firms, left = reads.firms_of(vouchers), reads.left_of(vouchers)
    for one in vouchers:
        firm = firms[one.enterprise_id]
        yield (
            one.number, firm.name, firm.uscc, place(firm.region_code), classes.get(one.class_key, one.class_key),
            in_sheet(one.face_fen, one.currency), in_sheet(left[one.id], one.currency),
            one.valid_from, one.valid_until, _(one.state.label), said(one.state_reason),
        )  # fmt: skip


def _columns() -> tuple[Column, ...]:
    return (
        Column("number", _("券号"), width=18),
        Column("name", _("企业名称"), width=32),
        Column("uscc", _("统一社会信用代码"), CellKind.USCC),
        Column("region", _("所在地区"), width=28),
        Column("class", _("企业类别"), width=24),
        Column("face", _("额度或面额"), CellKind.YUAN),
        Column("left", _("余额"), CellKind.YUAN),
        Column("from", _("有效期起"), CellKind.DATE),
        Column("until", _("有效期止"), CellKind.DATE),
        Column("state", _("状态")),
        Column("reason", _("说明"), width=32),
    )


@bp.get("/office/vouchers/<uuid:voucher_id>")
@requires("rounds.see")
def office_voucher(voucher_id: UUID) -> ResponseReturnValue:
    row = _seen(voucher_id)
    spec = spec_of(row.round.version_id)
    mine = may_manage("rounds.manage", row.programme, row.round)
    return render_template(
        "vouchers/office_voucher.html", row=row, firm=identity.organisation(row.enterprise_id),
        holding=reads.holding(row, row.day_of(clock.now())),
        story=reads.story(row), class_label=spec.firm_class(row.class_key).label, actions=_doable(row) if mine else [],
        parts=parts_of(row), moved=moved_on(row), may_move=mine and may_shift(row, PortionMover.OFFICER),
        history=presenter.history(row.id, [VOUCHER], note),
    )  # fmt: skip


def _seen(voucher_id: UUID) -> Voucher:
    """A voucher of a firm in the officer's area. Raises: NotFound."""
    row = by_id(Voucher, voucher_id)
    identity.organisation_in_area(row.enterprise_id, current_user.areas_for("rounds.see"))
    return row


def _doable(row: Voucher) -> list[dict[str, str]]:
    return presenter.buttons(VOUCHER, VOUCHER.offered(Side.OFFICER, row.state), is_second=True, voucher_id=row.id)


@bp.route("/office/vouchers/<uuid:voucher_id>/<way>", methods=["GET", "POST"])
@requires("rounds.manage")
def act_on_voucher(voucher_id: UUID, way: str) -> ResponseReturnValue:
    form = VoucherActForm(shown=page_mark.mark(voucher_id))
    row = _seen(voucher_id)
    managed_round(row.round_id, "rounds.manage")
    if way not in {move.verb for move in VOUCHER.moves if move.label}:
        raise NotFound
    if form.validate_on_submit():
        number = row.number
        if carried_out(form, lambda: _act(voucher_id, way, str(form.reason.data or ""), form.seen())):
            flash(_("服务券 %(number)s 已办理。", number=number), "success")
            return redirect(url_for("vouchers.office_voucher", voucher_id=voucher_id))
    return render_template(
        "vouchers/act_on_voucher.html", row=row, way=way, form=form, standing=reads.standing_of(row),
        firm=identity.organisation(row.enterprise_id),
    ), form.status  # fmt: skip


def _act(voucher_id: UUID, way: str, reason: str, seen: str) -> None:
    """Raises: DomainError."""
    actor_id, today = current_user.id, _seen(voucher_id).day_of(clock.now())
    if way in {"freeze", "thaw"}:
        verb = service.freeze if way == "freeze" else service.thaw
        verb(voucher_id, reason=reason, actor_id=actor_id, shown=seen)
    else:
        state = VoucherState.VOID if way == "void" else VoucherState.RECLAIMED
        service.end(voucher_id, state, reason=reason, actor_id=actor_id, today=today, shown=seen)
