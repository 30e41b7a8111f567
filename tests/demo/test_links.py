"""Nobody is led to a door that stays shut: whoever follows a link or a button arrives."""

import re
from collections import Counter, defaultdict, deque
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select

from marketplace.demo import accounts
from marketplace.identity.models import User
from marketplace.identity.regions import area_level
from marketplace.kernel.db import db
from tests.browser import Browser
from tests.reporting.test_piles import STAFF, listed, shown

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
NOT_PAGES = ("/sign-out", "/locale/", "/text-size/", "/static/")
EACH = 1  # of the links that differ by their ids alone, so many are followed


def walk(browser, kinds):
    """Every kind of page that can be reached from the home, with what is wrong on the way.

    `kinds` counts the kinds that this visitor, and who holds the same roles for areas of the same level, has followed.
    """
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
            continue
        for target in targets:
            address = urlsplit(urljoin(path, target.replace("&amp;", "&")))
            kind = (ID.sub("id", address.path), bool(address.query))
            path_asked = address._replace(fragment="").geturl()
            if (
                address.netloc
                or address.scheme not in {"", "http"}
                or path_asked in seen
                or address.path.startswith(NOT_PAGES)
                or kinds[kind] >= EACH
            ):
                continue
            kinds[kind] += 1
            seen.add(path_asked)
            waiting.append(path_asked)


@pytest.mark.engines("sqlite")
def test_every_link_of_every_account_leads_somewhere(laid):
    browser, shut, followed = Browser(laid), [], defaultdict(Counter)
    for account in accounts.listed():
        user = db.session.scalars(select(User).where(User.login == account["login"])).unique().one()
        browser.sign_in(user)
        alike = frozenset((grant.role, area_level(grant.area_code) if grant.area_code else None) for grant in user.grants)
        shut += [f"{account['login']}: {complaint}" for complaint in walk(browser, followed[alike])]
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
