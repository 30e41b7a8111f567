"""Relief after the cost: 西藏's rent of 2022, six months or three, each month of a contract once; and interest on loans, up to a rate."""

import re

import pytest

from marketplace.kernel.db import db
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.queries.causes import of_enterprise
from marketplace.settlement.queries.payable import payable
from tests.journeys.played import Played
from tests.programmes_of import changed_file

RENT = "xizang_rent_relief_2022"
DAYS = {"use_from": "2022-06-01", "use_until": "2022-12-31", "redeem_until": "2022-12-31"}
WINDOW = ("2022-06-01 09:00:00", "2022-12-31 18:00:00")


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def begun(play, **round_):
    """A firm of a county at risk, and one of elsewhere."""
    at_risk, elsewhere = play.firm(size="micro"), play.firm(size="small")
    play.listed(at_risk, "risk")
    play.announce(**({"budget": 1_000_000} | round_), window=WINDOW, **DAYS)
    play.at("2022-06-01 09:00:00")
    return at_risk, elsewhere


@pytest.fixture
def play(db):
    made = Played(RENT, area="540000", region="540102", at="2022-05-30")
    yield made
    made.verified()


def rent(months="2022-01 至 2022-03", contract="ZL-2022-001", yuan="9000", **said):
    return {"contract": contract, "months": months, "house": "国有房屋", "rent": yuan} | said


def test_rent_is_paid_back_whole_and_paid_to_the_firm(play):
    firm, _other = begun(play)
    claim = play.ask(firm, **rent(yuan="9000.05"))
    assert (claim.requested_fen, claim.payee_id, claim.about) == (900_005, firm.id, "租赁合同编号 ZL-2022-001")
    claim = play.approve(play.check(claim))
    assert payable(play.programme_id)[0].id == claim.id
    assert play.at("2022-06-20").pay(claim).state is ClaimState.SETTLED
    assert ledger.standing(play.book).paid == 900_005


def test_six_months_at_risk_and_three_elsewhere_over_contracts_and_rounds(play):
    at_risk, elsewhere = begun(play)
    play.ask(at_risk, **rent("2022-01 至 2022-03", "A1"))
    play.ask(at_risk, **rent("2022.4-2022.5", "A2"))
    with refused("最多补助 6 个月，还可申请 1 个月"):
        play.ask(at_risk, **rent("2022-05 至 2022-06", "A1"))
    play.ask(elsewhere, **rent("2022年1月至2022年2月", "B1"))
    with refused("最多补助 3 个月，还可申请 1 个月"):
        play.ask(elsewhere, **rent("2022-03 至 2022-04", "B1"))
    play.announce(budget=100_000, window=("2022-06-02 09:00:00", WINDOW[1]), **DAYS)
    play.at("2022-06-02 09:00:00")
    last = play.ask(at_risk, **rent("2022-06", "A1"))
    with refused("还可申请 0 个月"):
        play.ask(at_risk, **rent("2022-04", "A1"))
    play.refuse(play.check(last))
    assert play.ask(at_risk, **rent("2022-04", "A1")).requested_fen == 9_000 * YUAN, "a refused month is free again"


@pytest.mark.parametrize("again", ["ZL-2022-001", "zl2022 001", "ＺＬ－２０２２－００１", "ZL/2022/001"])
def test_a_month_of_a_contract_is_used_once_in_any_spelling_and_any_span(play, again):
    firm, other = begun(play)
    claim = play.ask(firm, **rent("2022-01 至 2022-03"))
    for months in ("2022-01 至 2022-03", "2022-03", "2022-02 至 2022-04"):
        with refused("每个月只补助一次"):
            play.ask(other, **rent(months, again))
    assert play.ask(other, **rent("2022-04", again)).requested_fen == 9_000 * YUAN
    play.refuse(play.check(claim))
    assert play.ask(other, **rent("2022-02 至 2022-03", again)).requested_fen == 9_000 * YUAN


def test_only_months_of_the_year_that_have_come(play):
    firm, _other = begun(play)
    with refused("只补助 2022 年的月份，2021-12 不在其内"):
        play.ask(firm, **rent("2021-12 至 2022-01"))
    for wrong in ("2022-03 至 2022-01", "2022-07", "2022-13", "今年", "2022-00"):
        with refused("减免月份"):
            play.ask(firm, **rent(wrong))
    assert play.ask(firm, **rent("2022-06")).requested_fen == 9_000 * YUAN
    play.at("2022-06-30 23:59:59")
    with refused("不晚于本月"):
        play.ask(firm, **rent("2022-07"))
    assert play.at("2022-07-01 00:00:00").ask(firm, **rent("2022-07")).requested_fen == 9_000 * YUAN


def test_what_is_mended_gives_its_old_months_free(play):
    firm, other = begun(play)
    claim = play.send_back(play.ask(firm, **rent("2022-01 至 2022-03")))
    claim = play.ask_again(claim, **rent("2022-01 至 2022-02", yuan="6000"))
    assert (claim.requested_fen, claim.deserved_fen) == (9_000 * YUAN, 6_000 * YUAN)
    assert play.ask(other, **rent("2022-03")).requested_fen == 9_000 * YUAN
    assert play.approve(play.check(claim)).approved_fen == 6_000 * YUAN
    with refused("每个月只补助一次"):
        play.ask(other, **rent("2022-02"))


def test_a_house_of_others_a_medium_firm_and_the_last_second(play):
    firm, other = begun(play)
    with refused("请从列出的内容中选择"):
        play.ask(firm, **rent(house="私有房屋"))
    medium = play.firm(size="medium")
    with refused("暂不符合申领条件"):
        play.ask(medium, **rent())
    play.at("2022-12-31 17:59:59").ask(firm, **rent())
    with refused("不能提交申请"):
        play.at("2022-12-31 18:00:00").ask(other, **rent("2022-05"))


def test_a_simulated_round_uses_up_no_month(play):
    firm, _other = begun(play, simulated=True)
    claim = play.approve(play.check(play.ask(firm, **rent("2022-01 至 2022-06"))))
    assert payable(play.programme_id) == [] and [one.id for one in payable(play.programme_id, simulated=True)] == [claim.id]
    play.announce(budget=100_000, window=("2022-06-02 09:00:00", WINDOW[1]), **DAYS)
    assert play.at("2022-06-02 09:00:00").ask(firm, **rent("2022-01 至 2022-06")).requested_fen == 9_000 * YUAN


ORIGIN = 'source = { document = "测试〔2022〕1号", clause = "第一条" }'


def to_interest(text: str) -> str:
    """Half of the interest, at 4.35 % a year at most, for twelve months."""
    text = text.replace("rate_bp = 10_000 # the whole rent", "rate_bp = 5_000").replace("租赁合同编号", "借款合同编号")
    text = re.sub(r"most = [36]\nyear = 2022\n", "most = 12\n", text)
    return text + f'\n[evidence_fields.interest]\nlabel = "年利率"\nkind = "rate"\nrequired = true\nmost_bp = 435\n{ORIGIN}\n'


@pytest.fixture
def loans(db):
    made = Played(lambda: changed_file(RENT, to_interest), area="540000", region="540102", at="2022-05-30")
    yield made
    made.verified()


@pytest.mark.parametrize(
    ("rate", "held_fen"),
    [("4.35%", 500_000), ("4.36", 498_853), ("3.85", 500_000), ("8.70%", 250_000), ("１０．０", 217_500)],
)
def test_interest_above_the_highest_rate_is_the_firms_own(loans, rate, held_fen):
    firm, _other = begun(loans)
    claim = loans.ask(firm, **rent("2021-06 至 2022-05", yuan="10000", interest=rate))
    assert claim.requested_fen == held_fen
    assert loans.approve(loans.check(claim)).approved_fen == held_fen


def test_a_loan_is_subsidised_for_twelve_months_and_says_its_rate(loans):
    firm, _other = begun(loans)
    for wrong in ("", "0", "4.355", "百分之四", "-1"):
        with refused("年利率"):
            loans.ask(firm, **rent("2022-01", interest=wrong))
    loans.ask(firm, **rent("2021-06 至 2022-05", interest="4.35"))
    with refused("最多补助 12 个月，还可申请 0 个月"):
        loans.ask(firm, **rent("2022-06", interest="4.35"))
    claim = loans.approve(loans.check(one_of(firm)))
    claim = loans.at("2022-06-20").pay(claim)
    assert claim.state is ClaimState.SETTLED


def one_of(firm):
    return db.session.scalars(of_enterprise(firm.id)).first()
