"""A sweep looks at what can have changed since it looked last: at everybody once a day, at nobody else in between."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.enterprises.models import Enterprise
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel import clock as the_clock
from marketplace.kernel import sweeping
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.vouchers import sweep as room
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.facts import changed_since
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import rounds
from tests.factories import a_firm, a_round, a_title, an_application, an_appropriation
from tests.page_walk import counted
from tests.vouchers.test_time_and_money import auto_credit_of, swept

FEW, MANY = 10, 200
PLACE = {"region": "110101"}


def vouchers_of(round_):
    the_db.session.expire_all()
    return {one.enterprise_id: one for one in the_db.session.query(Voucher).filter_by(round_id=round_.id)}


def later(clock, **span):
    clock.shift(**span)
    return swept()


@pytest.fixture
def round_(db):
    return a_round("beijing_2022_service_voucher", area="110000")  # a quota that appears by itself, larger for firms with a title


def test_a_sweep_over_many_untouched_rows_costs_what_it_costs_over_few(app, clock, round_):
    cost, firms = [], 0
    for number in (FEW, MANY):
        while firms < number:
            a_firm(user=False, **PLACE)
            firms += 1
        swept()
        assert len(vouchers_of(round_)) == number
        later(clock, hours=1)  # past the overlap
        clock.shift(hours=1)
        with counted(app) as seen:
            assert swept() == 0
        cost.append((len(seen.statements), seen.rows))  # SQLite counts no rows that it reads
    assert cost[0] == cost[1]


def test_a_firm_that_was_verified_is_given_its_quota_in_the_next_round(clock, round_):
    swept()
    firm = a_firm(verified=False, **PLACE)
    assert later(clock, hours=1) == 0
    in_transaction(lambda: setattr(by_id(Organisation, firm.id), "state", OrganisationState.VERIFIED))
    later(clock, minutes=1)
    assert firm.id in vouchers_of(round_)


def test_a_firm_that_was_given_a_title_rises_in_the_next_round(clock, round_):
    firm = a_firm(**PLACE)
    swept()
    before = vouchers_of(round_)[firm.id].face_fen
    clock.shift(hours=1)
    a_title(firm, "specialised")
    swept()
    assert vouchers_of(round_)[firm.id].face_fen > before


def test_what_a_new_day_changes_is_seen_on_the_new_day(clock, round_):
    firm = a_firm(sanctioned_until=the_clock.today(), **PLACE)
    swept()
    assert later(clock, hours=2) == 0
    later(clock, hours=24)
    assert firm.id in vouchers_of(round_)


def test_a_row_that_was_set_aside_is_tried_again_though_nothing_has_changed(clock, round_, monkeypatch):
    firm, rise = a_firm(**PLACE), room.issuing.rise
    swept()
    before = vouchers_of(round_)[firm.id].face_fen
    a_title(firm, "specialised")

    def fails(*_args, **_told):
        raise RuleViolation(N_("这一行坏了。"))

    monkeypatch.setattr(room.issuing, "rise", fails)
    later(clock, hours=1)
    monkeypatch.setattr(room.issuing, "rise", rise)
    later(clock, hours=2)
    assert vouchers_of(round_)[firm.id].face_fen > before


def test_a_title_an_address_and_a_size_count_as_changes_of_a_firm(db, clock):
    firms = [a_firm() for _ in range(4)]
    clock.shift(hours=1)
    moment = the_clock.now()
    a_title(firms[0], "high_tech")
    in_transaction(lambda: setattr(by_id(Organisation, firms[1].id), "region_code", "540202"))
    in_transaction(lambda: setattr(by_id(Enterprise, firms[2].id), "size_class", "small"))
    assert set(the_db.session.scalars(changed_since(moment))) == {firm.id for firm in firms[:3]}


def test_nobody_overtakes_who_waits_for_money(clock, db):
    row, first = auto_credit_of(100, "stop"), a_firm()
    swept()
    clock.shift(hours=1)
    second = a_firm()
    swept()
    assert vouchers_of(row) == {}
    an_appropriation(row, 10**9)
    later(clock, minutes=1)
    assert set(vouchers_of(row)) == {first.id, second.id}


def test_a_waitlist_is_read_again_when_there_is_other_money(clock, db, monkeypatch):
    row = a_round("jiangmen_2020_service_voucher", state="claiming", budget_fen=1_000 * YUAN, area="440700")
    an_application(row, a_firm(region="440703"))
    in_transaction(lambda: rounds.move(row.id, RoundState.CLOSED, actor_id=None, now=row.apply_until_at))
    later(clock, days=20)
    looks, back_fill = [], room.allotting.back_fill
    monkeypatch.setattr(room.allotting, "back_fill", lambda *a, **k: (looks.append(1), back_fill(*a, **k))[1])
    later(clock, hours=1)
    later(clock, minutes=5)
    assert looks == [], "the same queue, and the same money"
    an_appropriation(row, 100_000 * YUAN)
    later(clock, minutes=5)
    assert len(looks) == 1
    assert len(vouchers_of(row)) == 1


def test_a_mark_that_saw_the_same_is_written_seldom(clock, db):
    key, now = a_firm().id, the_clock.now()
    for minutes, at in ((0, now), (5, now), (20, now + timedelta(minutes=20))):
        in_transaction(lambda minutes=minutes: sweeping.keep_mark("x", key, now=now + timedelta(minutes=minutes)))
        assert sweeping.mark_of("x", key).looked_at == at


def test_a_look_that_another_worker_wrote_down_first_stays(db, monkeypatch):
    row_id, now = uuid4(), the_clock.now()
    in_transaction(lambda: sweeping.keep_mark("some.sweep", row_id, now=now, seen="first"))
    with monkeypatch.context() as blind:
        blind.setattr(sweeping, "mark_of", lambda *_: None)  # looked before the other had committed
        in_transaction(lambda: sweeping.keep_mark("some.sweep", row_id, now=now, seen="second"))
    assert sweeping.mark_of("some.sweep", row_id).seen == "first"
