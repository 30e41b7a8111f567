"""States of providers and offerings, what an application and a fact must hold, the settings of the catalogue."""

from datetime import date, timedelta

import pytest

from marketplace.catalogue import synonyms
from marketplace.catalogue.lifecycle import PROVIDER, DossierState, OfferingState, ProviderState, Side
from marketplace.catalogue.rules import admission, dossier, offerings
from marketplace.catalogue.rules.admission import AdmissionDecision, Profile, Ruling
from marketplace.catalogue.rules.dossier import Fact, StaffFacts
from marketplace.catalogue.rules.offerings import OfferingFacts
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.dossier import DossierKind

TODAY = date(2026, 3, 16)
WHOLE = Profile("做数字化诊断。", ("digital",), ("540000",), "0891-6000000")
FACTS = OfferingFacts(
    title="数字化诊断",
    category="digital",
    price_fen=Fen(5_000 * YUAN),
    cycle_days=20,
    summary="一句话",
    description="内容",
    deliverables="报告",
)


@pytest.mark.parametrize("state", [state for state in ProviderState if state is not ProviderState.NOTICED])
def test_nobody_enters_the_register_past_review_and_notice(state):
    with pytest.raises(RuleViolation, match=f"现在是“{state.label}”"):
        PROVIDER.check("admit", Side.PLATFORM, state)


def test_every_decision_of_an_officer_is_a_move_of_the_life():
    assert [(state, *admission.decisions(state)) for state in ProviderState if admission.decisions(state)] == [
        (ProviderState.APPLIED, AdmissionDecision.PASS, AdmissionDecision.RETURN, AdmissionDecision.REFUSE),
        (ProviderState.NOTICED, AdmissionDecision.REFUSE),
        (ProviderState.ADMITTED, AdmissionDecision.SUSPEND, AdmissionDecision.REMOVE),
        (ProviderState.SUSPENDED, AdmissionDecision.LIFT, AdmissionDecision.REMOVE),
    ]


def may_apply(profile=WHOLE, *, agreed=True, banned_until=None, sanctioned_until=None):
    admission.check_may_apply(profile, agreed=agreed, banned_until=banned_until, sanctioned_until=sanctioned_until, today=TODAY)


def test_an_application_is_complete_and_agrees_to_the_terms():
    may_apply()
    with pytest.raises(RuleViolation, match="服务协议"):
        may_apply(agreed=False)
    with pytest.raises(RuleViolation, match="服务热线") as refusal:
        may_apply(Profile("简介", ("digital",), ("540000",), " "))
    assert refusal.value.field == "hotline"
    with pytest.raises(RuleViolation, match="现在是“在库”，不能“提交入库申请”"):
        PROVIDER.check("apply", Side.PROVIDER, ProviderState.ADMITTED)


def test_a_ban_and_a_sanction_hold_through_their_last_day():
    for name, sentence in (("banned_until", "出库处理期"), ("sanctioned_until", "失信")):
        may_apply(**{name: TODAY - timedelta(days=1)})
        with pytest.raises(RuleViolation, match=sentence):
            may_apply(**{name: TODAY})


@pytest.mark.parametrize("decision", [AdmissionDecision.RETURN, AdmissionDecision.REFUSE])
def test_a_refusal_says_why(decision):
    known = {"organisation": OrganisationState.VERIFIED, "today": TODAY}
    admission.check_decision(Ruling(decision, "缺少资质证书"), **known)
    with pytest.raises(RuleViolation, match="写明原因"):
        admission.check_decision(Ruling(decision, " "), **known)


def test_an_unverified_organisation_does_not_pass_and_a_past_ban_is_a_slip():
    with pytest.raises(RuleViolation, match="基本信息"):
        admission.check_decision(Ruling(AdmissionDecision.PASS, ""), organisation=OrganisationState.RETURNED, today=TODAY)
    ruling = Ruling(AdmissionDecision.REMOVE, "套券", TODAY - timedelta(days=1))
    with pytest.raises(RuleViolation, match="早于今天"):
        admission.check_decision(ruling, organisation=OrganisationState.VERIFIED, today=TODAY)


def test_an_unknown_category_is_refused_beside_its_field():
    with pytest.raises(RuleViolation, match="nonsense") as refusal:
        admission.check_profile(Profile("", ("nonsense",), (), ""), categories={"digital"})
    assert refusal.value.field == "categories"


def test_only_what_no_firm_can_order_is_edited():
    assert set(offerings.EDITABLE) == {OfferingState.DRAFT, OfferingState.RETURNED, OfferingState.DELISTED}
    with pytest.raises(RuleViolation, match="调价申请"):
        offerings.check_editable(OfferingState.LISTED)
    with pytest.raises(RuleViolation, match="正在审核"):
        offerings.check_editable(OfferingState.SUBMITTED)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": " "}, "title"), ({"category": "x"}, "category"), ({"price_fen": 0}, "price"), ({"cycle_days": 0}, "cycle_days"),
     ({"cycle_days": 9999}, "cycle_days"), ({"mode": "x"}, "mode"),
     ({"fee_kind": "public_benefit"}, "fee_kind"), ({"fee_kind": "low_fee", "discount_note": " "}, "discount_note")],
)  # fmt: skip
def test_what_is_wrong_with_an_offering_stands_beside_its_field(change, field):
    facts = OfferingFacts(**({name: getattr(FACTS, name) for name in OfferingFacts.__slots__} | change))
    offerings.check_facts(FACTS, categories={"digital"})
    with pytest.raises(RuleViolation) as refusal:
        offerings.check_facts(facts, categories={"digital"})
    assert refusal.value.field == field


def test_an_offering_is_complete_before_it_is_submitted():
    offerings.check_complete(FACTS)
    with pytest.raises(RuleViolation, match="交付成果"):
        offerings.check_complete(
            OfferingFacts(title="甲", category="digital", price_fen=Fen(1), cycle_days=1, summary="一", description="二")
        )


def test_a_firm_orders_only_what_is_listed_by_who_is_in_the_register():
    offerings.check_orderable(OfferingState.LISTED, ProviderState.ADMITTED)
    with pytest.raises(RuleViolation, match="已下架"):
        offerings.check_orderable(OfferingState.DELISTED, ProviderState.ADMITTED)
    with pytest.raises(RuleViolation, match="暂停服务或已出库"):
        offerings.check_orderable(OfferingState.LISTED, ProviderState.SUSPENDED)


@pytest.mark.parametrize(
    ("state", "wanted_fen", "reason", "waiting", "sentence"),
    [
        (OfferingState.DRAFT, 200, "成本上涨", False, "直接修改"),
        (OfferingState.LISTED, 100, "成本上涨", False, "相同"),
        (OfferingState.LISTED, 200, " ", False, "原因"),
        (OfferingState.LISTED, 200, "成本上涨", True, "已有一份"),
        (OfferingState.LISTED, 0, "成本上涨", False, "大于 0"),
    ],
)
def test_a_price_change_is_asked_for_once_with_a_reason(state, wanted_fen, reason, waiting, sentence):
    offerings.check_proposal(OfferingState.LISTED, 100, 200, reason="成本上涨", is_waiting=False)
    with pytest.raises(RuleViolation, match=sentence):
        offerings.check_proposal(state, 100, wanted_fen, reason=reason, is_waiting=waiting)


def test_a_stale_form_is_a_conflict():
    offerings.check_version(3, 3)
    with pytest.raises(Conflict, match="已有变动"):
        offerings.check_version(2, 3)


def fact(kind=DossierKind.PREMISES, **values):
    return Fact(**({"kind": kind, "year": 2025, "title": "", "dated_on": TODAY, "number": 1, "has_file": True} | values))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (fact(year=2027), "年度"),
        (fact(dated_on=TODAY + timedelta(days=1)), "晚于今天"),
        (fact(number=None), "有”或“没有"),
        (fact(has_file=False), "证明材料"),
        (fact(DossierKind.TOTAL_ASSETS, number=-1), "金额"),
        (fact(DossierKind.ORGANISATION_KIND, title="公司"), "列表"),
        (fact(DossierKind.HONOUR, title="奖", issuer=""), "颁发部门"),
    ],
)
def test_a_fact_of_the_dossier_needs_its_answer_and_its_proof(wrong, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        dossier.check_fact(wrong, today=TODAY)


def test_what_is_not_there_needs_no_proof():
    dossier.check_fact(fact(number=0, has_file=False), today=TODAY)
    dossier.check_fact(fact(DossierKind.HONOUR, title="示范平台", issuer="自治区经信厅"), today=TODAY)


def test_a_returned_fact_says_what_to_mend():
    dossier.check_decision(DossierState.ACCEPTED, "")
    dossier.check_decision(DossierState.RETURNED, "证书是假的")
    with pytest.raises(RuleViolation, match="补正"):
        dossier.check_decision(DossierState.RETURNED, " ")
    with pytest.raises(RuleViolation, match="请选择核实意见"):
        dossier.check_decision(DossierState.DECLARED, "")


def test_people_come_before_they_leave():
    dossier.check_staff(StaffFacts(name="次仁", degree="bachelor", title_level="senior", from_on=TODAY), today=TODAY)
    with pytest.raises(RuleViolation, match="学历"):
        dossier.check_staff(StaffFacts(name="次仁", degree="x", title_level="senior", from_on=TODAY), today=TODAY)
    dossier.check_end(TODAY, TODAY)
    with pytest.raises(RuleViolation, match="离职"):
        dossier.check_end(TODAY, TODAY - timedelta(days=1))


def test_search_words_hold_initials_pinyin_and_synonyms():
    words = synonyms.search_text("商标注册申请", "一标一类", "ip").split()
    assert {"sbzcsq", "shangbiaozhuceshenqing", "品牌注册"} <= set(words)
    assert "商标注册" not in words, "what is printed already is not said again"
