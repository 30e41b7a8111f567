"""What waits for whoever keeps the catalogue, and what came back to a provider."""

from marketplace.catalogue import queries
from marketplace.catalogue.lifecycle import DossierState, OfferingState, ProviderState
from marketplace.catalogue.models import DossierItem, Offering
from marketplace.catalogue.queries import ProviderWaiting
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Task


def _waiting(sentence: str, waiting: ProviderWaiting, door: str) -> Task:
    return Task(sentence, "catalogue.admissions", lambda _asker, areas: queries.providers_in_areas(areas, waiting=waiting),
                {"waiting": waiting.value}, door=door)  # fmt: skip


def _offerings(sentence: str, state: str) -> Task:
    return Task(sentence, "catalogue.review_queue", lambda _asker, areas: queries.offerings_in_areas(areas, state=state), {"state": state})


OFFICE = (
    Task(N_("审核服务机构入库"), "catalogue.admissions",
         lambda _asker, areas: queries.providers_in_areas(areas, state=ProviderState.APPLIED), {"state": "applied"},
         door="catalogue.decide"),
    _waiting(N_("核实服务机构的单位登记"), ProviderWaiting.ORGANISATION, "catalogue.verify"),
    _waiting(N_("核实机构年度档案"), ProviderWaiting.DOSSIER, "catalogue.dossier_item"),
    _waiting(N_("核实机构服务人员"), ProviderWaiting.STAFF, "catalogue.staff_member"),
    Task(N_("核实专家"), "catalogue.experts",
         lambda _asker, areas: queries.experts(areas, state=DossierState.DECLARED), {"state": "declared"}, door="catalogue.expert"),
    _offerings(N_("审核服务产品上架"), OfferingState.SUBMITTED.value),
    _offerings(N_("审核价格变更"), "price"),
)  # fmt: skip


def _offering(row: Offering) -> Line:
    return Line(N_("修改被退回的服务产品：%(title)s"), {"title": row.title}, "catalogue.my_offering", {"offering_id": row.id})


def _item(row: DossierItem) -> Line:
    return Line(N_("补正被退回的年度档案：%(title)s"), {"title": row.title}, "catalogue.dossier", {"year": row.year})


FIRM = (
    FirmTask("catalogue.my_offering", lambda own, _today: queries.offerings_of(own, state=OfferingState.RETURNED), _offering,
             N_("被退回的服务产品"), "catalogue.my_offerings", {"state": "returned"}),
    FirmTask("catalogue.dossier", lambda own, _today: queries.returned_items(own), _item),
)  # fmt: skip
