"""What waits for whoever verifies firms, and what came back to a firm."""

from marketplace.enterprises import queries
from marketplace.enterprises.models import EnterpriseYear, Title
from marketplace.enterprises.queries import Filter
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Task

OFFICE = (
    Task(N_("核实企业登记"), "enterprises.index", lambda _asker, areas: queries.listed(areas, Filter(state=OrganisationState.PENDING)),
         {"state": "pending"}, door="enterprises.decide"),
    Task(N_("审核企业年度数据"), "enterprises.declared_years", lambda _asker, areas: queries.declared_years(areas),
         door="enterprises.review_year"),
    Task(N_("审核企业称号"), "enterprises.declared_titles", lambda _asker, areas: queries.declared_titles(areas),
         door="enterprises.review_title"),
)  # fmt: skip


def _year(row: EnterpriseYear) -> Line:
    return Line(N_("补正被退回的 %(year)s 年数据"), {"year": row.year}, "enterprises.own", {})


def _title(_row: Title) -> Line:
    return Line(N_("补正被退回的企业称号"), {}, "enterprises.own", {})


FIRM = (
    FirmTask("enterprises.own", lambda own, _today: queries.returned_years(own), _year),
    FirmTask("enterprises.own", lambda own, _today: queries.returned_titles(own), _title),
)
