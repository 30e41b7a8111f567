"""Conditions on who sells and what is sold: shown before the order, held at the order, refused in a file that nobody can meet."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import DossierItem
from marketplace.catalogue.rules.dossier import Fact
from marketplace.catalogue.service import dossier
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.policy.dossier import DossierKind
from marketplace.policy.programme_file import ProgrammeFileError
from tests.factories import a_firm, a_provider, a_round, a_voucher, an_offering, stored, user_of
from tests.order_factories import an_order
from tests.orders.looks import stands
from tests.programmes_of import a_programme_with, spec_of_file

LICENCE = '[providers.licence]\npapers = ["idc_licence", "isp_licence"]'
CAPACITY = '[providers.capacity]\nmeasure = "compute_capacity"\nat_least = 300'
STANDARD_ONLY = '[offerings.fee_kinds]\nvalue = ["standard"]'
CAPPED = "[offerings.capped]\nvalue = true"


def a_paper(provider, kind, number=1, *, state="accepted", days=None, year=None):
    """A fact of a provider's dossier; `days`: how long it is good yet."""
    today = clock.today()
    last = None if days is None else today + timedelta(days=days)
    dated = {"dated_on": today - timedelta(days=100), "valid_until": last, "year": year or today.year - 1}
    return stored(DossierItem(provider_id=provider.id, kind=kind, title="", number=number, state=DossierState(state), **dated))


def a_card(*tables):
    return a_voucher(enterprise=a_firm(), round_=a_round(programme=a_programme_with(*tables)))


def refusal(card, offering):
    with pytest.raises(RuleViolation) as refused:
        an_order(voucher=card, offering=offering)
    return refused.value.code, refused.value.text()


@pytest.mark.parametrize(
    ("facts", "is_sold"),
    [
        pytest.param([], False, id="no paper"),
        pytest.param([("idc_licence", {})], True, id="no end printed"),
        pytest.param([("isp_licence", {"days": 0})], True, id="on its last day"),
        pytest.param([("isp_licence", {"days": -1})], False, id="over"),
        pytest.param([("idc_licence", {"state": "declared"})], False, id="not looked at"),
        pytest.param([("idc_licence", {"year": 2024}), ("idc_licence", {"number": 0})], False, id="no longer there"),
    ],
)
def test_a_provider_without_a_licence_in_date_is_not_paid_by_vouchers(db, facts, is_sold):
    provider, card = a_provider(), a_card(LICENCE)
    for kind, more in facts:
        a_paper(provider, kind, **more)
    offering = an_offering(provider=provider)

    if is_sold:
        assert stands(an_order(voucher=card, offering=offering))
        return
    code, text = refusal(card, offering)
    assert code == "provider_unfit"
    assert text.startswith("此服务机构不符合本项目的条件：须持有下列经核实、在有效期内的资质之一：互联网数据中心业务（IDC）经营许可证、")


@pytest.mark.parametrize(("capacity", "is_sold"), [(299, False), (300, True)])
def test_the_number_that_is_asked_for_is_enough(db, capacity, is_sold):
    provider, card = a_provider(), a_card(CAPACITY)
    a_paper(provider, "compute_capacity", capacity)
    offering = an_offering(provider=provider)

    assert stands(an_order(voucher=card, offering=offering)) if is_sold else refusal(card, offering)[0] == "provider_unfit"


def test_a_condition_of_one_category_asks_nothing_of_another(db):
    card = a_card(f'{CAPACITY}\ncategories = ["legal"]')

    assert stands(an_order(voucher=card, offering=an_offering(category="digital")))
    assert refusal(card, an_offering(category="legal"))[0] == "provider_unfit"


def test_an_offering_of_another_fee_kind_and_one_whose_cap_nobody_settled_are_refused(db):
    cheap = an_offering(fee_kind="low_fee", discount_note="一般收费的一半")

    assert refusal(a_card(STANDARD_ONLY), cheap) == ("fee_kind", "本项目只支持标准收费的服务。")
    assert refusal(a_card(CAPPED), an_offering())[0] == "no_voucher_cap"


def test_an_order_draws_no_more_than_the_cap_of_its_offering_and_names_it(db):
    card, offering = a_card(CAPPED), an_offering(voucher_cap_fen=1_200 * YUAN)

    order = an_order("redeemed", voucher=card, offering=offering)

    assert order.subsidy_fen == 1_200 * YUAN
    assert "该服务产品用券上限" in str(order.preview["why"])
    assert stands(order)


def test_a_firm_reads_before_ordering_why_a_voucher_cannot_be_used_here(browser):
    card, offering = a_card(LICENCE), an_offering()
    browser.sign_in(user_of(card.enterprise_id))

    page = browser.get(f"/orders/place/{offering.id}")

    assert "此服务机构不符合本项目的条件" in page.text


def test_the_public_page_says_what_is_asked_of_providers(browser):
    programme = a_programme_with(LICENCE, CAPACITY, CAPPED)

    page = browser.get(f"/programmes/{programme.slug}")

    assert "互联网接入服务业务（ISP）经营许可证" in page.text
    assert "不低于 300" in page.text
    assert "没有核定的不能用券" in page.text


@pytest.mark.parametrize(
    ("table", "key", "words"),
    [
        pytest.param("[providers.one]\nat_least = 3", "providers.one", "同时写", id="a number of nothing"),
        pytest.param('[providers.one]\npapers = ["honour"]', "providers.one.papers", "不在可选范围", id="no paper of ours"),
        pytest.param(f"{LICENCE}\nat_least = 3", "providers.licence", "同时写", id="both"),
        pytest.param(f'{LICENCE}\ncategories = ["magic"]', "providers.licence.categories", "没有定义", id="category that is not there"),
        pytest.param('[offerings.fee_kinds]\nvalue = ["public_benefit"]', "offerings.fee_kinds.value", "不在可选范围", id="free of charge"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_with_key_and_remedy(table, key, words):
    with pytest.raises(ProgrammeFileError) as refused:
        spec_of_file(table)
    assert [(one.key, words in one.text() + one.remedy_text()) for one in refused.value.problems] == [(key, True)]


def test_a_paper_is_not_over_before_it_was_issued(db):
    provider, today = a_provider(), clock.today()
    over = {"dated_on": today, "valid_until": today - timedelta(days=1)}
    fact = Fact(kind=DossierKind.IDC_LICENCE, year=today.year, title="", number=1, has_file=True, **over)

    with pytest.raises(RuleViolation) as refused:
        in_transaction(lambda: dossier.declare(provider.id, fact, actor_id=None, request_key=uuid4(), today=today))

    assert refused.value.field == "valid_until"


def test_the_page_of_an_offering_says_with_which_vouchers_it_is_paid_and_why_not_with_others(browser):
    asked, free = a_round(programme=a_programme_with(LICENCE)), a_round("xizang_innovation_voucher")
    wrong, right = an_offering(), an_offering()
    a_paper(right.provider, "isp_licence", days=0)

    said = [" ".join(browser.get(f"/services/{one.id}").select_one("#vouchers").text.split()) for one in (wrong, right)]

    assert [f"不能用 {asked.programme.name} 此服务机构不符合" in one for one in said] == [True, False], said
    assert f"可以用 {asked.programme.name}" in said[1] and all(f"可以用 {free.programme.name}" in one for one in said), said
