"""Programmes, rounds, applications and vouchers: each rule with its refusal, and a ledger that adds up after each story."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction, locked
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import spending
from marketplace.vouchers.rules.rights import Right
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import funds, holdings, issuing, programmes
from tests.factories import a_firm, a_programme, a_round, a_voucher, with_value
from tests.programmes_of import fill_lists

SHIPPED = [path.stem for path in sorted(PROGRAMMES.glob("*.toml"))]


def adds_up(row) -> bool:
    return ledger.standing(row.programme.book_id).difference() == 0


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_shipped_programme_can_open_a_round(db, slug):
    programme = fill_lists(a_programme(slug))
    wanted = "in_use" if spending.spec_of(programmes.newest_version(programme.id).id).has_orders else "claiming"
    row = a_round(programme=programme, budget_fen=5_000_000, state=wanted)
    assert row.state == wanted
    assert adds_up(row)
    assert ledger.standing(row.programme.book_id).unissued == 5_000_000


@pytest.mark.parametrize("slug", ["xizang_enterprise_service_voucher", "xizang_innovation_voucher"])
def test_a_firm_gets_a_voucher(db, slug):
    row = a_round(slug)
    voucher = a_voucher(enterprise=a_firm(), round_=row)
    assert voucher.state == "available"
    assert adds_up(row)
    assert spending.of_enterprise(voucher.id, voucher.enterprise_id).number == voucher.number


def counting_unused(slug="xizang_enterprise_service_voucher"):
    """The default programme, changed so that what is granted counts against the yearly cap at once."""
    return with_value(a_programme(slug), "unused.counts_against_limit", True)


def test_a_firm_whose_cap_is_used_elsewhere_does_not_keep_others_from_their_quota(db):
    programme = counting_unused()
    one, other = a_firm(), a_firm()
    a_voucher(enterprise=one, round_=a_round(programme=programme))
    again = a_round(programme=programme)

    issued = in_transaction(lambda: issuing.credit(again.id, [one.id, other.id], actor_id=None, today=clock.today()))

    assert [voucher.enterprise_id for voucher in issued] == [other.id]
    assert adds_up(again)


def test_a_quota_that_rises_uses_the_yearly_cap_as_a_grant_does(db):
    row, firm = a_round(programme=counting_unused()), a_firm()

    def small():
        right = Right("micro_small", Fen(10_000 * YUAN))
        return issuing.issue_all(locked(Round, row.id), [issuing.Award(firm.id, right)], actor_id=None, today=clock.today())[0]

    voucher = in_transaction(small)
    assert in_transaction(lambda: issuing.rise(voucher.id, today=clock.today()))

    book = row.programme.book_id
    assert ledger.balance_fen(book, f"limit:voucher:{voucher.id}") == 30_000 * YUAN
    assert ledger.balance_fen(book, f"limit:enterprise_year:{firm.id}:{clock.today().year}") == 0
    assert not in_transaction(lambda: issuing.rise(voucher.id, today=clock.today()))


def test_a_voucher_that_is_over_does_not_rise(db):
    row, firm = a_round(), a_firm()
    voucher = a_voucher(enterprise=firm, round_=row, face_fen=10_000 * YUAN)
    in_transaction(lambda: holdings.end(voucher.id, VoucherState.VOID, reason="违规", actor_id=uuid4(), today=clock.today()))

    assert not in_transaction(lambda: issuing.rise(voucher.id, today=clock.today()))

    assert ledger.balance_fen(row.programme.book_id, f"limit:voucher:{voucher.id}") == 0


def test_the_key_of_an_appropriation_is_not_taken_for_another_round(db):
    one, other, key = a_round(), a_round(), uuid4()
    paper = funds.FundDocument(source="region", document_number="藏财企指〔2026〕901号", dated_on=clock.today(), amount_fen=100)

    actor_id = uuid4()

    def record(row):
        return in_transaction(lambda: funds.record_appropriation(row.id, paper, actor_id=actor_id, request_key=key, today=clock.today()))

    assert record(one).id == record(one).id
    with pytest.raises(Conflict, match="刷新页面"):
        record(other)
