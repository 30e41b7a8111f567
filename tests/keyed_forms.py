"""Forms that carry a page's key: found on the pages of those who may open them, filled in as a person would, and sent."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from itertools import product
from types import FunctionType
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import TextClause, text
from werkzeug.exceptions import HTTPException

from marketplace.identity.roles import PERMISSIONS, Role
from marketplace.kernel.db import Model, db
from marketplace.web.forms import CommandForm
from tests.browser import Browser
from tests.keyed_rows import AT, People, Person, Rows, a_page, typed, word
from tests.matching.test_views import PDF
from tests.reading import page_of

KEPT_AGAIN = {"stored_files", "user_sessions"}  # an upload is kept before its command is known; signing in is no part of a form
LINKS = re.compile(r'<a\b[^>]*\bhref="(/[^"]*)"')
FORMS = "form[method=post]:has([name$=request_key])"
PLACES = ("marketplace.web", "marketplace.exports", "marketplace.piles", ".views", ".forms")


@dataclass
class Found:
    """A form with a key: where it stands, who sees it, where it leads, what is typed, and what else could be."""

    who: Person | None
    page: str
    action: str
    data: dict[str, Any] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)  # a field → another value


def keyed_endpoints(app: Flask) -> set[str]:
    """Every endpoint that is sent a form with a key: its view, or what that calls among the pages, makes one."""
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    return {one for one in posts if _makes_one(app.view_functions[one], set())}


def _makes_one(view: Any, seen: set[Any]) -> bool:
    if type(view).__name__ == "Pages":  # of an importer
        return True
    if isinstance(view, type):
        return issubclass(view, CommandForm)
    if type(view) is not FunctionType or view in seen or not any(place in view.__module__ for place in PLACES):
        return False
    seen.add(view)
    named = [view.__globals__.get(name) for code in _codes(view.__code__) for name in code.co_names]
    return any(_makes_one(one, seen) for one in (*named, *(cell.cell_contents for cell in view.__closure__ or ())))


def _codes(code: Any) -> Iterator[Any]:
    yield code
    for one in code.co_consts:
        if hasattr(one, "co_names"):
            yield from _codes(one)


def pages(app: Flask, rows: Rows, role: Role | None) -> Iterator[str]:
    """Addresses of pages that a role may open, or that everybody may, for every row that is there."""
    addresses = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if "GET" not in (rule.methods or ()) or (role not in PERMISSIONS.get(permission, ()) if role else permission is not None):
            continue
        ids = [name for name, kind in rule._converters.items() if type(kind).__name__ == "UUIDConverter"]
        if set(ids) <= rows.keys() and a_page(rule.rule):
            for some in product(*(rows[name] for name in ids)):
                words = {name: word(rule, name) for name in rule._converters if name not in ids}
                yield addresses.build(rule.endpoint, {**words, **dict(zip(ids, some, strict=True))})


def found_forms(app: Flask, browser: Browser, rows: Rows, people: People) -> dict[str, list[Found]]:
    """The forms of each endpoint that takes a key, with who sees them."""
    addresses, found, wanted = app.url_map.bind("localhost"), dict[str, list[Found]](), keyed_endpoints(app)
    for who in (*people, None):
        browser.sign_in(who) if who else browser.sign_out()
        roles = list(who.roles) if who else [None]
        paths = list(dict.fromkeys(path for role in roles for path in pages(app, rows, role)))
        for path in paths:
            answer = browser.knock("GET", path)
            if answer.status_code != 200 or "html" not in answer.mimetype:
                continue
            html = answer.get_data(as_text=True)
            paths += [link for link in linked(addresses, html, wanted - found.keys()) if link not in paths]
            for form in soup(answer).select(FORMS) if "request_key" in html else ():  # to read a page costs as much as to make it
                action = str(form["action"])
                endpoint = addresses.match(urlsplit(action).path, method="POST")[0]
                known = found.setdefault(endpoint, [])
                if action not in {one.action for one in known}:
                    known.append(filled(browser, Found(who, path, action), endpoint, form))
    return found


def linked(addresses: Any, html: str, wanted: set[str]) -> Iterator[str]:
    """Where a page leads to forms that were not found yet: what hangs on words rather than on ids."""
    for link in dict.fromkeys(map(unescape, LINKS.findall(html))):
        try:
            endpoint, _values = addresses.match(urlsplit(link).path, method="GET")
        except HTTPException:
            continue
        if endpoint in wanted:
            yield link


def soup(answer: Any) -> BeautifulSoup:
    """The forms of a page: to read the rest costs twice as much again."""
    return page_of(answer.get_data(as_text=True), only="form")


def another(text: str) -> str:
    """Something else that would do in a field."""
    return f"{text[:-1]}{'2' if text[-1:] != '2' else '3'}" if text[-1:].isdigit() else text[:-1] + "另"


def template(browser: Browser, address: str) -> bytes:
    """The book that an import's page hands out."""
    return browser.knock("GET", f"{urlsplit(address).path}/template").get_data()


def filled(browser: Browser, found: Found, endpoint: str, form: Tag) -> Found:
    """What a person would send."""
    for one in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(one["name"]), str(one.get("type", "text"))
        if kind in {"submit", "button"} or (name in found.data and kind != "radio"):
            continue
        if one.name == "select":
            options = [str(o.get("value", o.text)) for o in one.select("option") if o.get("value", o.text)]
            shown = next((str(o["value"]) for o in one.select("option[selected]") if o.get("value")), options[0] if options else "")
            found.data[name] = AT.get(endpoint, {}).get(name.rpartition("-")[2], shown)
            found.others[name] = next((other for other in options if other != found.data[name]), found.data[name])
        elif kind == "file":
            found.data[name] = template(browser, found.action) if "/imports/" in found.action else PDF
        elif kind == "radio" and name in found.data:
            found.others[name] = str(one["value"])
        elif kind in {"checkbox", "radio", "hidden"}:
            found.data[name] = typed(endpoint, one) or str(one.get("value", "y"))
        else:
            found.data[name] = typed(endpoint, one) or str(one.get("value", "") or one.text.strip())
            found.others[name] = another(found.data[name])
    found.data |= {name: text for name, text in AT.get(endpoint, {}).items() if name not in {one.rpartition("-")[2] for one in found.data}}
    found.others = {name: other for name, other in found.others.items() if other != found.data[name]}
    return found


class Walk:
    """One person at a time sends forms, and sees what that made."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def be(self, who: Person | None) -> None:
        """Be this person, with a token of the own visit."""
        self.browser.sign_in(who) if who else self.browser.sign_out()
        self.token = soup(self.browser.knock("GET", "/notices" if who else "/register")).select_one("input[name=csrf_token]")["value"]

    def send(self, form: Found, **changed: Any) -> tuple[Any, bool, int]:
        """The answer to a form, whether any row was made by it, and how many commands."""
        data = {**form.data, **changed}
        data |= {name: self.token for name in data if name.endswith("csrf_token")}
        before = counts()
        answer = self.browser.knock(
            "POST", form.action, data={k: (io.BytesIO(v), "a.pdf") if isinstance(v, bytes) else v for k, v in data.items()}
        )
        after = counts()
        if answer.status_code >= 400:  # a refusal may be written down
            after["audit_events"] = before["audit_events"]
        return answer, before != after, after["commands"] - before["commands"]


def counts() -> dict[str, int]:
    """How many rows there are of everything."""
    return dict(db.session.execute(_counting()).one()._mapping)


@cache
def _counting() -> TextClause:
    """As text: SQLAlchemy would look at the expressions of all tables each time, and that costs as much as an answer."""
    names = sorted(Model.metadata.tables.keys() - KEPT_AGAIN)
    return text("SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}") AS "{name}"' for name in names))


def with_key(form: Found, key: Any) -> dict[str, Any]:
    """The form's own key replaced."""
    return {name: str(key) for name in form.data if name.endswith("request_key")}


def in_a_savepoint(work: Callable[[], Any]) -> Any:
    """What is done is undone, so that forms do not stand in each other's way."""
    db.session.commit()
    nested = db.engines[None].begin_nested()  # type: ignore[attr-defined]
    try:
        return work()
    finally:
        db.session.remove()
        nested.rollback()


def new_key() -> str:
    return str(uuid4())
