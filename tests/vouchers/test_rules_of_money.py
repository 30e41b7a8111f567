import re
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.locales import said_to
from marketplace.kernel.money import YUAN, Fen
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_file import PROGRAMMES, load_programme, with_value
from marketplace.policy.programme_words import CAPS_PER_CYCLE, CapScope
from marketplace.vouchers.instruments import STRATEGIES
from marketplace.vouchers.rules import allotment, amounts, limits
from marketplace.vouchers.rules.allotment import Applicant
from marketplace.vouchers.rules.amounts import LimitLeft, price_preview
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties
from marketplace.vouchers.rules.states import ApplicationState

pytestmark = pytest.mark.rules

BEIJING = load_programme(PROGRAMMES / "beijing_2022_service_voucher.toml")
JIANGMEN = load_programme(PROGRAMMES / "jiangmen_2020_service_voucher.toml")
XIZANG = load_programme(PROGRAMMES / "xizang_enterprise_service_voucher.toml")
INNOVATION = load_programme(PROGRAMMES / "xizang_innovation_voucher.toml")
XINJIANG = load_programme(PROGRAMMES / "xinjiang_innovation_service_voucher.toml")
ALL = (BEIJING, JIANGMEN, XIZANG, INNOVATION, XINJIANG)


def left(amount_fen: int, label="本券额度") -> LimitLeft:
    return LimitLeft(LimitAccount("limit:test", Fen(10**12), Sentence(label), None), Fen(amount_fen))


def parties(**changes) -> LimitParties:
    known = LimitParties(
        enterprise_id=UUID(int=1), round_id=UUID(int=2), on=date(2026, 3, 16), region="540102", provider_id=UUID(int=3), category="legal"
    )
    return replace(known, **changes)


# Amounts


@pytest.mark.parametrize(
    ("base_fen", "left_fen", "subsidy_fen", "words"),
    [
        pytest.param(30_000 * YUAN, 20_000 * YUAN, 9_000 * YUAN, "补贴比例 30%", id="the rate alone"),
        pytest.param(30_000 * YUAN, 9_000 * YUAN, 9_000 * YUAN, "未触及上限", id="exactly what is left"),
        pytest.param(30_000 * YUAN, 5_000 * YUAN, 5_000 * YUAN, "本券额度”限制：5,000.00", id="goes on with what is left"),
        pytest.param(30_000 * YUAN, 0, 0, "本券额度”限制：0.00", id="nothing left, the order goes on unsubsidised"),
        pytest.param(3, 10, 0, "补贴比例", id="part of a fen is dropped"),
        pytest.param(11, 10, 3, "补贴比例", id="3.3 fen are 3"),
    ],
)
def test_beijing_goes_on_with_what_is_left(base_fen, left_fen, subsidy_fen, words):
    preview = price_preview(BEIJING, Fen(base_fen), firm_class="micro_small", category="legal", limits=[left(left_fen)])
    assert preview.subsidy_fen == subsidy_fen
    assert preview.own_share_fen == base_fen - subsidy_fen
    assert words in preview.binding_cap.text()


def test_a_programme_without_partial_use_refuses_and_names_what_is_left():
    with pytest.raises(RuleViolation, match=r"“本券额度”只剩 4,999.99 元") as refusal:
        price_preview(INNOVATION, Fen(10_000 * YUAN), firm_class="general", category="ip", limits=[left(4_999_99)])
    assert refusal.value.code == "limit_short"
    exact = price_preview(INNOVATION, Fen(10_000 * YUAN), firm_class="general", category="ip", limits=[left(5_000_00)])
    assert exact.subsidy_fen == 5_000_00


def test_a_smaller_request_fits_where_the_whole_does_not():
    preview = price_preview(
        INNOVATION, Fen(10_000 * YUAN), firm_class="general", category="ip", limits=[left(4_000_00)], requested_fen=Fen(4_000_00)
    )
    assert preview.subsidy_fen == 4_000_00
    assert "企业申请使用的金额" in preview.binding_cap.text()


def test_a_cap_per_order_binds_in_words():
    order = price_preview(XIZANG, Fen(100_000 * YUAN), firm_class="micro_small", category="legal")
    assert order.subsidy_fen == 15_000 * YUAN
    assert "每笔订单上限" in order.binding_cap.text()
    assert [step.binds for step in order.steps] == [False, True]


def test_the_rate_follows_class_and_category():
    assert INNOVATION.rate_for("general", "ip").rate_bp == 5_000
    assert INNOVATION.rate_for("general", "testing").rate_bp == 6_000
    assert XINJIANG.rate_for("newly_recognised", "ip").rate_bp > XINJIANG.rate_for("general", "ip").rate_bp


@pytest.mark.parametrize("base_fen", [0, -1, 10**15 + 1])
def test_a_base_that_cannot_be_is_refused(base_fen):
    with pytest.raises(RuleViolation, match="合同金额"):
        price_preview(BEIJING, Fen(base_fen), firm_class="micro_small", category="legal")


def test_a_service_outside_the_programme_is_refused_by_its_name():
    with pytest.raises(RuleViolation, match="算力与模型"):
        price_preview(BEIJING, Fen(100), firm_class="micro_small", category="compute")


def test_a_request_of_nothing_is_refused():
    with pytest.raises(RuleViolation, match="大于 0"):
        price_preview(BEIJING, Fen(100), firm_class="micro_small", category="legal", requested_fen=Fen(0))


@pytest.mark.parametrize(("base", "expected"), [("contract", 1_000), ("invoice", 900), ("payment", 950), ("min", 900)])
def test_the_base_is_what_the_programme_says(base, expected):
    spec = with_value(with_value(XIZANG, "settlement.payee", "sme", signed_by="甲"), "base", base, signed_by="甲")
    given = {"contract_fen": Fen(1_000), "invoice_fen": Fen(900), "payment_fen": Fen(950)}
    assert amounts.base_amount(spec, **given) == expected
    assert amounts.base_amount(spec, contract_fen=Fen(1_000)) == 1_000


def test_a_smaller_invoice_lowers_what_may_be_redeemed_and_a_larger_one_does_not_raise_it():
    order = {"firm_class": "general", "category": "legal"}
    assert amounts.redeemable_fen(JIANGMEN, reserved_fen=Fen(5_000), base_fen=Fen(8_000), **order) == 4_000
    assert amounts.redeemable_fen(JIANGMEN, reserved_fen=Fen(5_000), base_fen=Fen(20_000), **order) == 5_000


def test_the_quota_of_a_firm_is_its_yearly_cap_by_class():
    classes = ("micro_small", "specialised", "little_giant")
    assert [amounts.quota_fen(BEIJING, one) for one in classes] == [20_000 * YUAN, 100_000 * YUAN, 200_000 * YUAN]


def test_a_face_is_chosen_from_those_of_the_class():
    assert amounts.faces_fen(INNOVATION, "titled") == (50_000 * YUAN,)
    amounts.check_requested(INNOVATION, Fen(20_000 * YUAN), firm_class="general")
    with pytest.raises(RuleViolation, match=r"20,000.00"):
        amounts.check_requested(INNOVATION, Fen(50_000 * YUAN), firm_class="general")


@pytest.mark.parametrize(("requested", "left_fen"), [(0, None), (2_000_001, None), (1_001, 1_000)])
def test_an_application_asks_for_something_within_the_cap_and_what_is_left_of_it(requested, left_fen):
    with pytest.raises(RuleViolation, match="申领金额"):
        amounts.check_requested(JIANGMEN, Fen(requested), firm_class="general", left_fen=left_fen)
    amounts.check_requested(JIANGMEN, Fen(2_000_000), firm_class="general")


ORDERS = st.sampled_from([(spec, one.name, category) for spec in ALL for one in spec.classes for category in spec.services.value])


@given(
    order=ORDERS,
    base_fen=st.integers(1, 10**15),
    lefts=st.lists(st.integers(0, 10**9), max_size=4),
    requested=st.none() | st.integers(1, 10**8),
)
def test_a_subsidy_never_exceeds_share_caps_limits_or_request(order, base_fen, lefts, requested):
    spec, firm_class, category = order
    spec = replace(spec, partial=replace(spec.partial, value=True))
    preview = price_preview(
        spec,
        Fen(base_fen),
        firm_class=firm_class,
        category=category,
        limits=[left(one) for one in lefts],
        requested_fen=requested,
    )
    order_caps = [one.amount_fen for one in spec.caps if one.scope is CapScope.ORDER and one.applies(firm_class, category)]
    ceilings = [*lefts, *order_caps, *(() if requested is None else (requested,))]
    assert 0 <= preview.subsidy_fen <= base_fen
    assert preview.subsidy_fen * 10_000 <= base_fen * preview.rate_bp
    assert all(preview.subsidy_fen <= one for one in ceilings)
    assert preview.subsidy_fen + preview.own_share_fen == base_fen
    assert preview.own_share_fen * 10_000 >= base_fen * (10_000 - preview.rate_bp)
    # and not a fen less than it may be
    assert preview.subsidy_fen == min([base_fen * preview.rate_bp // 10_000, *ceilings])
    assert (preview.binding is None) == (preview.subsidy_fen == base_fen * preview.rate_bp // 10_000)


@given(base_fen=st.integers(1, 10**12), left_fen=st.integers(0, 10**10))
def test_a_programme_without_partial_use_gives_all_or_refuses(base_fen, left_fen):
    whole = price_preview(INNOVATION, Fen(base_fen), firm_class="general", category="ip").subsidy_fen
    try:
        given_fen = price_preview(INNOVATION, Fen(base_fen), firm_class="general", category="ip", limits=[left(left_fen)]).subsidy_fen
    except RuleViolation:
        given_fen = None
    assert given_fen == (whole if left_fen >= whole else None)


@given(reserved=st.integers(0, 10**9), base_fen=st.integers(1, 10**12))
def test_what_is_redeemed_never_exceeds_what_was_reserved(reserved, base_fen):
    found = amounts.redeemable_fen(XIZANG, reserved_fen=Fen(reserved), base_fen=Fen(base_fen), firm_class="medium", category="legal")
    assert 0 <= found <= min(reserved, base_fen * 3 // 10)


# Limits


def test_an_order_touches_the_limits_its_programme_sets_under_codes_the_ledger_holds():
    found = limits.limits_of_order(XIZANG, "micro_small", parties())
    assert {one.code: one.cap_fen for one in found} == {
        f"limit:enterprise_year:{UUID(int=1)}:2026": 30_000 * YUAN,
        f"limit:provider_year:{UUID(int=3)}:2026": 1_000_000 * YUAN,
    }
    assert "本企业 2026 年上限" in {one.label.text() for one in found}


def test_a_firm_that_rises_a_class_keeps_its_account():
    small, giant = (limits.limits_of_order(BEIJING, one, parties())[0] for one in ("micro_small", "little_giant"))
    assert small.code == giant.code
    assert small.cap_fen < giant.cap_fen


def test_where_unused_vouchers_count_the_grant_uses_the_yearly_limit_and_the_order_does_not():
    grant = limits.limits_of_issue(JIANGMEN, "general", parties(provider_id=None, category=None))
    assert [one.code for one in grant] == [f"limit:enterprise_year:{UUID(int=1)}:2026"]
    assert limits.limits_of_order(JIANGMEN, "general", parties()) == ()
    assert limits.limits_of_issue(BEIJING, "micro_small", parties(provider_id=None, category=None)) == ()


def test_each_scope_has_an_account_of_its_own_and_the_lower_of_two_caps_holds():
    cap = XIZANG.caps[0]
    caps = [
        replace(cap, key=scope.value, scope=scope, amount_fen=Fen(100), classes=frozenset(), categories=frozenset())
        for scope in CapScope
        if scope not in CAPS_PER_CYCLE
    ]
    for_legal = replace(caps[1], categories=frozenset({"legal"}), amount_fen=Fen(50))
    for_two = replace(caps[1], categories=frozenset({"legal", "ip"}))
    for_others = replace(caps[1], categories=frozenset({"ip"}))
    lower = replace(caps[1], amount_fen=Fen(70))
    spec = replace(XIZANG, caps=(*caps, for_legal, for_two, for_others, lower))

    found = {one.code: one.cap_fen for one in limits.limits_of_order(spec, "medium", parties())}

    firm, provider, batch = UUID(int=1), UUID(int=3), UUID(int=2)
    several = next(code for code in found if code.startswith(f"limit:enterprise_year:{firm}:2026:") and not code.endswith("legal"))
    assert found == {
        f"limit:enterprise_year:{firm}:2026": 70,
        f"limit:enterprise_year:{firm}:2026:legal": 50,
        several: 100,
        f"limit:provider_year:{provider}:2026": 100,
        f"limit:pair:{firm}:{provider}:2026": 100,
        f"limit:category:{batch}:legal": 100,
        f"limit:round:{batch}:{firm}": 100,
        f"limit:enterprise_life:{firm}": 100,
        f"limit:provider_life:{provider}": 100,
        f"limit:region:{batch}": 100,
    }
    assert max(len(code) for code in found) <= 120


def test_a_voucher_has_a_limit_of_its_own():
    voucher = uuid4()
    assert limits.own_limit(STRATEGIES["quota"], voucher, Fen(5)).code == f"limit:voucher:{voucher}"
    assert limits.own_limit(STRATEGIES["face_value"], voucher, Fen(5)).code == f"voucher:{voucher}"


# Allotment


def an_applicant(sequence: int, requested_fen: int = 100, *classes: str) -> Applicant:
    return Applicant(UUID(int=sequence), Fen(requested_fen), sequence, frozenset(classes or {"general"}))


def outcome(found) -> list[tuple[int, str, int]]:
    return [(one.application_id.int, one.state.value, one.amount_fen) for one in found.grants]


def test_priority_firms_come_first_then_the_servers_sequence():
    waiting = [an_applicant(1), an_applicant(2, 100, "key_support", "general"), an_applicant(3)]
    found = allotment.allot(JIANGMEN, waiting, Fen(250))
    assert outcome(found) == [(2, "granted", 100), (1, "granted", 100), (3, "waitlisted", 0)]
    assert (found.granted_fen, found.left_fen) == (200, 50)
    assert "候补" in found.grants[2].reason.text()


def test_nobody_overtakes_one_who_does_not_fit():
    found = allotment.allot(JIANGMEN, [an_applicant(1, 100), an_applicant(2, 200), an_applicant(3, 50)], Fen(250))
    assert outcome(found) == [(1, "granted", 100), (2, "waitlisted", 0), (3, "waitlisted", 0)]


def test_the_last_one_gets_what_is_left_where_the_programme_says_so():
    found = allotment.allot(XINJIANG, [an_applicant(1, 100), an_applicant(2, 200), an_applicant(3, 50)], Fen(250))
    assert outcome(found) == [(1, "granted", 100), (2, "granted", 150), (3, "waitlisted", 0)]
    assert "只剩 1.50 元" in found.grants[1].reason.text()


def test_without_a_waitlist_those_not_reached_are_refused():
    spec = replace(JIANGMEN, allocation=replace(JIANGMEN.allocation, waitlist=replace(JIANGMEN.allocation.waitlist, value=False)))
    found = allotment.allot(spec, [an_applicant(1), an_applicant(2)], Fen(100))
    assert outcome(found) == [(1, "granted", 100), (2, "refused", 0)]


def test_returned_amounts_go_to_the_waitlist_in_its_order():
    first = allotment.allot(JIANGMEN, [an_applicant(n) for n in (1, 2, 3, 4)], Fen(200))
    waiting = [an_applicant(one.application_id.int) for one in first.grants if one.state is ApplicationState.WAITLISTED]
    assert outcome(allotment.allot(JIANGMEN, waiting, Fen(99))) == [(3, "waitlisted", 0), (4, "waitlisted", 0)]
    assert outcome(allotment.allot(JIANGMEN, waiting, Fen(100))) == [(3, "granted", 100), (4, "waitlisted", 0)]


APPLICANTS = st.lists(st.tuples(st.integers(1, 500), st.sampled_from(["key_support", "newly_recognised", "general"])), max_size=30).map(
    lambda rows: [an_applicant(n, amount, name) for n, (amount, name) in enumerate(rows, 1)]
)


@given(waiting=APPLICANTS, budget=st.integers(0, 5_000), spec=st.sampled_from([JIANGMEN, XINJIANG]), data=st.data())
def test_an_allotment_never_exceeds_its_budget_and_keeps_the_order(waiting, budget, spec, data):
    shuffled = data.draw(st.permutations(waiting))
    found = allotment.allot(spec, shuffled, Fen(budget))

    assert found == allotment.allot(spec, waiting, Fen(budget)), "how the rows were read does not matter"
    assert found.granted_fen == sum(one.amount_fen for one in found.grants) <= budget
    assert found.granted_fen + found.left_fen == budget
    requested = {one.application_id: one for one in waiting}
    favoured = set(spec.allocation.priority)
    order = [(not (requested[g.application_id].classes & favoured), requested[g.application_id].sequence) for g in found.grants]
    assert order == sorted(order)
    whole = [g.amount_fen == requested[g.application_id].requested_fen for g in found.grants]
    assert whole == sorted(whole, reverse=True), "after the first who is not served whole, nobody is"
    if False in whole and spec is XINJIANG:
        assert found.left_fen == 0
    assert all((g.amount_fen > 0) == (g.state is ApplicationState.GRANTED) for g in found.grants)


@given(waiting=APPLICANTS, budget=st.integers(0, 5_000), returned=st.integers(0, 5_000))
def test_back_filling_serves_the_same_firms_as_if_the_money_had_been_there(waiting, budget, returned):
    first = allotment.allot(JIANGMEN, waiting, Fen(budget))
    rest = {one.application_id for one in first.grants if one.state is ApplicationState.WAITLISTED}
    second = allotment.allot(JIANGMEN, [one for one in waiting if one.application_id in rest], Fen(first.left_fen + returned))
    at_once = allotment.allot(JIANGMEN, waiting, Fen(budget + returned))
    served = {one.application_id for found in (first, second) for one in found.grants if one.amount_fen}
    assert served == {one.application_id for one in at_once.grants if one.amount_fen}


def test_a_cap_that_binds_is_named_in_the_readers_language(app):
    binding = amounts.CalculationStep(N_("本企业 %(year)s 年上限", year=2026), Fen(10), Fen(10), True, None)
    preview = amounts.Preview(Fen(100), 5000, Fen(10), Fen(90), (binding,))
    with app.test_request_context():
        assert not re.search(r"[一-鿿]", said_to("en", preview.binding_cap))
