"""Years that are closed: their figures stand, whatever is written afterwards and whatever becomes of the firms."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from marketplace.evaluation import queries as evaluation
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.records import service
from marketplace.records.queries import years
from tests.evaluation.factories import a_member, a_platform
from tests.factories import a_firm, a_provider, an_officer
from tests.records.test_service import written

NOW = datetime(2026, 3, 16, 2, tzinfo=UTC)
LAST = date(2025, 6, 1)


def asked(area="540000", year=2025, *, officer=None, now=NOW):
    actor = officer or an_officer(area)
    return in_transaction(lambda: service.ask_to_close(area, year, reason="年度数据已核对", actor_id=actor.id, now=now))


def closed(area="540000", year=2025):
    row, other = asked(area, year), an_officer(area)
    return in_transaction(lambda: service.close(row.id, actor_id=other.id, now=NOW))


def figures(platform, year=2025):
    found = evaluation.assess(platform.id, "xizang_demonstration_platform", year, today=date(2026, 3, 16))
    return {one.id: (one.value, one.verdict) for one in found.criteria if one.rows and "service_record" in one.rows[0]}


def test_e1_a_closed_year_answers_the_same_after_everything_about_its_firms_changed(db):
    platform, body = a_platform(), a_provider()
    membership = a_member(platform, body, from_on=date(2025, 1, 1))
    firms = [a_firm(size=size) for size in ("small", "micro", "unknown")]
    served = [written(provider_id=platform.id, enterprise_id=one.id, delivered_on=LAST) for one in firms]
    written(provider_id=body.id, enterprise_id=firms[0].id, delivered_on=LAST, fee_kind="low_fee")
    row, before = closed(), figures(platform)

    for one in firms:
        one.size_class, one.organisation.region_code = "large", "540202"
    membership.until_on = date(2025, 1, 2)
    the_db.session.commit()
    in_transaction(lambda: service.end_member(membership.id, until_on=date(2025, 1, 1), actor_id=uuid4()))
    wrong = served[0]
    same = {"enterprise_id": wrong.enterprise_id, "corrects_id": wrong.id}
    fixed = written(provider_id=platform.id, delivered_on=LAST, source_kind="report", is_void=True, **same)
    added = written(provider_id=platform.id, delivered_on=LAST)
    moved = written(provider_id=platform.id, enterprise_id=served[1].enterprise_id, source_kind="report", corrects_id=served[1].id)

    assert before["basic_2_served"][0] == 2, "of the third nobody knew the size"
    assert figures(platform) == before
    assert [one.after_close for one in (fixed, added, moved)] == [True] * 3
    line = next(one for one in years.lines_of("540000") if one.year == 2025)
    assert (line.frozen.services, line.frozen.firms, line.frozen.firms_possible) == (4, 2, 3) and row.figures == line.frozen.kept()
    assert (line.now.services, line.differs, line.later) == (3, True, 2), "what came later stands beside it"
    assert {one.id for one in years.later_rows(platform.id, 2025)} == {fixed.id, added.id, moved.id}
    assert not written(provider_id=platform.id).after_close, "the year that runs is open"


def test_a_year_that_is_not_closed_takes_its_corrections(db):
    platform = a_platform()
    wrong = written(provider_id=platform.id, delivered_on=LAST)
    closed("650100")
    fixed = written(provider_id=platform.id, delivered_on=LAST, source_kind="report", corrects_id=wrong.id, fee_fen=1)

    assert not fixed.after_close
    assert figures(platform)["basic_2_served"][0] == 1


def test_a_membership_accepted_later_counts_what_was_done_in_it_and_an_ended_one_stops(db):
    platform, body = a_platform(), a_provider()
    member = a_member(platform, body, from_on=date(2025, 1, 1), state="proposed")
    day = written(provider_id=body.id, delivered_on=date(2026, 2, 1))
    old = written(provider_id=body.id, delivered_on=LAST)
    assert "basic_2_served" not in figures(platform, 2026)

    closed()
    in_transaction(lambda: service.accept_member(member.id, actor_id=uuid4(), now=NOW))
    later = written(provider_id=body.id, delivered_on=date(2026, 3, 1))
    in_transaction(lambda: service.end_member(member.id, until_on=date(2026, 2, 15), actor_id=uuid4()))

    rows = evaluation.assess(platform.id, "xizang_demonstration_platform", 2026, today=date(2026, 3, 16)).result("basic_2_served").rows
    assert rows == (f"service_record:{day.id}",) and later.id and old.id, "not what came after it, nor what lies in a closed year"
    assert "basic_2_served" not in figures(platform)


def test_a_year_is_closed_by_a_second_officer_once_and_not_before_it_is_over(db):
    officer, other = an_officer("540000"), an_officer("540000")
    with pytest.raises(RuleViolation, match="还没有结束"):
        asked(year=2026)
    row = asked(officer=officer)
    with pytest.raises(Conflict, match="已申请封存"):
        asked(officer=other)
    with pytest.raises(Denied, match="另一位"):
        in_transaction(lambda: service.close(row.id, actor_id=officer.id, now=NOW))
    in_transaction(lambda: service.close(row.id, actor_id=other.id, now=NOW))
    with pytest.raises(Conflict, match="封存"):
        in_transaction(lambda: service.close(row.id, actor_id=other.id, now=NOW))


def test_a_year_is_asked_for_and_closed_on_its_pages(browser):
    asker, closer = an_officer("540000"), an_officer("540000")
    record = written(provider_id=a_provider().id, enterprise_id=a_firm(size="unknown").id, delivered_on=LAST)
    browser.sign_in(asker)
    browser.fill("/records/years", {"area": "540000", "year": "2025", "reason": "年度数据已核对"})
    assert "0–1" in browser.get("/records/years").text and "待确认封存" in browser.get("/records/years").text
    closing = years.closed_in("540000", 2025)

    assert "另一位" in browser.fill(f"/records/years/{closing.id}/close", {}, status=422).text
    browser.sign_in(closer)
    browser.fill(f"/records/years/{closing.id}/close", {})
    same = {"provider_id": record.provider_id, "enterprise_id": record.enterprise_id, "corrects_id": record.id}
    fixed = written(delivered_on=LAST, person_times=7, source_kind="report", **same)

    page = browser.get("/records/years").text
    assert "已封存" in page and "更正后 7" in page and "封存后写入 1 行" in page
    assert "台账封存之后写入" in browser.get(f"/records/{fixed.id}").text
