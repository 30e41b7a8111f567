"""Pages of the choice of providers: asking, scoring, settling, what was drawn, the list for everybody; and what a file must say."""

import re

import pytest

from marketplace.kernel.db import by_id, db
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme
from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.queries.bids import of_round
from tests.factories import a_round, an_officer, user_of
from tests.journeys.wholesale import Chosen

FILE = (PROGRAMMES / "haidian_model_voucher.toml").read_text("utf-8")
DAYS = {"use_from": "2026-03-16", "use_until": "2026-09-15", "redeem_until": "2026-12-31"}


@pytest.fixture
def play(db, clock):
    clock.move_to("2026-03-02 10:00")
    made = Chosen("haidian_model_voucher", area="110108", region="110108", at="2026-03-02 10:00:00")
    made.announce(budget=1_000_000, **DAYS)
    return made


@pytest.mark.engines("sqlite")
def test_a_provider_asks_and_two_officers_choose_it(play, clock, browser):
    seller = play.seller()
    clock.move_to("2026-03-03 10:00")
    browser.sign_in(user_of(seller.id))
    assert "申报：海淀区模型券" in browser.get("/my/bids").text
    browser.fill(f"/my/bids/new/{play.round_id}", {"plan": "按量计费，每百万词元 1 元"})
    bid = db.session.scalars(of_round(play.round_id)).unique().one()
    assert "待遴选" in browser.get(f"/my/bids/{bid.id}").text
    browser.sign_in(play.officer)
    settle = "确定遴选结果"
    assert settle not in browser.get(f"/office/rounds/{play.round_id}/bids").text, "no button that must fail while bids come in"
    clock.move_to("2026-03-10 10:00")
    browser.sign_in(play.officer)
    page = browser.get(f"/office/rounds/{play.round_id}/bids").text
    assert seller.organisation.name in page and settle in page
    browser.fill(f"/office/bids/{bid.id}/score", {"points": "101", "opinion": "好"}, status=422)
    browser.fill(f"/office/bids/{bid.id}/score", {"points": "88", "opinion": "价格合理"})
    browser.sign_in(play.second)
    browser.fill(f"/office/rounds/{play.round_id}/bids/conclude", {"amount": "600000"})
    assert by_id(ProviderBid, bid.id).amount_fen == 60_000_000


@pytest.mark.engines("sqlite")
def test_what_is_drawn_is_read_by_officer_provider_and_everybody_and_follows_the_allotment(play, clock, browser):
    seller, firm = play.seller(), play.firm()
    bid = play.at("2026-03-03").bid(seller)
    play.at("2026-03-10").score(bid, 90)
    play.conclude(600_000)
    play.at("2026-03-16 09:00:00").pass_time()
    play.buys(firm, seller, 100_000)
    clock.move_to("2026-03-16 10:00")
    for person, page in ((play.officer, f"/office/bids/{bid.id}"), (user_of(seller.id), "/my/bids")):
        browser.sign_in(person)
        assert {"50,000.00", "550,000.00"} <= set(re.findall(r"[\d,]+\.\d\d", browser.get(page).text))
    browser.sign_in(play.officer)
    browser.fill(f"/office/bids/{bid.id}/amount", {"amount": "700000", "reason": "需求增加"})
    assert "650,000.00" in browser.get(f"/rounds/{play.round_id}/chosen").text
    browser.fill(f"/office/bids/{bid.id}/end", {"reason": "停止服务"})
    assert "还没有选定服务机构" in browser.get(f"/rounds/{play.round_id}/chosen").text


@pytest.mark.engines("sqlite")
def test_a_round_that_chooses_nobody_has_no_page_of_bids(db, browser):
    row, officer = a_round(), an_officer()
    browser.sign_in(officer)
    for page in (f"/office/rounds/{row.id}/bids", f"/rounds/{row.id}/chosen"):
        browser.get(page, status=404)
    settle = f"/office/rounds/{row.id}/bids/conclude"
    assert "本项目不遴选服务机构" in browser.get(settle, status=422).text


@pytest.mark.engines("sqlite")
def test_a_page_that_is_older_than_the_bid_changes_nothing(play, clock, browser):
    asked = play.at("2026-03-03").bid(play.seller())
    play.at("2026-03-10 09:00:00").score(asked, 70)
    clock.move_to("2026-03-10 10:00")
    browser.sign_in(play.officer)
    browser.get(f"/office/bids/{asked.id}/score")
    play.at("2026-03-10 10:00:01").conclude(100_000)
    clock.move_to("2026-03-10 10:01")
    browser.post(f"/office/bids/{asked.id}/score", {"points": "10", "opinion": "改分"}, status=409)
    assert by_id(ProviderBid, asked.id).score == 70


@pytest.mark.parametrize(
    ("table", "said", "key", "words"),
    [
        (r"selection\.providers", "", "selection.providers", "怎样选定"),
        (r"selection\.window", "", "selection.window", "怎样选定"),
        (r"caps\.provider|cycle", "", "caps", "每家服务机构的上限"),
    ],
)
def test_what_a_file_must_say_is_asked_for(table, said, key, words):
    text = re.sub(rf"(?ms)^\[(?:{table})\]\n.*?(?=^\[|\Z)", said, FILE)
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(text.encode(), file="x.toml")
    assert [(one.key, words in one.text()) for one in refusal.value.problems] == [(key, True)]


def test_the_money_goes_to_who_was_chosen_and_other_instruments_choose_nobody():
    for wrong, key in (
        (FILE.replace('value = "provider"\n', 'value = "sme"\n'), "settlement.payee.value"),
        (FILE.replace('"provider_wholesale"', '"quota"'), "selection"),
    ):
        with pytest.raises(ProgrammeFileError) as refusal:
            parse_programme(wrong.encode(), file="x.toml")
        assert any(one.key.startswith(key) for one in refusal.value.problems)
