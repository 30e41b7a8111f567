"""Officers write a programme's rules in forms: every key has its control, nothing typed is lost, no officer overwrites another."""

import io
import re

import pytest

from marketplace.kernel.db import db
from marketplace.policy import programme_draft as drafts
from marketplace.policy.programme_file import PROGRAMMES, parse_programme
from marketplace.policy.programme_lines import PLAIN
from marketplace.policy.programme_spec import GROUPS, TABLES
from marketplace.vouchers.models import ProgrammeDraft, ProgrammeVersion
from marketplace.vouchers.queries.drafts import PARTS
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service.programmes import newest_version
from tests.factories import a_finance_officer, a_programme, an_officer

SLUG = "xizang_enterprise_service_voucher"
BASE = "/office/programmes/drafts"
MONEY = next(one.number for one in PARTS if "rates." in one.starts)
WHO = next(one.number for one in PARTS if "classes." in one.starts)
BASICS = 1


def the_draft() -> ProgrammeDraft:
    db.session.expire_all()
    return db.session.query(ProgrammeDraft).order_by(ProgrammeDraft.created_at.desc(), ProgrammeDraft.id.desc()).first()


def a_draft(browser, slug=SLUG, **signed):
    """A draft of a shipped programme's next version; the browser is its officer's."""
    programme = a_programme(slug, **signed)
    browser.sign_in(an_officer())
    browser.get(f"/office/programmes/{programme.id}")
    browser.post(f"/office/programmes/{programme.id}/draft")
    return programme, the_draft()


def path(draft, number=None, deed=""):
    return f"{BASE}/{draft.id}" + (f"/{number}" if number else "") + (f"/{deed}" if deed else "")


def write(browser, draft, number, said=None, **more):
    """Open a section, change some fields and save it."""
    browser.get(path(draft, number))
    return browser.fill(path(draft, number), {**(said or {}), **more})


@pytest.mark.parametrize("slug", sorted(one.stem for one in PROGRAMMES.glob("*.toml")))
def test_saving_every_section_as_it_is_changes_nothing(browser, slug):
    """So every key of the schema that a shipped programme uses has a control that shows it and reads it back."""
    _programme, draft = a_draft(browser, slug)
    before = draft.content
    for one in PARTS:
        browser.get(path(draft, one.number))
        browser.fill(path(draft, one.number), {}, status=302)  # where it leads is opened next
    assert the_draft().content == before


def controls_of(browser, slug):
    """The names of all controls that the editor has for a programme, each group with a first row."""
    _programme, draft = a_draft(browser, slug)
    for one in PARTS:
        page = browser.get(path(draft, one.number))
        for group in one.groups:
            if not page.select(f"[name=row][value^='{group}.']"):
                page = browser.post(path(draft, one.number), {**_filled(page, path(draft, one.number)), "act": f"add:{group}"})
        yield from (re.sub(rf"^({'|'.join(GROUPS)})-[a-z0-9_]+-", r"\1-", field["name"]) for field in page.select("[name]"))


def test_every_key_of_the_schema_has_a_control(browser):
    """None is named here: a new key is written in the editor as soon as it is declared, for the instrument that it is of."""
    shown = {name for slug in (SLUG, "haidian_model_voucher", "xizang_service_purchase") for name in controls_of(browser, slug)}
    wanted = {f"{key.replace('.', '-')}-value_{name}" for key, table in {**TABLES, **GROUPS}.items() for name in table.fields}
    wanted |= {f"basics-value_{name}" for name in PLAIN if name != "slug"}  # a programme keeps its code
    assert wanted - shown == set()


def test_a_copy_is_changed_compared_and_published_as_a_programme_of_its_own(browser):
    a_programme(SLUG)
    browser.sign_in(an_officer())
    page = browser.get("/office/programmes")
    browser.get(f"{BASE}/new")
    source = browser.page.select_one("select[name=copy_of] option:nth-of-type(2)")["value"]
    browser.post(f"{BASE}/new", {"copy_of": source, "area_code": "540000"})
    draft = the_draft()
    write(browser, draft, BASICS, {"basics-value_slug": "lhasa_voucher", "basics-value_name": "拉萨服务券"})
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "35"})

    page = browser.get(path(draft, deed="compare"))
    changed = next(row.text for row in page.select("tbody tr") if "补贴比例（中型企业）" in row.text)
    assert [said in changed for said in ("修改", "30%", "35%")] == [True] * 3
    browser.get(path(draft))
    page = browser.post(path(draft, deed="publish"), {"note": "按某号文件"})

    assert "已发布第 1 版" in page.text
    made = db.session.get(ProgrammeVersion, the_draft().version_id)
    spec = spec_of(made.id)
    assert (spec.slug, spec.name, spec.rate_for("medium", "legal").rate_bp, made.note) == (
        "lhasa_voucher",
        "拉萨服务券",
        3_500,
        "按某号文件",
    )
    assert spec.unsigned_values(), "a copy is signed by its own office"


def test_a_new_version_keeps_the_signatures_of_what_it_did_not_change(browser):
    programme, draft = a_draft(browser)
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "35"})
    browser.get(path(draft))
    page = browser.post(path(draft, deed="publish"))
    assert "已发布第 3 版" in page.text
    assert [one.key for one in spec_of(newest_version(programme.id).id).unsigned_values()] == ["rates.medium"]
    browser.get(path(draft))
    assert "已结束" in browser.page.text


def test_what_cannot_be_read_is_kept_as_typed_and_told_beside_its_field(browser):
    _programme, draft = a_draft(browser)
    page = write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "三成", "caps-year-value_amount_fen": "0"})

    assert page.select_one("[name='rates-medium-value_rate_bp']")["value"] == "三成"
    assert "请填写百分数" in page.select_one("#rates-medium-value_rate_bp-error").text
    assert "0.01 元" in page.select_one("#caps-year-value_amount_fen-error").text
    assert [one["href"] for one in page.select(".error-summary a")] == ["#rates-medium-value_rate_bp", "#caps-year-value_amount_fen"]
    page = browser.get(path(draft))
    assert "补贴比例（中型企业）" in page.text
    assert not page.select(f"form[action$='{path(draft, deed='publish')}']"), "it is published when nothing is wrong"


def test_a_row_is_added_and_taken_away_without_scripts_and_what_was_typed_beside_it_stays(browser):
    _programme, draft = a_draft(browser)
    browser.get(path(draft, MONEY))
    page = browser.fill(path(draft, MONEY), {"rates-medium-value_rate_bp": "31"})
    page = browser.post(path(draft, MONEY), {**_filled(page, path(draft, MONEY)), "act": "add:caps"})
    assert page.select_one("[name='caps-caps_1-value_amount_fen']")
    assert page.select_one("[name='rates-medium-value_rate_bp']")["value"] == "31"
    page = browser.fill(
        path(draft, MONEY),
        {
            "caps-caps_1-value_scope": "pair", "caps-caps_1-value_amount_fen": "8,000", "caps-caps_1-assumed_reason": "经研究",
        },
    )  # fmt: skip
    part = the_draft().content["caps"]["caps_1"]
    assert (part["scope"], part["amount_fen"], part["assumed"]["reason"]) == ("pair", 800_000, "经研究")
    assert part["assumed"]["author"], "who leaves it out is the author"

    page = browser.post(path(draft, MONEY), {**_filled(page, path(draft, MONEY)), "act": "remove:caps.caps_1"})

    assert "caps_1" not in the_draft().content["caps"]


def _filled(page, action):
    form = next(one for one in page.select("form") if one["action"] == action)
    found = {}
    for one in form.select("[name]"):
        if one.name == "input" and one.get("type") == "checkbox" and not one.has_attr("checked"):
            continue
        chosen = one.select_one("option[selected]") if one.name == "select" else None
        value = (
            (chosen["value"] if chosen else "") if one.name == "select" else one.text if one.name == "textarea" else one.get("value", "")
        )
        if one.name != "button":
            found.setdefault(one["name"], []).append(value)
    return found


def test_classes_and_categories_are_chosen_by_their_names(browser):
    _programme, draft = a_draft(browser)
    page = browser.get(path(draft, MONEY))
    labels = {one.text.strip() for one in page.select("[id^='rates-medium-value_classes'] ~ label")}
    assert labels == {"中型企业", "小型、微型企业"}
    page = browser.get(path(draft, WHO))
    assert page.select_one("[name='class_order-value_value']").text.split() == ["小型、微型企业", "中型企业"]
    write(browser, draft, WHO, {"class_order-value_value": "中型企业\n小型、微型企业"})
    assert the_draft().content["class_order"]["value"] == ["medium", "micro_small"]


def test_a_class_may_be_named_in_the_order_on_the_page_that_calls_it_so(browser):
    _programme, draft = a_draft(browser)
    write(browser, draft, WHO, {"classes-medium-value_label": "中型制造企业", "class_order-value_value": "中型制造企业\n小型、微型企业"})
    assert the_draft().content["class_order"]["value"] == ["medium", "micro_small"]


def test_a_name_that_meant_nothing_means_the_class_that_is_called_so_later(browser):
    _programme, draft = a_draft(browser)
    page = write(browser, draft, WHO, {"class_order-value_value": "中型制造企业\n小型、微型企业"})
    assert "class_order" in {one["href"].partition("#part-")[2] for one in page.select(".error-summary a")} or page.select(".field__error")
    write(browser, draft, WHO, {"classes-medium-value_label": "中型制造企业"})
    assert the_draft().content["class_order"]["value"] == ["medium", "micro_small"]


def test_two_officers_on_one_section_lose_nothing(app, browser):
    """The second hears who saved what when, keeps what he typed, and decides himself."""
    _programme, draft = a_draft(browser)
    first = an_officer()
    browser.get(path(draft, MONEY))
    stale = _filled(browser.page, path(draft, MONEY))
    browser.sign_in(first)
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "32"})
    browser.sign_in(an_officer())
    browser.get(path(draft, MONEY))
    typed = {name: values for name, values in stale.items() if name not in {"csrf_token", "request_key"}}

    page = browser.post(path(draft, MONEY), {**typed, "rates-medium-value_rate_bp": ["40"]}, status=409)

    said = page.select_one(".error-summary").text
    assert first.name in said
    assert "改过这里的内容" in said
    assert page.select_one("[name='rates-medium-value_rate_bp']")["value"] == "40"
    assert "32%" in page.text, "what stands there now"
    assert the_draft().content["rates"]["medium"]["rate_bp"] == 3_200
    browser.post(path(draft, MONEY), {**_filled(page, path(draft, MONEY))})
    assert the_draft().content["rates"]["medium"]["rate_bp"] == 4_000


def test_two_officers_on_two_sections_do_not_meet(browser):
    _programme, draft = a_draft(browser)
    browser.get(path(draft, BASICS))
    stale = _filled(browser.page, path(draft, BASICS))
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "32"})
    browser.get(path(draft, BASICS))
    typed = {name: values for name, values in stale.items() if name not in {"csrf_token", "request_key"}}
    browser.post(path(draft, BASICS), {**typed, "basics-value_note": ["新的说明"]})
    content = the_draft().content
    assert (content["note"], content["rates"]["medium"]["rate_bp"]) == ("新的说明", 3_200)


def test_a_programme_has_one_draft_at_a_time(browser):
    programme, draft = a_draft(browser)
    browser.get(f"/office/programmes/{programme.id}")
    assert browser.page.select(f"a[href='{path(draft)}']")
    page = browser.post(f"/office/programmes/{programme.id}/draft", {"request_key": "0193e0b0-0000-7000-8000-000000000001"})
    assert "已开始起草" in page.text
    assert db.session.query(ProgrammeDraft).count() == 1


def test_a_draft_that_is_older_than_the_newest_version_takes_it_in_before_it_is_published(browser):
    programme, draft = a_draft(browser)
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "35"})
    browser.get(f"/office/programmes/{programme.id}/values/caps.order")
    browser.fill(f"/office/programmes/{programme.id}/values/caps.order", {"value_amount_fen": "9999", "basis": "signed", "reason": "调整"})
    page = browser.get(path(draft))
    assert "起草期间已发布第 3 版" in page.text

    page = browser.post(path(draft, deed="publish"), status=409)
    assert "发布了第 3 版" in page.select_one(".error-summary").text
    browser.get(path(draft))
    browser.post(path(draft, deed="update"))
    browser.get(path(draft))
    page = browser.post(path(draft, deed="publish"))

    assert "已发布第 4 版" in page.text
    document = spec_of(newest_version(programme.id).id).document
    assert (document["caps"]["order"]["amount_fen"], document["rates"]["medium"]["rate_bp"]) == (999_900, 3_500)


def test_a_draft_that_somebody_changed_since_is_not_published_unseen(browser):
    _programme, draft = a_draft(browser)
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "35"})
    shown = browser.get(path(draft)).select_one("[name=shown]")["value"]
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "36"})
    browser.get(path(draft))
    page = browser.post(path(draft, deed="publish"), {"shown": shown}, status=409)
    assert "又改过这份草稿" in page.select_one(".error-summary").text


def test_a_draft_without_a_change_makes_no_version(browser):
    programme, draft = a_draft(browser)
    browser.get(path(draft))
    page = browser.post(path(draft, deed="publish"), status=422)
    assert "没有需要发布的变化" in page.select_one(".error-summary").text
    assert newest_version(programme.id).number == 2


def test_the_code_of_another_programme_is_not_taken(browser):
    a_programme(SLUG)
    browser.sign_in(an_officer())
    browser.get(f"{BASE}/new")
    browser.post(f"{BASE}/new", {"copy_of": "", "area_code": "540000"})
    draft = the_draft()
    put(browser, draft, (PROGRAMMES / f"{SLUG}.toml").read_bytes())
    assert "已有项目使用" in browser.get(path(draft)).text
    page = browser.post(path(draft, deed="publish"), {"shown": drafts.mark_of(the_draft().content)}, status=422)
    assert "已有项目使用" in page.select_one(".error-summary").text


def test_a_row_without_a_name_yet_is_offered_by_its_place_and_never_by_its_key(browser):
    _programme, draft = a_draft(browser)
    page = browser.get(path(draft, WHO))
    assert "请先添加“名录”并保存" in page.text
    write(browser, draft, WHO, act="add:lists")
    page = browser.get(path(draft, WHO))
    assert "第 1 行（还没有名称）" in page.text
    assert "lists_1" not in page.text


def put(browser, draft, content, **status):
    browser.get(path(draft))
    return browser.post(path(draft, deed="file"), {"put-file": (io.BytesIO(content), "草稿.toml")}, **status)


def test_a_draft_goes_out_as_a_file_and_a_file_comes_in(browser):
    _programme, draft = a_draft(browser)
    write(browser, draft, MONEY, {"rates-medium-value_rate_bp": "三成"})
    file = browser.download(path(draft, deed="file")).data
    assert drafts.document_of(file, file="x.toml") == the_draft().content, "unfinished as it is"

    put(browser, draft, file.replace('"三成"'.encode(), b"3300"))

    assert the_draft().content["rates"]["medium"]["rate_bp"] == 3_300
    assert parse_programme(browser.download(path(draft, deed="file")).data, file="x").rate_for("medium", "legal").rate_bp == 3_300


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"kaputt =", "TOML"), (b"[caps]\nnever = 1", "一组"), (b'slug = "another"', "另一个项目"), (b"", "")],
)
def test_a_file_that_does_not_fit_the_draft_is_refused_and_the_draft_stays(browser, content, said):
    _programme, draft = a_draft(browser)
    before = draft.content
    page = put(browser, draft, content, status=422) if said else browser.get(path(draft))
    assert said in page.text
    assert the_draft().content == before


def test_more_than_a_file_may_hold_is_not_kept(browser):
    _programme, draft = a_draft(browser)
    browser.get(path(draft, BASICS))
    page = browser.fill(path(draft, BASICS), {"basics-value_note": "长" * 200_000}, status=422)
    assert "不能保存" in page.select_one(".error-summary").text
    assert len(page.select_one("[name='basics-value_note']").text.strip()) == 200_000


def test_a_draft_that_was_given_up_is_closed(browser):
    programme, draft = a_draft(browser)
    browser.get(path(draft, MONEY))
    stale = browser.page
    assert "都不再保留" in browser.get(path(draft, deed="give-up")).text, "it is asked first"
    assert the_draft().closed_at is None
    browser.post(path(draft, deed="give-up"))
    browser.get(f"/office/programmes/{programme.id}")
    assert not browser.page.select(f"a[href='{path(draft)}']")
    page = browser.post(path(draft, MONEY), _filled(stale, path(draft, MONEY)), status=409)
    assert "不能再修改" in page.select_one(".error-summary").text


def test_only_officers_of_the_area_see_a_draft(browser):
    _programme, draft = a_draft(browser)
    browser.sign_in(an_officer("652700"))
    browser.get(path(draft), status=403)
    browser.get(path(draft, deed="file"), status=403)
    assert "没有正在编写的草稿" in browser.get(BASE).text
    browser.sign_in(a_finance_officer())
    browser.get(path(draft), status=403)
