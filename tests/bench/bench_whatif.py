"""A hundred thousand past orders on vouchers under changed rules, on PostgreSQL. `make bench ONLY=whatif`."""

import os
import time
from uuid import UUID, uuid4

from sqlalchemy import text

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.jobs import Job
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.policy.programme_file import with_value
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.programmes import rounds_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.whatif import service
from marketplace.whatif.queries import Question
from tests import factories as make
from tests.bench import stock_rows as rows
from tests.bench.loads import app_on
from tests.bench.stock import Shape, _people, _refresh
from tests.conftest import close, migrate
from tests.results import figure

ON_VOUCHERS = int(os.environ.get("WHATIF_ORDERS", "100000"))
ORDERS = ON_VOUCHERS * 10 // 3  # three of ten are on a voucher
DOCUMENT = Source("测试〔2026〕1号", "第一条")
PRINTED = """{"base_fen": 400000, "rate_bp": 2500, "steps": [
 {"message": "补贴比例 %(rate)s", "params": {"rate": "25%"}, "amount_fen": 100000, "subsidy_fen": 100000, "binds": false, "source": ""},
 {"message": "本企业 %(year)s 年上限", "params": {"year": 2026},
  "amount_fen": 900000, "subsidy_fen": 100000, "binds": false, "source": ""}]}"""


def test_whatif_of_a_hundred_thousand_orders(durable, instance):
    url = durable.cluster.create("whatif")
    migrate(url)
    app = app_on(url, instance)
    with app.app_context():
        round_id = _lay(Shape.of(ORDERS))
        job_id = _ask(round_id)
        before, began = _resident_mb(), time.monotonic()
        jobs.run_all()
        seconds = time.monotonic() - began
        grown = _resident_mb() - before
        job = by_id(Job, job_id)
        assert job.result is not None, job.error
        assert job.result["orders"] >= ON_VOUCHERS
        print({name: job.result[name] for name in ("orders", "before_fen", "after_fen", "firms", "reasons")})
    close(app)
    figure("whatif_100k_orders_seconds", seconds * ON_VOUCHERS / job.result["orders"], "at most 30", seconds <= 30)
    figure("whatif_100k_orders_grown_mb", grown, "at most 150", grown <= 150)


def _lay(shape: Shape) -> UUID:
    """Firms, vouchers, orders and claims as after a year; the books are not read."""
    round_ = make.a_round("xizang_innovation_voucher", budget_fen=10**14, state="in_use", name="一期")
    round_id, programme = round_.id, round_.programme
    second = make.a_round("xizang_innovation_voucher", programme=programme, budget_fen=10**13, state="in_use", name="二期")
    places = {
        "round": round_id,
        "second": second.id,
        "programme": programme.id,
        "version": by_id(Round, round_id).version_id,
        "book": programme.book_id,
        "password": make.password_hash(),
        "now": clock.now(),
        "today": clock.today(),
        "class": spec_of(second.version_id).classes[0].name,
    } | {name: getattr(shape, name) for name in Shape.__dataclass_fields__}
    in_transaction(lambda: _people(places))
    for part in (rows.catalogue, rows.vouchers, rows.orders, rows.claims):
        in_transaction(lambda part=part: part(places))
    in_transaction(lambda: db.session.execute(text("UPDATE vouchers SET created_at = created_at - interval '301 days'")))
    printed = text("UPDATE orders SET preview = :printed, category = :category WHERE voucher_id IS NOT NULL")
    said = {"printed": PRINTED, "category": spec_of(second.version_id).services.value[0]}
    in_transaction(lambda: db.session.execute(printed, said))
    _refresh()
    return round_id


def _ask(round_id: UUID) -> UUID:
    """Under rules that change amounts and ask for every firm again."""
    round_ = by_id(Round, round_id)
    spec = spec_of(round_.version_id)
    changed = with_value(spec, "rates.standard.rate_bp", 2_000, source=DOCUMENT)
    changed = with_value(changed, "beneficiaries.regions.value", ["5401", "5402"], source=DOCUMENT)
    question = Question(programme_id=round_.programme_id, round_ids=(round_id,), rules=changed.frozen(), named="试算")
    return in_transaction(lambda: service.ask(uuid4(), question, rounds_of(question.programme_id), actor_id=uuid4())).id


def _resident_mb() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024
