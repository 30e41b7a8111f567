"""A page costs the same with ten rows behind it as with a thousand: it asks the database as often, and its list has pages."""

import pytest
from sqlalchemy import select

from marketplace.cli.worker import sweep_all
from marketplace.identity.models import User
from marketplace.kernel.db import db
from tests.bench.stock import Shape, Stock, stock
from tests.browser import Browser
from tests.conftest import Engine, close, make_app
from tests.page_walk import Visit, counted, visit

FEW, MANY = 10, 1_000
NOT_PAGES = {"static", "identity.sign_out", "web.live", "web.ready", "reporting.metrics", "proofs.script", "web.root"}
WITH_ID = {  # role: pages of one thing that list what belongs to it
    "officer": ("/orders/{order}", "/claims/{claim}", "/office/rounds/{round}", "/office/rounds/{round}/vouchers"),
    "": ("/rounds/{round}/results", "/services/{offering}", "/services/{offering}/reviews", "/providers/{provider}"),
    "leader": ("/needs/{needs_list}",),
    "provider": ("/orders/{order}",),
}

pytestmark = [pytest.mark.engines("postgresql"), pytest.mark.real_clock]

Walk = dict[tuple[str, str], Visit]


@pytest.fixture(scope="module")
def walks(engine: Engine) -> list[Walk]:
    return [_walked(engine, number) for number in (FEW, MANY)]


def _walked(engine: Engine, number: int) -> Walk:
    """Every list and home page, as everybody who may open it."""
    with engine.fresh() as url:
        app = make_app(url)
        with app.app_context():
            made = stock(Shape.even(number))
            users = {role: db.session.scalars(select(User).where(User.login == login)).one() for role, login in made.logins.items()}
            db.session.expunge_all()
            db.session.remove()
        browser, walk = Browser(app), {}
        for path in ("/services", "/programmes"):  # what a process reads once
            visit(browser, path)
        for role, user in [("", None), *users.items()]:
            browser.sign_out()
            if user:
                browser.sign_in(user)
            for path in _paths(app, made, role):
                page = visit(browser, path)
                if page.status == 200:
                    walk[role, path] = page
        with app.app_context():
            sweep_all()
        with app.app_context(), counted(app) as seen:
            assert not any(sweep_all().values()), "everything has caught up"
        walk["worker", "sweeps"] = Visit(200, tuple(seen.statements), seen.rows, 0, 0)
        close(app)
    return walk


def _paths(app: object, made: Stock, role: str) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in rule.methods]  # type: ignore[attr-defined]
    files = ("export", ".xlsx", "template", "import")
    lists = {rule.rule for rule in rules if rule.endpoint not in NOT_PAGES and not any(word in rule.rule for word in files)}
    return sorted(lists) + [path.format(**made.ids) for path in WITH_ID.get(role, ())]


def test_no_page_asks_more_often_when_there_is_more_to_show(walks):
    few, many = walks
    assert len(few) > 100, "the walk goes through the house"
    more = {
        f"{role or 'anybody'} {path}": f"{len(few[key].statements)} → {len(many[key].statements)}: {_repeated(many[key])}"
        for key, (role, path) in ((key, key) for key in few if key in many)
        if len(many[key].statements) > len(few[key].statements)
    }
    assert not more


def test_a_round_of_sweeps_loads_none_of_what_rests(walks):
    assert walks[1]["worker", "sweeps"].rows == walks[0]["worker", "sweeps"].rows < 50


def _repeated(page: Visit) -> str:
    return max(page.statements, key=page.statements.count)[:300]


def test_no_page_of_the_public_or_of_an_office_shows_a_thousand_rows(walks):
    """A firm's own list may be long: it wrote it."""
    shown = {key: (page.rows, page.kilobytes) for key, page in walks[1].items() if key[0] not in {"sme", "provider", "leader"}}
    long = {key: page for key, page in shown.items() if page[0] > MANY // 2 or page[1] > 300}
    assert not long
