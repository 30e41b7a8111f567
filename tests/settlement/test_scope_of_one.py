"""One thing is loaded by its key and its area compared at hand: no list of an area's firms is made for it."""

import pytest

from marketplace.kernel.errors import NotFound
from marketplace.orders import queries as orders
from marketplace.orders.queries import Viewer
from marketplace.settlement import queries
from tests.factories import an_officer
from tests.order_factories import a_claim
from tests.page_walk import counted


@pytest.mark.parametrize(("area", "seen"), [("540000", True), ("540100", True), ("540102", True), ("540200", False), ("540171", False)])
def test_a_claim_and_its_order_are_seen_by_their_area_alone(app, db, area, seen):
    claim = a_claim()
    viewer = Viewer(an_officer(area).organisation_id, (area,))
    claim_id, order_id = claim.id, claim.order_id
    looks = (
        lambda: queries.visible(claim_id, viewer), lambda: queries.in_area(claim_id, (area,)),
        lambda: orders.visible(order_id, viewer), lambda: orders.in_area(order_id, (area,)),
    )  # fmt: skip
    db.session.expunge_all()
    for look in looks:
        with counted(app) as said:
            if seen:
                look()
            else:
                with pytest.raises(NotFound):
                    look()
        assert not [one for one in said.statements if "IN (SELECT" in one]
