"""A shipped programme says what its document says, and rules read it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from marketplace.enterprises.rules import FirmSize
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.kernel.policyfiles.provenance import Assumed
from marketplace.ledger import queries as ledger
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import contract_window
from marketplace.policy.programme_file import PROGRAMMES, load_all, load_programme, parse_programme
from marketplace.policy.programme_words import SizeClass
from marketplace.vouchers.rules import eligibility
from marketplace.vouchers.rules.eligibility import Eligibility
from marketplace.vouchers.rules.rounds import check_days, offered_days
from tests import order_factories as acts
from tests.factories import a_firm, a_programme, a_round, a_voucher, an_offering, an_officer, changed_programme
from tests.order_factories import a_paper, add_paper, an_order
from tests.orders.looks import left_of, stands
from tests.programmes_of import fill_lists
from tests.vouchers.test_rules import a_firm as facts_of_a_firm
from tests.vouchers.test_views import self_check

SPECS = load_all()
JIANGMEN, BEIJING, XINJIANG = "jiangmen_2020_service_voucher", "beijing_2022_service_voucher", "xinjiang_innovation_service_voucher"
INTERNAL = ("转载", "项目组", "10100.com", "rajayuj", "hntfsm", "gdzhengce", "touchthehotstove", "平台设定：")


def of(slug):
    return next(one for one in SPECS if one.slug == slug)


def in_jiangmen(**days):
    return a_voucher(round_=a_round(JIANGMEN, area="440700", days=days), enterprise=a_firm(region="440703"))


# The look-back day


def test_r12_a_contract_may_be_dated_from_the_rounds_look_back_day_and_not_a_day_before(db):
    looked_back = clock.today() - timedelta(days=348)
    order = an_order("taken", voucher=in_jiangmen(contract_from=looked_back), offering=an_offering(price_fen=10_000 * YUAN))

    assert contract_window(order, clock.today()).first == looked_back
    with pytest.raises(RuleViolation, match="合同日期应在"):
        acts.contract(order, dated_on=looked_back - timedelta(days=1))
    acts.contract(by_id(Order, order.id), dated_on=looked_back)
    assert by_id(Order, order.id).contract_on == looked_back


@pytest.mark.parametrize("slug", [one.slug for one in SPECS])
def test_r12_the_rounds_of_programmes_that_look_back_are_asked_for_the_day_and_no_others(slug):
    asked = "contract_from" in [one.field for one in offered_days(of(slug))]

    lookback = of(slug).lookback  # an award has no contract
    assert asked == bool(lookback and lookback.value) == (slug == JIANGMEN)


def test_r12_a_look_back_day_is_given_and_not_later_than_the_start_of_use(db):
    own = [one for one in offered_days(of(JIANGMEN)) if one.field == "contract_from"]
    with pytest.raises(RuleViolation, match="补报合同起始"):
        check_days({}, tuple(own))
    with pytest.raises(RuleViolation, match="不能晚于用券开始"):
        in_jiangmen(contract_from=clock.today() + timedelta(days=1))


@pytest.mark.engines("sqlite")
def test_r12_officers_type_the_look_back_day_under_its_own_name_and_everybody_reads_it(browser):
    programme = a_programme(JIANGMEN, area="440700")
    row = a_round(programme=programme, area="440700", days={"contract_from": date(2025, 10, 2)})
    assert "补报合同起始 2025-10-02" in " ".join(browser.get(f"/programmes/{JIANGMEN}").text.split())

    browser.sign_in(an_officer("440700"))
    page = browser.get(f"/office/programmes/{programme.id}/rounds/new")
    assert page.select_one("label[for=contract_from]").text.strip().startswith("补报合同起始")
    assert "2025-10-02" in browser.get(f"/office/rounds/{row.id}").text


# The difference at the acceptance


@pytest.mark.parametrize(
    ("place", "left_yuan", "pool_yuan"), [("voucher", 17_000, 997_000), ("pool", 15_000, 997_000), ("none", 15_000, 997_000)]
)
def test_r12_what_the_settled_amount_does_not_need_goes_where_the_programme_says(db, place, left_yuan, pool_yuan):
    programme = changed_programme(JIANGMEN, "redemption.difference", place, area="440700")
    voucher = a_voucher(round_=a_round(programme=programme, area="440700"), enterprise=a_firm(region="440703"))
    order = an_order("contracted", voucher=voucher, offering=an_offering(price_fen=10_000 * YUAN))
    add_paper(order, a_paper("invoice", amount_fen=6_000 * YUAN))

    acts.deliver(by_id(Order, order.id))
    acts.accept(by_id(Order, order.id))

    assert by_id(Order, order.id).subsidy_fen == 3_000 * YUAN
    assert left_of(voucher) == left_yuan * YUAN
    assert ledger.balance_fen(order.book_id, f"pool:{order.round_id}") == pool_yuan * YUAN
    assert stands(order)


@pytest.mark.engines("sqlite")
def test_r12_a_firm_reads_before_and_after_the_acceptance_that_the_difference_is_not_given_back(browser):
    order = an_order("contracted", voucher=in_jiangmen(), offering=an_offering(price_fen=10_000 * YUAN))
    add_paper(order, a_paper("invoice", amount_fen=6_000 * YUAN))
    acts.deliver(by_id(Order, order.id))
    browser.sign_in(acts.user_of(order.enterprise_id))

    assert "差额不退还、不补差" in browser.get(f"/orders/{order.id}/accept").text
    assert "差额 2,000.00 元按规则不退回服务券" in browser.post(f"/orders/{order.id}/accept").text


# Whom, and by which clause


def test_r12_what_a_clause_does_not_say_is_assumed_with_its_reason():
    beijing, xinjiang = of(BEIJING), of(XINJIANG)
    assumed = [beijing.unused_counts, beijing.unused, beijing.allocation.waitlist]
    assumed += [xinjiang.appropriations, xinjiang.allocation.mode, xinjiang.beneficiaries.regions]

    assert all(isinstance(one.provenance, Assumed) and one.provenance.reason for one in assumed)


@pytest.mark.parametrize("slug", [XINJIANG, BEIJING])
def test_r12_a_programme_says_on_its_page_what_its_document_asks_and_nobody_does(slug):
    asked = {XINJIANG: "没有写使用时怎样优先", BEIJING: "每个上架产品另有用券上限"}
    assert asked[slug] in of(slug).note
    assert "不自动核对" in of(BEIJING).note, "what a contract must contain"


def test_r12_whether_large_firms_may_have_a_voucher_is_for_the_file_to_say():
    text = (PROGRAMMES / f"{BEIJING}.toml").read_text("utf-8").replace('"medium"]\nsource', '"medium", "large"]\nsource', 1)
    spec, firm = parse_programme(text.encode(), file="x.toml"), replace(facts_of_a_firm(region_code="110101"), size=FirmSize.LARGE)
    assert SizeClass.LARGE in spec.beneficiaries.size_classes.value

    size = {"with": spec, "without": of(BEIJING)}
    found = {name: next(one for one in eligibility.check_eligibility(one, firm) if one.rule == "size") for name, one in size.items()}

    assert (found["with"].verdict, found["without"].verdict) == (Eligibility.MET, Eligibility.UNMET)
    assert found["without"].sentence.text() == "企业规模为大型企业，本项目面向微型企业、小型企业、中型企业。"


def test_r12_a_park_is_shown_where_it_lies_and_belongs_to_whose_committee_it_has():
    park = regions.region("540171")

    assert park.full_name.startswith("青海省") and "拉萨" not in park.full_name
    assert regions.covers("540100", "632801", "540171")


# What is for officers alone


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("slug", [one.slug for one in SPECS])
def test_r12_no_public_page_of_a_programme_names_a_copy_or_who_set_a_value(browser, slug):
    spec = load_programme(PROGRAMMES / f"{slug}.toml")
    area = f"{spec.beneficiaries.regions.value[0]}".ljust(6, "0")
    programme = a_programme(slug, area=area)
    a_round(programme=fill_lists(programme), area=area, state="announced")
    for address in ("/programmes", f"/programmes/{slug}", self_check()):
        shown = browser.get(address).text
        assert [one for one in INTERNAL if one in shown] == [], address

    browser.sign_in(an_officer(area))
    shown = browser.get(f"/office/programmes/{programme.id}").text
    assert "平台设定：" in shown
    assert ("转载" in shown) == ("转载" in str(spec.document))
