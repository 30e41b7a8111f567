"""Nobody is led to a door that stays shut: whoever follows a link or a button arrives."""

import re
from collections import defaultdict, deque
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from marketplace.demo import accounts
from marketplace.identity.models import User
from marketplace.identity.regions import area_level
from marketplace.kernel.db import db
from marketplace.web.access import permission_of
from tests.browser import Browser
from tests.reporting.test_piles import STAFF, listed, shown

NOT_PAGES = ("/sign-out", "/locale/", "/text-size/", "/static/")


class Followed:
    """Which links were followed: by visitors who hold the same roles for areas of the same level, and by anybody.

    Of the links that differ by their ids alone each such group follows one; those that differ by a name too, as the clauses of an
    evaluation do, are shared out among the groups: permission is asked by endpoint. What is no page and for everybody is fetched once.
    """

    def __init__(self, app):
        self.app, self.addresses = app, app.url_map.bind("localhost")
        self.of_group, self.of_anybody, self.public_files = defaultdict(set), set(), set()

    def is_new(self, group, address):
        endpoint, names = self._parts(address.path)
        kind, named = (endpoint, bool(address.query)), (endpoint, names, bool(address.query))
        if endpoint in self.public_files or (kind in self.of_group[group] and named in self.of_anybody):
            return False
        self.of_group[group].add(kind)
        self.of_anybody.add(named)
        return True

    def brought_a_file(self, path):
        endpoint, _names = self._parts(urlsplit(path).path)
        if endpoint in self.app.view_functions and not permission_of(endpoint):
            self.public_files.add(endpoint)

    def _parts(self, path):
        try:
            endpoint, values = self.addresses.match(path)
        except HTTPException:  # whoever goes there will see
            return path, ()
        return endpoint, tuple(value for value in values.values() if not isinstance(value, UUID))


def walk(browser, group, followed):
    """Every kind of page that can be reached from the home, with what is wrong on the way."""
    waiting, seen = deque(["/home"]), {"/home"}
    while waiting:
        path = waiting.popleft()
        response = browser.knock("GET", path)
        if response.status_code in {302, 303}:
            targets = [response.headers["Location"]]
        elif response.status_code != 200:
            yield f"{path} answered {response.status_code}"
            continue
        elif response.mimetype == "text/html":
            targets = re.findall(r'<a [^>]*href="([^"#]+)', response.get_data(as_text=True))
        else:
            followed.brought_a_file(path)
            continue
        for target in targets:
            address = urlsplit(urljoin(path, target.replace("&amp;", "&")))
            path_asked = address._replace(fragment="").geturl()
            if (
                address.netloc
                or address.scheme not in {"", "http"}
                or path_asked in seen
                or address.path.startswith(NOT_PAGES)
                or not followed.is_new(group, address)
            ):
                continue
            seen.add(path_asked)
            waiting.append(path_asked)


@pytest.mark.engines("sqlite")
def test_every_link_of_every_account_leads_somewhere(laid):
    browser, shut, followed = Browser(laid), [], Followed(laid)
    for account in accounts.listed():
        user = db.session.scalars(select(User).where(User.login == account["login"])).unique().one()
        browser.sign_in(user)
        alike = frozenset((grant.role, area_level(grant.area_code) if grant.area_code else None) for grant in user.grants)
        shut += [f"{account['login']}: {complaint}" for complaint in walk(browser, alike, followed)]
    assert not shut, "\n".join(shut)


@pytest.mark.engines("sqlite")
def test_every_pile_of_every_office_opens_the_list_that_was_counted(laid):
    browser, piles, wrong = Browser(laid), 0, []
    for account in accounts.listed():
        user = db.session.scalars(select(User).where(User.login == account["login"])).unique().one()
        if not {grant.role for grant in user.grants} & set(STAFF):
            continue
        browser.sign_in(user)
        for what, (count, address) in shown(browser).items():
            piles += 1
            if (found := listed(browser, address)) != count:
                wrong.append(f"{account['login']}: {what}: {count} counted, {found} listed")
    assert not wrong
    assert piles > 5
