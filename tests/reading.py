"""Pages read as BeautifulSoup reads them, in less time: tags as our templates write them are taken in one bite, all others as ever.

A test of a page reads some of them, and reading took a tenth of the suite. test_browser.py holds that the trees are the same.
"""

import re
from html import unescape
from typing import Any

from bs4 import BeautifulSoup, SoupStrainer
from bs4.builder._htmlparser import BeautifulSoupHTMLParser, HTMLParserTreeBuilder

OPENED = re.compile(r'<([a-z][a-z0-9]*)((?:\s+[a-z][-a-z0-9_:.]*(?:="[^"]*")?)*)\s*>')
ATTRIBUTE = re.compile(r'([a-z][-a-z0-9_:.]*)(?:="([^"]*)")?')
CLOSED = re.compile(r"</([a-z][a-z0-9]*)>")


class _Reader(BeautifulSoupHTMLParser):
    def updatepos(self, i: int, j: int) -> int:
        """Nobody asks on which line an element stands."""
        return j

    def parse_starttag(self, i: int) -> int:
        found = OPENED.match(self.rawdata, i)
        if found is None:
            return int(super().parse_starttag(i))
        tag, said = found.groups()
        attributes = [(name, unescape(value) if "&" in value else value) for name, value in ATTRIBUTE.findall(said)]
        self.lasttag = tag
        self.handle_starttag(tag, attributes)
        if tag in self.CDATA_CONTENT_ELEMENTS:
            self.set_cdata_mode(tag)
        return found.end()

    def parse_endtag(self, i: int) -> int:
        found = CLOSED.match(self.rawdata, i) if self.cdata_elem is None else None
        if found is None:
            return int(super().parse_endtag(i))
        self.handle_endtag(found[1])
        return found.end()


class _Builder(HTMLParserTreeBuilder):
    def feed(self, markup: Any, _parser_class: Any = None) -> None:
        super().feed(markup, _Reader)


def page_of(text: str, *, only: str | None = None) -> BeautifulSoup:
    """The page that a text is; of its elements those of one name only, with what is in them."""
    return BeautifulSoup(text, builder=_Builder(store_line_numbers=False), parse_only=SoupStrainer(only) if only else None)
