"""A worker that can be killed in the middle: one row in a transaction, a bank list that takes its time, a short lease."""

import sys
import time
from datetime import timedelta

from marketplace.kernel import imports, jobs
from marketplace.kernel.db import db
from marketplace.settlement import service
from tests.conftest import make_app

if __name__ == "__main__":
    imports.CHUNK = 1
    jobs.LEASE = timedelta(seconds=2)
    honest = service.record_paid

    def slow(*args, **facts):
        time.sleep(0.15)
        return honest(*args, **facts)

    service.record_paid = slow
    app = make_app(sys.argv[1])
    with app.app_context():
        while True:
            if not jobs.run_next():
                time.sleep(0.2)
            db.session.remove()
