"""Two at the same moment on the rules of one programme. SQLite lets one write at a time, so PostgreSQL is where it counts."""

import time
from threading import Event
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.policy.programme_draft import mark_of
from marketplace.policy.programme_file import as_file, with_value
from marketplace.vouchers.models import ProgrammeDraft
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service import drafts
from marketplace.vouchers.service.programmes import GivenFile, import_programme, newest_version
from tests import factories as f
from tests.races import race

pytestmark = [pytest.mark.engines("postgresql"), pytest.mark.real_clock]


def test_a_draft_is_not_published_over_a_version_that_came_while_it_was_checked(fresh_app, fresh_db):
    programme, officer = f.a_programme(), f.an_officer()
    spec = spec_of(newest_version(programme.id).id)
    begun = drafts.Start(programme_id=programme.id)
    draft = in_transaction(lambda: drafts.begin_draft(begun, actor_id=officer.id, request_key=uuid4(), now=clock.now()))
    rate = {**draft.content["rates"]["medium"], "rate_bp": 3_500}
    typed = drafts.Typed(["rates.medium"], {"rates.medium": rate}, mark_of(draft.content, ["rates.medium"]))
    in_transaction(lambda: drafts.save(draft.id, typed, actor_id=officer.id, request_key=uuid4(), now=clock.now()))
    asked = drafts.Publishing(mark_of(by_id(ProgrammeDraft, draft.id).content), areas=["540000"])
    newer = as_file(with_value(spec, "caps.order", 999_900, source=Source("测试〔2026〕1号", "第一条")))
    is_written = Event()

    def imported():
        made = import_programme(GivenFile(newer, "新版.toml"), area_code="540000", actor_id=officer.id, now=clock.now())
        is_written.set()
        time.sleep(0.5)  # the other looks and waits meanwhile
        return made.version.number

    def published():
        is_written.wait(timeout=10)
        return in_transaction(lambda: drafts.publish(draft.id, asked, actor_id=officer.id, request_key=uuid4(), now=clock.now()))

    number, refused = race(fresh_app, [lambda: in_transaction(imported), published])

    assert isinstance(refused, Conflict) and refused.code == "stale_base", refused
    fresh_db.session.rollback()
    assert newest_version(programme.id).number == number
