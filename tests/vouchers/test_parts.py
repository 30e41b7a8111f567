"""A round's budget in parts (配额): by kind of service, class of firm or region; what a file, a round and an officer may do with them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.moves.service import By
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries import funds, parts
from marketplace.vouchers.queries.budget import use_of
from marketplace.vouchers.queues import serve
from marketplace.vouchers.rules.parts import COMMON, ShiftWanted, check_shift, limit_of_part
from marketplace.vouchers.rules.rights import right_of
from marketplace.vouchers.rules.rounds import asked_days
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import funds as fund_service
from marketplace.vouchers.service import holdings, issuing
from marketplace.vouchers.service import parts as service
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_round, a_voucher, an_application, an_appropriation, an_offering, an_officer
from tests.order_factories import an_order
from tests.policy.class_cases import FIRM
from tests.programmes_of import a_programme_with, spec_of_file
from tests.races import race, tried
from tests.recomputing.runs import recomputed

RULE = '[parts_unused]\nvalue = "{}"'
ONE, OTHER = '[parts.one]\nlabel = "甲"\n{} = {}', '[parts.other]\nlabel = "乙"\n{} = {}'
WITHOUT = "services|beneficiaries.sanctions_check"
PLAIN = ('[services]\nvalue = ["legal", "ip"]', "[beneficiaries.sanctions_check]\nvalue = false")
HALVES = {"one": 500 * YUAN, "other": 500 * YUAN}
BY = {"classes": (["micro_small"], ["medium"]), "categories": (["legal"], ["ip"]), "regions": (["5401"], ["5402"])}
FACES = ('[instrument]\nvalue = "face_value"', "[faces.one]\namount_fen = 30000")
STOP = '[allocation.remainder]\nvalue = "stop"'
QUEUE = ('[allocation.mode]\nvalue = "first_come"', "[allocation.results]\nnone = true", "[allocation.waitlist]\nvalue = true", STOP)


def tables(kind, *, swapped=False, rule="officer"):
    one, other = BY[kind][::-1] if swapped else BY[kind]
    return (RULE.format(rule), ONE.format(kind, str(one).replace("'", '"')), OTHER.format(kind, str(other).replace("'", '"')))


def instead_of(written):
    """A pattern of the tables of the file that these take the place of."""
    return "|".join((WITHOUT, *(one.partition("]")[0].strip("[") for one in written)))


def divided(kind, *more, rule="officer", **round_):
    """A round of a thousand yuan, half of it for each of two parts."""
    programme = a_programme_with(*PLAIN, *tables(kind, rule=rule), *more, without=instead_of(more))
    return a_round(programme=programme, budget_fen=1_000 * YUAN, **({"parts": HALVES} | round_))


def left(row):
    """What the parts hold, in yuan, in the order of the rules; together it is the pool, always."""
    found = parts.left_fen(by_id(Round, row.id))
    assert sum(found.values()) == funds.pool_fen(row)
    return [fen // YUAN for fen in found.values()]


def shift(row, source, target, yuan, reason="需求多于预计"):
    wanted = ShiftWanted(source=source, target=target, amount_fen=yuan * YUAN, reason=reason)
    return service.shift(row.id, wanted, By(uuid4(), clock.now(), uuid4()))


def test_who_draws_on_a_part_is_whom_the_part_names():
    for kind in BY:
        found = []
        for swapped in (False, True):
            spec = spec_of_file(*PLAIN, *tables(kind, swapped=swapped), without=WITHOUT)
            right = right_of(spec, FIRM, ())
            found.append(limit_of_part(spec, "r", right.part, "legal", is_pooled=False).code)

        assert found == ["limit:part:r:one", "limit:part:r:other"], kind


def test_the_rules_say_what_becomes_of_what_a_part_does_not_use():
    free = {"one": Fen(5), "other": Fen(5), COMMON: Fen(5)}
    wanted = ShiftWanted(source="one", target="other", amount_fen=5, reason="x")
    officer, stay, on_day = (spec_of_file(*PLAIN, *tables("classes", rule=rule), without=WITHOUT) for rule in ("officer", "stay", "on_day"))

    check_shift(officer, wanted, free)
    for rules in (stay, on_day):
        with pytest.raises(RuleViolation, match="不能由主管部门在各项之间调剂"):
            check_shift(rules, wanted, free)
        check_shift(rules, ShiftWanted(source=COMMON, target="one", amount_fen=5, reason="x"), free)
    assert ["pooled_on" in [one.field for one in asked_days(rules)] for rules in (officer, stay, on_day)] == [False, False, True]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ((RULE.format("stay"),), "一起写"),
        ((RULE.format("stay"), ONE.format("classes", '["micro_small", "medium"]')), "等于没有分配"),
        ((RULE.format("stay"), ONE.format("classes", '["micro_small"]'), OTHER.format("regions", '["5401"]')), "分法不一致"),
        ((RULE.format("stay"), ONE.format("classes", '["micro_small"]'), OTHER.format("classes", '["small"]')), "medium、small"),
        ((RULE.format("stay"), ONE.format("regions", '["5401"]'), OTHER.format("regions", '["6501"]')), "6501 不在项目的适用地区之内"),
        ((RULE.format("stay"), ONE.format("regions", '["5401"]'), OTHER.format("regions", '["540102"]')), "540102 在两项配额里"),
        ((RULE.format("stay"), ONE.format("regions", '["5401"]'), OTHER.format("regions", '["549999"]')), "549999 不存在"),
        ((*tables("categories"), *FACES), "不能按服务类别分配额"),
        ((*tables("categories"), '[unused.rule]\nvalue = "void"'), "无从计入配额"),
        ((*tables("classes", rule="on_day"), '[unused.rule]\nvalue = "void"'), "与统筹使用矛盾"),
        ((RULE.format("stay"), '[parts.one]\nlabel = "甲"', OTHER.format("classes", '["medium"]')), "没有写明给谁"),
    ],
)
def test_a_file_that_divides_badly_is_refused(written, words):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*PLAIN, *written, without=instead_of(written))

    assert any(words in one.text() + one.remedy_text() for one in refusal.value.problems), [one.text() for one in refusal.value.problems]


def test_the_parts_are_the_whole_budget_and_inside_the_rounds_area(db):
    programme = a_programme_with(*PLAIN, *tables("regions"), without=WITHOUT)

    with pytest.raises(RuleViolation, match=r"合计 900.00 元，批次资金 1,000.00 元，相差 100.00 元：甲 500.00，乙 400.00"):
        a_round(programme=programme, budget_fen=1_000 * YUAN, parts=HALVES | {"other": 400 * YUAN})
    with pytest.raises(RuleViolation, match="请填写“乙”的配额"):
        a_round(programme=programme, budget_fen=1_000 * YUAN, parts={"one": 1_000 * YUAN})
    with pytest.raises(RuleViolation, match="“乙”不在批次的开展地区之内"):
        a_round(programme=programme, budget_fen=1_000 * YUAN, parts=HALVES, area="540100")
    row = a_round(programme=programme, budget_fen=1_000 * YUAN, parts={"one": 1_000 * YUAN, "other": 0}, area="540100")
    assert left(row) == [1_000, 0, 0]


def test_an_order_on_a_quota_draws_on_the_part_of_its_kind_and_gives_back_to_it(db):
    row = divided("categories")
    voucher = a_voucher(round_=row)
    legal = an_order("placed", voucher=voucher, offering=an_offering(price_fen=800 * YUAN, category="legal"))
    assert (legal.subsidy_fen, left(row)) == (400 * YUAN, [100, 500, 0])

    more = an_order("placed", voucher=voucher, offering=an_offering(price_fen=800 * YUAN, category="legal"))
    assert (more.subsidy_fen, left(row)) == (100 * YUAN, [0, 500, 0]), "as far as the part reaches"
    an_order("redeemed", voucher=voucher, offering=an_offering(price_fen=200 * YUAN, category="ip"))
    assert left(row) == [0, 400, 0]


def test_a_face_value_takes_its_money_from_the_part_of_its_class_and_brings_it_back(db):
    row = divided("classes", *FACES, STOP)
    firms = [a_firm() for _ in range(2)] + [a_firm(size="medium")]

    given = in_transaction(lambda: issuing.credit(row.id, [firm.id for firm in firms], actor_id=None, today=clock.today()))

    assert ([voucher.enterprise_id for voucher in given], left(row)) == ([firms[0].id, firms[2].id], [200, 200, 0]), "the one part is empty"
    key = given[0].id
    in_transaction(lambda: holdings.end(key, VoucherState.RECLAIMED, reason="x", actor_id=uuid4(), today=clock.today()))
    assert left(row) == [500, 200, 0]


def test_who_comes_to_an_empty_part_waits_in_it_and_is_served_when_an_officer_moves_money_there(db):
    row = divided("classes", *QUEUE, '[unused.rule]\nvalue = "waitlist_backfill"', state="claiming")
    small, late, medium = a_firm(), a_firm(), a_firm(size="medium")
    made = [an_application(row, firm, requested_fen=400 * YUAN) for firm in (small, late, medium)]
    serve(now=clock.now())
    rows = [by_id(Application, one.id) for one in made]
    assert [one.state for one in rows] == ["granted", "waitlisted", "granted"]
    assert rows[1].reason.text() == "排在第 2 位，“甲”的配额已排完，列入候补；有额度退回或调剂时按此顺序补发。"

    with pytest.raises(RuleViolation, match=r"“乙”已发放和占用之外只剩 100.00 元"):
        in_transaction(lambda: shift(row, "other", "one", 400))
    an_appropriation(row, 400 * YUAN)
    in_transaction(lambda: shift(row, COMMON, "one", 400))
    sweep(now=clock.now())

    assert by_id(Application, made[1].id).state == "granted"
    assert [one.free_fen // YUAN for one in parts.standing(by_id(Round, row.id))] == [100, 100, 0]


def test_money_that_arrives_later_belongs_to_no_part_until_it_is_given_to_one_and_goes_back_out_of_a_part(db):
    row, officer = divided("classes"), an_officer()
    an_appropriation(row, 200 * YUAN)
    assert left(row) == [500, 500, 200]
    in_transaction(lambda: shift(row, COMMON, "one", 150))
    assert left(row) == [650, 500, 50]

    def recall(yuan, part):
        wanted = fund_service.Recall(amount_fen=yuan * YUAN, reason="年底收回", part=part)
        in_transaction(lambda: fund_service.recall(row.id, wanted, actor_id=officer.id, request_key=uuid4(), today=clock.today()))

    with pytest.raises(RuleViolation, match="请选择从哪一项配额收回"):
        recall(1, "")
    with pytest.raises(RuleViolation, match=r"“乙”已发放和占用之外只剩 500.00 元"):
        recall(501, "other")
    recall(400, "other")
    assert left(row) == [650, 100, 50]
    use = use_of(row)
    assert (use.whole_fen, use.used_fen) == (800 * YUAN, 0), "what went back is counted once, though a part of the budget moved beside it"
    assert [(one.given_fen // YUAN, one.used_fen) for one in parts.standing(row)] == [(650, 0), (100, 0), (50, 0)]


def test_what_was_decided_before_the_parts_were_pooled_follows_from_its_rules_afterwards_too(db):
    row = divided("classes", rule="on_day", days={"pooled_on": clock.today() + timedelta(days=3)})
    voucher = a_voucher(round_=row)
    an_order("placed", voucher=voucher, offering=an_offering(price_fen=100 * YUAN, category="legal"))
    sweep(now=clock.day_begins(clock.today() + timedelta(days=3)))
    assert by_id(Voucher, voucher.id).part_name == COMMON
    assert recomputed()[1] == []


def test_on_its_day_what_the_parts_did_not_use_is_there_for_all_and_what_comes_back_later_follows(db):
    today = clock.today()
    row = divided("categories", rule="on_day", days={"pooled_on": today + timedelta(days=3)})
    voucher = a_voucher(round_=row)
    before = an_order("placed", voucher=voucher, offering=an_offering(price_fen=1_000 * YUAN, category="legal"))
    day = clock.day_begins(today + timedelta(days=3))
    sweep(now=day - timedelta(seconds=1))
    assert left(row) == [0, 500, 0]
    sweep(now=day)
    assert left(row) == [0, 0, 500]

    with clock.at(day):
        after = an_order("placed", voucher=voucher, offering=an_offering(price_fen=400 * YUAN, category="legal"))
    assert (after.subsidy_fen, left(row)) == (200 * YUAN, [0, 0, 300])
    assert before.subsidy_fen == 500 * YUAN


def test_the_page_of_a_round_asks_for_the_parts_shows_them_and_moves_money(browser, db):
    row, officer = divided("classes"), an_officer()
    browser.sign_in(officer)
    way, typed = f"/office/rounds/{row.id}/parts", {"source": "one", "target": "other", "amount": "120", "reason": "按需求调整"}
    page = browser.fill(way, typed)
    assert "从“甲”调到“乙” 120.00 元" in page.text
    assert left(row) == [380, 620, 0]
    browser.get(way)
    assert "只剩 380.00 元" in browser.fill(way, typed | {"amount": "380.01"}, status=422).text

    draft = divided("classes", state="draft")
    page = browser.fill(f"/office/rounds/{draft.id}/edit", {"part_one": "600"})
    assert "不能早于" not in page.text
    assert parts.planned(draft.id) == {"one": 600 * YUAN, "other": 500 * YUAN}
    page = browser.fill(f"/office/rounds/{draft.id}/to/announced", {}, status=422)
    assert "各项配额合计 1,100.00 元，批次资金 1,000.00 元" in page.text


@pytest.mark.engines("postgresql")
def test_two_officers_and_an_order_at_the_same_moment_move_no_fen_twice(fresh_app, fresh_db):
    row = divided("categories")
    voucher, offering = a_voucher(round_=row), an_offering(price_fen=600 * YUAN, category="legal")
    works = [lambda: tried(lambda: shift(row, "one", "other", 300)) for _ in range(2)]
    found = race(fresh_app, [*works, lambda: an_order("placed", voucher=by_id(Voucher, voucher.id), offering=offering)])

    fresh_db.session.rollback()
    moved = sum(not isinstance(one, Exception) for one in found[:2])
    ordered = 0 if isinstance(found[2], Exception) else found[2].subsidy_fen // YUAN
    assert left(row) == [500 - 300 * moved - ordered, 500 + 300 * moved, 0]
    assert moved <= 1
