"""What may be agreed with a provider, what a file must say for it, and what a contract pays for a service."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from marketplace.agreements import rules
from marketplace.agreements.rules import ListedOffering
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import CNY, Fen
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme
from marketplace.vouchers.rules.states import RoundState
from tests.policy.agreement_cases import AROUND, PURCHASE, TERMS
from tests.policy.amount_cases import START, XIZANG, spec_with

FILE = PROGRAMMES / "xizang_service_purchase.toml"
ONE = ListedOffering(UUID(int=1), "一项", "digital", Fen(500), CNY)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_fen": Fen(0)}, "amount"),
        ({"signed_on": date(2026, 12, 31)}, "signed_on"),
        ({"last_on": date(2028, 1, 2)}, "last_on"),
        ({"first_on": date(2026, 1, 1)}, "first_on"),
        ({"number": "——"}, "number"),
    ],
)
def test_a_contract_is_refused_beside_the_field(wrong, field):
    with pytest.raises(RuleViolation) as refusal:
        rules.check_terms(PURCHASE, replace(TERMS, **wrong), AROUND, today=START)
    assert refusal.value.field == field


@pytest.mark.parametrize("state", [RoundState.DRAFT, RoundState.SUSPENDED, RoundState.SETTLING, RoundState.FINISHED])
def test_contracts_are_signed_while_the_round_runs(state):
    with pytest.raises(RuleViolation, match="不能登记合同"):
        rules.check_terms(PURCHASE, TERMS, replace(AROUND, state=state), today=START)


def test_a_programme_that_pays_otherwise_has_no_contracts():
    with pytest.raises(RuleViolation, match="不由合同付款"):
        rules.check_terms(XIZANG, TERMS, AROUND, today=START)


@pytest.mark.parametrize(
    ("last_on", "is_good"), [(date(2026, 9, 16), True), (date(2026, 9, 17), False)], ids=["the last day of six months", "the day after"]
)
def test_a_period_ends_the_day_before_its_day_comes_again(last_on, is_good):
    spec, terms = spec_with(PURCHASE, {"agreements.period": {"months": 6}}), replace(TERMS, first_on=date(2026, 3, 17), last_on=last_on)
    if is_good:
        rules.check_terms(spec, terms, AROUND, today=START)
        return
    with pytest.raises(RuleViolation, match="每期最长 6 个月"):
        rules.check_terms(spec, terms, AROUND, today=START)


def test_a_contract_pays_its_own_price_and_never_above_the_listed_one():
    key = str(ONE.offering_id)
    assert rules.price_of({}, ["digital"], ONE) == 500
    assert rules.price_of({key: 400}, ["digital"], ONE) == 400
    assert rules.price_of({key: 600}, ["digital"], ONE) == 500, "the price was lowered since"
    assert rules.price_of({str(UUID(int=2)): 400}, ["digital"], ONE) is None
    assert rules.price_of({}, ["legal"], ONE) is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"auto_credit"', '"first_come"', "allocation.mode.value"),
        ('[settlement.payee]\nvalue = "provider"', '[settlement.payee]\nvalue = "sme"', "settlement.payee.value"),
        ('"programme/2"', '"programme/1"', "agreements.cap"),
        ('value = "purchase"', 'value = "quota"', "agreements.cap"),
        ('scope = "enterprise_year"\namount_fen = 5_000_000', 'scope = "order"\namount_fen = 50_000_001', "caps.year.amount_fen"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_with_the_key(old, new, key):
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(text.replace(old, new, 1).encode(), file=FILE.name)
    assert key in {one.key for one in refusal.value.problems}
