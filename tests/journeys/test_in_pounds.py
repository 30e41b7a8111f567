"""A programme in pounds in Scotland beside one in yuan: its days, its holidays, its money, from the quota to the bank."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import clock
from marketplace.kernel.calendars import shipped
from marketplace.kernel.db import by_id, db, in_transaction, snapshot
from marketplace.kernel.errors import RuleViolation
from marketplace.notices.settings import steps
from marketplace.orders.models import Order
from marketplace.oversight.queries import reconciling
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.reporting import queries as reporting
from marketplace.reporting.queries import figures
from marketplace.settlement.models import PaymentBatch
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries import wallet
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service import programmes
from tests import order_factories as acts
from tests.factories import a_round, a_voucher, user_of
from tests.journeys.london import InLondon

FILE = (PROGRAMMES / "xizang_enterprise_service_voucher.toml").read_text("utf-8")
PLACE = 'kind = "service"\ncurrency = "{}"\ntime_zone = "Europe/London"\ncalendar = "gb_scotland"'
DAYS = {"use_from": "2026-03-02", "use_until": "2026-11-30", "redeem_until": "2027-03-31"}


def file_in(code):
    named = FILE.replace('"programme/1"', '"programme/2"').replace('slug = "xizang_enterprise', 'slug = "pounds_enterprise')
    return programmes.GivenFile(named.replace('kind = "service"', PLACE.format(code)).encode(), "pounds.toml")


def opened():
    made = in_transaction(lambda: programmes.import_programme(file_in("GBP"), area_code="540000", actor_id=None, now=clock.now()))
    keys = [one.key for one in spec_of(made.version.id).unsigned_values()]
    signed = {"signer": "测试主管", "reason": "测试签认", "actor_id": uuid4(), "request_key": uuid4()}
    in_transaction(lambda: programmes.sign_values(made.programme.id, keys, **signed))
    return by_id(Programme, made.programme.id)


@pytest.fixture
def play(db):
    made = InLondon(opened, area="540000", region="540102", at="2026-03-02")
    made.announce(budget=100_000, **DAYS)
    yield made
    made.verified()


def holder(play):
    firm = play.firm()
    play.pass_time()
    return firm


def settled(play, firm):
    order = play.at("2026-04-01").order(firm, 4_000, currency="GBP")
    for step in (play.take, play.contract, play.deliver, play.accept):
        order = step(order)
    claim = play.check(play.claim(order))
    return order, play.pay(play.approve(play.at("2026-04-20").check(claim)))


def test_its_money_goes_from_the_quota_to_the_bank_in_its_own_currency_and_no_total_adds_it(play):
    firm = holder(play)
    order, claim = settled(play, firm)
    with play.now():
        yuan = a_voucher(enterprise=firm, round_=a_round())
        acts.an_order(voucher=yuan)

    batch = db.session.query(PaymentBatch).filter_by(programme_id=play.programme_id).one()
    assert {order.currency, claim.currency, batch.currency, by_id(Programme, play.programme_id).currency} == {"GBP"}
    counted = reporting.counts()
    assert (counted.paid_fen, counted.paid_apart) == (0, {"GBP": claim.approved_fen})
    totals = wallet.totals(wallet.holdings(firm.id, datetime(2026, 4, 20, 10, tzinfo=UTC)))
    assert set(totals) == {"CNY", "GBP"} and totals["GBP"].used_fen == claim.approved_fen
    held = [one.value for one in figures.of_enterprise(firm.id, date(2026, 4, 20)) if one.label == "订单占用"]
    assert held and not any("GBP" in one for one in held), "what is held is in yuan alone"


def test_an_offering_is_bought_only_in_its_own_currency(play):
    firm = holder(play)
    with pytest.raises(RuleViolation, match="以 CNY 标价，本项目以 GBP 结算，不能用券"):
        play.order(firm, 4_000)
    order = play.order(firm, 4_000, currency="GBP")
    for wrong in ("UPDATE orders SET currency = 'CNY'", "UPDATE programmes SET currency = 'EUR'"):
        with pytest.raises(DBAPIError, match="amounts of a book are in its currency"), db.session.begin_nested():
            db.session.execute(text(wrong))
    assert by_id(Order, order.id).currency == "GBP"


def test_a_new_version_keeps_the_currency_of_the_book(play):
    with pytest.raises(RuleViolation, match="以 GBP 记账，新版本不能换成 EUR"):
        in_transaction(lambda: programmes.import_programme(file_in("EUR"), area_code="540000", actor_id=None, now=clock.now()))


def test_its_days_and_its_working_days_are_those_of_scotland(play):
    firm = holder(play)
    order = play.at("2026-04-01 23:30").order(firm, 1_000, currency="GBP")
    assert order.due_start == date(2026, 4, 1), "in China it is the 2nd already"
    assert order.due_on == shipped("gb_scotland").add_working_days(date(2026, 4, 1), 5).on == date(2026, 4, 9), "Good Friday is free"
    assert (play.at("2026-04-09 23:59:59").take(order)).due_on is not None


def test_the_last_day_to_order_ends_at_midnight_in_london(play):
    firm, late = holder(play), datetime(2026, 12, 1, tzinfo=UTC)
    assert play.at("2026-11-30 23:59:59").order(firm, 1_000, currency="GBP").placed_at < late
    play.moment = late + timedelta(seconds=1)
    with pytest.raises(RuleViolation, match="到期"):
        play.order(firm, 1_000, currency="GBP")


def test_what_nobody_asked_for_is_forfeited_at_midnight_in_london_and_not_by_chinas_day(play):
    firm = holder(play)
    order = play.at("2026-04-01").order(firm, 4_000, currency="GBP")
    for step in (play.take, play.contract, play.deliver, play.accept):
        order = step(order)
    last = by_id(Order, order.id).due_on
    play.at(f"{last} 23:30:00").pass_time()
    assert by_id(Order, order.id).closed_at is None, "in China the next day began hours ago"
    play.at(f"{last + timedelta(days=1)} 00:00:01").pass_time()
    assert by_id(Order, order.id).closed_at is not None, "and it did not rest for an hour from the last look"


def test_a_reminder_comes_by_the_days_of_the_programme(play):
    firm, title = holder(play), "将于 2026-11-30 到期"
    first = date(2026, 11, 30) - timedelta(days=steps()[-1])
    play.at(f"{first - timedelta(days=1)} 20:00").pass_time()
    assert not any(title in one for one in play.heard(firm)), "China has begun its day before London"
    play.at(f"{first} 20:00").pass_time()
    assert any(title in one for one in play.heard(firm))


def test_the_verifier_says_amounts_in_the_currency_of_their_book(play):
    order = play.at("2026-04-01").order(holder(play), 4_000, currency="GBP")
    row_id = str(order.id) if db.engine.dialect.name == "postgresql" else order.id.hex
    change = "UPDATE orders SET subsidy_fen = subsidy_fen {} 1 WHERE id = :id"
    in_transaction(lambda: db.session.execute(text(change.format("-")), {"id": row_id}))
    with snapshot() as connection:
        said = [one.text() for one in reconciling.faults(connection, Counter()) if one.table == "orders"]
    in_transaction(lambda: db.session.execute(text(change.format("+")), {"id": row_id}))
    assert len(said) == 1 and said[0].count("GBP ") == 2 and "元" not in said[0]


@pytest.mark.engines("sqlite")
def test_pages_name_the_currency_and_say_yuan_nowhere_beside_it(play, browser):
    firm = holder(play)
    order, claim = settled(play, firm)
    browser.sign_in(user_of(firm.id))
    pages = [browser.get(f"/orders/{order.id}").text, browser.get("/wallet").text, browser.get(f"/orders/{order.id}/receipt").text]
    browser.sign_in(user_of(order.provider_id))
    pages.append(browser.get(f"/claims/{claim.id}").text)

    for page in pages:
        words = re.sub(r"<[^>]+>|\s+", " ", page)
        assert re.search(r"GBP [0-9,]+\.[0-9]{2}", words)
        assert not re.search(r"GBP [0-9,.]+ *元|[0-9]\.[0-9]{2} *元|（元）", words), re.findall(r".{30}元.{10}", words)
