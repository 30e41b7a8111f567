"""What officers ran into in the editor: a decision is taken out at once, links lead to fields, files are told in the words of the forms."""

import io
import re
from uuid import uuid4

import pytest

from marketplace.identity import industries
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.jobs import Job
from marketplace.policy import programme_draft
from marketplace.policy.programme_draft import mark_of
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, load_programme, parse_programme, thaw
from marketplace.policy.programme_problems import of_file
from marketplace.policy.programme_spec import GROUPS, TABLES
from marketplace.vouchers.models import Programme, ProgrammeDraft
from marketplace.vouchers.queries.drafts import PARTS, problems_of
from marketplace.vouchers.service import drafts
from tests.factories import a_programme, a_round, an_officer
from tests.programmes_of import content_with, spec_of_file
from tests.races import race
from tests.vouchers.test_drafts import BASE, BASICS, MONEY, SLUG, WHO, _filled, a_draft, path, the_draft, write


def test_an_optional_decision_is_taken_out_by_one_press_or_by_emptying_its_value(browser):
    _programme, draft = a_draft(browser)
    least = {"cost-least-value_amount_fen": "5000", "cost-least-assumed_reason": "避免小额申请"}
    for said, act in (({}, "clear:cost.least"), ({"cost-least-value_amount_fen": ""}, "save")):
        write(browser, draft, MONEY, least)
        assert the_draft().content["cost"]["least"]["amount_fen"] == 500_000
        page = browser.get(path(draft, MONEY))
        assert page.select("button[value='clear:cost.least']")
        browser.post(path(draft, MONEY), {**_filled(page, path(draft, MONEY)), **said, "act": act})
        assert "cost" not in the_draft().content
    assert not browser.get(path(draft, MONEY)).select("button[value='clear:rates.medium'], button[value='clear:partial']")


def test_a_source_that_was_typed_before_its_value_is_kept(browser):
    _programme, draft = a_draft(browser)
    write(browser, draft, MONEY, {"cost-least-source_document": "某办法", "cost-least-source_clause": "第五条"})

    assert the_draft().content["cost"]["least"] == {"source": {"document": "某办法", "clause": "第五条"}}


def test_each_problem_of_a_draft_leads_to_its_field(browser):
    _programme, draft = a_draft(browser)
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "", "rates-medium-source_clause": "第九条"})
    write(browser, draft, BASICS, {"basics-value_authority": ""})

    links = [one["href"] for one in browser.get(path(draft)).select("main li a[href*='#']")]

    assert links and any("#rates-medium-value_rate_bp" in one for one in links), links
    for address in links:
        page, _, anchor = address.partition("#")
        assert browser.get(page).find(id=anchor), f"{address} leads nowhere"


@pytest.mark.parametrize("typed", ["C13，I", "c13、I", "13,I", "13 Ｉ", "C13 13 I"])
def test_an_industry_is_taken_with_and_without_its_letter_and_stored_one_way(browser, typed):
    _programme, draft = a_draft(browser)
    named = "beneficiaries-industries_include"
    write(browser, draft, WHO, {f"{named}-value_value": typed, f"{named}-assumed_reason": "试点"})

    assert the_draft().content["beneficiaries"]["industries_include"]["value"] == ["13", "I"]
    assert parse_programme(browser.download(path(draft, deed="file")).data, file="x").beneficiaries.industries_include.value == ("13", "I")


def test_files_with_and_without_the_letter_are_the_same_rules():
    one, other = (spec_of_file(f'[beneficiaries.industries_include]\nvalue = ["{code}"]') for code in ("C1311", "1311"))
    assert (one.canonical, industries.check_class("C1311")) == (other.canonical, "1311")

    with pytest.raises(ProgrammeFileError, match="A13 不存在"):
        spec_of_file('[beneficiaries.industries_include]\nvalue = ["A13"]')


def test_the_problems_of_a_file_are_told_by_labels(browser):
    browser.sign_in(an_officer())
    content = content_with('[caps.more]\nscope = "nobody"\namount_fen = 0', '[rates.medium_more]\nrate_bp = 99_000\nclasses = ["medium"]')
    browser.get("/office/programmes/import")
    file = {"area_code": "540000", "file": (io.BytesIO(content), "规则.toml")}

    page = browser.post("/office/programmes/import", file, status=422)

    told = page.select_one("caption:-soup-contains('文件需要更正')").parent
    for code in told.select("code"):
        code.extract()
    summary = page.select_one(".error-summary").text
    assert "处需要更正" in summary and "上限" in told.text and "补贴比例" in told.text
    assert not re.search(r"[a-z]+_[a-z]+|\b(caps|rates)\b", summary + told.text), told.text


@pytest.mark.parametrize("wrong", ['"text"', "[1]", "{ value = [[]] }", "{ x = { y = 1 } }", "3"])
def test_whatever_stands_where_a_decision_belongs_the_problems_are_told(wrong):
    for name in [*{key.partition(".")[0] for key in TABLES}, *GROUPS]:
        with pytest.raises(ProgrammeFileError) as refusal:
            parse_programme(f'format = "programme/2"\n{name} = {wrong}\n'.encode(), file="x.toml")
        assert all(one.text for one in of_file(refusal.value)), name


def test_a_draft_shows_what_its_instrument_asks_and_no_more(browser):
    programme = a_programme("bozhou_award", area="652700")
    browser.sign_in(an_officer("652700"))
    browser.get(f"/office/programmes/{programme.id}")
    browser.post(f"/office/programmes/{programme.id}/draft")
    draft = the_draft()

    shown = {one["id"] for section in PARTS for one in browser.get(path(draft, section.number)).select("[id^=part-], [id^=group-]")}

    assert "part-instrument" in shown and "group-faces" in shown
    assert not {"part-times-order", "part-base", "group-caps", "group-rates", "group-evidence", "part-checks-split"} & shown


def _new_draft(slug):
    officer, areas = an_officer(), ["540000"]
    begin = lambda: drafts.begin_draft(drafts.Start(area_code="540000"), actor_id=officer.id, request_key=uuid4(), now=clock.now())  # noqa: E731
    draft = in_transaction(begin)
    content = (PROGRAMMES / f"{SLUG}.toml").read_bytes().replace(SLUG.encode(), slug.encode(), 1)
    put_in = {"actor_id": officer.id, "request_key": uuid4(), "now": clock.now()}
    in_transaction(lambda: drafts.put_file(draft.id, "x.toml", content, **put_in))
    asked = drafts.Publishing(mark_of(by_id(ProgrammeDraft, draft.id).content), areas=areas)
    return draft.id, lambda: in_transaction(
        lambda: drafts.publish(draft.id, asked, actor_id=officer.id, request_key=uuid4(), now=clock.now()).number
    )


def test_of_two_new_drafts_with_one_code_the_second_is_told_before_and_refused(browser):
    (_first, publish), (second, again) = _new_draft("lhasa_new"), _new_draft("lhasa_new")
    publish()

    with pytest.raises(RuleViolation, match="已有项目使用"):
        again()
    browser.sign_in(an_officer())
    page = browser.get(f"{BASE}/{second}")
    assert "已有项目使用" in page.text and not page.select("form[action$=publish]")
    assert "已有项目使用" in browser.get(f"{BASE}/{second}/{BASICS}").select_one("#basics-value_slug-error").text


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
def test_two_new_drafts_with_one_code_published_at_once_make_one_programme(fresh_app, fresh_db):
    (_one, publish), (_other, again) = _new_draft("lhasa_new"), _new_draft("lhasa_new")

    answers = race(fresh_app, [publish, again])

    assert sorted(getattr(one, "code", one) for one in map(_said, answers)) == ["1", "slug_taken"], answers
    assert fresh_db.session.query(Programme).filter_by(slug="lhasa_new").count() == 1


def _said(answer):
    return answer.code if isinstance(answer, RuleViolation) else str(answer)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("is_copy", [False, True])
def test_a_draft_is_tried_on_the_past_before_it_is_published(browser, is_copy):
    programme, draft = a_draft(browser)
    a_round(programme=programme)
    if is_copy:
        browser.get(f"{BASE}/new")
        browser.post(f"{BASE}/new", {"copy_of": str(programme.id), "area_code": "540000"})
        draft = the_draft()
        write(browser, draft, BASICS, {"basics-value_slug": "lhasa_copy", "basics-value_name": "拉萨服务券"})
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "35"})
    link = browser.get(path(draft)).select_one("a[href*='what-if']")["href"]
    page = browser.get(link)
    assert page.select_one("[name=source][checked]")["value"] == "draft" and page.select_one("[name=drafted] option[selected]")

    browser.fill(f"/office/programmes/{programme.id}/what-if", {})
    jobs.run_all()

    job = db.session.query(Job).filter_by(kind="whatif.replay").one()
    assert programme_draft.drafted(thaw(job.payload["rules"]))["rates"]["medium"]["rate_bp"] == 3_500
    assert "草稿" in browser.get(f"/office/what-if/{job.id}").text


@pytest.mark.engines("sqlite")
def test_a_draft_that_is_not_finished_is_not_tried(browser):
    programme, draft = a_draft(browser)
    a_round(programme=programme)
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "三成"})
    assert not browser.get(path(draft)).select("a[href*='what-if']")

    browser.get(f"/office/programmes/{programme.id}/what-if?draft={draft.id}")
    page = browser.fill(f"/office/programmes/{programme.id}/what-if", {}, status=422)

    assert "补贴比例（中型企业）" in page.text


PLACES = {
    "caps-year-printed1_text": "每家每年 20 万元",
    "caps-year-printed1_clause": "第六条",
    "caps-year-printed2_text": "每家每年 10 万元",
    "caps-year-printed2_clause": "问答第 3 问",
    "caps-year-read_as_reason": "以正文为准",
}


def test_a_contradiction_is_written_in_a_form_changed_and_taken_out_again(browser):
    _programme, draft = a_draft(browser)
    number = next(one.number for one in PARTS if "caps" in one.groups)
    source = {"caps-year-source_document": "测试〔2026〕1号", "caps-year-source_clause": "第六条", "caps-year-assumed_reason": ""}
    write(browser, draft, number, {**source, "caps-year-assumed_author": "", **PLACES})
    said = the_draft().content["caps"]["year"]
    assert [one["clause"] for one in said["printed"]] == ["第六条", "问答第 3 问"]
    assert said["read_as"]["reason"] == "以正文为准" and said["read_as"]["author"]
    assert not [one for one in programme_draft.problems_of(the_draft().content) if one.key.startswith("caps.year")]

    page = browser.get(path(draft, number))
    assert page.select("[name='caps-year-printed3_text']"), "room for one more"
    write(browser, draft, number)
    assert the_draft().content["caps"]["year"] == said, "saved as it is, nothing changes"

    write(browser, draft, number, {"caps-year-printed2_text": "", "caps-year-printed2_clause": ""})
    page = browser.get(path(draft, number))
    assert "各处写法和取值理由要一起写" in page.text
    write(browser, draft, number, dict.fromkeys(PLACES, "") | {"caps-year-read_as_author": ""})
    assert not {"printed", "read_as"} & the_draft().content["caps"]["year"].keys()


def test_what_is_wrong_with_a_draft_is_said_in_english_to_who_reads_it_so(browser):
    _programme, draft = a_draft(browser)
    number = next(one.number for one in PARTS if "caps" in one.groups)
    write(browser, draft, number, {"caps-year-value_amount_fen": "0", "caps-order-value_amount_fen": "x"})
    browser.get("/locale/en")
    for page in (browser.get(path(draft)), browser.get(path(draft, number))):
        said = [one.parent.text for one in page.select("main li a[href*='#']")] + [one.text for one in page.select(".field__error")]
        assert said and not re.search(r"[\u4e00-\u9fff]", " ".join(said).replace("“", "")), said


def test_a_file_that_is_shipped_is_where_a_draft_begins_and_what_it_is_compared_with(browser):
    """Those that nobody brought in stand to choose, each once; a programme that is there begins with its newest version."""
    programme = a_programme(SLUG)
    browser.sign_in(an_officer())
    offered = {one["value"] for one in browser.get(f"{BASE}/new").select("select[name=copy_of] option")}
    assert offered == {"", str(programme.id), *(path.stem for path in PROGRAMMES.glob("*.toml") if path.stem != SLUG)}

    browser.post(f"{BASE}/new", {"copy_of": "shaanxi_2023_service_voucher", "area_code": "540000"})
    draft = the_draft()
    assert draft.content == programme_draft.copied(load_programme(PROGRAMMES / "shaanxi_2023_service_voucher.toml"))
    assert {one.key for one in problems_of(draft, draft.content)} == {"slug", "name"}, "the new programme has a code and a name of its own"
    write(browser, draft, BASICS, {"basics-value_slug": "lhasa_new", "basics-value_name": "拉萨服务券"})
    page = browser.get(path(draft, deed="compare"))
    assert "与随附规则文件“陕西省小微企业服务补贴券（2023 年）”比较" in page.text
    assert [one.text for one in page.select("tbody tr th, tbody tr td:first-child")][:1], "name and code differ"
    assert len(page.select("tbody tr")) == 3, page.select("tbody").__str__()

    browser.get(f"{BASE}/new")
    browser.post(f"{BASE}/new", {"copy_of": SLUG, "area_code": "540000"}, status=422)
