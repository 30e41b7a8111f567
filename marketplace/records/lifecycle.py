"""The life of a provider's own report: written, submitted, decided on."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move
from marketplace.records.rules import ReportState, Side

_AT_DESK = {str(Side.OFFICER): (ReportState.SUBMITTED,)}

REPORT = Life(
    noun=N_("填报"), subject="service_report", address="/records/reports/%s", sides=Side,
    moves=(
        Move(verb="create", event="report.created", to=(ReportState.DRAFT,), past=N_("建立填报")),
        Move(verb="submit_report", event="report.submitted", by={Side.PROVIDER: (ReportState.DRAFT, ReportState.RETURNED)},
             to=(ReportState.SUBMITTED,), permission="reports.own", label=N_("提交审核"), past=N_("提交填报"), stamps="submitted_at",
             message=N_("服务填报待审核：%(name)s")),
        Move(verb="discard_report", event="report.discarded", by={Side.PROVIDER: (ReportState.DRAFT,)}, permission="reports.own",
             label=N_("删除这份草稿"), past=N_("删除草稿")),
        Move(verb="decide", event="report.accepted", by=_AT_DESK, to=(ReportState.ACCEPTED,), permission="reports.review",
             label=N_("审核"), past=N_("计入台账"), tone="green", stamps="decided_at", message=N_("服务填报已计入台账")),
        Move(verb="send_back", event="report.returned", by=_AT_DESK, to=(ReportState.RETURNED,), past=N_("退回修改"), tone="amber",
             stamps="decided_at", message=N_("服务填报已退回，请修改后再提交")),
        Move(verb="refuse", event="report.refused", by=_AT_DESK, to=(ReportState.REFUSED,), past=N_("不予计入"), tone="red",
             stamps="decided_at", message=N_("服务填报未予计入")),
    ),
)  # fmt: skip
