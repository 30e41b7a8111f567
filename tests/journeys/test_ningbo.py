"""宁波 2016: handed out by officers, half of the price, so much for each kind of firm and of service; one window to order, one to claim."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.moves.service import By
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.models import Programme, Round
from marketplace.vouchers.queries import parts
from marketplace.vouchers.queries.funds import gauge
from marketplace.vouchers.rules.rounds import RoundPlan
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import funds, rounds
from tests.factories import with_value
from tests.journeys.played import Played, verb

DAYS = {"use_from": "2016-04-01", "use_until": "2016-10-31", "redeem_until": "2016-12-15"}
KINDS = ("information", "technology", "testing", "quality", "ip", "digital", "startup", "training", "finance", "consulting")
AGAIN = {"use_from": "2016-08-15", "use_until": "2016-10-31", "redeem_until": "2016-12-15"}
SHARES = dict.fromkeys(KINDS, 100000) | {"legal": 1_000_000}


class Reissued(Played):
    """A round that is taken back together, and another that hands out again what it did not use."""

    @verb
    def call_in(self, day: str, reason: str = "年中统一收回未用额度") -> None:
        """An officer sets the day on which what is not used is taken back together."""
        by = By(self.officer.id, clock.now(), uuid4())
        in_transaction(lambda: rounds.call_in(self.round_id, date.fromisoformat(day), reason=reason, by=by))

    @verb
    def supplement(self, carried: Mapping[str, int], *, shares: Mapping[str, int], **days: str) -> Round:
        """Hand out again, under the newest rules, what the round did not use: in yuan, by the part of its budget that it comes from."""
        plan_days = {name: date.fromisoformat(day) for name, day in days.items()}
        opens, closes = clock.day_begins(plan_days["use_from"]), clock.day_ends(plan_days["use_until"]) - timedelta(seconds=1)
        plan = RoundPlan(
            name=f"补发批次 {self.moment:%F %f}",
            area_code=self.area,
            apply_from_at=opens,
            apply_until_at=closes,
            parts={name: yuan * YUAN for name, yuan in shares.items()},
            supplements_id=self.round_id,
            simulated=self.round.simulated,
            **plan_days,
        )
        row = in_transaction(lambda: rounds.create(self.programme_id, plan, actor_id=None, request_key=uuid4(), today=clock.today()))
        for part, yuan in carried.items():
            wanted = funds.Carry(amount_fen=yuan * YUAN, document_number=f"甬经信补发 {part}", reason="统一收回后补发", part=part)
            asked = {"actor_id": self.officer.id, "request_key": uuid4(), "today": clock.today()}
            in_transaction(lambda wanted=wanted, asked=asked: funds.carry_over(row.id, wanted, **asked))
        in_transaction(lambda: rounds.announce(row.id, actor_id=None, now=clock.now()))
        self.round_id = row.id
        return self.round


@pytest.fixture
def play(db):
    made = Reissued("ningbo_2016_service_voucher", area="330200", region="330203", at="2016-03-20")
    made.announce(budget=2_000_000, shares=SHARES, **DAYS)
    made.at("2016-04-01 00:00:00").pass_time()
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def test_a_small_firm_gets_half_as_much_as_one_that_outgrew_the_threshold_and_others_nothing(play):
    small, grown, medium = play.firm(), play.firm(titles=["scaled_up"]), play.firm(size="medium")

    assert play.push(small, grown, medium) == 2
    assert (play.left(small), play.left(grown)) == (5_000, 10_000)


def test_an_order_is_taken_within_three_days(play):
    firm = play.firm()
    play.push(firm)
    order = play.at("2016-05-04").order(firm, 6_000)
    assert str(order.due_on) == "2016-05-07"
    play.at("2016-05-07 23:59:59").pass_time()
    assert by_id(Order, order.id).state is OrderState.PLACED
    play.at("2016-05-08 00:00:00").pass_time()
    assert by_id(Order, order.id).state is OrderState.LAPSED
    assert play.left(firm) == 5_000


def test_the_window_to_order_ends_before_the_one_to_claim(play):
    firm, idle = play.firm(), play.firm()
    play.push(firm, idle)
    order = play.at("2016-10-31 23:59:59").walked(firm, 6_000)
    play.at("2016-11-01 00:00:00")
    with refused("到期"):
        play.order(idle, 6_000)
    play.pass_time()
    assert play.voucher(idle).state is VoucherState.EXPIRED

    claim = play.at("2016-12-15 23:59:59").claim(order)
    assert play.pay(play.approve(play.check(claim))).state is ClaimState.SETTLED


def test_a_claim_after_its_window_is_too_late_and_the_money_is_the_funds_again(play):
    firm = play.firm()
    play.push(firm)
    order = play.at("2016-10-31").walked(firm, 6_000)
    before = play.pool()
    with refused("2016-12-15"):
        play.at("2016-12-16 00:00:00").claim(order)
    play.pass_time()
    assert play.pool() - before == 3_000


def test_what_officers_take_back_together_is_handed_out_to_others(play):
    firms, others = [play.firm() for _ in range(2)], [play.firm() for _ in range(2)]
    play.push(*firms)
    play.at("2016-08-01")
    for firm in firms:
        play.end(firm, VoucherState.RECLAIMED, "统一收回")

    assert play.push(*others) == 2
    assert [play.voucher(one).state for one in firms] == [VoucherState.RECLAIMED] * 2
    assert [play.left(one) for one in others] == [5_000, 5_000]


def test_a_kind_of_service_is_borne_up_to_its_own_part_until_an_officer_moves_some_of_another(play):
    firms = [play.firm(titles=["scaled_up"]) for _ in range(11)]
    play.push(*firms)
    play.at("2016-05-04")
    for firm in firms[:10]:
        play.order(firm, 20_000, category="digital")
    assert (play.part("digital"), play.part("legal")) == (0, 1_000_000)

    with refused("“数字化”配额剩余资金"):
        play.order(firms[10], 20_000, category="digital")
    with refused("“数字化”已发放和占用之外只剩 0.00 元"):
        play.shift("digital", "legal", 1)
    with refused("“法律服务”已发放和占用之外只剩 1,000,000.00 元"):
        play.shift("legal", "digital", 1_000_001)
    play.shift("legal", "digital", 5_000)

    assert play.order(firms[10], 20_000, category="digital").subsidy_fen == 500_000, "as far as the part reaches"
    assert (play.part("digital"), play.part("legal")) == (0, 995_000)


def test_what_is_taken_back_together_is_issued_again_under_newer_rules_while_the_first_issue_keeps_its_own(play):
    busy, idle, late = (play.firm(titles=["scaled_up"]) for _ in range(3))
    play.push(busy, idle)
    first, order = play.round, play.at("2016-06-01").order(busy, 12_000, category="legal")
    order = play.contract(play.take(order))
    assert (play.left(busy), play.part("legal")) == (4_000, 994_000)

    with refused("应在 2016-06-01 起、下单截止 2016-10-31 之前"):
        play.call_in("2016-10-31")
    play.call_in("2016-07-31")
    play.pass_time()
    assert "请在 2016-07-31 前下单" in play.heard(idle)[0]
    play.at("2016-07-31 23:59:59").order(idle, 2_000, category="digital")
    play.at("2016-08-01 00:00:00")
    with refused("2016-07-31 到期"):
        play.order(idle, 2_000, category="digital")
    play.pass_time()
    assert [play.voucher(one).state for one in (busy, idle)] == [VoucherState.RECLAIMED] * 2
    assert [one.free_fen // 100 for one in parts.standing(play.round) if one.name in {"digital", "legal"}] == [99_000, 994_000]

    with play.now():
        with_value(by_id(Programme, play.programme_id), "rates.standard", {"rate_bp": 4_000}, source=Source("甬经信〔2016〕9号", "第二条"))
    with refused("“数字化”已发放和占用之外只剩 99,000.00 元"):
        play.supplement({"digital": 99_001}, shares=SHARES, **AGAIN)
    second = play.supplement(
        {"digital": 50_000, "legal": 900_000}, shares=dict.fromkeys(KINDS, 0) | {"digital": 450_000, "legal": 500_000}, **AGAIN
    )
    play.at("2016-08-15 00:00:00").pass_time()
    assert (second.version_id != first.version_id, by_id(Round, first.id).version_id) == (True, first.version_id)

    assert play.push(late) == 1
    assert play.order(late, 10_000, category="legal").subsidy_fen == 400_000, "the newer rate"
    done = play.accept(play.deliver(order))
    assert (done.subsidy_fen, gauge(by_id(Round, first.id)).redeemed_fen) == (600_000, 600_000), "the first issue by its own rules"
    assert play.pay(play.approve(play.check(play.claim(done)))).state is ClaimState.SETTLED


def test_a_repeat_of_the_recall_or_a_budget_below_what_is_granted_is_refused(play):
    firm = play.firm()
    play.push(firm)
    play.at("2016-05-04").call_in("2016-06-30")
    with refused("已定于 2016-06-30 统一收回"):
        play.call_in("2016-07-31")
    play.order(firm, 8_000, category="ip")
    with play.now(), refused("“知识产权”已发放和占用之外只剩 96,000.00 元"):
        wanted = funds.Recall(amount_fen=97_000 * 100, reason="压减预算", part="ip")
        in_transaction(lambda: funds.recall(play.round_id, wanted, actor_id=play.officer.id, request_key=uuid4(), today=clock.today()))
