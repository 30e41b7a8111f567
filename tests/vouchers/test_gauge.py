"""Where the money of a round stands, asked of the accounts that hold some: the same as following every transfer from the beginning."""

import random
from collections import Counter
from dataclasses import asdict
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import EntryCommand
from marketplace.vouchers import chart, money
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.money import Cut, Hold
from marketplace.vouchers.queries import funds
from tests.factories import a_programme, a_round, a_voucher
from tests.order_factories import an_order
from tests.plans import rows_read

FACE, QUOTA = "xizang_innovation_voucher", "xizang_enterprise_service_voucher"


def command(verb, order=None):
    return EntryCommand(verb, f"{verb}:{uuid4()}", None, "order", order or uuid4(), {})


def walk(vouchers, seed, steps=60):
    """What may happen to orders on some vouchers, in an order that the seed chooses."""
    dice, today, orders, provider = random.Random(seed), the_clock.today(), {}, uuid4()
    for _ in range(steps):
        voucher = dice.choice(vouchers)
        book = voucher.programme.book_id
        order, owner = dice.choice(list(orders.items()) or [(None, None)])
        held = ledger.balance_fen(book, chart.RESERVED.of(order)) if order else 0
        spent = ledger.balance_fen(book, chart.REDEEMED.of(order)) if order else 0
        hold = Hold(voucher_id=uuid4(), order_id=order, version_id=uuid4(), category="", limits=[], payee_id=provider)
        step = dice.choice(("reserve", "release", "redeem", "redeem", "approve", "take_back", "recall"))
        if step == "reserve":
            key = uuid4()
            orders[key] = voucher
            money.reserve(voucher, voucher.payer_account, [], dice.randint(1, 500), command("order.reserve", key), today=today)
        elif step == "release" and held:
            money.release(owner, hold, dice.randint(1, held), command("order.release"), today=today)
        elif step == "redeem" and held:
            part = dice.randint(1, held)
            money.redeem(owner, hold, money.Redemption(part, money.Cut(held - part, "voucher")), command("order.redeem"), today=today)
        elif step == "approve" and spent:
            cut = dice.randint(0, spent)
            to = dice.choice(("voucher", "pool", "none"))
            money.approve(owner, hold, spent - cut, Cut(cut, to), command("claim.approve"), today=today)
        elif step == "take_back":
            item = money.take_back(voucher, 100, command("voucher.reclaimed"), aside_fen=dice.choice((0, 40)))
            money.post_all(book, [item], today=today)
        elif step == "recall":
            money.recall(book, voucher.round_id, dice.randint(1, 50), command("appropriation.recall"), today=today)


def of_round(row):
    return list(the_db.session.scalars(select(Voucher).where(Voucher.round_id == row.id)))


def recounted(row):
    """Follow every transfer of the book from the pool and the vouchers of a round."""
    book, pool = row.programme.book_id, chart.POOL.of(row.id)
    cards = {chart.VOUCHER.of(one.id) for one in of_round(row) if one.instrument == "face_value"}
    entries = list(the_db.session.scalars(select(Entry.id).where(Entry.book_id == book)))
    own, stands = {pool, *cards}, Counter()
    for one in ledger.transfers_of(book, entries):
        if one.debit_code in own and one.credit_code.startswith("order:"):
            own.add(one.credit_code)
        for code, fen in ((one.debit_code, -one.transfer.amount_fen), (one.credit_code, one.transfer.amount_fen)):
            if {one.debit_code, one.credit_code} & own:
                stands[code] += fen
    ends = {"surrendered_fen": "surrendered", "reserved_fen": "reserved", "redeemed_fen": "redeemed", "approved_fen": "payable"}
    found = {
        name: sum(fen for code, fen in stands.items() if word in (code.split(":")[0], code.split(":")[-1])) for name, word in ends.items()
    }
    return found | {"pool_fen": stands[pool], "voucher_fen": sum(stands[code] for code in cards)}


@pytest.mark.parametrize("slug", [FACE, QUOTA])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_gauge_equals_a_recount_of_every_transfer_whatever_happened(db, slug, seed):
    rounds = [a_round(programme=programme) for programme in [a_programme(slug)] for _ in range(2)]
    vouchers = [a_voucher(round_=row, face_fen=2_000_000) for row in rounds for _ in range(2)]
    in_transaction(lambda: walk([by_id(Voucher, one.id) for one in vouchers], seed))
    for row in (by_id(Round, one.id) for one in rounds):
        found = asdict(funds.gauge(row))
        assert {name: found[name] for name in recounted(row)} == recounted(row)
        living = of_round(row)
        code = chart.VOUCHER.of if slug == FACE else chart.VOUCHER_LIMIT.of
        assert funds.unused_fen(row) == sum(ledger.balance_fen(row.programme.book_id, code(one.id)) for one in living)


@pytest.mark.engines("postgresql")
def test_a_gauge_does_not_read_the_transfers_of_orders_that_are_over(db):
    voucher = a_voucher()
    an_order(voucher=voucher)
    read = []
    for _ in range(2):
        for _ in range(3):
            an_order("declined", voucher=by_id(Voucher, voucher.id))
        read.append(rows_read(lambda: funds.gauge(by_id(Round, voucher.round_id)))["ledger_transfers"])
    assert read[0] == read[1]
