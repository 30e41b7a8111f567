"""甘州 2016, fees: a notice is paid to the office that asks for it, once, by the name and account of two officers' word."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import lines_of_claim
from marketplace.settlement.queries.payable import payable
from tests.journeys.played import Played
from tests.programmes_of import changed_file

DAYS = {"use_from": "2016-03-01", "use_until": "2016-12-31", "redeem_until": "2016-12-31"}
WINDOW = ("2016-03-01 09:00:00", "2016-11-30 18:00:00")
MARKET, TAX = "甘州区市场监督管理局", "甘州区税务局"
SLUG = "ganzhou_2016_fee_voucher"


def begun(play, *, paying=(MARKET, TAX), **round_):
    """A start-up of the base, in a round that pays two offices."""
    firm = play.firm(size="micro")
    play.listed(firm, "base")
    play.to_pay = paying
    play.announce(**({"budget": 100_000} | round_), window=WINDOW, **DAYS)
    play.at("2016-03-01 09:00:00")
    return firm


@pytest.fixture
def play(db):
    made = Played(SLUG, area="620702", region="620702", at="2016-02-20")
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def notice(play, office=MARKET, **said):
    named = play.payees[office].uscc if office in play.payees else office
    return {"notice": "GZ-2016-0001", "office": named, "fee": "1200", "item": "商标注册费，2016 年", "noticed": "2016-02-25"} | said


def test_a_fee_is_paid_to_the_office_that_asks_for_it(play):
    firm = begun(play)
    claim = play.ask(firm, **notice(play, fee="1200.50"))
    assert (claim.requested_fen, claim.payee.name, claim.asker.id) == (1_200_50, MARKET, firm.id)
    assert {one["label"]: one["value"] for one in claim.subsidy.evidence}["收费部门"] == MARKET
    claim = play.pay(play.approve(play.check(claim)))
    (line,) = lines_of_claim(claim.id)
    assert claim.state is ClaimState.SETTLED
    assert (line.payee_name, line.payee_account) == (MARKET, play.payees[MARKET].bank_account)
    assert ledger.balance_fen(play.book, f"provider:{play.payees[MARKET].id}:payable") == 0
    assert ledger.standing(play.book).paid == 1_200_50


@pytest.mark.parametrize("again", ["GZ-2016-0001", "gz2016 0001", "ＧＺ－２０１６－０００１", "GZ/2016/0001"])
def test_a_notice_is_used_once_in_any_spelling_until_it_is_refused(play, again):
    firm = begun(play)
    claim = play.ask(firm, **notice(play))
    with refused("同一编号只补助一次"):
        play.ask(firm, **notice(play, TAX, notice=again))
    play.refuse(play.check(claim))
    assert play.pool() == 100_000 and play.ask(firm, **notice(play, TAX, notice=again)).payee.name == TAX


def test_only_offices_of_the_round_are_paid_and_another_may_be_chosen_when_it_is_mended(play):
    firm = begun(play)
    with refused("登记的收费部门中选择"):
        play.ask(firm, **notice(play, "91540100MA6T1UX12K"))
    with refused("收费部门"):
        play.ask(firm, **notice(play, ""))
    claim = play.send_back(play.ask(firm, **notice(play)))
    claim = play.ask_again(claim, **notice(play, TAX))
    assert (claim.payee.name, claim.subsidy.paid_to) == (TAX, play.payees[TAX].id)
    play.approve(play.check(claim))
    assert ledger.balance_fen(play.book, f"provider:{play.payees[TAX].id}:payable") == 1_200 * YUAN


def test_the_year_the_window_and_the_last_money(play):
    firm = begun(play, budget=6_000)
    other = play.firm(size="micro")
    play.listed(other, "base")
    assert play.ask(firm, **notice(play, fee="4000")).requested_fen == 4_000 * YUAN
    assert play.ask(firm, **notice(play, notice="2", fee="4000")).requested_fen == 1_000 * YUAN, "what is left of the year"
    assert play.ask(other, **notice(play, notice="3", fee="4000")).requested_fen == 1_000 * YUAN, "the last money"
    with refused("补助为 0"):
        play.ask(other, **notice(play, notice="4"))
    late = begun_firm(play)
    play.at("2016-11-30 17:59:59")
    with refused("补助为 0"):
        play.ask(late, **notice(play, notice="5"))
    play.at("2016-11-30 18:00:00")
    with refused("不能提交申请"):
        play.ask(late, **notice(play, notice="5"))


def begun_firm(play):
    firm = play.firm(size="micro")
    play.listed(firm, "base")
    return firm


def test_who_is_not_of_the_base_or_is_larger_is_told_so(play):
    begun(play)
    stranger, larger = play.firm(size="micro"), play.firm(size="medium")
    play.listed(larger, "base")
    for firm in (stranger, larger):
        with refused("暂不符合申领条件"):
            play.ask(firm, **notice(play))


def test_a_notice_after_the_day_it_is_asked_for_is_none(play):
    firm = begun(play)
    assert play.ask(firm, **notice(play, noticed="2016-03-01")).requested_fen == 1_200 * YUAN
    with refused("不晚于今天"):
        play.ask(firm, **notice(play, notice="2", noticed="2016-03-02"))


def test_a_round_without_a_confirmed_office_is_not_announced(play):
    firm = play.firm(size="micro")
    play.listed(firm, "base")
    with refused("请先登记收款单位和账号"):
        play.announce(budget=1_000, window=WINDOW, **DAYS)


def test_where_the_firm_has_paid_the_fee_goes_back_to_it(db):
    play = Played(lambda: changed_file(SLUG, _refunding, area="620702"), area="620702", region="620702", at="2016-02-20")
    firm = begun(play, paying=())
    said = {name: value for name, value in notice(play).items() if name != "office"}
    claim = play.pay(play.approve(play.check(play.ask(firm, **said))))
    (line,) = lines_of_claim(claim.id)
    assert (claim.payee_id, line.payee_name) == (firm.id, firm.organisation.name)
    play.verified()


def _refunding(text: str) -> str:
    before, office = text.split("[evidence_fields.office]")
    return before.replace('value = "fee_office"', 'value = "sme"') + office.split("\n\n", 1)[1]


def test_a_simulated_round_uses_up_no_notice_and_no_year(play):
    firm = begun(play, simulated=True)
    claim = play.approve(play.check(play.ask(firm, **notice(play, fee="5000"))))
    assert payable(play.programme_id) == [] and [one.id for one in payable(play.programme_id, simulated=True)] == [claim.id]
    play.announce(budget=100_000, window=WINDOW, **DAYS)
    assert play.ask(firm, **notice(play, fee="5000")).requested_fen == 5_000 * YUAN
    assert by_id(Claim, claim.id).state is ClaimState.APPROVED
