"""One reference of the bank settles one line, by form and by import, or a whole batch where finance says so."""

from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.settlement import importers, queries, service
from marketplace.settlement.lifecycle import BatchState, LineState
from marketplace.settlement.models import PaymentBatch, PaymentLine
from tests.factories import a_finance_officer, a_round, a_voucher
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.races import race, tried
from tests.settlement.acts import pay


def two_lines(state="approved"):
    """A batch of two claims of one programme."""
    round_ = a_round()
    claims = [a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))) for _ in range(2)]
    return a_batch(state, claims=claims)


def pay_all(batch, reference="ZF-1", actor_id=None):
    actor_id = actor_id or uuid4()
    return in_transaction(
        lambda: service.record_batch_paid(batch.id, reference=reference, paid_on=clock.today(), actor_id=actor_id, now=clock.now())
    )


def test_a_reference_is_recorded_for_one_line_however_it_is_spelt(db):
    batch, lines = two_lines()
    pay(lines[0], "ZF 2026-0001")
    pay(lines[0], "ZF 2026-0001")  # a second click

    with pytest.raises(RuleViolation, match=f"ｚｆ２０２６０００１ 已登记在{batch.number} {lines[0].claim.number}") as refused:
        pay(lines[1], "ｚｆ２０２６０００１")
    assert refused.value.field == "reference"
    other, (alone, *_rest) = a_batch()
    with pytest.raises(RuleViolation, match="已登记在"):
        pay(alone, "ZF20260001")
    pay(lines[1], "ZF20260002")
    assert (by_id(PaymentBatch, batch.id).state, by_id(PaymentLine, alone.id).state) == (BatchState.CLOSED, LineState.WAITING)
    assert other.id != batch.id


def test_an_imported_list_names_a_reference_once(db):
    batch, lines = two_lines()
    context = SimpleNamespace(areas=["540000"], actor_id=uuid4(), now=clock.now(), gathered=[])

    def row(line):
        return {
            "batch": batch.number, "claim": line.claim.number, "amount": Decimal(line.amount_fen).scaleb(-2), "result": "paid",
            "reference": "ZF1", "paid_on": clock.today(), "reason": "",
        }  # fmt: skip

    in_transaction(lambda: importers.store_row(row(lines[0]), context))
    with pytest.raises(RuleViolation, match="一个流水号只能登记一笔付款"):
        in_transaction(lambda: importers.store_row(row(lines[1]), context))


def test_one_transfer_for_the_whole_batch_settles_every_line(db):
    batch, lines = two_lines()

    for _ in range(2):
        pay_all(batch)

    assert {by_id(PaymentLine, line.id).state for line in lines} == {LineState.PAID}
    assert by_id(PaymentBatch, batch.id).state is BatchState.CLOSED
    standing = ledger.standing(batch.book_id)
    assert (standing.paid, standing.difference()) == (10_000 * YUAN, 0)
    _other, (line,) = a_batch()
    with pytest.raises(RuleViolation, match=f"已登记在{batch.number}。"):
        pay(line, "zf1")


def test_a_whole_batch_is_not_paid_once_more_where_a_line_was_paid_alone(db):
    batch, lines = two_lines()
    pay(lines[0], "ZF1")

    with pytest.raises(Conflict, match="已单独登记为付款（流水号 ZF1）"):
        pay_all(batch, "ZF2")
    waiting, _lines = a_batch("submitted")
    with pytest.raises(RuleViolation, match="复核通过后"):
        pay_all(waiting, "ZF3")
    with pytest.raises(RuleViolation, match="银行流水号"):
        pay_all(a_batch()[0], "——")


@pytest.mark.parametrize(
    ("happened", "words"),
    [("paid", r"登记为已付款（流水号 ZF9）"), ("failed", "已登记为付款失败（账号有误）"), ("rejected", "批次已退回（账号刚变更）")],
)
def test_a_result_that_cannot_be_recorded_says_what_stands_in_the_way(db, happened, words):
    """Not that the batch waits for approval, which it does not."""
    batch, (line,) = a_batch("submitted" if happened == "rejected" else "approved")
    if happened == "paid":
        pay(line, "ZF9")
    elif happened == "failed":
        in_transaction(lambda: service.record_failed(line.id, reason="账号有误", actor_id=uuid4(), now=clock.now()))
    else:
        checker_id = a_finance_officer().id
        in_transaction(lambda: service.reject_batch(batch.id, reason="账号刚变更", actor_id=checker_id, now=clock.now()))

    def failed():
        return in_transaction(lambda: service.record_failed(line.id, reason="别的原因", actor_id=uuid4(), now=clock.now()))

    with pytest.raises((Conflict, RuleViolation), match=words):
        pay(line, "ZF10") if happened == "failed" else failed()


def test_one_reference_for_two_lines_at_the_same_moment_pays_one(fresh_app, fresh_db):
    """Form against form, and against the whole of another batch."""
    batch, lines = two_lines()
    other, _lines = a_batch()
    people = [a_finance_officer().id for _ in range(3)]
    ids, other_id, book_id, day = [line.id for line in lines], other.id, batch.book_id, clock.today()

    def one(number):
        return tried(lambda: service.record_paid(ids[number], reference="ZF1", paid_on=day, actor_id=people[number], now=clock.now()))

    def whole():
        return tried(lambda: service.record_batch_paid(other_id, reference="ZF1", paid_on=day, actor_id=people[2], now=clock.now()))

    answers = race(fresh_app, [lambda: one(0), lambda: one(1), whole])
    fresh_db.session.rollback()

    assert sum(isinstance(answer, RuleViolation) for answer in answers) == 2, answers
    assert sum(line.state is LineState.PAID for line in [*queries.lines_of(batch.id), *queries.lines_of(other_id)]) == 1
    assert ledger.standing(book_id).difference() == 0


def test_the_page_of_a_batch_offers_one_transfer_for_all_of_it(browser):
    batch, lines = two_lines()
    browser.sign_in(a_finance_officer())

    assert "整批一笔登记" in browser.get(f"/payments/{batch.id}").text
    browser.get(f"/payments/{batch.id}/paid")
    browser.fill(f"/payments/{batch.id}/paid", {"reference": "ZF1", "paid_on": clock.today().isoformat()})

    assert {by_id(PaymentLine, line.id).state for line in lines} == {LineState.PAID}
    assert "整批一笔登记" not in browser.get(f"/payments/{batch.id}").text
