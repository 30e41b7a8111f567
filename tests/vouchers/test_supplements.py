"""Taken back together and handed out again: the day of the one, whose money the other uses, what pages and services refuse."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.moves.service import By
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries.funds import gauge
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.rules.supplements import check_call_in, check_supplements
from marketplace.vouchers.service import funds, rounds
from marketplace.vouchers.sweep import sweep
from tests.factories import a_finance_officer, a_round, a_voucher, an_officer

FINANCE = uuid4()
USE = (date(2026, 4, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("state", "day", "known", "words"),
    [
        (RoundState.IN_USE, date(2026, 6, 30), None, "应在 2026-07-01 起"),
        (RoundState.IN_USE, date(2026, 10, 31), None, "下单截止 2026-10-31 之前"),
        (RoundState.IN_USE, date(2026, 8, 1), date(2026, 7, 31), "只能定一次"),
        (RoundState.SETTLING, date(2026, 7, 1), None, "不能统一收回"),
    ],
)
def test_the_day_of_the_recall_lies_in_the_use_that_is_left_and_is_set_once(state, day, known, words):
    said = {"use_window": USE, "known": known, "today": date(2026, 7, 1)}
    with pytest.raises(RuleViolation, match=words):
        check_call_in(state, day, **said)
    check_call_in(RoundState.IN_USE, date(2026, 7, 1), **said | {"known": None})


def test_only_an_earlier_round_of_the_same_programme_and_the_same_kind_of_money_is_supplemented():
    check_supplements(RoundState.SETTLING, same_programme=True, same_money=True)
    for state, same_programme, same_money in (
        (RoundState.DRAFT, True, True),
        (RoundState.FINISHED, True, True),
        (RoundState.IN_USE, False, True),
        (RoundState.IN_USE, True, False),
    ):
        with pytest.raises(RuleViolation):
            check_supplements(state, same_programme=same_programme, same_money=same_money)


def carried(row, yuan, number="补发〔2026〕1号", key=None):
    wanted = funds.Carry(amount_fen=yuan * YUAN, document_number=number, reason="统一收回后补发")
    asked = {"actor_id": FINANCE, "request_key": key or uuid4(), "today": clock.today()}
    return in_transaction(lambda: funds.carry_over(row.id, wanted, **asked))


def test_money_that_was_taken_back_goes_to_the_round_that_hands_it_out_again_and_no_fen_is_lost(db):
    first = a_round(budget_fen=100_000 * YUAN)
    voucher = a_voucher(round_=first)
    kept = a_voucher(round_=first)
    today, key = clock.today(), uuid4()
    by = By(uuid4(), clock.now(), uuid4())
    in_transaction(lambda: rounds.call_in(first.id, today + timedelta(days=5), reason="年中收回", by=by))
    sweep(now=clock.now())
    assert by_id(Voucher, kept.id).valid_until == today + timedelta(days=5)
    sweep(now=clock.day_begins(today + timedelta(days=6)))
    assert {by_id(Voucher, one.id).state.value for one in (voucher, kept)} == {"reclaimed"}

    second = a_round(programme=first.programme, budget_fen=0, state="draft")
    with pytest.raises(RuleViolation, match="没有接续其他批次"):
        carried(second, 1)
    by_id(Round, second.id).supplements_id = first.id
    db.session.commit()
    with pytest.raises(RuleViolation, match=r"可收回的资金为 100,000\.00 元"):
        carried(second, 100_001)
    one = carried(second, 40_000, key=key)
    assert carried(second, 40_000, key=key).id == one.id, "a second click carries nothing"
    with pytest.raises(Conflict):
        carried(second, 1)

    old, new = gauge(by_id(Round, first.id)), gauge(by_id(Round, second.id))
    assert (old.pool_fen, old.surrendered_fen, new.appropriated_fen, new.pool_fen) == tuple(
        yuan * YUAN for yuan in (60_000, 40_000, 40_000, 40_000)
    )
    assert ledger.standing(first.programme.book_id).difference() == 0


def test_an_officer_sets_the_day_and_opens_the_round_that_finance_gives_the_money(browser, db):
    first = a_round(budget_fen=100_000 * YUAN)
    browser.sign_in(an_officer())
    day = (clock.today() + timedelta(days=5)).isoformat()
    page = browser.fill(f"/office/rounds/{first.id}/call-in", {"day": day, "reason": "年中收回"})
    assert f"已发放的券定于 {day} 统一收回：年中收回" in page.text

    way = f"/office/programmes/{first.programme_id}/rounds/new"
    browser.get(f"{way}?supplements={first.id}")
    dates = {name: first.use_until.isoformat() for name in ("use_until", "redeem_until")}
    page = browser.fill(way, {"name": "补发", "area_code": "540000", "use_from": clock.today().isoformat(), **dates})
    assert "补发批次，接续" in page.text
    second = db.session.query(Round).filter_by(name="补发").one()
    assert second.supplements_id == first.id

    browser.sign_in(a_finance_officer())
    typed = {"amount": "30000", "document_number": "补发〔2026〕1号", "reason": "统一收回后补发"}
    page = browser.fill(f"/office/rounds/{second.id}/carry", typed)
    assert "30,000.00" in page.text
