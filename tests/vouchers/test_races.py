"""Many at the same moment, on real commits: nothing is oversold, everybody has a place of its own."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries.funds import free_fen
from marketplace.vouchers.service import applications, funds, issuing, programmes
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_round, user_of
from tests.races import race

XINJIANG, SERVICE = "xinjiang_innovation_service_voucher", "xizang_enterprise_service_voucher"
COUNTY = "652701"
WISH = applications.Wish(requested_fen=2_000_000, plan="检测")


def application(row, firm, actor, key=None):
    key = key or uuid4()
    now, today = clock.now(), clock.today()
    return lambda: in_transaction(
        lambda: applications.apply(row.id, firm, WISH, actor_id=actor, request_key=key, now=now, today=today).sequence
    )


def raced(app, works):
    """The answers; afterwards the test reads anew what is committed by now."""
    answers = race(app, works)
    the_db.session.rollback()
    return answers


@pytest.mark.parametrize("immediate", [False, True])
def test_firms_that_claim_at_once_get_strict_places_and_never_more_than_there_is(fresh_app, fresh_db, immediate):
    if immediate:
        text = (PROGRAMMES / f"{XINJIANG}.toml").read_text()
        text = text.replace('value = "priority_then_first_come"', 'value = "first_come"')
        text = text[: text.index("[allocation.priority]")] + text[text.index("[allocation.waitlist]") :]
        text = text.replace('[allocation.results]\ndays = 5\nday_kind = "working"', "[allocation.results]\nnone = true")
        in_transaction(
            lambda: programmes.import_programme(text.encode(), file="x.toml", area_code="650000", actor_id=None, now=clock.now())
        )
    row = a_round(XINJIANG, area="650000", state="claiming", budget_fen=6_000_000)
    firms = [(firm.id, user_of(firm).id) for firm in (a_firm(region=COUNTY) for _ in range(10))]

    answers = raced(fresh_app, [application(row, firm, actor) for firm, actor in firms])

    assert sorted(answers) == list(range(1, 11)), answers
    states = [row.state.value for row in the_db.session.scalars(select(Application).order_by(Application.sequence)).unique()]
    if immediate:
        assert states == ["granted"] * 3 + ["waitlisted"] * 7
        assert free_fen(the_db.session.get(Round, row.id)) == 0
    else:
        assert states == ["submitted"] * 10
    assert ledger.standing(row.programme.book_id).difference() == 0


def test_one_firm_that_clicks_often_has_one_application(fresh_app, fresh_db):
    row = a_round(XINJIANG, area="650000", state="claiming")
    firm = a_firm(region=COUNTY)
    actor = user_of(firm).id
    firm_id = firm.id

    answers = raced(fresh_app, [application(row, firm_id, actor) for _ in range(6)])

    assert answers == [1] * 6
    assert the_db.session.scalar(select(func.count()).select_from(Application)) == 1


def test_two_sweeps_and_an_officer_at_once_give_each_firm_one_quota(fresh_app, fresh_db):
    row = a_round(SERVICE)
    firms = [a_firm(user=False).id for _ in range(5)]
    now, today = clock.now(), clock.today()
    row_id = row.id

    def push():
        return in_transaction(lambda: len(issuing.credit(row_id, firms, actor_id=None, today=today)))

    answers = raced(fresh_app, [lambda: sweep(now=now, today=today), push, lambda: sweep(now=now, today=today), push])

    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert the_db.session.scalar(select(func.count()).select_from(Voucher)) == 5
    assert sum(answers) == 5


def test_money_sent_twice_at_once_arrives_once(fresh_app, fresh_db):
    row = a_round(SERVICE, state="draft", budget_fen=0)
    key, today, actor = uuid4(), clock.today(), uuid4()
    row_id, book_id = row.id, row.programme.book_id
    paper = funds.FundDocument(source="region", document_number="文号", dated_on=today, amount_fen=50_000)

    def record():
        return in_transaction(lambda: funds.record_appropriation(row_id, paper, actor_id=actor, request_key=key, today=today).number)

    answers = raced(fresh_app, [record] * 4)

    assert len(set(answers)) == 1, answers
    assert ledger.standing(book_id).appropriated == 50_000
