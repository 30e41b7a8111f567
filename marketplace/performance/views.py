"""Pages of performance: plans, one of them with its values and readings, the rows behind a measure, each step; as Excel and as PDF."""

import hashlib
import io
import json
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, short_list
from marketplace.identity import page_mark
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.locales import said
from marketplace.kernel.sheets import CellKind, Column
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.performance import papers, queries, rules, service
from marketplace.performance.forms import step_form, targets_form
from marketplace.performance.indicators import Indicator
from marketplace.performance.lifecycle import PLAN, PlanState, ReadingKind, Side
from marketplace.performance.models import PerformancePlan
from marketplace.performance.queries import KeptReading, PlanFilter, evidence
from marketplace.reporting.queries import programmes
from marketplace.vouchers.models import Programme
from marketplace.web import pdf
from marketplace.web.access import requires
from marketplace.web.addresses import public_url
from marketplace.web.formats import moment
from marketplace.web.forms import carried_out, choices, decided
from marketplace.web.paging import paged

bp = Blueprint("performance", __name__)

STEPS = {
    "confirm": service.confirm,
    "send_back": service.send_back,
    "monitor": service.monitor,
    "assess": service.assess,
    "correct": service.correct,
    "sign": service.sign,
    "reject": service.reject,
}
LEADS = {
    "confirm": _l("确认后目标值和权重不再改动。填报人不能确认自己的目标。"),
    "send_back": _l("退回后由填报人重新填报。"),
    "monitor": _l("今天的数值从账本和业务记录读取并留存；低于时序进度的指标须写明原因和措施。"),
    "assess": _l("全年的数值从账本和业务记录读取，按规则评分；由另一位工作人员签署后不再改动。"),
    "correct": _l("重新读取全年的数值，与原评价并列留存，由另一位工作人员签署。"),
    "sign": _l("签署后评价不再改动；以后有变化的，另作更正。"),
    "reject": _l("退回后由评价人重新评价。"),
}
_WITH_REASON = frozenset({"send_back", "correct", "reject"})
_READS = frozenset({"monitor", "assess", "correct"})


def _seen() -> tuple[str, ...] | None:
    found: tuple[str, ...] | None = current_user.areas_read("performance.see")
    return found


@bp.get("/performance")
@requires("performance.see")
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    chosen = PlanState(state) if state in set(PlanState) else None
    not_by = current_user.id if request.args.get("by") == "others" else None
    areas = current_user.areas_for("performance.manage") if not_by else _seen()
    page = paged(queries.plans(areas, PlanFilter(chosen, not_by)))
    return render_template("performance/index.html", page=page, chosen=chosen, state_choices=choices(PlanState))


def _managed_programmes() -> list[Programme]:
    return programmes(current_user.areas_for("performance.manage"))


@bp.route("/performance/new", methods=["GET", "POST"])
@requires("performance.manage")
def enter() -> ResponseReturnValue:
    """First the programme and the year; then the targets."""
    found = _managed_programmes()
    programme = next((one for one in found if str(one.id) == request.args.get("programme")), None)
    year = request.args.get("year", "")
    if programme is None or year not in _years():
        return render_template("performance/choose.html", programmes=[(str(one.id), one.name) for one in found], years=_years())
    form = targets_form(programme)
    if form.validate_on_submit():
        targets, by = form.targets(), By(current_user.id, clock.now(), form.key())
        if done := carried_out(form, lambda: service.enter(programme.id, int(year), targets, by=by), _("绩效目标已提交复核。")):
            return redirect(url_for("performance.show", plan_id=done.answer.id))
    return render_template("performance/enter.html", form=form, programme=programme, year=int(year)), form.status


def _years() -> list[str]:
    """The last year, this one, and the next."""
    return [str(clock.today().year + step) for step in (-1, 0, 1)]


def _plan(plan_id: UUID) -> PerformancePlan:
    return queries.plan_in(plan_id, _seen())


def _rows(row: PerformancePlan, reading: KeptReading | None) -> list[papers.PlanRow]:
    until = reading.row.until_on if reading else clock.today()
    found, scale = service.read(row, until)
    behind = {one.target.indicator for one in found if rules.is_behind(one.value, one.expected, scale)}
    return papers.report_rows(found, behind, reading, row.programme.currency, service.net_execution_of(row, until))


def _standing(readings: list[KeptReading]) -> KeptReading | None:
    """What a page shows beside the targets: what was signed, else what was read last."""
    return queries.signed_of(readings) or next(iter(readings), None)


@bp.get("/performance/<uuid:plan_id>")
@requires("performance.see")
def show(plan_id: UUID) -> ResponseReturnValue:
    row, readings = _plan(plan_id), queries.readings_of(plan_id)
    reading = _standing(readings)
    people = [row.entered_by, row.confirmed_by, *(one.row.taken_by for one in readings)]
    people += [one.decision.decided_by for one in readings if one.decision]
    return render_template(
        "performance/show.html",
        row=row,
        rows=_rows(row, reading),
        reading=reading,
        readings=readings,
        names=identity.names_of(people),
        points=papers.points_in_words,
        levels=rules.Level.labels(),
        actions=_buttons(row),
        history=presenter.history(row.id, [PLAN], lambda details: str(details.get("reason", ""))),
    )


def _buttons(row: PerformancePlan) -> list[dict[str, str]]:
    if not current_user.may_act("performance.manage", row.programme.area_code):
        return []
    found = [move for side in Side for move in PLAN.offered(side, row.state)]
    return presenter.buttons(PLAN, found, plan_id=row.id)


@bp.route("/performance/<uuid:plan_id>/<any(confirm,send_back,monitor,assess,correct,sign,reject):way>", methods=["GET", "POST"])
@requires("performance.manage")
def step(plan_id: UUID, way: str) -> ResponseReturnValue:
    row = queries.plan_in(plan_id, current_user.areas_for("performance.manage"))
    shown = page_mark.mark(plan_id)
    found, scale = service.read(row, clock.today()) if way in _READS else ([], None)
    behind = [one.target.indicator for one in found if scale and rules.is_behind(one.value, one.expected, scale)]
    form = step_form(shown, has_reason=way in _WITH_REASON, behind=behind)
    given = form.given()
    by = By(current_user.id, clock.now(), form.key(), given.content(), shown=form.seen())
    page = {"row": row, "form": form, "move": PLAN.move(way), "way": way, "lead": LEADS[way]}
    page["rows"] = papers.report_rows(found, set(behind), None, row.programme.currency)
    return decided(
        form,
        lambda: STEPS[way](plan_id, given, by=by),
        _("已办理。"),
        then=url_for("performance.show", plan_id=plan_id),
        page=lambda: render_template("performance/step.html", **page),
    )


@bp.get("/performance/<uuid:plan_id>/rows/<indicator>")
@requires("performance.see")
def rows(plan_id: UUID, indicator: str) -> ResponseReturnValue:
    """The rows behind a measure: of the reading that is shown, else until today."""
    row, readings = _plan(plan_id), queries.readings_of(plan_id)
    if indicator not in {one.indicator for one in queries.targets_of(plan_id)}:
        raise NotFound
    wanted, reading = Indicator(indicator), _standing(readings)
    counted = service.counted_of(row, reading.row.until_on if reading else clock.today())
    page = paged(evidence.rows_behind(counted, wanted))
    found = evidence.rows_shown(page.items, counted, wanted)
    return render_template("performance/rows.html", row=row, indicator=wanted, page=page, rows=found, counted=counted)


_COLUMNS = (
    Column("indicator", N_("指标"), width=24),
    Column("target", N_("目标值")),
    Column("weight", N_("权重"), CellKind.INTEGER),
    Column("read", N_("实际值")),
    Column("points", N_("得分")),
    Column("reason", N_("说明"), width=40),
)


def _cells(one: papers.PlanRow, has_reading: bool) -> tuple[object, ...]:
    return (said(one.indicator.label), one.target, one.weight, one.read if has_reading else one.now, one.points, one.reason)


def _summary(row: PerformancePlan, reading: KeptReading | None) -> list[tuple[str, str]]:
    names = identity.names_of([row.entered_by, row.confirmed_by, *([reading.row.taken_by] if reading else [])])
    found = [(_("政策项目"), row.programme.name), (_("年度"), str(row.year)), (_("状态"), said(row.state.label))]
    found.append(
        (_("目标填报和复核"), f"{names.get(row.entered_by, '—')} / {names.get(row.confirmed_by, '—') if row.confirmed_by else '—'}")
    )
    if reading is None:
        return found
    levels = rules.Level.labels()
    found.append((_("依据"), said(ReadingKind(reading.row.kind).label)))
    found.append((_("统计截至"), reading.row.until_on.isoformat()))
    found.append((_("得分"), papers.points_in_words(reading.row)))
    found.append((_("等级"), said(levels[reading.row.level]) if reading.row.level else "—"))
    return found


def _title(reading: KeptReading | None) -> str:
    is_yearly = reading is not None and reading.row.kind is not ReadingKind.MIDTERM
    return _("项目支出绩效评价表") if is_yearly else _("项目支出绩效目标表")


@offer(bp, "/performance/<uuid:plan_id>/sheet", permission="performance.see", areas=lambda who: who.areas_read("performance.see"))
def sheet(plan_id: UUID) -> ExportedList:
    row, readings = _plan(plan_id), queries.readings_of(plan_id)
    reading = _standing(readings)
    lines = short_list([_cells(one, reading is not None) for one in _rows(row, reading)])
    note = "；".join(f"{label}：{value}" for label, value in _summary(row, reading))
    columns = [replace(one, title=_(one.title)) for one in _COLUMNS]
    return ExportedList(_title(reading), columns, lines, f"{_title(reading)}-{row.number}", note)


@bp.get("/performance/<uuid:plan_id>/sheet.pdf")
@requires("performance.see")
def sheet_pdf(plan_id: UUID) -> ResponseReturnValue:
    row, readings = _plan(plan_id), queries.readings_of(plan_id)
    reading = _standing(readings)
    try:
        content = pdf.made(pdf.TABLE_PAPER, _laid_out(row, reading), public_url("performance.show", plan_id=row.id))
    except RuleViolation as refusal:
        flash(said(refusal), "warning")
        return redirect(url_for("performance.show", plan_id=plan_id))
    name = f"{_title(reading)}-{row.number}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


def _laid_out(row: PerformancePlan, reading: KeptReading | None) -> dict[str, object]:
    lines = [[str(cell) for cell in _cells(one, reading is not None)] for one in _rows(row, reading)]
    total = papers.points_in_words(reading.row) if reading else ""
    body = json.dumps([row.number, lines], ensure_ascii=False).encode()
    return {
        "issuer": _("券链"),
        "title": _title(reading),
        "number": row.number,
        "qr_says": _("核验二维码"),
        "page": _("第 {n} 页，共 {total} 页"),
        "summary": _summary(row, reading),
        "heads": [_(one.title) for one in _COLUMNS],
        "wide": [0, 5],
        "money": [one.key in {"target", "weight", "read", "points"} for one in _COLUMNS],
        "rows": [*lines, [_("合计"), "", str(rules.WHOLE), "", total, ""]],
        "boxes": [_("填报人"), _("复核人"), _("主管部门（盖章）")],
        "day": _("年　　月　　日"),
        "print": hashlib.sha256(body).hexdigest(),
        "notes": [
            _("摘要（SHA-256）："),
            _("数值来自账本和业务记录；“—”表示没有数据，不作 0 计。"),
            _("打印时间 %(at)s", at=moment(clock.now())),
        ],
    }
