"""Several firms buy one service together (联合用券): each part to the fen by its own voucher, all of them placed or none."""

from uuid import uuid4

import pytest

from marketplace.catalogue.models import Offering
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import NotFound, RuleViolation
from marketplace.orders.joint_models import JointOrder
from marketplace.orders.joint_rules import JointShare, check_shares, is_broken
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.queries import joint as reads
from marketplace.orders.queries.shared_numbers import orders_with_same_numbers
from marketplace.orders.service import joint
from marketplace.orders.service.joint import JointWish
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.risk import service as risk
from marketplace.risk.rules import BarKind
from tests import order_factories as acts
from tests.factories import an_offering, user_of
from tests.journeys.played import Played
from tests.policy.amount_cases import XIZANG, spec_with
from tests.programmes_of import a_programme_with, spec_of_file

POOLING = "[pooling]\nmost = 3"
DAYS = {"use_from": "2026-03-02", "use_until": "2026-11-30", "redeem_until": "2027-03-31"}
FIRMS = [uuid4() for _ in range(5)]


@pytest.fixture
def play(db):
    made = Played(lambda: a_programme_with(POOLING), area="540000", region="540102", at="2026-03-02")
    made.announce(budget=200_000, **DAYS)
    yield made
    made.verified()


def firms(play, count):
    made = [play.firm() for _ in range(count)]
    play.pass_time()
    play.at("2026-04-01")
    return made


def proposed(play, *parts, offering=None):
    """The first firm proposes that each pays so many yuan."""
    with play.now():
        offering = offering or an_offering(price_fen=sum(yuan for _firm, yuan in parts) * 100)
        lead = parts[0][0]
        wish = JointWish(offering.id, play.voucher(lead).id, [JointShare(firm.id, yuan * 100) for firm, yuan in parts])
        who = {"enterprise_id": lead.id, "actor_id": user_of(lead.id).id}
        return in_transaction(lambda: joint.propose(uuid4(), wish, **who, now=the_clock.now()))


def confirmed(play, row, firm):
    with play.now():
        who = {"enterprise_id": firm.id, "actor_id": user_of(firm.id).id, "request_key": uuid4()}
        return in_transaction(lambda: joint.confirm(row.id, play.voucher(firm).id, **who, now=the_clock.now()))


def orders_of(row):
    return {part.enterprise_id: by_id(Order, part.order_id) for part in by_id(JointOrder, row.id).parts if part.order_id}


def refused(words):
    return pytest.raises(RuleViolation, match=words)


@pytest.mark.parametrize(
    ("amounts", "words"),
    [([100], "2 至 3 家"), ([25] * 4, "2 至 3 家"), ([60, 41], "相差 0.01 元"), ([60, 39], "相差 0.01 元"), ([100, 0], "大于 0")],
)
def test_as_many_firms_as_may_pay_the_price_between_them_to_the_fen(amounts, words):
    spec = spec_with(XIZANG, {"pooling": {"most": 3}})
    check_shares(spec, 100, [JointShare(FIRMS[0], 60), JointShare(FIRMS[1], 40)])
    with refused(words):
        check_shares(spec, 100, [JointShare(FIRMS[place], fen) for place, fen in enumerate(amounts)])
    with refused("不止一次"):
        check_shares(spec, 100, [JointShare(FIRMS[0], 60), JointShare(FIRMS[0], 40)])
    with refused("只能由本企业单独使用"):
        check_shares(XIZANG, 100, [JointShare(FIRMS[0], 60), JointShare(FIRMS[1], 40)])


def test_who_leaves_breaks_it_until_every_contract_is_signed():
    states = OrderState
    assert is_broken([states.CANCELLED, states.PLACED]) and is_broken([states.DECLINED, states.CONTRACTED, states.TAKEN])
    assert not is_broken([states.CANCELLED, states.CONTRACTED]) and not is_broken([states.PLACED, states.TAKEN])


WRONG = [("most = 1", "pooling.most"), ("most = 2\nleast = 3", "pooling"), ("least = 2", "pooling.most")]


@pytest.mark.parametrize(("said", "key"), WRONG)
def test_a_file_that_cannot_be_meant_is_refused_by_key(said, key):
    with pytest.raises(ProgrammeFileError) as error:
        spec_of_file(f"[pooling]\n{said}")
    assert [one.key for one in error.value.problems] == [key]


def test_every_part_is_placed_with_the_last_confirmation_and_lives_its_own_life(play):
    first, second, third = firms(play, 3)
    row = proposed(play, (first, 5_000), (second, 3_000), (third, 2_000))
    assert not orders_of(row) and play.left(first) == 30_000, "nothing is held before all have confirmed"
    confirmed(play, row, second)
    assert [one.id for one in reads.newest(third.id)] == [row.id]
    assert orders_of(confirmed(play, row, third)).keys() == {first.id, second.id, third.id}
    orders = orders_of(row)
    assert [orders[firm.id].subsidy_fen for firm in (first, second, third)] == [250_000, 150_000, 100_000]
    assert [play.left(firm) for firm in (first, second, third)] == [27_500, 28_500, 29_000]
    with refused("各方都已确认"):
        confirmed(play, row, third)

    for firm in (first, second, third):
        orders[firm.id] = play.contract(play.take(orders[firm.id]))
    lowered = orders[second.id]
    play.cancel(orders[third.id])
    play.pass_time()
    assert by_id(Order, lowered.id).state is OrderState.CONTRACTED, "all were signed: who leaves now leaves alone"
    assert play.left(third) == 30_000
    claim = play.check(play.claim(play.accept(play.deliver(orders[first.id]))))
    assert play.approve(claim).approved_fen == 250_000


def test_who_leaves_before_the_contracts_ends_the_parts_of_all_and_gives_everything_back(play):
    first, second = firms(play, 2)
    row = proposed(play, (first, 6_000), (second, 4_000))
    confirmed(play, row, second)
    orders = orders_of(row)
    play.take(orders[first.id])
    play.cancel(orders[second.id])
    with refused("有一方已退出"):
        play.contract(orders[first.id])
    play.pass_time()
    assert by_id(Order, orders[first.id].id).state.has_ended and by_id(JointOrder, row.id).ended_at is not None
    assert (play.left(first), play.left(second), play.pool()) == (30_000, 30_000, 200_000)
    assert any("联合订单已终止" in one for one in play.heard(first))


def test_what_stands_in_the_way_of_one_part_stands_in_the_way_of_all(play):
    first, second = firms(play, 2)
    play.order(second, 60_000)
    play.order(second, 60_000)
    row = proposed(play, (first, 6_000), (second, 4_000))
    with refused("的部分不能下单.*已用完"):
        confirmed(play, row, second)
    assert not orders_of(row) and play.left(first) == 30_000
    with play.now():
        who = {"enterprise_id": second.id, "actor_id": user_of(second.id).id, "request_key": uuid4()}
        in_transaction(lambda: joint.leave(row.id, "额度已用完", **who, now=the_clock.now()))
    with refused("已经终止：额度已用完"):
        confirmed(play, row, second)


@pytest.mark.parametrize("side", ["firm", "provider"])
def test_o11_nobody_confirms_a_part_of_who_is_kept_away(play, side):
    one, other = firms(play, 2)
    row = proposed(play, (one, 12_000), (other, 8_000))
    barred = other.id if side == "firm" else by_id(Offering, row.offering_id).provider_id
    with play.now():
        today = the_clock.today()
        in_transaction(lambda: risk.bar(uuid4(), barred, BarKind.SUSPENSION, until_on=today, number="JA-1", today=today))
    with refused(r"被暂停参与（处理决定 JA-1）"):
        confirmed(play, row, other)
    with refused(r"被暂停参与"):
        proposed(play, (other, 12_000), (one, 8_000), offering=by_id(Offering, row.offering_id))
    assert orders_of(row) == {}


def test_a_stranger_sees_nothing_of_it_and_another_programmes_voucher_pays_no_part(play):
    first, second, stranger = firms(play, 3)
    row = proposed(play, (first, 6_000), (second, 4_000))
    with pytest.raises(NotFound):
        confirmed(play, row, stranger)


def test_what_waits_when_a_voucher_of_it_is_over_ends_by_itself(play):
    first, second = firms(play, 2)
    row = proposed(play, (first, 6_000), (second, 4_000))
    play.give_back(first)
    play.pass_time()
    assert by_id(JointOrder, row.id).ended_at is not None
    with refused("已经终止"):
        confirmed(play, row, second)


@pytest.mark.engines("sqlite")
def test_firms_propose_and_confirm_on_their_pages(play, browser, clock):
    first, second = firms(play, 2)
    clock.move_to("2026-04-01 13:00")
    offering = an_offering(price_fen=1_000_000)
    page = f"/orders/joint/new/{offering.id}"
    browser.sign_in(user_of(first.id))
    assert browser.get(f"/orders/place/{offering.id}").select(f"a[href='{page}']")
    said = {"voucher_id": str(play.voucher(first).id), "own_amount": "6000", "uscc_1": second.organisation.uscc, "amount_1": "3999"}
    assert "相差 1.00 元" in browser.fill(page, said, status=422).text
    assert "没有登记这家企业" in browser.fill(page, said | {"uscc_1": "91540100MA6T1UX12K"}, status=422).text
    browser.fill(page, said | {"amount_1": "4000"})
    (row,) = reads.newest(first.id)

    browser.sign_in(user_of(second.id))
    assert row.number in browser.get("/orders/joint").text
    browser.fill(f"/orders/joint/{row.id}", {"voucher_id": str(play.voucher(second).id)})
    orders = orders_of(row)
    assert [orders[firm.id].price_fen for firm in (first, second)] == [600_000, 400_000]
    assert row.number in browser.get(f"/orders/{orders[second.id].id}").text
    browser.sign_in(user_of(firms(play, 1)[0].id))
    browser.get(f"/orders/joint/{row.id}", status=404)


def test_parts_of_one_purchase_share_a_number_and_nobody_else_does(play):
    first, second, beside = firms(play, 3)
    row = proposed(play, (first, 6_000), (second, 4_000))
    confirmed(play, row, second)
    orders = list(orders_of(row).values())
    with play.now():
        offering = by_id(JointOrder, row.id).offering
        orders.append(acts.an_order(voucher=play.voucher(beside), offering=offering))
    for place, one in enumerate(orders):
        orders[place] = play.contract(play.take(one))
    with play.now():  # all three contracts bear one number
        assert [orders_with_same_numbers(one) for one in orders[:2]] == [[orders[2].number]] * 2
        assert orders_with_same_numbers(orders[2]) == [one.number for one in orders[:2]]
