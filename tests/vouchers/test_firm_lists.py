"""Lists that conditions name (名录): brought in as Excel by an officer, kept by credit code, read by the rules."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.kernel.errors import NotFound, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme, upgraded
from marketplace.vouchers.importers import FIRM_LIST
from marketplace.vouchers.models import ListedFirm, Round
from marketplace.vouchers.queries.facts import changed_since, facts_of
from marketplace.vouchers.rules import eligibility
from marketplace.vouchers.rules.facts import Eligibility
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import firm_lists, programmes, rounds
from tests.factories import a_firm, a_round, an_appropriation, an_officer
from tests.files import a_book, an_upload
from tests.races import race

SLUG = "xizang_enterprise_service_voucher"
ORIGIN = 'source = { document = "测试办法", clause = "第三条" }'
HEADINGS = [column.title for column in FIRM_LIST.spec.columns]
LISTED = f"""
[lists.nursery]
label = "在孵企业名单"
{ORIGIN}

[lists.barred]
label = "年度负面名单"
{ORIGIN}

[beneficiaries.lists_excluded]
value = ["barred"]
{ORIGIN}

[classes.incubated]
label = "在孵企业"
lists = ["nursery"]
{ORIGIN}

[rates.incubated]
rate_bp = 8_000
classes = ["incubated"]
{ORIGIN}
"""


def a_file(more=LISTED, order='"incubated", "micro_small", "medium"'):
    text = upgraded((PROGRAMMES / f"{SLUG}.toml").read_bytes(), file="x").decode()
    return (text.replace('value = ["micro_small", "medium"]', f"value = [{order}]", 1) + more).encode()


def brought_in():
    moment, file = the_clock.now(), programmes.GivenFile(a_file(), "x.toml")
    work = lambda: programmes.import_programme(file, area_code="540000", actor_id=None, now=moment)  # noqa: E731
    return in_transaction(work).programme


def put(programme, name, firm, *, is_on=True, note=""):
    code, called = (firm, "某公司") if isinstance(firm, str) else (firm.organisation.uscc, firm.organisation.name)
    entry = firm_lists.ListEntry(uscc=code, name=called, is_on=is_on, note=note)
    return in_transaction(lambda: firm_lists.put(programme.id, name, entry, actor_id=uuid4()))


def answers(firm):
    spec, facts = parse_programme(a_file(), file="x"), facts_of(firm.id, the_clock.today())
    mine = eligibility.class_of(spec, facts)
    found = {one.rule: (one.verdict, one.sentence.text()) for one in eligibility.check_eligibility(spec, facts)}
    return mine.name, found["not_listed"]


def test_the_rules_read_the_lists_of_their_own_programme_by_credit_code(db):
    programme, inside, outside = brought_in(), a_firm(), a_firm()
    put(programme, "nursery", inside)
    put(programme, "barred", outside)

    assert answers(inside) == ("incubated", (Eligibility.MET, "企业未列入年度负面名单。"))
    assert answers(outside) == (
        "micro_small",
        (Eligibility.UNMET, "本项目不支持列入年度负面名单的企业；名录有误的，请联系主管部门。"),
    )
    put(programme, "barred", outside, is_on=False, note="已整改")
    assert answers(outside)[1][0] is Eligibility.MET


def test_a_firm_that_was_put_on_a_list_counts_as_changed(db, clock):
    programme, firm, other = brought_in(), a_firm(), a_firm()
    clock.shift(hours=1)
    moment = the_clock.now() - timedelta(minutes=1)
    put(programme, "nursery", firm)

    changed = set(the_db.session.scalars(changed_since(moment)))
    assert firm.id in changed
    assert other.id not in changed


def test_the_same_entry_twice_changes_nothing_and_nobody_is_taken_off_who_was_never_on(db):
    programme, code = brought_in(), make_uscc("540102", 77)

    assert [put(programme, "nursery", code), put(programme, "nursery", code)] == [True, False]
    with pytest.raises(RuleViolation, match="名录中没有这家企业"):
        put(programme, "barred", code, is_on=False)


def test_a_round_is_not_announced_while_a_list_of_its_rules_is_empty(db):
    programme = brought_in()
    keys = [one.key for one in parse_programme(a_file(), file="x").unsigned_values()]
    in_transaction(lambda: programmes.sign_values(programme.id, keys, signer="甲", reason="试点", actor_id=uuid4(), request_key=uuid4()))
    row = a_round(programme=programme, state="draft")
    an_appropriation(row, 100 * YUAN)
    announce = lambda: in_transaction(lambda: rounds.announce(row.id, actor_id=uuid4(), now=the_clock.now()))  # noqa: E731

    put(programme, "nursery", a_firm())
    with pytest.raises(RuleViolation, match="“年度负面名单”还没有导入企业"):
        announce()
    put(programme, "barred", a_firm())
    assert announce().state == "announced"


def test_a_list_that_the_newest_rules_dropped_is_kept_while_a_round_reads_it(browser):
    programme, firm = brought_in(), a_firm()
    for name in ("nursery", "barred"):
        put(programme, name, firm)
    keys = [one.key for one in parse_programme(a_file(), file="x").unsigned_values()]
    in_transaction(lambda: programmes.sign_values(programme.id, keys, signer="甲", reason="试点", actor_id=uuid4(), request_key=uuid4()))
    row = a_round(programme=programme)
    plain = programmes.GivenFile(upgraded((PROGRAMMES / f"{SLUG}.toml").read_bytes(), file="x"), "x.toml")
    in_transaction(lambda: programmes.import_programme(plain, area_code="540000", actor_id=None, now=the_clock.now()))

    assert put(programme, "barred", firm, is_on=False, note="已整改")
    browser.sign_in(an_officer())
    assert "现行版已不再使用" in browser.get(f"/office/programmes/{programme.id}").text
    browser.get(f"/office/programmes/{programme.id}/lists/barred")
    in_transaction(lambda: setattr(by_id(Round, row.id), "state", RoundState.FINISHED))
    with pytest.raises(NotFound):
        put(programme, "barred", firm)


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
def test_two_imports_of_one_list_at_once_put_a_firm_on_it_once(fresh_app, fresh_db):
    programme, codes = brought_in(), [make_uscc("540102", number) for number in range(80, 90)]

    def bring_in(order):
        entries = [firm_lists.ListEntry(uscc=code, name="某公司", is_on=True, note="") for code in order]
        return in_transaction(lambda: [firm_lists.put(programme.id, "nursery", one, actor_id=uuid4()) for one in entries])

    answers = race(fresh_app, [lambda: bring_in(codes), lambda: bring_in(codes[::-1])])

    assert sorted(answers) == [[False] * 10, [True] * 10], answers
    assert fresh_db.session.query(ListedFirm).count() == 10


def test_an_officer_brings_in_a_list_and_sees_and_takes_away_who_is_on_it(browser):
    programme, firm = brought_in(), a_firm("拉萨孵化科技有限公司")
    book = a_book(
        HEADINGS, [firm.organisation.uscc, firm.organisation.name, None, "第 1 批"], [make_uscc("540102", 78), "未登记公司", "移出", ""]
    )
    browser.sign_in(an_officer())
    page = browser.post("/imports/firm_list", {"chosen": f"{programme.id}:nursery", "book": an_upload(book)})
    assert "名录中没有这家企业" in page.text

    store = page.select_one("form[action$=store]")["action"]
    browser.post(store, {"rows": "good"})
    page = browser.get(f"/office/programmes/{programme.id}")
    assert "在孵企业名单" in page.text
    page = browser.get(f"/office/programmes/{programme.id}/lists/nursery?q=孵化")
    assert firm.organisation.uscc in page.text
    assert "第 1 批" in page.text
    browser.get(f"/office/programmes/{programme.id}/lists/nothing", status=404)
    assert "在孵企业名单" in browser.get(f"/programmes/{SLUG}").text


def test_a_list_of_another_area_is_not_offered(browser):
    programme = brought_in()
    browser.sign_in(an_officer("540100"))
    page = browser.post("/imports/firm_list", {"chosen": f"{programme.id}:nursery", "book": an_upload(a_book(HEADINGS))}, status=422)
    assert page.select_one(".error-summary")


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        pytest.param('lists = ["nursery"]', 'lists = ["nobody"]', "classes.incubated.lists", "没有定义", id="a list that is not there"),
        pytest.param('value = ["barred"]', 'value = ["nursery"]', "lists.barred", "没有条件用到", id="a list that nothing names"),
        pytest.param(
            'value = ["barred"]', 'value = ["barred", "nursery"]', "classes.incubated.lists", "都不属于", id="a class of the barred"
        ),
        pytest.param("nursery", "incubated", "lists.incubated", "同名", id="called like a class"),
    ],
)
def test_a_list_that_does_not_fit_is_refused_with_key_and_remedy(old, new, key, words):
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(a_file(LISTED.replace(old, new)), file="x.toml")
    found = next(one for one in refusal.value.problems if one.key == key)
    assert words in found.text()
    assert found.remedy_text()
