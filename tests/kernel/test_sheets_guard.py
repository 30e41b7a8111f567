import random
import resource
from contextlib import suppress

import pytest

from marketplace.kernel.archives import check_zip
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.sheets import read
from marketplace.kernel.sheets.guard import check_workbook
from tests.kernel.books import a_bomb, a_book, an_xls, lying_about_size, part, with_part
from tests.kernel.test_sheets_reading import SPEC, USCC

GOOD = a_book([["企业名称", "统一社会信用代码"], ["甲", USCC]])
SHEET = "xl/worksheets/sheet1.xml"
LIMIT = 20 * 1024 * 1024


def code_of(content):
    with pytest.raises(RuleViolation) as refusal:
        check_workbook(content, LIMIT)
    assert "请" in refusal.value.text()
    return refusal.value.code


def test_good_books_pass():
    assert check_workbook(GOOD, LIMIT) == "xlsx"
    assert check_workbook(an_xls([["企业名称"]]), LIMIT) == "xls"


def test_what_is_not_a_workbook_is_refused_with_a_remedy():
    assert code_of(b"") == "file.empty"
    assert code_of(b"%PDF-1.7") == "file.not_excel"
    assert code_of("名称,代码\n".encode("gbk")) == "file.csv"
    assert code_of(b"<html><table>") == "file.not_excel"
    assert code_of(b"PK\x03\x04rubbish") == "file.broken"
    assert code_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) == "file.not_excel"
    assert code_of(b"x" * (LIMIT + 1)) == "file.too_large"


def test_locked_and_macro_books_are_refused():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert code_of(ole + "EncryptedPackage".encode("utf-16-le")) == "file.encrypted"
    assert code_of(ole + "Workbook_VBA_PROJECT".encode("utf-16-le")) == "file.macros"
    types = part(GOOD, "[Content_Types].xml").replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    assert code_of(with_part(GOOD, "[Content_Types].xml", types)) == "file.macros"
    assert code_of(with_part(GOOD, "xl/vbaProject.bin", b"x")) == "file.macros"


def test_a_bomb_is_refused_from_its_declared_sizes_without_unfolding():
    bomb = a_bomb(300 * 2**20)
    assert len(bomb) < 400_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(bomb) == "file.bomb"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_a_bomb_that_lies_about_its_size_is_refused():
    assert code_of(lying_about_size(a_bomb(60 * 2**20), SHEET, 1000)) == "file.broken"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_in_any_part_is_refused(encoding):
    evil = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'.encode(encoding)
    assert code_of(with_part(GOOD, SHEET, evil)) == "file.dtd"
    assert code_of(with_part(GOOD, "docProps/app.xml", evil)) == "file.dtd"


def test_an_archive_with_something_before_or_after_it_is_refused():
    assert code_of(GOOD + b"<script>") == "file.polyglot"
    with pytest.raises(RuleViolation):
        check_zip(b"PK\x03\x04" + GOOD)
    with pytest.raises(RuleViolation):
        check_zip(with_part(GOOD, "../../etc/passwd", b"x"))


def test_two_cells_in_opposite_corners_do_not_take_the_memory():
    far = part(GOOD, SHEET).replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    with pytest.raises(RuleViolation, match="很远的空白行"):
        read(SPEC, with_part(GOOD, SHEET, far))


def test_damaged_files_are_refused_and_never_an_error_of_ours():
    dice = random.Random(20261120)
    for source in (GOOD, an_xls([["企业名称", "统一社会信用代码"], ["甲", USCC]])):
        for _ in range(25):
            changed = bytearray(source)
            for _ in range(dice.randint(1, 12)):
                changed[dice.randrange(len(changed))] = dice.randrange(256)
            damaged = bytes(changed[: dice.randint(len(changed) // 2, len(changed))] if dice.random() < 0.3 else changed)
            with suppress(RuleViolation):
                read(SPEC, damaged)
