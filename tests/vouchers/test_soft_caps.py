"""A soft cap under a hard one: it binds unless an officer says why more is granted, and the hard one binds always; to the fen."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules import amounts
from marketplace.vouchers.rules.states import ApplicationState
from tests.journeys.played import Played
from tests.programmes_of import a_programme_with, spec_of_file

REVIEWED = ('[allocation.mode]\nvalue = "review"', "[allocation.review_levels]\nvalue = 1")
OTHERS = r"allocation\.mode|caps\.order|caps\.provider_year|caps\.year"
SOFT, HARD = 2_000, 5_000
DAYS = {"use_from": "2026-01-12", "use_until": "2026-10-31", "redeem_until": "2027-03-31"}


def cap(name, yuan, more="", scope="enterprise_life"):
    return f'[caps.{name}]\nscope = "{scope}"\namount_fen = {yuan * YUAN}\n{more}'


BOTH = (cap("soft", SOFT, "soft = true"), cap("hard", HARD))


@pytest.mark.parametrize(
    ("tables", "without", "key", "word"),
    [
        ((*BOTH,), OTHERS.replace(r"allocation\.mode|", ""), "caps.soft.soft", "review"),
        ((BOTH[0], *REVIEWED), OTHERS, "caps.soft.soft", "没有更高的上限"),
        ((BOTH[0], cap("hard", SOFT), *REVIEWED), OTHERS, "caps.soft.soft", "没有更高的上限"),
        (
            (cap("soft", SOFT, "soft = true", "order"), cap("hard", HARD, "", "order"), *REVIEWED),
            OTHERS,
            "caps.soft.soft",
            "enterprise_year",
        ),
    ],
)
def test_a_soft_cap_that_nobody_can_exceed_or_that_nothing_bounds_is_refused(tables, without, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables, without=without)
    assert [(one.key, word in one.text() + one.remedy_text()) for one in refusal.value.problems] == [(key, True)]


def test_a_quota_is_the_soft_cap_and_the_hard_one_is_what_may_be_asked_for():
    spec = spec_of_file(*BOTH, *REVIEWED, without=OTHERS)
    assert amounts.quota_fen(spec, "micro_small") == SOFT * YUAN
    amounts.check_requested(spec, Fen(HARD * YUAN), firm_class="micro_small")
    with pytest.raises(RuleViolation, match=r"5,?000\.00"):
        amounts.check_requested(spec, Fen(HARD * YUAN + 1), firm_class="micro_small")


@pytest.fixture
def play(db):
    programme = lambda: a_programme_with(*BOTH, *REVIEWED, without=OTHERS)  # noqa: E731
    made = Played(programme, area="540000", region="540102", at="2026-01-05")
    made.announce(budget=1_000_000, window=("2026-01-12 09:00:00", "2026-09-30 17:00:00"), **DAYS)
    made.at("2026-01-12 09:00:00").pass_time()
    yield made
    made.verified()


def test_up_to_the_soft_cap_nothing_is_said_and_one_fen_above_asks_for_a_reason(play):
    within, above = play.firm(), play.firm()
    assert play.review(play.apply(within, SOFT)).state is ApplicationState.GRANTED
    filed = play.apply(above, SOFT + 1)
    with pytest.raises(RuleViolation, match=r"软上限还有 2,?000\.00 元.*请写明理由"):
        play.review(filed)
    assert by_id(Application, filed.id).state is ApplicationState.SUBMITTED

    granted = play.review(filed, reason="承担自治区重点攻关任务")
    assert (granted.granted_fen, granted.above_soft) == ((SOFT + 1) * YUAN, "承担自治区重点攻关任务")
    assert play.voucher(above).above_soft == "承担自治区重点攻关任务"
    assert play.voucher(within).above_soft == ""


def test_the_cap_that_binds_an_order_is_the_soft_one_until_an_officer_said_why_then_the_hard_one(play):
    within, above = play.firm(), play.firm()
    play.review(play.apply(within, SOFT))
    play.review(play.apply(above, HARD), reason="承担自治区重点攻关任务")
    first, other = play.order(within, 1_000), play.order(above, 9_000)
    assert (first.subsidy_fen, other.subsidy_fen) == (500 * YUAN, 4_500 * YUAN)
    second, last = play.order(within, 9_000), play.order(above, 9_000)
    assert (second.subsidy_fen, last.subsidy_fen) == (1_500 * YUAN, 500 * YUAN)
    assert "软上限" in str(second.preview["steps"])
    assert "软上限" not in str(last.preview["steps"])
