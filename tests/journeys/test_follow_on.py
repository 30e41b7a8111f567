"""A follow-on (后续支持) and what is not given twice (不重复享受): one programme played beside another, to the last refusal."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import ApplicationState, VoucherState
from tests.factories import a_voucher
from tests.journeys.played import Played
from tests.programmes_of import a_programme_with

FIRST = "xizang_innovation_voucher"
NAMED = f'label = "科技创新券"\nprogrammes = ["{FIRST}"]'
AFTER = f'[beneficiaries.after]\n{NAMED}\nstage = "completed"'
NOT_WITH = f'[beneficiaries.not_with]\n{NAMED}\nspan = "year"'
REVIEWED = ('[allocation.mode]\nvalue = "review"', "[allocation.review_levels]\nvalue = 1")
DAYS = {"use_from": "2026-01-12", "use_until": "2027-10-31", "redeem_until": "2028-03-31"}
WINDOW = ("2026-01-12 09:00:00", "2027-09-30 17:00:00")


def played(programme):
    made = Played(programme, area="540000", region="540102", at="2026-01-05")
    made.announce(budget=1_000_000, window=WINDOW, **DAYS)
    made.at("2026-01-12 09:00:00").pass_time()
    return made


@pytest.fixture
def first(db):
    made = played(FIRST)
    yield made
    made.verified()


def beside(table):
    return played(lambda: a_programme_with(table, *REVIEWED, without=r"allocation\.mode"))


def given(play, firm, at):
    with play.at(at).now():
        return a_voucher(enterprise=firm, round_=play.round)


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def test_a_follow_on_is_applied_for_once_the_first_was_paid_and_not_a_moment_before(first):
    second, firm = beside(AFTER), first.firm()
    with refused("须先用过科技创新券.*本企业没有。请先申领并使用"):
        second.at("2026-02-02 10:00:00").apply(firm, 1_000)
    given(first, firm, "2026-02-02 11:00:00")
    order = first.at("2026-03-02").walked(firm, 20_000)
    claim = first.check(first.claim(order))
    with refused("还没有办到这一步"):
        second.at("2026-03-09 10:00:00").apply(firm, 1_000)
    first.at("2026-03-09 10:00:01").approve(claim)

    filed = second.at("2026-03-09 10:00:02").apply(firm)
    assert second.review(filed).state is ApplicationState.GRANTED
    paid = second.pay(second.approve(second.check(second.claim(second.at("2026-03-10").walked(firm, 10_000)))))
    assert paid.approved_fen > 0
    second.verified()


def test_what_was_given_elsewhere_in_the_year_bars_application_grant_and_order_until_new_year(first):
    here, early, between, late = beside(NOT_WITH), *(first.firm() for _ in range(3))
    filed = here.at("2026-02-02 10:00:00").apply(between)
    granted = here.review(here.at("2026-02-02 10:00:01").apply(late))
    assert granted.state is ApplicationState.GRANTED
    for firm in (early, between, late):
        given(first, firm, "2026-02-03 10:00:00")

    with refused("2026 年已享受科技创新券，同一年度不能重复享受"):
        here.at("2026-02-04 10:00:00").apply(early, 1_000)
    assert here.review(filed).state is ApplicationState.REFUSED
    assert any("同一年度不能重复享受" in one for one in here.heard(between))
    for at in ("2026-02-04 10:00:00", "2026-12-31 23:59:58"):
        with refused("不再符合.*同一年度不能重复享受"):
            here.at(at).order(late, 10_000)

    assert here.at("2027-01-01 00:00:00").order(late, 10_000).subsidy_fen == 500_000
    assert by_id(Application, here.at("2027-01-01 00:00:00").apply(early).id).state is ApplicationState.SUBMITTED
    here.verified()


def test_a_voucher_that_was_given_back_unused_stands_against_nothing(first):
    here, firm = beside(NOT_WITH), first.firm()
    given(first, firm, "2026-02-03 10:00:00")
    with refused("可以先退回"):
        here.at("2026-02-04 10:00:00").apply(firm, 1_000)
    first.at("2026-02-04 11:00:00").give_back(firm)
    assert first.voucher(firm).state is VoucherState.RECLAIMED
    assert here.at("2026-02-04 11:00:01").review(here.apply(firm)).state is ApplicationState.GRANTED
    here.verified()
