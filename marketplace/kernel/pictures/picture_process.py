"""Runs as a program of its own: draws the pages of one PDF or picture from stdin, and writes them to stdout as JPEG.

Whoever uploads a file may want to crash or exhaust what opens it. Here that ends this process, at a limit of memory and time, and not
the server. Imports nothing of ours. The first line of the answer is JSON: how many pages there are and how long each picture is.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2
from PIL import Image, ImageOps
from pypdfium2 import raw


def _limit(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    limits: dict[str, int] = json.loads(sys.argv[1])
    _limit(limits)
    content = sys.stdin.buffer.read()
    try:
        pages, drawn = _drawn(content, sys.argv[2], limits)
    except _Refused as refusal:
        sys.stdout.write(json.dumps({"refused": str(refusal)}) + "\n")
        return
    sys.stdout.buffer.write(json.dumps({"pages": pages, "sizes": [len(one) for one in drawn]}).encode() + b"\n")
    for one in drawn:
        sys.stdout.buffer.write(one)


class _Refused(Exception):
    """A file that is not drawn; the message is the word for it."""


def _drawn(content: bytes, kind: str, limits: dict[str, int]) -> tuple[int, list[bytes]]:
    """How many pages there are, and those that fit into the limits."""
    pages = _pages_of_pdf(content, limits) if kind == "pdf" else _picture(content, limits)
    count, drawn, left = next(pages), [], limits["bytes"]
    for image in pages:
        target = io.BytesIO()
        image.save(target, "JPEG", quality=82, optimize=True)
        left -= target.tell()
        if left < 0:
            break
        drawn.append(target.getvalue())
    return count, drawn


def _pages_of_pdf(content: bytes, limits: dict[str, int]) -> Iterator[Any]:
    try:
        book = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise _Refused("encrypted" if getattr(error, "err_code", 0) == raw.FPDF_ERR_PASSWORD else "broken") from None
    yield len(book)
    if not len(book):
        raise _Refused("broken")
    for number in range(min(len(book), limits["pages"])):
        try:
            page = book[number]
            width, height = page.get_size()
            scale = min(limits["edge"] / max(width, height, 1), limits["scale"])
            yield page.render(scale=scale).to_pil().convert("RGB")
            page.close()
        except pypdfium2.PdfiumError:
            raise _Refused("broken") from None


def _picture(content: bytes, limits: dict[str, int]) -> Iterator[Any]:
    Image.MAX_IMAGE_PIXELS = limits["pixels"]
    try:
        opened = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
        if opened.width * opened.height > limits["pixels"]:
            raise _Refused("too_large")
        opened.draft("RGB", (limits["edge"], limits["edge"]))
        image = ImageOps.exif_transpose(opened)
        image.thumbnail((limits["edge"], limits["edge"]))
        under = Image.new("RGB", image.size, "white")
        under.paste(image.convert("RGB"), mask=image.convert("RGBA").getchannel("A"))
    except Image.DecompressionBombError:
        raise _Refused("too_large") from None
    except (OSError, SyntaxError, ValueError):
        raise _Refused("broken") from None
    yield 1
    yield under


if __name__ == "__main__":
    main()
