"""Lists in pages: what a pager offers, and how far a list is counted."""

import pytest
from sqlalchemy import select

from marketplace.identity.models import Organisation
from marketplace.web import paging
from marketplace.web.paging import Page, Total, paged
from tests.factories import an_organisation


@pytest.mark.parametrize(
    ("number", "total", "offered"),
    [
        (1, 20, [1]),
        (1, 60, [1, 2, 3]),
        (1, 2_000, [1, 2, None, 100]),
        (50, 2_000, [1, None, 49, 50, 51, None, 100]),
        (100, 2_000, [1, None, 99, 100]),
        (2, 980_612, [1, 2, 3, None, 49_031]),
    ],
)
def test_a_pager_offers_at_most_five_pages(number, total, offered):
    assert Page([], number, total).numbers == offered


def test_a_long_list_is_counted_so_far_and_leafed_through_beyond(db, app, monkeypatch):
    monkeypatch.setattr(paging, "COUNTED", 4)
    for _ in range(7):
        an_organisation()
    wanted = select(Organisation).order_by(Organisation.id)
    seen = []
    for number, (more, told) in enumerate([(True, "2+"), (True, "3+"), (True, "4+"), (False, "4")], 1):
        with app.test_request_context(f"/?page={number}"):
            page = paged(wanted, per_page=2)
        assert (str(page.total), page.number, page.goes_on, page.told_pages) == ("4+", number, more, told)
        seen += page.items
    assert seen == list(db.session.scalars(wanted))
    with app.test_request_context("/?page=999"):
        assert paged(wanted, per_page=2).number == 2, "beyond the end is the last page that was counted"


@pytest.mark.parametrize(("total", "said"), [(Total(0), "0"), (Total(9_999), "9999"), (Total.above(10_000), "10000+")])
def test_a_count_says_when_it_stopped(total, said):
    assert str(total) == said
    assert f"{total}" == said
