"""Reports that wait for an office, and those that came back."""

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Task
from marketplace.records import queries
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState

OFFICE = (
    Task(N_("审核机构自报台账"), "records.reports",
         lambda asker, areas: queries.reports_in(areas, ReportState.SUBMITTED, not_by=asker.id), {"state": "submitted", "by": "others"},
         door="records.decide"),
)  # fmt: skip


def _returned(row: ServiceReport) -> Line:
    return Line(N_("补正被退回的填报：%(number)s"), {"number": row.number}, "records.my_report", {"report_id": row.id})


FIRM = (
    FirmTask("records.my_report", lambda own, _today: queries.reports_of(own, ReportState.RETURNED), _returned, N_("被退回的填报"),
             "records.my_reports", {"state": "returned"}),
)  # fmt: skip
