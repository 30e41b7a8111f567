"""The chart of accounts: codes as they lie in books that were written long ago, letter by letter."""

from uuid import UUID

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.ledger.rules import NEGATIVE, AccountKind
from marketplace.policy.programme_words import CapScope
from marketplace.vouchers import chart
from marketplace.vouchers.instruments import STRATEGIES

ONE, TWO = UUID("01900000-0000-7000-8000-000000000001"), UUID("01900000-0000-7000-8000-000000000002")
_1, _2 = str(ONE), str(TWO)
K = AccountKind

# composed here → the code, kind, shared, owner: what stands in sealed leaves, so no row is ever edited
STORED = [
    (chart.APPROPRIATION.of(ONE), f"appropriation:{_1}", K.APPROPRIATION, True, ("appropriation", ONE)),
    (chart.POOL.of(ONE), f"pool:{_1}", K.POOL, True, ("round", ONE)),
    (chart.VOUCHER.of(ONE), f"voucher:{_1}", K.VOUCHER, False, ("voucher", ONE)),
    (chart.RESERVED.of(ONE), f"order:{_1}:reserved", K.RESERVED, False, ("order", ONE)),
    (chart.REDEEMED.of(ONE), f"order:{_1}:redeemed", K.REDEEMED, False, ("order", ONE)),
    (chart.PAYABLE.of(ONE), f"provider:{_1}:payable", K.PAYABLE, True, ("provider", ONE)),
    (chart.PAID.of(), "paid", K.PAID, True, None),
    (chart.RECOVERED.of(), "recovered", K.RECOVERED, True, None),
    (chart.RECALLED.of(), "surrendered", K.SURRENDERED, True, None),
    (chart.VOIDED.of(ONE), f"surrendered:{_1}", K.SURRENDERED, True, ("round", ONE)),
    (chart.PAID_FROM.of(ONE), f"paid:{_1}", K.PAID, True, ("appropriation", ONE)),
    (chart.RECOVERED_FROM.of(ONE), f"recovered:{_1}", K.RECOVERED, True, ("appropriation", ONE)),
    (chart.FUND.of(ONE), f"limit:source:{_1}", K.LIMIT, True, ("appropriation", ONE)),
    (chart.FUND_PLANNED.of(ONE), f"limit:source:{_1}:planned", K.LIMIT, True, ("appropriation", ONE)),
    (chart.used(chart.FUND.of(ONE)), f"limit:source:{_1}:used", K.LIMIT_USED, True, ("appropriation", ONE)),
    (chart.VOUCHER_LIMIT.of(ONE), f"limit:voucher:{_1}", K.LIMIT, False, ("voucher", ONE)),
    (chart.used(chart.VOUCHER_LIMIT.of(ONE)), f"limit:voucher:{_1}:used", K.LIMIT_USED, False, ("voucher", ONE)),
    (
        chart.cap(CapScope.ENTERPRISE_YEAR, ONE, 2026, simulated=False),
        f"limit:enterprise_year:{_1}:2026", K.LIMIT, False, ("organisation", ONE),
    ),
    (
        chart.used(chart.cap(CapScope.ENTERPRISE_YEAR, ONE, 2026, "digital", simulated=True)),
        f"limit:enterprise_year:{_1}:2026:digital:simulated:used", K.LIMIT_USED, False, ("organisation", ONE),
    ),
    (
        chart.cap(CapScope.PROVIDER_YEAR, ONE, 2026, simulated=True),
        f"limit:provider_year:{_1}:2026:simulated", K.LIMIT, True, ("organisation", ONE),
    ),
    (
        chart.used(chart.cap(CapScope.PAIR, ONE, TWO, 2026, simulated=False)),
        f"limit:pair:{_1}:{_2}:2026:used", K.LIMIT_USED, True, ("organisation", ONE),
    ),
    (chart.cap(CapScope.CATEGORY, ONE, "law", simulated=False), f"limit:category:{_1}:law", K.LIMIT, True, ("round", ONE)),
    (chart.cap(CapScope.ROUND, ONE, TWO, simulated=False), f"limit:round:{_1}:{_2}", K.LIMIT, True, ("organisation", TWO)),
    (
        chart.cap(CapScope.ENTERPRISE_CYCLE, ONE, "2026-04-01", simulated=True),
        f"limit:enterprise_cycle:{_1}:2026-04-01:simulated", K.LIMIT, False, ("organisation", ONE),
    ),
    (chart.cap(CapScope.ENTERPRISE_LIFE, ONE, simulated=False), f"limit:enterprise_life:{_1}", K.LIMIT, False, ("organisation", ONE)),
    (
        chart.cap(CapScope.PROVIDER_CYCLE, ONE, "2026-04-01", simulated=False),
        f"limit:provider_cycle:{_1}:2026-04-01", K.LIMIT, True, ("organisation", ONE),
    ),
    (chart.cap(CapScope.PROVIDER_LIFE, ONE, simulated=False), f"limit:provider_life:{_1}", K.LIMIT, True, ("organisation", ONE)),
    (chart.cap(CapScope.REGION, ONE, "5401", simulated=False), f"limit:region:{_1}:5401", K.LIMIT, True, ("round", ONE)),
    (chart.read(f"limit:order:{_1}"), f"limit:order:{_1}", K.LIMIT, False, ("order", ONE)),
    (chart.read("limit:programme:x"), "limit:programme:x", K.LIMIT, True, None),
    (chart.read("pool:1:7"), "pool:1:7", K.POOL, True, None),
]  # fmt: skip


@pytest.mark.parametrize(("composed", "code", "kind", "shared", "owner"), STORED, ids=[row[1] for row in STORED])
def test_an_account_is_composed_and_read_as_it_lies_in_old_books(composed, code, kind, shared, owner):
    read = chart.read(code)
    assert (composed, composed.kind, composed.shared) == (read, read.kind, read.shared) == (code, kind, shared)
    assert chart.owner_of(code) == owner
    assert chart.is_simulated(code) == (":simulated" in code)


@pytest.mark.parametrize(
    "code", ["", "cash", "bank", "voucher:", "voucher", "order:1", "provider:1", "payed:1", "limit", "limit:", "Pool:1"]
)
def test_a_code_of_no_known_kind_is_refused(code):
    with pytest.raises(RuleViolation, match="不存在"):
        chart.read(code)


def test_every_kind_stands_in_the_chart_with_what_it_holds():
    lines = chart.lines()
    assert {kind for kind, *_rest in lines} == set(AccountKind)
    assert all(label and holds for _kind, label, _codes, _side, holds in lines)
    assert {kind for kind, _label, _codes, side, _holds in lines if side == "debit"} == set(NEGATIVE)
    assert len({codes for _kind, _label, codes, _side, _holds in lines}) == len(lines)


@pytest.mark.parametrize(
    ("word", "left", "filled_from", "payer"),
    [
        ("face_value", f"voucher:{_1}", f"pool:{_2}", f"voucher:{_1}"),
        ("quota", f"limit:voucher:{_1}", f"limit:voucher:{_1}:used", f"pool:{_2}"),
    ],
)
def test_an_instrument_says_where_its_vouchers_hold_value(word, left, filled_from, payer):
    one = STRATEGIES[word]
    assert (one.left(ONE), one.filled_from(ONE, TWO), one.payer(ONE, TWO)) == (left, filled_from, payer)
