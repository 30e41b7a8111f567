"""A programme whose days are those of London and whose money is in pounds, played."""

from typing import Any
from zoneinfo import ZoneInfo

from marketplace.enterprises.models import Enterprise, EnterpriseYear, ReviewState
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.money import Fen
from marketplace.orders.models import Order
from marketplace.orders.service.common import PaperFacts
from tests import order_factories as acts
from tests.factories import stored
from tests.journeys.played import Played, verb


class InLondon(Played):
    """As elsewhere, an amount is told in whole units: pounds."""

    zone = ZoneInfo("Europe/London")

    @verb
    def employing(self, count: int, **facts: Any) -> Enterprise:
        """A firm with an accepted number of people."""
        firm = acts.a_firm(**{"region": self.region} | facts)
        figures = {"revenue_fen": 100, "assets_fen": 100, "state": ReviewState.ACCEPTED}
        stored(EnterpriseYear(enterprise_id=firm.id, year=self.moment.year - 1, employees=count, **figures))
        return firm

    def buy(self, firm: Enterprise, pounds: int, **offering: Any) -> Order:
        """The firm orders a project in pounds."""
        return self.order(firm, pounds, **({"currency": "GBP", "category": "technology"} | offering))

    @verb
    def bill(self, order: Order, net: int, tax: int, *, whole: int | None = None) -> None:
        """The provider's invoice with its tax apart."""
        facts = PaperFacts(net_fen=Fen(net * 100), tax_fen=Fen(tax * 100))
        acts.add_paper(by_id(Order, order.id), acts.a_paper("invoice", amount_fen=(whole or net + tax) * 100, facts=facts))

    @verb
    def show_in_kind(self, order: Order, pounds: int) -> None:
        """The firm shows what it gave in kind."""
        paper = acts.a_paper("in_kind_record", amount_fen=pounds * 100, dated_on=clock.today(), note="两名工程师参与试验")
        acts.add_paper(by_id(Order, order.id), paper, organisation_id=order.enterprise_id)
