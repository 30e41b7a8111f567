"""A person at a real browser, and what is true of every page that person sees."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Request

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 800}
PHOTOGRAPHS = bool(os.environ.get("PHOTOGRAPHS"))  # of every page built of something new; a page with a fault is photographed anyway
# What a page is built of, without what it says: each kind of element under its parent, with the names of its attributes; headings in order.
PARTS = """() => {
  const kind = e => e.tagName + '.' + e.className + '[' + [...e.attributes].map(a => a.name).sort() + ']';
  const all = [...document.querySelectorAll('body, body *')];
  const headings = all.map(e => e.tagName).filter(name => /^H[1-6]$/.test(name));
  return [...new Set(all.map(e => kind(e.parentElement) + '>' + kind(e))), 'headings ' + headings];
}"""
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


class Visitor:
    """Visits pages, fills forms by their labels, and checks every page: console, foreign requests, width of a small phone.

    `known` holds the parts that axe has read and that were photographed: a page built of them says the same to both.
    """

    def __init__(self, page: Page, origin: str, screenshots: Path, known: set[str]) -> None:
        self.page = page
        self.origin = origin
        self._screenshots = screenshots
        self._known = known
        self._width = WIDE
        self._complaints: list[str] = []
        self._seen = 0
        self.presses = 0  # what led on to another page; typing, choosing and addresses are none
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complaints.append(f"script failed: {error}"))
        page.on("request", self._watch)

    def visit(self, path: str, *, status: int = 200) -> Page:
        """Open a page by its address and check it."""
        response = self.page.goto(self.origin + path)
        assert response is not None
        assert response.status == status, f"{path} answered {response.status}"
        return self.check()

    def follow(self, name: str) -> Page:
        """Click the first link with this text and check where it leads."""
        return self.click(self.page.get_by_role("link", name=name).first)

    def press(self, name: str, *, status: int = 200) -> Page:
        """Press the first button with this text and check the page that comes."""
        return self.click(self.page.get_by_role("button", name=name).first, status=status)

    def click(self, control: Locator, *, status: int = 200) -> Page:
        """Click what leads to another page, and check that page."""
        self.presses += 1
        with self.page.expect_navigation() as navigation:
            control.click()
        answer = navigation.value.status if navigation.value else None
        assert answer == status, f"{urlsplit(self.page.url).path} answered {answer}"
        return self.check()

    def fill(self, **values: str) -> None:
        """Type into controls of the main form, by field name."""
        for name, value in values.items():
            self._type(self.page.locator(f"main [name='{name}']").first, value)

    def sign_in(self, login: str) -> Page:
        """Sign in as an account of the demo, from the list on the sign-in page."""
        self.visit("/sign-in")
        row = self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name=login, exact=True))
        return self.click(row.get_by_role("button", name="登录"))

    def sit(self, width: dict[str, int]) -> None:
        """Look at every page at this width first, until told otherwise."""
        self._width = width
        self._resize(width)

    def _resize(self, width: dict[str, int]) -> None:
        if self.page.viewport_size != width:  # each change lays the page out anew
            self.page.set_viewport_size(width)  # type: ignore[arg-type]

    def leave(self) -> None:
        """Leave nothing behind: the window is as new to the next person, and the machine need not open another."""
        self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.page.context.clear_cookies()

    def check(self) -> Page:
        """What is true of every page."""
        self.page.wait_for_load_state("load")
        where = urlsplit(self.page.url).path
        self._seen += 1
        name = f"{self._seen:02d}-{re.sub(r'[0-9a-f]{8}-[0-9a-f-]{27}', 'id', where).strip('/').replace('/', '-') or 'home'}"
        parts = set(self.page.evaluate(PARTS))
        is_new = not parts <= self._known
        if is_new:
            self._resize(WIDE)
            violations = Axe().run(self.page, options=AXE).response["violations"]
            self._photograph(name, "wide", wanted=PHOTOGRAPHS or bool(violations))
            assert not violations, f"{where}: " + "; ".join(map(_told, violations))
            self._known |= parts
        self._resize(NARROW)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self._photograph(name, "narrow", wanted=(PHOTOGRAPHS and is_new) or width > NARROW["width"])
        assert width <= NARROW["width"], f"{where} is {width} px wide on a phone of {NARROW['width']}: {self._too_wide()}"
        self._resize(self._width)
        complaints, self._complaints = self._complaints, []
        assert not complaints, f"{where}: {complaints}"
        return self.page

    def _type(self, control: Locator, value: str) -> None:
        kind = control.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            control.select_option(value)
        elif kind in {"checkbox", "radio"}:
            control.check()
        elif kind == "file":
            control.set_input_files(value)
        else:
            control.fill(value)

    def _photograph(self, name: str, width: str, *, wanted: bool) -> None:
        if not wanted:
            return
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._screenshots / f"{name}-{width}.png", full_page=True)

    def _too_wide(self) -> Any:
        script = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        return self.page.evaluate(f"{script}.slice(0, 5).map(e => e.tagName + '.' + e.className)")

    def _hear(self, message: ConsoleMessage) -> None:
        # A refusal (4xx) of the page itself is no error of the page.
        about_the_page = message.location.get("url") == self.page.url and "Failed to load resource" in message.text
        if message.type == "error" and not about_the_page:
            self._complaints.append(f"console: {message.text}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self._complaints.append(f"leaves the origin: {request.url}")


def _told(violation: dict[str, Any]) -> str:
    places = ", ".join(" ".join(map(str, node["target"])) + " " + node.get("html", "")[:160] for node in violation["nodes"][:4])
    return f"{violation['id']} ({violation['help']}): {places}"
