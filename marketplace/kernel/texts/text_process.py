"""Runs as a program of its own: reads the words of one PDF or .docx from stdin, and writes them to stdout as JSON.

Whoever uploads a file may want to crash or exhaust what opens it. Here that ends this process, at a limit of memory and time, and not
the server. Imports nothing of ours.
"""

import html
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator

import pypdfium2

_RUN = re.compile(r"<w:t(?:\s[^>]*)?>([^<]*)</w:t>")  # what Word shows; no XML is parsed, so no entity is ever followed


def _limit(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    limits: dict[str, int] = json.loads(sys.argv[1])
    _limit(limits)
    content = sys.stdin.buffer.read()
    found, left = [], limits["signs"]
    try:
        for text in (_pdf if sys.argv[2] == "pdf" else _docx)(content, limits):
            found.append(text[:left])
            left -= len(text)
            if left <= 0:
                break
    except (pypdfium2.PdfiumError, zipfile.BadZipFile, KeyError, ValueError):
        pass  # what was read before it broke is what it says
    sys.stdout.write(json.dumps("\n".join(found)))


def _pdf(content: bytes, limits: dict[str, int]) -> Iterator[str]:
    book = pypdfium2.PdfDocument(content)
    for number in range(min(len(book), limits["pages"])):
        page = book[number]
        yield page.get_textpage().get_text_bounded()
        page.close()


def _docx(content: bytes, limits: dict[str, int]) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book, book.open("word/document.xml") as part:
        raw = part.read(limits["bytes"])
    for run in _RUN.findall(raw.decode("utf-8", "replace")):
        yield html.unescape(run)


if __name__ == "__main__":
    main()
