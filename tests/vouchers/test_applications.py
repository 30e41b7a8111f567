"""Who gets a voucher: windows, queues, waitlists, reviews, appeals."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import got, in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import applications as reads
from marketplace.vouchers.queries import wallet
from marketplace.vouchers.queries.funds import free_fen
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import allotting, applications, holdings, programmes, reviewing, rounds
from marketplace.vouchers.service.reviewing import Decision
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_round, a_title, an_application, an_appropriation, user_of

JIANGMEN, XINJIANG, REVIEWED = "jiangmen_2020_service_voucher", "xinjiang_innovation_service_voucher", "xizang_innovation_voucher"
CITY, COUNTY = "440703", "652701"  # 江门市蓬江区, 博乐市
YUAN = 100
WISH = applications.Wish(requested_fen=20_000 * YUAN, plan="检测")


def swept() -> int:
    return sweep(now=clock.now(), today=clock.today())


def adds_up(row) -> bool:
    return ledger.standing(row.programme.book_id).difference() == 0


def a_window(budget_yuan: int, slug=JIANGMEN, area="440700") -> Round:
    return a_round(slug, area=area, state="claiming", budget_fen=budget_yuan * YUAN, simulated=slug == JIANGMEN)


def city_firm(name="", **facts):
    return a_firm(name, region=CITY, **facts)


def states(*rows) -> list[str]:
    return [got(Application, row.id).state.value for row in rows]


def closed_and_published(row, clock_, days=1):
    clock_.shift(days=days, minutes=1)
    now, today = clock.now(), clock.today()
    in_transaction(lambda: rounds.move(row.id, RoundState.CLOSED, actor_id=None, now=now, today=today))
    in_transaction(lambda: allotting.publish(row.id, actor_id=uuid4(), now=now, today=today))


def apply(row, firm, wish=WISH, key=None):
    return in_transaction(
        lambda: applications.apply(
            row.id, firm.id, wish, actor_id=user_of(firm).id, request_key=key or uuid4(), now=clock.now(), today=clock.today()
        )
    )


# Applying


def test_a_firm_applies_once_and_a_resend_is_answered_with_the_same_place(db):
    row, firm = a_window(100_000), city_firm()
    first, again = apply(row, firm), apply(row, firm)
    assert (first.id, first.sequence) == (again.id, 1)
    with pytest.raises(Conflict, match=first.number):
        apply(row, firm, applications.Wish(requested_fen=10_000 * YUAN, plan="检测"))
    assert got(Round, row.id).last_sequence == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"size": "large"}, "企业规模"),
        ({"verified": False}, "企业认证"),
        ({"size": "unknown"}, "企业规模尚未判定"),
        ({"sanctioned_until": date(2027, 1, 1)}, "信用核查"),
    ],
)
def test_a_firm_outside_the_rules_is_refused_with_the_rule_and_its_clause(db, facts, words):
    row = a_window(100_000)
    with pytest.raises(RuleViolation, match=words) as refusal:
        apply(row, city_firm(**facts))
    assert "依据：" in refusal.value.text()
    assert got(Round, row.id).last_sequence == 0


def test_a_firm_of_another_place_is_refused(db):
    with pytest.raises(RuleViolation, match="适用地区"):
        apply(a_window(100_000), a_firm())


@pytest.mark.parametrize("amount", [20_000 * YUAN + 1, 0])
def test_nobody_asks_for_more_than_the_year_allows_or_for_nothing(db, amount):
    with pytest.raises(RuleViolation, match=r"20,000\.00"):
        apply(a_window(100_000), city_firm(), applications.Wish(requested_fen=amount, plan="检测"))


def test_the_window_opens_and_closes_to_the_minute(db, clock):
    row = a_round(XINJIANG, area="650000", state="announced")
    firm = a_firm(region=COUNTY)
    with pytest.raises(RuleViolation, match="不能申领"):
        apply(row, firm)
    clock.shift(days=1, minutes=1)
    swept()
    assert apply(row, firm).sequence == 1
    clock.shift(days=1)
    with pytest.raises(RuleViolation, match="已经截止"):
        apply(row, a_firm(region=COUNTY))
    swept()
    assert got(Round, row.id).state == "closed"


def test_an_application_keeps_what_was_checked_when_it_arrived(db):
    row, firm = a_window(100_000), city_firm()
    a_title(firm, "specialised")
    filed = apply(row, firm)
    assert {one["rule"]: one["verdict"] for one in filed.checks}["size"] == "met"
    assert all(one["clause"] for one in filed.checks)
    assert (filed.priority_class, filed.priority_name) == (0, "重点支持对象")


def test_withdrawn_is_for_good(db):
    row, firm = a_window(100_000), city_firm()
    filed = apply(row, firm)
    in_transaction(lambda: applications.withdraw(filed.id, firm.id, actor_id=firm.id))
    with pytest.raises(RuleViolation, match="不能再次申领"):
        apply(row, firm)
    other = city_firm()
    with pytest.raises(NotFound):
        in_transaction(lambda: applications.withdraw(filed.id, other.id, actor_id=other.id))


# The queue


def test_priority_firms_come_first_then_the_order_of_arrival_and_nobody_is_oversold(db, clock):
    row = a_window(50_000)
    early, late = apply(row, city_firm()), apply(row, city_firm())
    favoured = city_firm()
    a_title(favoured, "little_giant")
    priority = apply(row, favoured)
    closed_and_published(row, clock)
    assert states(priority, early, late) == ["granted", "granted", "waitlisted"]
    assert [got(Application, one.id).place for one in (priority, early, late)] == [1, 2, 3]
    assert free_fen(got(Round, row.id)) == 10_000 * YUAN  # programme 江门 does not split the rest
    assert adds_up(row)


def test_returned_vouchers_go_to_the_waitlist_in_its_order(db, clock):
    row = a_window(40_000)
    filed = [apply(row, city_firm()) for _ in range(4)]
    closed_and_published(row, clock)
    swept()
    assert states(*filed) == ["granted", "granted", "waitlisted", "waitlisted"]
    voucher = wallet.of_application(filed[0].id)
    in_transaction(lambda: holdings.give_back(voucher.id, voucher.enterprise_id, actor_id=voucher.enterprise_id, today=clock_today()))
    assert swept() == 1
    assert swept() == 0
    assert states(*filed) == ["granted", "granted", "granted", "waitlisted"]
    assert adds_up(row)


def clock_today() -> date:
    return clock.today()


def test_more_money_reaches_the_waitlist_too(db, clock):
    row = a_window(20_000)
    first, second = apply(row, city_firm()), apply(row, city_firm())
    closed_and_published(row, clock)
    an_appropriation(row, 20_000 * YUAN)
    swept()
    assert states(first, second) == ["granted", "granted"]


def test_a_grant_uses_the_year_even_if_the_voucher_is_never_used(db, clock):
    firm, row = city_firm(), a_window(100_000)
    apply(row, firm)
    closed_and_published(row, clock)
    voucher = wallet.holdings(firm.id, clock_today())[0].voucher
    in_transaction(lambda: holdings.give_back(voucher.id, firm.id, actor_id=firm.id, today=clock_today()))
    second = a_window(100_000)
    with pytest.raises(RuleViolation, match=r"不超过 0\.00|已用完"):
        apply(second, firm)


def test_results_come_by_themselves_on_their_last_day(db, clock):
    row = a_window(100_000)
    filed = apply(row, city_firm())
    clock.move_to("2026-03-18 09:00")  # the window closed on the 17th; results within two working days: the 19th
    swept()
    assert got(Round, row.id).state == "closed"
    clock.move_to("2026-03-19 00:01")
    swept()
    assert got(Round, row.id).state == "in_use"
    assert states(filed) == ["granted"]


def test_the_last_one_gets_what_is_left_where_the_programme_says_so(db, clock):
    row = a_window(50_000, XINJIANG, "650000")
    filed = [apply(row, a_firm(region=COUNTY)) for _ in range(3)]
    closed_and_published(row, clock)
    assert [got(Application, one.id).granted_fen for one in filed] == [2_000_000, 2_000_000, 1_000_000]


def test_publishing_twice_issues_once(db, clock):
    row = a_window(100_000)
    apply(row, city_firm())
    closed_and_published(row, clock)
    now, today = clock_now(), clock_today()
    in_transaction(lambda: allotting.publish(row.id, actor_id=uuid4(), now=now, today=today))
    assert len(reads.results_of(row.id)) == 1
    assert ledger.standing(row.programme.book_id).unissued == 100_000 * YUAN


def clock_now():
    return clock.now()


def test_first_come_without_a_day_for_results_is_answered_at_once(db):
    text = (PROGRAMMES / f"{XINJIANG}.toml").read_text()
    text = text.replace('value = "priority_then_first_come"', 'value = "first_come"')
    start, end = text.index("[allocation.priority]"), text.index("[allocation.waitlist]")
    text = text[:start] + text[end:]
    text = text.replace('[allocation.results]\ndays = 5\nday_kind = "working"', "[allocation.results]\nnone = true")
    in_transaction(
        lambda: programmes.import_programme(text.encode(), file=f"{XINJIANG}.toml", area_code="650000", actor_id=None, now=clock.now())
    )
    row = a_window(40_000, XINJIANG, "650000")
    filed = [apply(row, a_firm(region=COUNTY)) for _ in range(3)]
    assert states(*filed) == ["granted", "granted", "waitlisted"]
    assert adds_up(row)


# Reviewing


def decide(filed, decision, actor_id=None, reason="理由", areas=()):
    return in_transaction(
        lambda: reviewing.decide(
            filed.id, decision, reason=reason, actor_id=actor_id or uuid4(), now=clock.now(), today=clock.today(), areas=areas
        )
    )


def test_two_levels_by_two_people_make_a_voucher(db):
    row = a_round(REVIEWED, state="claiming")
    filed, officer = an_application(row, a_firm()), uuid4()
    decide(filed, Decision.PASS, officer)
    assert states(filed) == ["reviewing"]
    with pytest.raises(RuleViolation, match="另一位人员"):
        decide(filed, Decision.PASS, officer)
    with pytest.raises(RuleViolation, match="上级审核"):
        decide(filed, Decision.PASS, areas=("540100",))
    decide(filed, Decision.PASS, areas=("540000",))
    assert states(filed) == ["granted"]
    assert ledger.standing(row.programme.book_id).issued_unused == 20_000 * YUAN
    assert adds_up(row)


def test_passed_without_money_waits_in_order(db):
    row = a_round(REVIEWED, state="claiming", budget_fen=20_000 * YUAN)
    first, second = an_application(row, a_firm()), an_application(row, a_firm())
    for filed in (first, second):
        decide(filed, Decision.PASS)
        decide(filed, Decision.PASS)
    assert states(first, second) == ["granted", "waitlisted"]
    voucher = wallet.of_application(first.id)
    in_transaction(lambda: holdings.give_back(voucher.id, voucher.enterprise_id, actor_id=voucher.enterprise_id, today=clock.today()))
    swept()
    assert states(first, second) == ["granted", "granted"]


def test_a_face_that_does_not_exist_is_refused(db):
    with pytest.raises(RuleViolation, match=r"20,000\.00"):
        apply(a_round(REVIEWED, state="claiming"), a_firm(), applications.Wish(requested_fen=123, plan="检测"))


def test_results_of_a_reviewed_round_wait_for_every_decision(db, clock):
    row = a_round(REVIEWED, state="claiming")
    an_application(row, a_firm())
    with pytest.raises(RuleViolation, match="还有 1 件"):
        closed_and_published(row, clock)


def test_a_returned_application_comes_back_after_the_window_at_its_old_place(db, clock):
    row = a_round(REVIEWED, state="claiming")
    firm = a_firm()
    filed = an_application(row, firm)
    an_application(row, a_firm())
    decide(filed, Decision.RETURN, reason="请写明服务")
    clock.shift(days=2)
    with pytest.raises(RuleViolation):
        apply(row, a_firm())
    again = apply(row, firm, applications.Wish(requested_fen=20_000 * YUAN, plan="检测认证三项"))
    assert (again.id, again.sequence, again.state) == (filed.id, 1, "submitted")


@pytest.mark.parametrize("decision", [Decision.RETURN, Decision.REFUSE])
def test_no_without_a_reason_is_no_answer(db, decision):
    filed = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    with pytest.raises(RuleViolation, match="须写明原因"):
        decide(filed, decision, reason=" ")


def test_where_nobody_reviews_nobody_passes(db):
    filed = apply(a_window(100_000), city_firm())
    with pytest.raises(RuleViolation, match="按先后发放"):
        decide(filed, Decision.PASS)
    decide(filed, Decision.REFUSE, reason="材料虚假")
    assert states(filed) == ["refused"]


# Appeals


def appeal(filed, text="服务在目录内"):
    return in_transaction(
        lambda: applications.appeal(filed.id, filed.enterprise_id, text, actor_id=filed.enterprise_id, now=clock.now(), today=clock.today())
    )


def answer(filed, *, upheld, actor_id=None):
    return in_transaction(
        lambda: reviewing.answer_appeal(
            filed.id, upheld=upheld, answer="已核对", actor_id=actor_id or uuid4(), now=clock.now(), today=clock.today()
        )
    )


def test_an_appeal_comes_once_in_time_and_is_answered_by_another(db, clock):
    filed, officer = an_application(a_round(REVIEWED, state="claiming"), a_firm()), uuid4()
    with pytest.raises(RuleViolation, match="只有未获券"):
        appeal(filed)
    decide(filed, Decision.REFUSE, officer)
    assert applications.appeal_until(got(Application, filed.id)) == date(2026, 3, 23)  # five working days after the 16th
    appeal(filed)
    with pytest.raises(RuleViolation, match="只能申诉一次"):
        appeal(filed, "再说一遍")
    with pytest.raises(RuleViolation, match="另一位人员"):
        answer(filed, upheld=True, actor_id=officer)
    answer(filed, upheld=True)
    assert states(filed) == ["reviewing"]
    with pytest.raises(RuleViolation, match="没有待答复"):
        answer(filed, upheld=False)


def test_a_late_appeal_is_refused(db, clock):
    filed = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    decide(filed, Decision.REFUSE)
    clock.shift(days=8)
    with pytest.raises(RuleViolation, match="2026-03-23 截止"):
        appeal(filed)


def test_an_appeal_upheld_in_a_queue_takes_its_place_there(db, clock):
    row = a_window(20_000)
    refused, other = apply(row, city_firm()), apply(row, city_firm())
    decide(refused, Decision.REFUSE)
    an_appropriation(row, 20_000 * YUAN)
    closed_and_published(row, clock)
    appeal(refused)
    answer(refused, upheld=True)
    assert states(refused, other) == ["granted", "granted"]
    assert adds_up(row)


def test_a_sole_traders_name_is_masked_on_the_public_list(db):
    firm = user_of(a_firm("卓玛手工坊")).organisation
    assert reads.masked(firm) == "卓玛手工坊"
    firm.uscc = "92" + firm.uscc[2:]
    assert reads.masked(firm) == "卓玛**坊"
    db.session.rollback()


def test_the_desk_is_due_by_the_programmes_own_limit(db):
    filed = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    from marketplace.policy.queries import working_calendar

    assert reads.due_of(filed, working_calendar()).on == date(2026, 3, 30)
    assert reads.days_left(filed, working_calendar(), clock.today() + timedelta(days=15)) == -1
