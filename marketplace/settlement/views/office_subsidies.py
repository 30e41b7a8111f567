"""The office's list of what firms ask for without an order: what waits first, with its file."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import Cells, ExportedList, offer, rows_of
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.settlement import queries
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp
from marketplace.settlement.views.filters import filters_of
from marketplace.settlement.views.review import queue_page, sheet_rows
from marketplace.web.access import requires

DIRECT = "direct"


@bp.get("/office/subsidies")
@requires("claims.see")
def office_subsidies() -> ResponseReturnValue:
    return queue_page(filters_of(DIRECT), direct=True)


COLUMNS = (
    Column("number", N_("申请编号"), CellKind.CODE),
    Column("state", N_("状态"), CellKind.CHOICE, choices=ClaimState.labels()),
    Column("programme", N_("政策项目")),
    Column("round", N_("批次")),
    Column("enterprise", N_("企业")),
    Column("uscc", N_("统一社会信用代码"), CellKind.CODE),
    Column("ground", N_("申请依据")),
    Column("requested", N_("申请金额"), CellKind.YUAN),
    Column("approved", N_("核准金额"), CellKind.YUAN),
    Column("reason", N_("核减或退回原因")),
    Column("explained", N_("核准说明")),
    Column("submitted", N_("提交时间"), CellKind.DATE),
    Column("due", N_("期限"), CellKind.DATE),
    Column("decided", N_("审核时间"), CellKind.DATE),
    Column("simulated", N_("模拟"), CellKind.YES_NO),
)


@offer(bp, "/office/subsidies/export", permission="claims.see")
def export_subsidies() -> ExportedList:
    filters = filters_of(DIRECT)
    lines = rows_of(queries.queue(current_user.areas_for("claims.see"), filters), sheet_rows(_row))
    said = [
        _("关键词 %(text)s", text=filters.text) if filters.text else "",
        *(_("状态 %(states)s", states=_(one.label)) for one in filters.states),
    ]
    name = _("奖励和补助-%(day)s", day=clock.today().isoformat())
    return ExportedList(_("奖励和补助"), COLUMNS, lines, name, "；".join(one for one in said if one))


def _row(claim: Claim, is_simulated: bool, explained: str) -> Cells:
    return (
        claim.number,
        claim.state.value,
        claim.round.programme.name,
        claim.round.name,
        claim.firm.name,
        claim.firm.uscc,
        claim.about,
        in_sheet(claim.requested_fen, claim.currency),
        in_sheet(claim.approved_fen, claim.currency),
        presenter.said_of(claim),
        explained,
        claim.submitted_at,
        claim.due_on,
        claim.decided_at,
        is_simulated,
    )
