"""Programmes, rounds, applications and vouchers: each rule with its refusal, and a ledger that adds up after each story."""

import pytest

from marketplace.ledger import queries as ledger
from marketplace.vouchers import spending
from tests.factories import a_firm, a_round, a_voucher

SHIPPED = [
    "beijing_2022_service_voucher",
    "jiangmen_2020_service_voucher",
    "xinjiang_innovation_service_voucher",
    "xizang_enterprise_service_voucher",
    "xizang_innovation_voucher",
]


def adds_up(row) -> bool:
    return ledger.standing(row.programme.book_id).difference() == 0


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_shipped_programme_can_open_a_round(db, slug):
    row = a_round(slug, budget_fen=5_000_000)
    assert row.state == "in_use"
    assert adds_up(row)
    assert ledger.standing(row.programme.book_id).unissued == 5_000_000


@pytest.mark.parametrize("slug", ["xizang_enterprise_service_voucher", "xizang_innovation_voucher"])
def test_a_firm_gets_a_voucher(db, slug):
    row = a_round(slug)
    voucher = a_voucher(enterprise=a_firm(), round_=row)
    assert voucher.state == "available"
    assert adds_up(row)
    assert spending.of_enterprise(voucher.id, voucher.enterprise_id).number == voucher.number
