"""A cap of the firm that is used up: said in words a firm understands, wherever its vouchers are shown."""

import pytest

from marketplace.kernel import clock
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, load_programme, parse_programme
from marketplace.vouchers.queries import wallet
from marketplace.vouchers.rules.amounts import check_requested
from tests.factories import a_firm, a_programme, a_round, a_voucher, an_offering, user_of
from tests.order_factories import an_order
from tests.page_walk import counted

XIZANG = PROGRAMMES / "xizang_enterprise_service_voucher.toml"


def test_a_firm_whose_cap_is_used_reads_so_and_no_amount_of_nothing():
    with pytest.raises(RuleViolation, match="本企业的额度已经用完") as refused:
        check_requested(load_programme(XIZANG), Fen(100), firm_class="micro_small", left_fen=Fen(0))
    assert "0.00" not in refused.value.text()


@pytest.mark.engines("sqlite")
def test_a_second_voucher_is_not_shown_as_usable_once_the_years_cap_is_used(browser):
    firm, programme = a_firm(), a_programme()
    first, second = (a_voucher(enterprise=firm, round_=a_round(programme=programme)) for _ in range(2))
    for _ in range(2):
        an_order(voucher=first, offering=an_offering(price_fen=30_000 * YUAN))

    held = {one.voucher.id: one for one in wallet.holdings(firm.id, clock.now())}
    assert held[second.id].is_capped
    assert wallet.totals(list(held.values()))["CNY"].left_fen == 0
    browser.sign_in(user_of(firm))
    for page in (browser.get("/wallet"), browser.get(f"/wallet/{second.id}")):
        assert "暂不可用" in page.text
        assert f"本企业 {clock.today().year} 年上限”已经用完" in page.text


def test_a_wallet_of_many_vouchers_asks_as_often_as_one_of_few(app, db):
    firm, programme, asked = a_firm(), a_programme(), []
    for more in (2, 4):
        for _ in range(more):
            voucher = a_voucher(enterprise=firm, round_=a_round(programme=programme), face_fen=5_000 * YUAN)
            an_order("redeemed", voucher=voucher, offering=an_offering(price_fen=1_000 * YUAN))
        db.session.expunge_all()
        with counted(app) as seen:
            held = wallet.holdings(firm.id, clock.now())
        asked.append(len(seen.statements))
        assert all(one.standing == wallet.standing_of(one.voucher) for one in held)
        assert all(one.standing.used_fen > 0 == one.standing.over_fen for one in held)
    assert asked[0] == asked[1]


def test_a_face_value_says_its_own_amount_and_needs_no_caps_while_a_quota_does():
    text = XIZANG.read_text("utf-8")
    start, end = text.index("[caps."), text.index("[base]")
    no_caps = text[:start] + text[end:]
    with pytest.raises(ProgrammeFileError, match="上限"):
        parse_programme(no_caps.encode(), file="x")

    face = '[faces.one]\namount_fen = 500000\nassumed = { author = "平台设定", reason = "测试" }\n\n'
    spec = parse_programme(no_caps.replace('value = "quota"', 'value = "face_value"').replace("[base]", face + "[base]").encode(), file="x")

    assert (spec.caps, [one.amount_fen for one in spec.faces]) == ((), [500_000])
