"""O6: notices are official. They name who publishes them and whom to phone, bear a number, titles in other languages, files; as PDF too."""

from uuid import uuid4

import pypdfium2
import pytest

from marketplace.identity.models import BureauContact, Organisation
from marketplace.identity.service import change_contact
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.publicity import service
from marketplace.publicity.models import PublicNotice
from marketplace.publicity.service import Supplement
from marketplace.web import pdf
from tests.factories import a_notice, a_round, a_user, an_auditor, an_officer, an_organisation
from tests.files import a_pdf

MISSING = "\u1820"  # a Mongolian letter


def bureau_of(officer):
    return by_id(Organisation, officer.organisation_id)


def test_o6_a_notice_names_who_publishes_it_and_keeps_what_it_named(db):
    officer = an_officer("540100")
    office = bureau_of(officer)
    said = (office.name, office.contact_name, office.contact_phone, office.oversight_phone)
    notice = a_notice()
    in_transaction(lambda: change_contact(office.id, BureauContact("新科室", "0891-7000001", "", "0891-7000002"), actor_id=officer.id))
    assert (notice.issuer, notice.contact_name, notice.contact_phone, notice.oversight_phone) == said
    assert a_notice().oversight_phone == "0891-7000002"


@pytest.mark.parametrize("lacks", ["contact_name", "contact_phone", "oversight_phone"])
def test_o6_no_notice_without_a_contact_and_an_oversight_phone(db, lacks):
    a_user(("officer", "540000"), organisation=an_organisation("某厅", authority=True, **{lacks: ""}))
    with pytest.raises(RuleViolation, match="某厅 还没有登记"):
        a_notice()
    assert not db.session.query(PublicNotice).count()


def supplement(notice, officer, file_id=None, **given):
    key = uuid4()
    return in_transaction(
        lambda: service.supplement(notice.id, Supplement(**given), file_id=file_id, actor_id=officer.id, request_key=key, now=clock.now())
    )


def test_o6_what_was_added_to_a_notice_stays_and_a_closed_one_takes_nothing(db):
    officer = an_officer()
    notice = a_notice()
    supplement(notice, officer, document_number="藏经信公告〔2026〕12 号", title_bo="གསལ་བསྒྲགས།")
    supplement(notice, officer, document_number="藏经信公告〔2026〕12 号", title_ug="ئېلان")
    assert list(notice.titles.values()) == ["གསལ་བསྒྲགས།", "ئېلان"]
    with pytest.raises(RuleViolation, match="不能更改"):
        supplement(notice, officer, document_number="另一个文号")
    with pytest.raises(RuleViolation, match="请填写文号"):
        supplement(notice, officer)
    in_transaction(lambda: service.withdraw(notice.id, reason="有误", actor_id=officer.id, now=clock.now()))
    with pytest.raises(RuleViolation, match="已经结束"):
        supplement(notice, officer, title_mn="ᠮᠡᠳᠡᠭᠳᠡᠯ")


def test_o6_everybody_reads_the_phones_titles_and_files_and_takes_the_pdf(browser):
    officer = an_officer("540100")
    notice, other = a_notice(), a_notice()
    browser.sign_in(officer)
    page = browser.fill(
        f"/publicity/{notice.id}/supplement", {"document_number": "拉经信公告〔2026〕3 号", "title_ug": "ئېلان", "file": a_pdf("名单.pdf")}
    )
    assert "已补充" in page.text
    browser.sign_out()
    page = browser.get(f"/publicity/{notice.id}")
    assert bureau_of(officer).oversight_phone in page.text and "拉经信公告〔2026〕3 号" in page.text
    assert page.select_one("main [lang=ug]")["dir"] == "rtl"
    assert "补充文号" not in page.text, "only the bureau adds"
    link = page.select_one("main ol a")
    assert browser.knock("GET", link["href"]).headers["Content-Disposition"].startswith("attachment")
    assert browser.knock("GET", link["href"].replace(str(notice.id), str(other.id))).status_code == 404
    answer = browser.knock("GET", f"/publicity/{other.id}.pdf")
    text = pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
    assert answer.mimetype == "application/pdf" and bureau_of(officer).name in text.replace(" ", "") and other.number in text


def test_o6_a_stranger_to_the_area_adds_nothing(browser):
    notice = a_notice(area_code="540102")
    browser.sign_in(an_officer("650000"))
    browser.get(f"/publicity/{notice.id}/supplement", status=404)
    browser.sign_in(an_auditor())
    browser.get(f"/publicity/{notice.id}/supplement", status=403)


def test_o6_past_notices_are_found_by_year_and_region(browser, clock):
    a_notice("拉萨去年的公示", area_code="540102")
    clock.move_to("2027-03-16 10:00")
    in_place = {"": {"拉萨去年的公示"}, "?year=2026": {"拉萨去年的公示"}, "?year=2027": set(), "?area=540100": {"拉萨去年的公示"}}
    for query, wanted in {**in_place, "?area=650000": set(), "?year=x&area=999999": {"拉萨去年的公示"}}.items():
        page = browser.get(f"/publicity{query}")
        assert {one.text.strip() for one in page.select("main table a")} == wanted, query


def test_o6_a_character_that_no_font_draws_is_named(app, tmp_path):
    layout = tmp_path / "sheet.typ"
    read = '#let data = json(bytes(sys.inputs.data))\n#set document(title: "x")\n'
    layout.write_text(read + '#set text(fallback: false, font: "DejaVu Sans Mono")\n#data.text')
    assert pdf.made(layout, {"text": "abc"}, "https://example.org")
    with pytest.raises(RuleViolation, match=r"没有这些字符：ᠠ（U\+1820），"):
        pdf.made(layout, {"text": f"a{MISSING}"}, "https://example.org")
    with pytest.raises(RuleViolation, match="没有中文字体"):
        pdf.made(layout, {"text": "第公"}, "https://example.org")


def test_o6_the_pages_of_a_programme_say_how_much_money_a_round_has(browser):
    rich = a_round(name="有钱的批次", budget_fen=1_234_500)
    a_round(programme=rich.programme, name="另一批次", budget_fen=99_900)
    page = browser.get(f"/programmes/{rich.programme.slug}")
    rows = {row.select_one("th").text.strip(): row.text for row in page.select("main table tbody tr")}
    assert "12,345.00" in rows["有钱的批次"] and "999.00" in rows["另一批次"]
    assert "12,345.00" in browser.get("/programmes").text
