"""A round for a hundred thousand firms, from issue to expiry, and ten thousand claims paid. `make bench ONLY=rounds`."""

import os
import time
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.ledger import queries as ledger
from marketplace.settlement import service as settlement
from marketplace.settlement.models import Claim
from marketplace.vouchers import sweep
from marketplace.vouchers.models import Programme, Voucher
from marketplace.vouchers.rules.states import VoucherState
from tests import factories as make
from tests import postgres
from tests.bench import stock_rows as rows
from tests.bench.loads import app_on
from tests.bench.stock import Shape, stock
from tests.conftest import close, migrate
from tests.results import figure

FIRMS = int(os.environ.get("ROUND_FIRMS", "100000"))
CLAIMS = int(os.environ.get("ROUND_CLAIMS", "10000"))
IN_A_BATCH = 500  # a list that a bank takes in one file

pytestmark = pytest.mark.real_clock


def seconds(work) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_rounds_issued_and_expired(durable: postgres.Server, instance: str):
    """Every firm gets its quota by itself; the day after the last one, all of them expire. The books agree after each."""
    url = durable.cluster.create("round")
    migrate(url)
    app = app_on(url, instance)
    with app.app_context():
        stock(Shape(orders=40, firms=FIRMS, providers=3, offerings=3, vouchers=3, needs=3, supplies=3, crowd=True))
        round_ = make.a_round(budget_fen=10**14)
        round_id, book_id, last = round_.id, round_.programme.book_id, round_.use_until
        issued = seconds(lambda: sweep.sweep(now=clock.now()))
        db.session.expire_all()
        assert _count(round_id, VoucherState.AVAILABLE) == FIRMS
        morning = clock.day_begins(last + timedelta(days=1)) + timedelta(hours=9)
        expired = seconds(lambda: sweep.sweep(now=morning))
        db.session.expire_all()
        assert _count(round_id, VoucherState.EXPIRED) == FIRMS
        assert ledger.standing(book_id).difference() == 0
    close(app)
    figure("round_issue_seconds_per_100000", issued * 100_000 / FIRMS, "at most 300", issued * 100_000 / FIRMS <= 300)
    figure("round_expire_seconds_per_100000", expired * 100_000 / FIRMS, "at most 300", expired * 100_000 / FIRMS <= 300)


def test_rounds_claims_paid(durable: postgres.Server, instance: str, monkeypatch: pytest.MonkeyPatch):
    """Approved claims go into batches, a second person lets them pass, the bank pays each batch by one transfer."""
    monkeypatch.setattr(rows, "CLAIM_STATE", "'approved'")
    url = durable.cluster.create("claims")
    migrate(url)
    app = app_on(url, instance)
    with app.app_context():
        stock(Shape.of(CLAIMS * 4))
        programme_id = db.session.scalars(select(Programme.id)).one()
        book_id = db.session.scalars(select(Programme.book_id)).one()
        maker, checker = make.a_finance_officer().id, make.a_finance_officer().id
        claims = list(db.session.scalars(select(Claim.id).order_by(Claim.id)))
        assert len(claims) == CLAIMS
        took = seconds(lambda: [_paid(programme_id, claims[at : at + IN_A_BATCH], maker, checker) for at in range(0, CLAIMS, IN_A_BATCH)])
        assert not db.session.scalar(select(func.count()).select_from(Claim).where(Claim.state != "settled"))
        assert ledger.standing(book_id).difference() == 0
    close(app)
    figure("claims_paid_seconds_per_10000", took * 10_000 / CLAIMS, "at most 300", took * 10_000 / CLAIMS <= 300)


def _count(round_id: UUID, state: VoucherState) -> int:
    wanted = select(func.count()).select_from(Voucher).where(Voucher.round_id == round_id, Voucher.state == state)
    return db.session.scalar(wanted) or 0


def _paid(programme_id: UUID, claims: list[UUID], maker: UUID, checker: UUID) -> None:
    batch_id, now = uuid4(), clock.now()
    in_transaction(lambda: settlement.prepare_batch(batch_id, programme_id=programme_id, claim_ids=claims, actor_id=maker, now=now))
    in_transaction(lambda: settlement.submit_batch(batch_id, actor_id=maker, now=now))
    in_transaction(lambda: settlement.approve_batch(batch_id, actor_id=checker, now=now))
    in_transaction(
        lambda: settlement.record_batch_paid(batch_id, reference=f"YH{batch_id.hex}"[:20], paid_on=clock.today(), actor_id=maker, now=now)
    )
    db.session.expunge_all()
