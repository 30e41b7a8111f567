"""How much of two texts is the same: measured, so that the threshold of the settings stands on figures; and what files say, at limits."""

import io
import random
import zipfile

import pytest

from marketplace.kernel.texts import LIMITS, words_of
from marketplace.kernel.texts.alike import bands, share_bp
from marketplace.kernel.texts.fingerprints import fingerprint
from marketplace.supervision.settings import supervision
from tests.files import PDF, a_drawable_pdf

pytestmark = pytest.mark.rules


def sentences(seed: int, many: int) -> list[str]:
    """Sentences of words that nobody else says."""
    drawn = random.Random(seed)
    words = ["".join(chr(drawn.randint(0x4E00, 0x9000)) for _ in range(drawn.choice((2, 2, 3)))) for _ in range(800)]
    return ["".join(drawn.choices(words, k=drawn.randint(5, 12))) + "。" for _ in range(many)]


def report(seed: int, firm: str = "拉萨甲公司", rewritten: float = 0.0, many: int = 60) -> str:
    """A report about a firm, a share of its sentences said anew."""
    base, other = sentences(seed, many), sentences(seed + 1_000, many)
    drawn = random.Random(seed)
    new = set(drawn.sample(range(many), int(many * rewritten)))
    return "".join((other if place in new else base)[place] + (firm if place % 15 == 0 else "") for place in range(many))


def alike(one: str, other: str) -> int:
    return share_bp(fingerprint(one).firsts, fingerprint(other).firsts)


CHANGED = [("林芝乙公司", 0.0, True), ("林芝乙公司", 0.1, True), ("拉萨甲公司", 0.5, False), ("林芝乙公司", 0.8, False)]


@pytest.mark.parametrize(("firm", "rewritten", "is_told"), CHANGED)
def test_o11_what_only_changes_names_is_the_same_and_what_is_written_anew_is_not(firm, rewritten, is_told):
    shares = [alike(report(seed), report(seed, firm, rewritten)) for seed in range(8)]
    least = supervision().alike_bp.value
    assert all((one >= least) is is_told for one in shares), shares
    keys = [[set(bands(fingerprint(one).firsts)) for one in (report(seed), report(seed, firm, rewritten))] for seed in range(8)]
    found = [one & other for one, other in keys]
    assert all(found) or not is_told, "what is told is found by the index"


def test_spaces_figures_and_signs_say_nothing_and_nothing_is_like_nothing():
    assert alike("验收 2026-03-16：金额 5,000 元，服务完成。" * 9, "验收，2027-01-01 金额6000元 服务完成" * 9) == 10_000
    assert fingerprint("一二三").firsts == b"" and share_bp(b"", b"") == 0
    assert alike(report(1), report(2)) < 500


def a_docx(text: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as book:
        book.writestr("word/document.xml", f"<w:document><w:p><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p></w:document>")
    return target.getvalue()


def test_words_are_read_from_pdf_and_word_and_what_is_broken_says_nothing():
    assert "Invoice" in words_of(a_drawable_pdf(2), "pdf")
    assert words_of(a_docx("培训 &amp; 诊断报告"), "docx") == "培训 & 诊断报告"
    assert [words_of(*one) for one in ((PDF, "pdf"), (b"PK\x03\x04", "docx"), (b"x" * (LIMITS["bytes"] + 1), "pdf"))] == [""] * 3
