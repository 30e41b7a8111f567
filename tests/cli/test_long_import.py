"""O14: while a long list is stored, what is new is sealed and a small job of somebody else is done: nobody waits for the last row."""

import threading
import time
from uuid import uuid4

import pytest

from marketplace.audit import service as audit
from marketplace.cli.sealing import open_key, seal_all
from marketplace.kernel import clock, imports, jobs, turns
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import N_
from marketplace.kernel.imports import ImportContext, Importer, RowOutcome
from marketplace.kernel.sheets import Row, SheetResult, SheetSpec
from tests.ledger.books import a_book

ROWS, IN_A_CHUNK = 300, 20


@pytest.mark.real_clock
@pytest.mark.engines("sqlite", "postgresql")
def test_o14_the_sealer_and_small_jobs_go_on_beside_a_long_import(fresh_app, fresh_db, tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", IN_A_CHUNK)
    monkeypatch.setattr(turns, "EVERY_SECONDS", 0.2)
    fresh_app.config |= {"INSTANCE": str(tmp_path), "SEALS_ROOT": str(tmp_path / "seals"), "SEALS_COPY": ""}
    a_book(voucher_v=500)
    key, stored, begun, done = open_key(), [], threading.Event(), {}
    monkeypatch.setitem(jobs._handlers, "test.small", lambda _payload, _progress: {})
    in_transaction(lambda: jobs.enqueue("test.small", {}, owner_id=uuid4()))

    def store_row(values, _context):
        stored.append(values["number"])
        audit.record("import.stored", actor_id=None, subject_type="import", subject_id=uuid4())
        begun.set()  # in the middle of a chunk, when the book is being written to
        time.sleep(0.003)
        return RowOutcome.STORED

    def beside(name, work):
        begun.wait(5)
        with fresh_app.app_context():
            work()
            done[name] = len(stored)
            db.session.remove()

    works = {"sealed": lambda: seal_all(key, whole=False), "small job": jobs.run_next}
    threads = [threading.Thread(target=beside, args=one) for one in works.items()]
    for thread in threads:
        thread.start()
    importer = Importer(kind="test", title=N_("名单"), spec=SheetSpec("test", "名单", ()), store_row=store_row)
    sheet = SheetResult("名单", 1, tuple(Row(at, {"number": at}) for at in range(ROWS)), (), (), {}, {})
    context = ImportContext(import_id=uuid4(), actor_id=uuid4(), organisation_id=uuid4(), areas=(), options={}, now=clock.now())
    report = imports.run(importer, sheet, context, keep=True)
    for thread in threads:
        thread.join(10)
    assert report.stored == ROWS and done.keys() == works.keys()
    assert max(done.values()) < ROWS, f"before the last row: {done}"
