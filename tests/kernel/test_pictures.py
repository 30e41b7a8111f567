"""Pages of uploaded files become pictures in a process with limits; what cannot be drawn says why, and the original stays."""

import io

import pytest
from PIL import Image

from marketplace.kernel import pictures
from marketplace.kernel.errors import NotFound
from marketplace.kernel.pictures import DrawnPages, NotDrawn, PictureStore, draw
from tests.files import PDF, a_drawable_pdf

LOCKED = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"28" * 32 + b"> /U <" + b"5e" * 32 + b"> >> /ID [<00> <00>]"
SHA = "ab" * 32


def a_picture(kind: str, size: tuple[int, int] = (40, 30), **how) -> bytes:
    target = io.BytesIO()
    Image.new(how.pop("mode", "RGB"), size).save(target, kind, **how)
    return target.getvalue()


def test_the_pages_of_a_pdf_are_drawn_within_the_edge():
    pages, found = draw(a_drawable_pdf(2), "pdf")
    assert (pages.pages, pages.drawn, pages.refused) == (2, 2, None)
    assert max(Image.open(io.BytesIO(found[0])).size) <= pictures.LIMITS["edge"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_one_page(kind):
    content = a_picture(kind, (3_000, 1_000))
    pages, found = draw(content, {"JPEG": "jpg", "PNG": "png"}[kind])
    assert pages == DrawnPages(1, 1) and Image.open(io.BytesIO(found[0])).size == (1_600, 533)


def test_a_photo_is_turned_as_it_was_taken_and_what_is_clear_is_white():
    turned = Image.Exif()
    turned[0x0112] = 6
    _, found = draw(a_picture("JPEG", (40, 30), exif=turned), "jpg")
    assert Image.open(io.BytesIO(found[0])).size == (30, 40)
    _, found = draw(a_picture("PNG", mode="RGBA"), "png")
    assert Image.open(io.BytesIO(found[0])).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (PDF, "pdf", NotDrawn.BROKEN),
        (a_drawable_pdf(1, LOCKED), "pdf", NotDrawn.ENCRYPTED),
        (b"\xff\xd8\xff\xd9", "jpg", NotDrawn.BROKEN),
        (a_picture("PNG")[:60], "png", NotDrawn.BROKEN),
    ],
)
def test_what_cannot_be_drawn_says_why(content, kind, why):
    assert draw(content, kind) == (DrawnPages(refused=why), [])


@pytest.mark.parametrize("limits", [{"pixels": 100}, {"memory": 60_000_000}, {"bytes": 10}])
def test_a_file_beyond_the_limits_ends_the_child_and_nothing_else(monkeypatch, limits):
    monkeypatch.setattr(pictures, "LIMITS", {**pictures.LIMITS, **limits})
    assert draw(a_picture("PNG", (3_000, 2_000)), "png")[0].refused is NotDrawn.TOO_LARGE


def test_of_a_long_file_the_first_pages_are_drawn(monkeypatch):
    monkeypatch.setattr(pictures, "LIMITS", {**pictures.LIMITS, "pages": 2})
    assert draw(a_drawable_pdf(3), "pdf")[0] == DrawnPages(3, 2)


def test_what_is_gone_is_not_known_and_can_be_kept_again(tmp_path):
    store = PictureStore(tmp_path)
    assert store.known(SHA) is None
    for _ in range(2):
        store.keep(SHA, DrawnPages(2, 2), [b"a", b"b"])
        assert store.known(SHA) == DrawnPages(2, 2) and store.path(SHA, 2).read_bytes() == b"b"
        store.path(SHA, 1).unlink()
        assert store.known(SHA) is None
        with pytest.raises(NotFound):
            store.path(SHA, 1)
    store.keep(SHA, DrawnPages(refused=NotDrawn.BROKEN), [])
    assert store.known(SHA) == DrawnPages(refused=NotDrawn.BROKEN)
    assert not [one for one in tmp_path.rglob("*") if one.name.startswith("tmp")]
