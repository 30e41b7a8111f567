"""The firm's own share in kind: what counts, to the fen, and what a file and an order may say of it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import Fen
from marketplace.orders.rules import PapersThen, base_then, check_in_kind_paper
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, load_programme, parse_programme
from marketplace.policy.programme_words import DocumentKind
from marketplace.vouchers.rules import amounts
from tests.policy.amount_cases import XIZANG

SCOTLAND = load_programme(PROGRAMMES / "scotland_innovation_voucher.toml")
FILE = (PROGRAMMES / "scotland_innovation_voucher.toml").read_text("utf-8")


@given(price=some.integers(1, 10**12), declared=some.integers(0, 10**12), share=some.integers(1, 9_999), part=some.integers(1, 10_000))
def test_in_kind_is_never_more_than_its_part_and_never_lets_the_price_be_borne_twice(price, declared, share, part):
    own = replace(SCOTLAND.own_share, rate_bp=share, in_kind_bp=part)
    base = amounts.with_in_kind(SimpleNamespace(own_share=own), Fen(price), declared)
    kind = base - price
    assert 0 <= kind <= declared
    assert kind * 10_000**2 <= part * share * base, "its part of the firm's share of the whole"
    assert own.leaves(base) <= price, "what is left to bear is no more than what is paid"
    one_more = price + kind + 1
    assert kind == declared or (kind + 1) * 10_000**2 > part * share * one_more, "and no fen less than it may be"


def test_money_alone_where_the_file_says_nothing_of_it():
    assert amounts.with_in_kind(XIZANG, Fen(100), 50) == 100
    with pytest.raises(RuleViolation, match="全部以现金支付"):
        amounts.checked_in_kind(XIZANG, Fen(100), 50)


@pytest.mark.parametrize(("fen", "words"), [(0, "须大于 0"), (-1, "须大于 0"), (500_001, "最多计 GBP 5,000.00")])
def test_more_than_counts_is_refused_with_what_does(fen, words):
    amounts.checked_in_kind(SCOTLAND, Fen(500_000), 500_000)
    with pytest.raises(RuleViolation, match=words) as refusal:
        amounts.checked_in_kind(SCOTLAND, Fen(500_000), fen)
    assert refusal.value.field == "in_kind"


def test_after_the_acceptance_what_was_shown_counts():
    papers = PapersThen(invoice_fen=Fen(300_000), in_kind_fen=Fen(100_000))
    assert base_then(SCOTLAND, Fen(300_000), papers) == 400_000
    assert base_then(XIZANG, Fen(300_000), papers) == 300_000


@pytest.mark.parametrize(
    ("declared", "by_firm", "words"), [(100, False, "由企业上传"), (0, True, "没有申报")], ids=["of the provider", "nothing declared"]
)
def test_the_firm_shows_what_it_declared(declared, by_firm, words):
    check_in_kind_paper(DocumentKind.IN_KIND_RECORD, declared_fen=100, by_firm=True)
    check_in_kind_paper(DocumentKind.INVOICE, declared_fen=0, by_firm=False)
    with pytest.raises(RuleViolation, match=words):
        check_in_kind_paper(DocumentKind.IN_KIND_RECORD, declared_fen=declared, by_firm=by_firm)


@pytest.mark.parametrize(
    ("changed", "key", "words"),
    [
        (("rate_bp = 5_000 # 50 %\nin_kind", "amount_fen = 5\nin_kind"), "own_share", "没有写明自付比例"),
        (("in_kind_bp = 10_000", "in_kind_bp = 10_001"), "own_share.in_kind_bp", "1"),
        (('"contract", "invoice", "bank', '"in_kind_record", "invoice", "bank'), "evidence.claim.value", "可选"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_by_key(changed, key, words):
    assert changed[0] in FILE
    with pytest.raises(ProgrammeFileError) as error:
        parse_programme(FILE.replace(*changed).encode(), file="scotland_innovation_voucher.toml")
    assert any(one.key == key and words in str(one) for one in error.value.problems), error.value.problems


def test_where_nobody_accepts_nothing_is_in_kind():
    at_till = (PROGRAMMES / "beijing_etown_model_voucher.toml").read_text("utf-8")
    share = '\n[own_share]\nrate_bp = 3_500\nin_kind_bp = 5_000\nassumed = { author = "a", reason = "b" }\n'
    with pytest.raises(ProgrammeFileError) as error:
        parse_programme((at_till + share).encode(), file="beijing_etown_model_voucher.toml")
    assert [one.key for one in error.value.problems] == ["own_share.in_kind_bp"]
