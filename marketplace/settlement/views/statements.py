"""Bank statements (对账): brought in as files, compared with what was recorded, differences explained by one and confirmed by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import StringField, TextAreaField

from marketplace.exports.offers import ExportedList, offer, short_list
from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money, in_sheet
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.sheets import CellKind, Column
from marketplace.settlement import queries, service
from marketplace.settlement.queries import statements
from marketplace.settlement.queries.statements import DifferenceSaid
from marketplace.settlement.statement_files import BANK_STATEMENT
from marketplace.settlement.statement_models import BankStatement
from marketplace.settlement.statement_rules import BankMove, Matching
from marketplace.settlement.views.blueprint import bp
from marketplace.web import importing
from marketplace.web.access import requires
from marketplace.web.forms import CivilDateField, CommandForm, at_most, carried_out, required
from marketplace.web.paging import paged
from marketplace.web.select_fields import SelectField

MOST_SHOWN = 200  # differences of one side on the page; the workbook has all


class StatementUploadForm(importing.UploadForm):
    """The file, and what its first page says."""

    area = SelectField(_l("地区"), validators=[required()])
    account = StringField(_l("账号"), validators=[required(), at_most(40)])
    currency = StringField(_l("币种"), default="CNY", validators=[required(), at_most(3)])
    first_on = CivilDateField(_l("起日"), validators=[required()])
    last_on = CivilDateField(_l("止日（含）"), validators=[required()])
    opening = StringField(_l("期初余额"), validators=[required(), at_most(24)])
    closing = StringField(_l("期末余额"), validators=[required(), at_most(24)])


class ExplainForm(CommandForm):
    reason = TextAreaField(_l("差异的原因"), validators=[required(_l("请写明差异的原因。")), at_most(500)])


def _upload_form() -> StatementUploadForm:
    form = StatementUploadForm()
    codes = sorted({one.area_code for one in queries.programmes_in(current_user.areas_for("payments.record"))})
    form.area.choices = [(code, regions.full_name(code)) for code in codes]
    return form


def _address(import_id: UUID) -> str:
    return url_for("settlement.statement", statement_id=import_id)


importing.add_pages(
    bp,
    importing.Pages(BANK_STATEMENT, permission="payments.record", back="settlement.bank_statements", form=_upload_form, shows=_address),
)


@bp.get("/payments/statements")
@requires("payments.see")
def bank_statements() -> ResponseReturnValue:
    areas, by = current_user.areas_for("payments.see"), "others" if request.args.get("by") == "others" else ""
    waits = bool(by) or request.args.get("state") == "unconfirmed"
    found = statements.with_unconfirmed(areas, not_by=current_user.id if by else None) if waits else statements.statements(areas)
    states = [("", _("全部")), ("unconfirmed", _("有差异待确认"))]
    chosen = "unconfirmed" if waits else ""
    return render_template(
        "settlement/bank_statements.html", page=paged(found), area_name=regions.full_name, states=states, chosen=chosen, by=by
    )


@dataclass(frozen=True, slots=True)
class DifferenceShown:
    """A line without a counterpart, and what was said of it."""

    moved: BankMove
    said: DifferenceSaid | None
    who: str

    @property
    def is_open(self) -> bool:
        """Whether nobody explained it yet."""
        return self.said is None

    @property
    def is_closed(self) -> bool:
        """Whether a second person agreed with the explanation."""
        return self.said is not None and self.said.is_confirmed


def _differences(found: Sequence[BankMove], said: Mapping[UUID, DifferenceSaid], names: Mapping[UUID, str]) -> list[DifferenceShown]:
    shown = []
    for one in found:
        known = said.get(one.id)
        shown.append(DifferenceShown(one, known, names.get(known.explanation.proposed_by, "") if known else ""))
    return shown


@bp.get("/payments/statements/<uuid:statement_id>")
@requires("payments.see")
def statement(statement_id: UUID) -> ResponseReturnValue:
    row = statements.statement_in(statement_id, current_user.areas_for("payments.see"))
    found, said = statements.matching_of(row), statements.said_of(statement_id)
    names = identity.names_of(one.explanation.proposed_by for one in said.values())
    sides = [
        {"title": _("银行有、平台没有的"), "rows": _differences(found.bank_only, said, names)},
        {"title": _("平台有、银行没有的"), "rows": _differences(found.books_only, said, names)},
    ]
    return render_template(
        "settlement/statement.html", row=row, sides=sides, most=MOST_SHOWN, sums=_sums(found), area=regions.full_name(row.area_code)
    )


def _sums(found: Matching) -> list[tuple[str, int, int]]:
    """What each part counts and adds up to."""
    bank = [one for one, _book in found.pairs] + list(found.bank_only)
    parts = [
        (_("支出"), [one for one in bank if one.amount_fen < 0]),
        (_("收入"), [one for one in bank if one.amount_fen > 0]),
        (_("对上的"), [one for one, _book in found.pairs]),
        (_("银行有、平台没有的"), found.bank_only),
        (_("平台有、银行没有的"), found.books_only),
    ]
    return [(label, len(some), sum(one.amount_fen for one in some)) for label, some in parts]


def _difference(statement_id: UUID, difference_id: UUID) -> tuple[BankStatement, BankMove]:
    row = statements.statement_in(statement_id, current_user.areas_for("payments.record"))
    found = statements.matching_of(row)
    known = next((one for one in (*found.bank_only, *found.books_only) if one.id == difference_id), None)
    if known is None:
        raise NotFound
    return row, known


@bp.route("/payments/statements/<uuid:statement_id>/differences/<uuid:difference_id>/explain", methods=["GET", "POST"])
@requires("payments.record")
def explain_difference(statement_id: UUID, difference_id: UUID) -> ResponseReturnValue:
    row, moved = _difference(statement_id, difference_id)
    form, actor_id = ExplainForm(), current_user.id
    key = form.key()
    if form.validate_on_submit() and carried_out(
        form,
        lambda: service.explain_difference(
            statement_id, difference_id, reason=form.reason.data or "", actor_id=actor_id, now=clock.now(), request_key=key
        ),
        _("已说明，等另一位财政人员确认。"),
    ):
        return redirect(url_for("settlement.statement", statement_id=statement_id))
    return render_template("settlement/explain_difference.html", row=row, moved=moved, form=form), form.status


@bp.route("/payments/statements/<uuid:statement_id>/differences/<uuid:difference_id>/confirm", methods=["GET", "POST"])
@requires("payments.record")
def confirm_explanation(statement_id: UUID, difference_id: UUID) -> ResponseReturnValue:
    row, moved = _difference(statement_id, difference_id)
    form, actor_id = CommandForm(), current_user.id
    key = form.key()
    if form.validate_on_submit() and carried_out(
        form,
        lambda: service.confirm_explanation(statement_id, difference_id, actor_id=actor_id, now=clock.now(), request_key=key),
        _("差异说明已确认。"),
    ):
        return redirect(url_for("settlement.statement", statement_id=statement_id))
    said = statements.said_of(statement_id).get(difference_id)
    return render_template("settlement/confirm_explanation.html", row=row, moved=moved, form=form, said=said), form.status


COLUMNS = (
    Column("side", N_("核对结果")),
    Column("day", N_("日期"), CellKind.DATE),
    Column("amount", N_("金额"), CellKind.YUAN),
    Column("reference", N_("银行流水号"), CellKind.CODE),
    Column("bank", N_("对账单"), width=40),
    Column("books", N_("平台记录"), width=30),
    Column("said", N_("差异说明"), width=40),
    Column("standing", N_("说明状态")),
)


@offer(bp, "/payments/statements/<uuid:statement_id>/sheet", permission="payments.see")
def statement_sheet(statement_id: UUID) -> ExportedList:
    row = statements.statement_in(statement_id, current_user.areas_for("payments.see"))
    found, said = statements.matching_of(row), statements.said_of(statement_id)
    rows = [_line(_("对上的"), one, one.label, book.label, None, row.currency) for one, book in found.pairs]
    rows += [_line(_("银行有、平台没有的"), one, one.label, "", said.get(one.id), row.currency) for one in found.bank_only]
    rows += [_line(_("平台有、银行没有的"), one, "", one.label, said.get(one.id), row.currency) for one in found.books_only]
    period = _("%(first)s 至 %(last)s", first=row.first_on.isoformat(), last=row.last_on.isoformat())
    note = [row.number, row.account, period]
    note += [f"{label} {n} {format_money(fen, row.currency)}" for label, n, fen in _sums(found)]
    note.append(
        _(
            "期初余额 %(fen)s，期末余额 %(end)s",
            fen=format_money(row.opening_fen, row.currency),
            end=format_money(row.closing_fen, row.currency),
        )
    )
    return ExportedList(_("银行对账表"), COLUMNS, short_list(rows), _("银行对账表-%(number)s", number=row.number), "；".join(note))


def _line(side: str, one: BankMove, bank: str, books: str, said: DifferenceSaid | None, currency: str) -> tuple[object, ...]:
    standing = "" if said is None else (_("已确认") if said.is_confirmed else _("待确认"))
    return (side, one.day, in_sheet(one.amount_fen, currency), one.key, bank, books, said.explanation.reason if said else "", standing)
