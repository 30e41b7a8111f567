"""Every sentence has its English beside it, with the same values in it; the compiled catalogue is the written one."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "marketplace" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "gettext": None, "N_": None, "_l": None, "lazy_gettext": None}
HOLES = re.compile(r"%\(\w+\)[sd]|%%")


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every sentence of the source that a user may read."""
    found = set()
    for folder, method in (("marketplace", [("**.py", "python")]), ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")])):
        for _file, _line, message, _comments, _context in extract_from_dir(str(ROOT / folder), method, keywords=KEYWORDS):
            found.add(message)
    return found


@pytest.fixture(scope="module")
def english() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def test_every_sentence_has_its_english(said, english):
    written = {message.id for message in english if message.id and message.string}
    assert not sorted(said - written), "run `make translations` and fill in what is empty"


def test_no_english_is_left_of_what_is_no_longer_said(said, english):
    assert not sorted({message.id for message in english if message.id} - said)


def test_the_values_in_a_sentence_are_the_same_in_both_languages(english):
    differing = [m.id for m in english if m.id and sorted(HOLES.findall(m.id)) != sorted(HOLES.findall(str(m.string)))]
    assert not differing


def test_the_compiled_catalogue_is_the_written_one(english):
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    differing = [m.id for m in english if m.id and compiled.gettext(str(m.id)) != m.string]
    assert not differing, "run `make translations`"


def test_a_page_speaks_english_when_asked_to(browser):
    browser.get("/locale/en")
    page = browser.get("/sign-in")
    assert page.html["lang"] == "en"
    assert not re.search(r"[一-鿿]{3,}", page.select_one("main").get_text()), "no Chinese sentence is left on an English page"
