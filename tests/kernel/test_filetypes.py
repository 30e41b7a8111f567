import hashlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.filetypes import ALL_KINDS, NAME_LENGTH, check_file, safe_name
from tests.kernel.books import a_bomb, a_book, part, with_part

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 40 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 17 + b"\x00\x00\x00\x00IEND\xaeB`\x82"
XML = '<?xml version="1.0" encoding="UTF-8"?><EInvoice><金额>100.00</金额></EInvoice>'.encode()
DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def an_archive(parts):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


WORD_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DOCX = an_archive(
    {"[Content_Types].xml": b"<Types><Override ContentType='" + WORD_TYPE + b"'/></Types>", "word/document.xml": b"<document/>"}
)
OFD = an_archive({"OFD.xml": b"<OFD/>", "Doc_0/Document.xml": b"<Document/>"})
XLSX = a_book([["a"]])
SAMPLES = {"pdf": PDF, "jpg": JPG, "png": PNG, "xml": XML, "docx": DOCX, "ofd": OFD, "xlsx": XLSX}


def code_of(name, content, **more):
    with pytest.raises(RuleViolation) as refusal:
        check_file(name, content, **more)
    assert "请" in refusal.value.text()
    return refusal.value.code


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
def test_every_allowed_kind_is_known_by_content_and_name(kind):
    facts = check_file(f"验收单.{kind.upper()}", SAMPLES[kind])
    assert facts.kind == kind
    assert facts.safe_name == f"验收单.{kind}"
    assert facts.size == len(SAMPLES[kind])
    assert facts.sha256 == hashlib.sha256(SAMPLES[kind]).hexdigest()
    assert "/" in facts.mime


def test_jpeg_is_jpg():
    assert check_file("照片.jpeg", JPG).safe_name == "照片.jpg"


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
def test_a_name_that_says_another_kind_is_refused(kind):
    other = "png" if kind != "png" else "pdf"
    assert code_of(f"a.{other}", SAMPLES[kind]) == "file.mismatch"


def test_empty_large_and_unknown_files_are_refused():
    assert code_of("a.pdf", b"") == "file.empty"
    assert code_of("a.pdf", PDF + b"x" * 2**20, max_bytes=2**20) == "file.too_large"
    assert code_of("a.exe", b"MZ") == "file.kind"
    assert code_of("a.pdf.exe", PDF) == "file.kind"
    assert code_of("a", PDF) == "file.kind"
    assert code_of("a.docx", DOCX, allowed=frozenset({"pdf", "jpg"})) == "file.kind"
    assert code_of("a.svg", b"<svg/>") == "file.kind"
    assert code_of("a.xml", b"just words") == "file.mismatch"
    assert code_of("a.docx", an_archive({"x": b"y"})) == "file.mismatch"


def test_two_kinds_in_one_file_are_refused():
    assert code_of("a.pdf", PDF + DOCX) in ("file.polyglot", "file.broken")
    assert code_of("a.jpg", JPG + DOCX) == "file.polyglot"
    assert code_of("a.png", PNG + OFD) == "file.polyglot"
    assert code_of("a.jpg", JPG[:-2] + b"<SCRIPT>alert(1)</script>\xff\xd9") == "file.polyglot"
    assert code_of("a.xml", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>') == "file.polyglot"
    assert code_of("a.xml", b'<?xml version="1.0"?><x:html xmlns:x="http://www.w3.org/1999/xhtml"/>') == "file.polyglot"


def test_truncated_files_are_refused():
    for kind in ("pdf", "jpg", "png", "docx", "xml"):
        assert code_of(f"a.{kind}", SAMPLES[kind][:-12]) in ("file.broken", "file.mismatch")


def test_a_test_virus_is_refused_also_inside_an_archive():
    assert code_of("a.pdf", PDF.replace(b"%%EOF", EICAR + b"%%EOF")) == "file.virus"
    assert code_of("a.docx", with_part(DOCX, "word/media/x.bin", b"\0" * 70_000 + EICAR)) == "file.virus"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_is_refused_in_xml_and_in_every_part(encoding):
    evil = DTD.decode().encode(encoding)
    assert code_of("a.xml", evil) == "file.dtd"
    for kind, name in (("docx", "word/document.xml"), ("docx", "word/media/image1.svg"), ("ofd", "OFD.xml"), ("xlsx", "xl/workbook.xml")):
        assert code_of(f"a.{kind}", with_part(SAMPLES[kind], name, evil)) == "file.dtd"


def test_bombs_and_macros_are_refused():
    assert code_of("a.xlsx", a_bomb(300 * 2**20)) == "file.bomb"
    macro = part(DOCX, "[Content_Types].xml").replace(
        b"openxmlformats-officedocument.wordprocessingml.document.main", b"ms-word.document.macroEnabled.main"
    )
    assert code_of("a.docx", with_part(DOCX, "[Content_Types].xml", macro)) == "file.macros"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\张三\\合同.pdf", "合同.pdf"),
        ("合同\u202efdp.exe.pdf", "合同_fdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a__Set-Cookie_ x.pdf"),
        ("..pdf", "文件.pdf"),
        (".pdf", "文件.pdf"),
        ("CON.pdf", "文件CON.pdf"),
        ("验收 单（终）.pdf", "验收 单（终）.pdf"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name, "pdf") == safe


@given(st.text(max_size=300))
def test_no_name_escapes(name):
    safe = safe_name(name, "pdf")
    assert safe.endswith(".pdf")
    assert len(safe) <= NAME_LENGTH
    assert not set(safe) & set('/\\:*?"<>|\0\r\n')
    assert not safe.startswith(".")
    safe.encode()


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=200), st.integers(0, 400))
def test_random_content_is_accepted_or_refused_and_never_an_error_of_ours(kind, noise, at):
    sample = SAMPLES[kind]
    try:
        check_file(f"a.{kind}", sample[:at] + noise + sample[at + len(noise) :])
    except RuleViolation as refusal:
        assert "file." in (refusal.code or "")  # noqa: PT017 - both outcomes are right
