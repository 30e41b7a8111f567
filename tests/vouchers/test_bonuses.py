"""Bonuses on the rate with their ceiling, and what a firm bears itself at least: reckoned once, on whole basis points."""

import pytest

from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.vouchers.rules.amounts import price_preview, redeemable_fen
from tests.factories import a_firm, a_round, a_voucher, an_offering, user_of
from tests.order_factories import a_claim, an_order, with_papers
from tests.orders.looks import stands
from tests.programmes_of import a_programme_with, spec_of_file

ALL = "[bonuses.all]\nrate_bp = 1_500"
LEGAL = '[bonuses.legal]\nrate_bp = 2_000\ncategories = ["legal"]'
CEILING = "[bonus_ceiling]\nrate_bp = 8_000"
OWN = "[own_share]\nrate_bp = 2_500\namount_fen = 100_000"


@pytest.mark.parametrize(
    ("tables", "category", "base_fen", "subsidy_fen", "words"),
    [
        ([ALL], "ip", 1_001, 650, "65%"),
        ([ALL, LEGAL, CEILING], "ip", 1_001, 650, "65%"),
        ([ALL, LEGAL, CEILING], "legal", 1_001, 800, "比例合计最高 80%"),
        ([ALL, LEGAL], "legal", 1_001, 850, "85%"),
        ([ALL, LEGAL, OWN], "legal", 800_001, 600_000, "企业至少自付后的余额"),
        ([ALL, LEGAL, OWN], "legal", 200_000, 100_000, "企业至少自付后的余额"),
        ([ALL, LEGAL, OWN], "legal", 99_999, 0, "企业至少自付后的余额"),
    ],
)
def test_the_rates_are_added_and_the_share_is_taken_once(tables, category, base_fen, subsidy_fen, words):
    spec, order = spec_of_file(*tables), {"firm_class": "micro_small", "category": category}

    shown = price_preview(spec, Fen(base_fen), **order)

    assert (shown.subsidy_fen, words in shown.binding_cap.text()) == (subsidy_fen, True), shown.binding_cap.text()
    assert redeemable_fen(spec, reserved_fen=Fen(base_fen), base_fen=Fen(base_fen), **order) == subsidy_fen


@pytest.mark.parametrize(
    ("tables", "key", "word"),
    [
        ([CEILING], "bonus_ceiling", "没有比例加成"),
        ([ALL, CEILING.replace("8", "4")], "bonus_ceiling.rate_bp", "低于补贴比例"),
        ([ALL, LEGAL, ALL.replace("all", "more").replace("1_5", "2_5")], "bonuses", "100%"),
        ([ALL.replace("rate_bp", 'classes = ["nobody"]\nrate_bp')], "bonuses.all.classes", "没有定义"),
        (["[own_share]\nrate_bp = 9_000"], "own_share.rate_bp", "100%"),
        (["[own_share]"], "own_share", "至少自付"),
    ],
)
def test_rates_that_do_not_fit_together_are_refused_with_their_key(tables, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables)

    assert [(one.key, word in one.text()) for one in refusal.value.problems] == [(key, True)]


@pytest.mark.engines("sqlite")
def test_a_firm_reads_the_rate_with_its_bonus_on_its_voucher(browser):
    firm = a_firm()
    voucher = a_voucher(enterprise=firm, round_=a_round(programme=a_programme_with(LEGAL)))
    browser.sign_in(user_of(firm))

    page = browser.get(f"/wallet/{voucher.id}").text

    assert "50%" in page and "70%" in page


def test_an_order_is_paid_with_its_bonus_and_a_lower_contract_keeps_the_own_share(db):
    programme = a_programme_with(ALL, "[own_share]\namount_fen = 400_000")
    voucher = a_voucher(round_=a_round(programme=programme))

    order = an_order("redeemed", voucher=voucher, offering=an_offering(price_fen=20_000 * YUAN), contract_fen=9_000 * YUAN)
    claim = a_claim("approved", order=with_papers(order))

    assert (order.preview["steps"][1]["subsidy_fen"], order.subsidy_fen) == (13_000 * YUAN, 5_000 * YUAN)
    assert claim.approved_fen == 5_000 * YUAN
    assert stands(order)
