"""A browser without a screen: opens pages, fills the hidden fields of forms as a browser would, and checks every page it sees."""

import re
from collections.abc import Callable, Collection, Mapping
from contextvars import Context
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from marketplace.identity import sign_in
from marketplace.identity.models import User
from marketplace.identity.roles import Role
from marketplace.identity.service import sessions
from marketplace.identity.sign_in import SignedIn
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.moves import over
from tests.reading import page_of

LANGUAGES = {"zh-CN", "en", "bo"}
# What is filled in, each with the types that are no matter of words.
NOT_TYPED = {"input": {"hidden", "submit", "button", "image", "reset"}, "select": set[str](), "textarea": set[str]()}


def check_page(page: BeautifulSoup) -> None:
    """Rules every page keeps."""
    assert page.html, "a page has a root"
    assert page.html.get("lang") in LANGUAGES, "a page says its language"
    elements = page.find_all(True)  # once for all rules: to select with CSS walks the whole page each time
    headings = [element for element in elements if element.name == "h1"]
    assert len(headings) == 1, f"a page has one h1, this one {len(headings)}"
    heading, title = _words(headings[0]), _words(page.title)
    assert heading, "the h1 says something"
    assert title.startswith(heading), f"the title {title!r} starts with the h1 {heading!r}"
    ids = [str(element["id"]) for element in elements if element.has_attr("id")]
    assert len(ids) == len(set(ids)), f"an id appears once: {sorted({i for i in ids if ids.count(i) > 1})}"
    labelled = {element.get("for") for element in elements if element.name == "label"}
    for element in elements:
        _check_nothing_inline(element)
        if element.name == "form":
            _check_form(element)
        elif element.name == "button":
            assert _words(element) or element.get("aria-label"), f"a button says what it does: {element}"
        elif element.name in NOT_TYPED and str(element.get("type")).lower() not in NOT_TYPED[element.name]:
            assert _is_labelled(element, labelled), f"a control has a label: {element}"
    _check_words(page)


def _check_form(form: Tag) -> None:
    assert form.get("action"), "a form says where it goes"
    posts = str(form.get("method", "get")).lower() == "post"
    carried = not posts or any(str(field.get("name")).endswith("csrf_token") for field in form.find_all("input"))
    assert carried, f"the form to {form['action']} carries a token"


def _is_labelled(control: Tag, labelled: Collection[object]) -> bool:
    named = control.get("aria-label") or control.get("aria-labelledby") or control.find_parent("label")
    return bool(named or (control.get("id") and control["id"] in labelled))


def _check_nothing_inline(element: Tag) -> None:
    attributes, kind = element.attrs, element.name
    assert kind != "style" and "style" not in attributes, f"style lives in static/: {element}"
    is_inline = kind == "script" and "src" not in attributes and str(attributes.get("type")).lower() != "application/json"
    assert not is_inline, "behaviour lives in static/"
    handlers = [name for name in attributes if name.startswith("on")]
    assert not handlers, f"no inline handler: {handlers} on {kind}"
    if "src" in attributes or (kind == "link" and "href" in attributes):
        address = urlsplit(str(attributes.get("src") or attributes["href"]))
        assert not address.netloc and address.scheme in {"", "data"}, f"nothing is loaded from elsewhere: {element}"
    assert kind != "a" or not str(attributes.get("href", "javascript:")).startswith("javascript:"), "a link leads somewhere"


def _check_words(page: BeautifulSoup) -> None:
    text = page.get_text(" ")
    left = re.search(r"%\(\w*\)|\{\{|\}\}|\{%", text)
    assert not left, f"a sentence is filled before it is shown: …{text[max(0, left.start() - 40) : left.end() + 40]}…"
    if page.html and page.html.get("lang") == "zh-CN":
        assert not re.search(r"\b(None|Undefined|nan)\b", text), "nothing is shown where there is nothing"


def _words(element: Tag | None) -> str:
    return " ".join(element.get_text(" ").split()) if element else ""


def opened_before() -> Any:
    """As somebody sees the page of a move who opened it while the move could be made."""
    return patch.object(over, "pages", dict)


class Browser:
    """Opens pages of one application, signed in as one user at a time.

    Each request runs in a context of its own, as under a real server: nothing a test holds open leaks into it, and what it changed
    is read anew by the test afterwards.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.page: BeautifulSoup | None = None  # the last page seen
        self.response: TestResponse | None = None  # the last answer, whatever it was

    def sign_in(self, user: Any) -> None:
        """Be this user from now on, without typing the password."""
        self.sign_out()
        with self.app.app_context():
            token = in_transaction(lambda: sessions.sign_in(user.id, user.login, now=clock.now(), address="127.0.0.1"))
        with self.client.session_transaction() as session:
            session.update(_user_id=token, _fresh=True)

    def sign_out(self) -> None:
        """Forget every cookie."""
        self.client = self.app.test_client()
        self.page = None

    def get(self, path: str, *, status: int = 200) -> BeautifulSoup:
        """Open a page; redirects are followed when a page is expected."""
        response = self.knock("GET", path)
        for _ in range(5):
            if status != 200 or response.status_code not in {301, 302, 303, 307, 308}:
                break
            response = self.knock("GET", response.headers["Location"])
        return self._shown(response, status)

    def look(self, path: str) -> BeautifulSoup:
        """Open a page that may be refused, and see what is said; `response` tells the status."""
        answer = self.knock("GET", path)
        return self._shown(answer, answer.status_code)

    def post(self, path: str, data: Mapping[str, Any] | None = None, *, status: int | None = None) -> BeautifulSoup:
        """Send a form. Without a status it must succeed: the redirect is followed and its page answered.

        Hidden fields (token, request key) are taken from the form on the page: the one last seen, or the one under the same path.
        """
        response = self.knock("POST", path, data={**self._hidden_fields(path), **(data or {})})
        if status is not None:
            return self._shown(response, status)
        problem = _problem(response)
        assert response.status_code in {302, 303}, f"POST {path} answered {response.status_code} instead of a redirect: {problem}"
        return self.get(response.headers["Location"])

    def fill(self, path: str, data: Mapping[str, Any], *, status: int | None = None) -> BeautifulSoup:
        """Open the page with a form to `path`, change these fields and send everything, prefilled values too, as a person would."""
        if self.page is None or _form_to(path, self.page) is None:
            self.get(path)
            if _form_to(path, self.page) is None:
                with opened_before():
                    self.get(path)
        form = _form_to(path, self.page)
        assert form is not None, f"no form leads to {path}"
        names = {str(field["name"]) for field in form.select("[name]")}
        assert set(data) <= names, f"the form to {path} has no field {sorted(set(data) - names)}"
        return self.post(path, {**_filled_in(form), **data}, status=status)

    def download(self, path: str, *, status: int = 200) -> TestResponse:
        """Fetch something that is not a page."""
        response = self.knock("GET", path)
        assert response.status_code == status, f"GET {path} answered {response.status_code}: {_problem(response)}"
        return response

    def knock(self, method: str, path: str, **arguments: Any) -> TestResponse:
        """The bare answer to a request, whatever it is."""
        address = urlsplit(path)
        path = address.path + (f"?{address.query}" if address.query else "")
        db.session.commit()
        opened: Callable[[], TestResponse] = lambda: self.client.open(path, method=method, buffered=True, **arguments)  # noqa: E731
        self.response = Context().run(opened)
        db.session.expire_all()
        return self.response

    def _shown(self, response: TestResponse, status: int) -> BeautifulSoup:
        request = response.request
        assert response.status_code == status, f"{request.method} {request.path} answered {response.status_code}: {_problem(response)}"
        page = page_of(response.get_data(as_text=True))
        if response.mimetype == "text/html" and status not in {301, 302, 303}:
            try:
                check_page(page)
                self._check_links(page)
            except AssertionError as error:
                error.add_note(f"on {request.method} {request.path}")
                raise
            self.page = page
        return page

    def _check_links(self, page: BeautifulSoup) -> None:
        """A link or form that leads nowhere is a dead button."""
        targets = {(str(link["href"]), "GET") for link in page.find_all("a", href=True)}
        targets |= {(str(form["action"]), str(form.get("method", "get")).upper()) for form in page.find_all("form", action=True)}
        addresses = self.app.url_map.bind("localhost")
        for target, method in sorted(one for one in targets if one[0].startswith("/")):
            try:
                addresses.match(urlsplit(target).path, method=method)
            except (NotFound, MethodNotAllowed):
                raise AssertionError(f"{method} {target} leads nowhere") from None
            except RequestRedirect:
                pass

    def _hidden_fields(self, path: str) -> dict[str, str]:
        form = _form_to(path, self.page)
        if form is None and self._has_page(path):
            with opened_before():
                self.knock("GET", path)
            assert self.response
            seen = page_of(self.response.get_data(as_text=True), only="form")
            form = _form_to(path, seen) or seen.select_one("form[method=post]")
        if form is None and self.page:
            token = self.page.select_one("input[name=csrf_token]")
            return {"csrf_token": str(token["value"])} if token else {}
        return {str(field["name"]): str(field.get("value", "")) for field in form.select("input[type=hidden][name]")} if form else {}

    def _has_page(self, path: str) -> bool:
        try:
            self.app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")
        except (NotFound, MethodNotAllowed, RequestRedirect):
            return False
        return True


def hold_also(monkeypatch: Any, *grants: tuple[Role, str | None]) -> None:
    """Let whoever is signed in carry these roles too. The database lets nobody hold two duties; what decides must hold all the same."""
    alone = sign_in.signed_in

    def with_more(user: User, token: str, expires_at: datetime) -> SignedIn:
        one = alone(user, token, expires_at)
        return replace(one, grants=(*one.grants, *grants))

    monkeypatch.setattr(sign_in, "signed_in", with_more)


def _form_to(path: str, page: BeautifulSoup | None) -> Tag | None:
    wanted = urlsplit(path).path
    forms = page.select("form[method=post]") if page else []
    return next((form for form in forms if urlsplit(str(form.get("action"))).path == wanted), None)


def _filled_in(form: Tag) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        given = values.setdefault(str(field["name"]), [])
        if field.name == "select":
            chosen = field.select("option[selected]") or ([] if field.has_attr("multiple") else field.select("option")[:1])
            given.extend(str(option.get("value", option.text)) for option in chosen)
        elif field.name == "textarea":
            given.append(field.text.removeprefix("\n"))
        elif field.get("type") in {"checkbox", "radio"}:
            given.extend([str(field.get("value", "on"))] if field.has_attr("checked") else [])
        elif field.get("type") not in {"file", "submit", "button", "image", "reset"}:
            given.append(str(field.get("value", "")))
    return values


def _problem(response: TestResponse) -> str:
    """What a page says went wrong, for the message of a failing test."""
    page = page_of(response.get_data(as_text=True))
    said = page.select(".error-summary, [role=alert], .invalid-feedback, h1")
    return " | ".join(_words(element) for element in said)[:800] or response.get_data(as_text=True)[:400]
