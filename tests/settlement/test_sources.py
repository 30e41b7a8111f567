"""O5: of which appropriation money is paid stands in the ledger, and what comes back goes to the appropriation that had paid."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.ledger import invariants
from marketplace.ledger import queries as ledger
from marketplace.ledger.rules import LIMITS
from marketplace.settlement import draw_rules, service
from marketplace.settlement.draw_rules import Fund, OrderOfUse, PaidCause, UseRules
from marketplace.settlement.lifecycle import CorrectionKind
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries import sources
from marketplace.settlement.recovery_rules import ReturnsTo
from marketplace.settlement.service import opening
from marketplace.vouchers import chart, fund_money, money
from marketplace.vouchers.models import Appropriation, Programme
from marketplace.vouchers.queries.funds import appropriations_of
from marketplace.vouchers.service import funds, spending
from tests.factories import a_round, a_voucher, an_appropriation
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.settlement.acts import pay, standing, today
from tests.settlement.test_bounces import bounce, differences
from tests.settlement.test_corrections import correct, fail
from tests.settlement.test_recoveries import confirmed, opened, receive

HALF = 250_000  # of a payment of 5 000 yuan


def a_world(*amounts):
    """A round whose money came by several documents, and a claim on it."""
    round_ = a_round(budget_fen=amounts[0])
    papers = [*appropriations_of(round_.id), *(an_appropriation(round_, fen, source="county") for fen in amounts[1:])]
    return round_, papers, another_claim(round_)


def another_claim(round_):
    return a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_))))


def on(place, *papers):
    """What stands on the accounts of some documents."""
    book_id = by_id(Programme, papers[0].programme_id).book_id
    return [ledger.balance_fen(book_id, place.of(one.id)) for one in papers]


def paid(claim, reference="ZF-1"):
    _batch, (line,) = a_batch(claims=[claim])
    return pay(line, reference)


def test_o5_the_split_of_a_payment_stands_in_the_books_from_the_batch_to_the_bank(db):
    _round, papers, claim = a_world(2_000_000, 2_000_000)

    _batch, (line,) = a_batch(claims=[claim])
    assert on(chart.FUND_PLANNED, *papers) == [HALF, HALF]
    pay(line)

    assert on(chart.PAID_FROM, *papers) == [HALF, HALF]
    assert on(chart.FUND_PLANNED, *papers) == [0, 0]
    assert on(chart.FUND, *papers) == [2_000_000 - HALF] * 2
    assert standing(claim).paid == 2 * HALF and not differences(db)


def test_o5_a_payment_that_fails_or_is_sent_back_frees_what_it_would_have_taken(db):
    _round, papers, claim = a_world(2_000_000, 2_000_000)
    batch, (line,) = a_batch(claims=[claim])
    fail(line)
    assert on(chart.FUND, *papers) == [2_000_000, 2_000_000]

    batch, _lines = a_batch("submitted", claims=[by_id(Claim, claim.id)])
    in_transaction(lambda: service.reject_batch(batch.id, reason="账号有误", actor_id=uuid4(), now=clock.now()))
    assert on(chart.FUND, *papers) == [2_000_000, 2_000_000] and not differences(db)


def test_o5_what_comes_back_goes_to_the_appropriation_that_had_paid(db):
    """Returned by the bank, corrected, and recovered: each to the fen."""
    round_, papers, claim = a_world(2_000_000, 1_000_000)
    line = paid(claim)
    bounce(line, 3_000_01)
    assert on(chart.PAID_FROM, *papers) == [333_333 - 200_000, 166_667 - 100_001]

    second = paid(another_claim(round_), "ZF-2")
    had = on(chart.FUND, *papers)
    draws = dict(by_id(PaymentLine, second.id).draws)
    correct(second, CorrectionKind.NOT_PAID)
    assert on(chart.FUND, *papers) == [fen + draws[str(one.id)] for fen, one in zip(had, papers, strict=True)]

    third = paid(another_claim(round_), "ZF-3")
    before, draws = on(chart.FUND, *papers), dict(third.draws)
    receive(confirmed(opened(third.claim, third.amount_fen, ReturnsTo.POOL)), third.amount_fen)
    assert on(chart.FUND, *papers) == [fen + draws[str(one.id)] for fen, one in zip(before, papers, strict=True)]
    assert on(chart.RECOVERED_FROM, *papers) == [-draws[str(one.id)] for one in papers]
    assert not differences(db)


def test_o5_what_is_called_back_leaves_the_appropriations_that_are_free(db):
    round_, papers, _claim = a_world(60_000_000, 30_000_000)
    wanted = funds.Recall(amount_fen=3_000_000, reason="财政收回")

    in_transaction(lambda: funds.recall(round_.id, wanted, actor_id=uuid4(), request_key=uuid4(), today=today()))

    assert on(chart.FUND, *papers) == [58_000_000, 29_000_000] and not differences(db)


def bind(paper, **words):
    def work():
        by_id(Appropriation, paper.id).bound_to = words

    in_transaction(work)


def test_o5_bound_money_pays_for_what_it_is_bound_to_and_for_nothing_else(db):
    """Lhasa's own money pays no firm elsewhere; where it may pay, it goes first, so that what is free stays for others."""
    round_, (free, own), claim = a_world(900_000, 300_000)
    bind(own, regions=[claim.region_code])
    assert paid(claim).draws == {str(own.id): 300_000, str(free.id): 200_000}

    other = another_claim(round_)
    bind(own, regions=["110105"])
    assert str(own.id) not in paid(other, "ZF-2").draws


def test_o5_a_claim_for_which_only_bound_money_is_left_waits_and_says_so(db):
    _round, (own,), claim = a_world(2_000_000)
    bind(own, categories=["nothing"])

    with pytest.raises(RuleViolation, match="限定用途的资金不能用于这一笔"):
        a_batch(claims=[claim])


ONE, TWO, THREE = (uuid4() for _ in range(3))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (OrderOfUse.PRO_RATA, {THREE: 10, ONE: 15, TWO: 15}),
        (OrderOfUse.OLDEST, {THREE: 10, TWO: 30}),
        (OrderOfUse.USE_BY, {THREE: 10, ONE: 30}),
    ],
)
def test_o5_the_order_of_use_is_what_is_set_and_bound_money_goes_first(order, expected):
    found = [
        Fund(ONE, "region", 30, today(), {}, use_by=today()),
        Fund(TWO, "county", 30, today() - timedelta(days=9), {}),
        Fund(THREE, "county", 10, today(), {"regions": ["5401"], "classes": ["small"]}),
        Fund(uuid4(), "county", 99, today(), {"regions": ["5404"]}),
    ]
    cause = PaidCause("540102", "small", "law")

    taken = draw_rules.drawn(40, draw_rules.found_for(cause, found, UseRules(order, today())))

    assert taken == {str(key): fen for key, fen in expected.items()}


@pytest.fixture
def as_before(monkeypatch):
    """Money moves as it did before accounts were kept per appropriation."""

    def settle(payee_id, draws, _planned, command):
        fen = sum(draws.values())
        moves = [money.MoneyMove(chart.PAYABLE.of(payee_id), chart.PAID.of(), fen)]
        return fund_money.BatchItem(command, moves, (chart.PAID.of(),))

    with monkeypatch.context() as patched:
        patched.setattr(money, "fund_back", lambda _draws: [])
        patched.setattr(money, "fund_accounts", lambda _id: ())
        patched.setattr(fund_money, "settle", settle)
        patched.setattr(spending, "plan", lambda _lines, *, today: None)
        patched.setattr(sources, "funds_of", lambda round_id: [Fund(*row, today(), {}) for row in sources.brought_to([round_id])[round_id]])
        yield patched


def forget(line):
    """A line from before it named its appropriations."""

    def work():
        row = by_id(PaymentLine, line.id)
        row.draws, row.funds, row.sources = None, None, {"region": 4_000_000, "county": 2_000_000}

    in_transaction(work)


def test_o5_an_old_book_is_opened_once_and_every_old_balance_stays(db, as_before, monkeypatch):
    round_, papers, claim = a_world(60_000_000, 30_000_000)
    monkeypatch.setattr("marketplace.settlement.service.batches.open_sources", lambda *_all, **_more: False)
    old = paid(claim)
    _batch, (waiting,) = a_batch(claims=[another_claim(round_)])
    wanted = funds.Recall(amount_fen=3_000_000, reason="财政收回")
    in_transaction(lambda: funds.recall(round_.id, wanted, actor_id=uuid4(), request_key=uuid4(), today=today()))
    forget(old)
    forget(waiting)
    as_before.undo()
    monkeypatch.undo()
    before = {one.code: (one.debits_fen, one.credits_fen, one.version) for one in ledger.accounts(claim.book_id)}

    opened_now = [in_transaction(lambda: opening.open_sources(claim.programme_id, now=clock.now())) for _ in range(2)]

    assert opened_now == [True, False]
    after = {one.code: (one.debits_fen, one.credits_fen, one.version) for one in ledger.accounts(claim.book_id)}
    assert {code: after[code] for code in before} == before
    assert {chart.read(code).kind for code in after.keys() - before.keys()} <= LIMITS
    assert sum(on(chart.FUND, *papers)) + sum(on(chart.FUND_PLANNED, *papers)) == opening.held_fen(claim.book_id)
    assert sum(on(chart.FUND_PLANNED, *papers)) == waiting.amount_fen and not differences(db)

    had = on(chart.FUND, *papers)
    assert by_id(PaymentLine, old.id).is_history and not by_id(PaymentLine, waiting.id).is_history
    bounce(by_id(PaymentLine, old.id), 3_000_00)
    assert [now - then for now, then in zip(on(chart.FUND, *papers), had, strict=True)] == [200_000, 100_000]
    pay(by_id(PaymentLine, waiting.id), "ZF-2")
    assert sum(on(chart.PAID_FROM, *papers)) == waiting.amount_fen and not differences(db)
    assert ledger.balance_fen(claim.book_id, chart.PAID.of()) == old.amount_fen - 3_000_00
    assert not any(invariants.counts(db.session.connection()).values())


def test_o5_a_book_whose_sums_differ_is_not_opened(db, as_before, monkeypatch):
    _round, _papers, claim = a_world(60_000_000)
    monkeypatch.setattr(opening, "held_fen", lambda _book: 1)
    as_before.undo()

    with pytest.raises(RuleViolation, match="与账上未支付的资金不符"):
        in_transaction(lambda: opening.open_sources(claim.programme_id, now=clock.now()))
