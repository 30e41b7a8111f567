"""Lists in pages: what a pager offers, and how far a list is counted."""

import pytest
from sqlalchemy import select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation
from marketplace.kernel import counting
from marketplace.kernel.counting import Total
from marketplace.web.paging import Page, paged
from tests.factories import a_firm, an_organisation
from tests.page_walk import counted

PAGER = '{% from "components/pagination.html" import pagination with context %}{{ pagination(page) }}'


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
    monkeypatch.setattr(counting, "COUNTED", 4)
    for _ in range(7):
        an_organisation()
    wanted = select(Organisation).order_by(Organisation.verified_at, Organisation.id)
    seen = []
    for number, (more, told) in enumerate([(True, "2+"), (True, "3+"), (True, "4+"), (False, "4")], 1):
        with app.test_request_context(f"/?page={number}"):
            page = paged(wanted, per_page=2)
        assert (str(page.total), page.number, page.goes_on, page.told_pages) == ("4+", number, more, told)
        seen += page.items
    assert seen == list(db.session.scalars(wanted))
    with app.test_request_context("/?page=999"):
        page = paged(wanted, per_page=2)
    assert (page.number, page.asked) == (2, 999), "beyond the end is the last page that was counted"


def test_a_page_number_beyond_what_was_counted_is_refused_where_rows_lead_on(db, app, monkeypatch):
    """The database would read every row before it."""
    monkeypatch.setattr(counting, "COUNTED", 4)
    for _ in range(9):
        an_organisation()
    wanted = select(Organisation).order_by(Organisation.id)
    with app.test_request_context("/?page=4"):
        page = paged(wanted, per_page=2)
        said = app.jinja_env.from_string(PAGER).render(page=page)
    assert (page.number, page.asked, page.goes_on) == (2, 4, True)
    assert "没有直接打开第 4 页" in said
    with app.test_request_context("/?page=2"):
        page = paged(wanted, per_page=2)
        assert "没有直接打开" not in app.jinja_env.from_string(PAGER).render(page=page)


def test_a_list_is_sorted_without_what_stands_beside_its_rows(db, app):
    """Firms bring their organisations along: first the keys, then these rows with what belongs to them."""
    for _ in range(5):
        a_firm()
    wanted = select(Enterprise).order_by(Enterprise.created_at.desc(), Enterprise.id)
    every = list(db.session.scalars(wanted))
    db.session.expunge_all()
    with app.test_request_context("/?page=2"), counted(app) as seen:
        page = paged(wanted, per_page=2)
        assert [row.organisation.name for row in page.items] == [row.organisation.name for row in every[2:4]]
    sorting = [one for one in seen.statements if "ORDER BY" in one]
    assert len(seen.statements) == 3
    assert [one for one in sorting if "JOIN" in one] == []


@pytest.mark.parametrize(("total", "said"), [(Total(0), "0"), (Total(9_999), "9999"), (Total.above(10_000), "10000+")])
def test_a_count_says_when_it_stopped(total, said):
    assert str(total) == said
    assert f"{total}" == said


@pytest.mark.parametrize("down", [True, False])
def test_a_long_list_is_leafed_through_by_its_rows_not_by_counting(db, app, monkeypatch, down):
    """Forwards to the end and back again, each row once."""
    monkeypatch.setattr(counting, "COUNTED", 4)
    for _ in range(9):
        an_organisation()
    order = [Organisation.name.desc(), Organisation.id.desc()] if down else [Organisation.name, Organisation.id]
    wanted = select(Organisation).order_by(*order)
    every = list(db.session.scalars(wanted))
    with app.test_request_context("/"):
        page = paged(wanted, per_page=2)
    seen, numbers = list(page.items), [page.number]
    with counted(app) as said:
        while page.goes_on or page.number < page.pages:
            address = page.beside(page.number + 1)
            with app.test_request_context(f"/?page={address['page']}&after={address['after']}"):
                page = paged(wanted, per_page=2)
            seen += page.items
            numbers.append(page.number)
    assert seen == every
    assert numbers == [1, 2, 3, 4, 5]
    back = [list(page.items)]
    while page.number > 2:
        address = page.beside(page.number - 1)
        assert address["before"] == page.first_key
        with app.test_request_context(f"/?page={address['page']}&before={address['before']}"):
            page = paged(wanted, per_page=2)
        back.insert(0, list(page.items))
    assert [row for part in back for row in part] == every[2:]
    assert page.beside(1) == {"page": 1, "after": None, "before": None}
    lists = [one for one in said.statements if "count(*)" not in one]
    assert len(lists) == 4
    assert all("organisations_1.id" in one for one in lists), "found by a row, not by counting"


@pytest.mark.parametrize("odd", ["after=nonsense", "after=0190a1b2-0000-7000-8000-000000000000", "before=1"])
def test_a_row_that_is_not_there_leads_to_the_page_of_the_number(db, app, monkeypatch, odd):
    monkeypatch.setattr(counting, "COUNTED", 4)
    for _ in range(5):
        an_organisation()
    wanted = select(Organisation).order_by(Organisation.id)
    with app.test_request_context(f"/?page=2&{odd}"):
        assert paged(wanted, per_page=2).items == list(db.session.scalars(wanted))[2:4]


def test_an_order_in_which_a_row_cannot_be_found_again_is_counted_through(db, app, monkeypatch):
    """Empty values, two directions, another table's columns: there a row does not say where it stands."""
    monkeypatch.setattr(counting, "COUNTED", 2)
    for _ in range(5):
        an_organisation()
    for order in ([Organisation.verified_at, Organisation.id], [Organisation.name.desc(), Organisation.id], [Organisation.name]):
        with app.test_request_context("/"):
            page = paged(select(Organisation).order_by(*order), per_page=2)
        assert (page.first_key, page.last_key) == (None, None)
