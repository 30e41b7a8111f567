"""Everybody's way in: the public front, the sign-in page, one's home and every page of one's menu."""

from urllib.parse import urlsplit

import pytest

from tests.e2e.visitor import NARROW, WIDE

PUBLIC = ("/", "/sign-in", "/register")


def menu_of(page, origin):
    """The addresses the page's navigation offers."""
    links = page.eval_on_selector_all("nav a[href]", "links => links.map(link => link.href)")
    paths = {urlsplit(link)._replace(scheme="", netloc="", fragment="").geturl() for link in links if link.startswith(origin)}
    return sorted(path for path in paths if path.split("?")[0] not in {"/", ""})


@pytest.mark.parametrize("path", PUBLIC)
def test_a_stranger_finds_the_front_and_the_way_in(open_window, path):
    open_window().visit(path)


def test_a_stranger_who_asks_for_a_page_of_a_user_is_asked_to_sign_in(open_window):
    page = open_window().visit("/notices")

    assert urlsplit(page.url).path == "/sign-in"
    assert page.get_by_label("用户名").first.is_visible()


def test_a_page_that_does_not_exist_says_so_in_the_same_house(open_window):
    page = open_window().visit("/nothing-here", status=404)

    assert page.locator("nav, header").count() > 0


def test_every_account_of_the_demo_finds_its_home_and_every_page_of_its_menu(open_window, live_server):
    """All complaints come together: one broken page must not hide the next. A page that somebody of the role has opened is known."""
    complaints, walked, visitor = [], set(), open_window()
    for account in live_server.accounts():
        try:
            menu = menu_of(visitor.sign_in(account["login"]), live_server.url)
        except AssertionError as complaint:
            complaints.append(f"{account['login']}: {complaint}")
            visitor.leave()
            continue
        assert menu, f"{account['login']} has a menu"
        visitor.sit(NARROW)  # known pages are measured at this width only
        role = account["role"].partition("（")[0]
        for path in (one for one in menu if (role, one) not in walked):
            walked.add((role, path))
            try:
                visitor.visit(path)
            except AssertionError as complaint:
                complaints.append(f"{account['login']}: {complaint}")
        visitor.leave()
        visitor.sit(WIDE)
    assert not complaints, "\n".join(complaints)
