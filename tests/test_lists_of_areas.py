"""What a bureau lists is what it may open: by where a firm is now. A small area's list reads that area's rows, whatever the region has."""

import pytest

from marketplace.identity.models import Organisation
from marketplace.kernel.counting import counted
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.orders import queries as orders
from marketplace.orders.queries import Filters, Viewer
from marketplace.settlement import queries as claims
from tests.factories import a_firm, an_officer
from tests.order_factories import a_claim, an_order, with_papers
from tests.plans import rows_read

HERE, THERE = "540302", "540102"


def viewer(area):
    return Viewer(an_officer(area).organisation_id, (area,))


def test_orders_and_claims_of_a_firm_that_moved_are_listed_where_they_may_be_opened(db):
    claim = a_claim(order=with_papers(an_order("redeemed", enterprise=a_firm(region=THERE))))

    def move():
        by_id(Organisation, claim.order.enterprise_id).region_code = HERE

    in_transaction(move)
    for area, is_there in ((HERE, True), (THERE, False)):
        listed = db.session.scalars(orders.seen(viewer(area), Filters())).unique().all()
        assert [row.id for row in listed] == ([claim.order_id] if is_there else [])
        queue = db.session.scalars(claims.queue((area,), claims.ClaimFilters())).unique().all()
        assert [row.id for row in queue] == ([claim.id] if is_there else [])
        assert sum(claims.counts((area,)).values()) == is_there
        if is_there:
            assert orders.visible(claim.order_id, viewer(area)) is by_id(type(claim.order), claim.order_id)
            assert claims.in_area(claim.id, (area,)).id == claim.id
        else:
            with pytest.raises(NotFound):
                orders.visible(claim.order_id, viewer(area))
            with pytest.raises(NotFound):
                claims.in_area(claim.id, (area,))


@pytest.mark.engines("postgresql")
def test_a_small_area_reads_its_own_orders_and_claims_only(db):
    a_claim(order=with_papers(an_order("redeemed", enterprise=a_firm(region=HERE))))
    looker, asked = viewer(HERE), []
    for _ in range(2):
        for _ in range(3):
            an_order("redeemed", enterprise=a_firm(region=THERE))
        of_orders = rows_read(lambda: counted(orders.seen(looker, Filters())))
        of_claims = rows_read(lambda: claims.counts((HERE,)))
        asked.append((of_orders["orders"], of_claims["orders"]))
    assert asked[0] == asked[1] == (1, 0)
