"""Row 19: the worker dies in the middle of a bank's result list. Another takes it up, and each payment is made once."""

import io
import subprocess
import sys
import time
from uuid import uuid4

import openpyxl
from sqlalchemy import func, select

from marketplace.kernel import clock, imports, jobs, sheets
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Entry
from marketplace.settlement.importers import SPEC
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.web import uploads
from tests.factories import a_finance_officer
from tests.faults.load import Found, keep
from tests.faults.stage import ROOT
from tests.order_factories import a_batch, a_claim

LINES = 12


def bank_list(batch, lines) -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = SPEC.title
    page.append([column.title for column in SPEC.columns])
    for number, line in enumerate(lines):
        claim = by_id(Claim, line.claim_id)
        page.append([batch.number, claim.number, line.amount_fen / 100, "已付款", f"YH{number:04d}", clock.today().isoformat(), ""])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def queued(batch, lines) -> jobs.Job:
    """The bank's list, uploaded and waiting to be stored."""
    content, officer = bank_list(batch, lines), a_finance_officer()
    sheet = sheets.read(SPEC, content)
    assert not sheet.errors
    mine = {"organisation_id": officer.organisation_id, "actor_id": officer.id}
    kept = uploads.keep_sheet("结果.xlsx", content, **mine)

    def work():
        file_id = uploads.store(kept).id
        row = imports.Import(
            id=uuid4(), kind="bank_results", name="结果.xlsx", checksum=sheet.checksum, file_id=file_id, options={}, row_count=LINES,
            errors=[], **mine,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        payload = {"import_id": str(row.id), "kind": row.kind, "areas": ["540000"], "whole": False}
        return jobs.enqueue("import.store", payload, dedupe_key=f"import.store:{row.id}")

    return in_transaction(work)


def state_of(job_id) -> jobs.Job:
    db.session.rollback()
    return db.session.get(jobs.Job, job_id, populate_existing=True)


def worker(url):
    return subprocess.Popen([sys.executable, "-m", "tests.faults.jobworker", url], cwd=ROOT, stderr=subprocess.DEVNULL)


def run_and_kill(url, job_id) -> list[int]:
    """Start workers and kill each after some rows, until the job is done; how far it was at each death."""
    deaths = []
    for kill_after in (3, 3, LINES):
        process, before = worker(url), state_of(job_id).done
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            time.sleep(0.05)
            now = state_of(job_id)
            if now.state is jobs.JobState.DONE or (now.attempts > len(deaths) and now.done >= kill_after and now.done != before):
                break
        process.kill()
        process.wait()
        deaths.append(state_of(job_id).done)
        if state_of(job_id).state is jobs.JobState.DONE:
            break
    return deaths


def test_row_19_a_worker_killed_in_a_bank_list_pays_each_line_once(pg_app, pg_url):
    with pg_app.app_context():
        batch, lines = a_batch(claims=[a_claim("approved") for _ in range(LINES)])
        batch_id, book, wanted = batch.id, batch.book_id, sum(line.amount_fen for line in lines)
        job_id = queued(batch, lines).id
        deaths = run_and_kill(pg_url, job_id)
        job = state_of(job_id)
        paid = db.session.scalars(select(PaymentLine).where(PaymentLine.batch_id == batch_id, PaymentLine.state == LineState.PAID)).all()
        entries = db.session.scalar(select(func.count()).select_from(Entry).where(Entry.idempotency_key.like("payment.settle:%")))
        standing = ledger.standing(book)
        print(f"deaths at {deaths}, attempts {job.attempts}, {job.state}, {job.error}")
        found = Found(acknowledged=len(paid), lost=LINES - len(paid), doubled=abs(standing.paid - wanted) + entries - LINES)
        control = {"rows done when a worker was killed": deaths[:-1]}
        db.session.remove()
    keep("19", found, control)
    assert job.state is jobs.JobState.DONE
    assert 0 < deaths[0] < LINES
    assert standing.difference() == 0
