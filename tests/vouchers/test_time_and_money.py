"""Doors open on the second; those who wait are told how it ended; money reaches as far as it goes, in order; what is voided stays void."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.clock import CST
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.notices import queries as notices
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers import chart
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries import spending
from marketplace.vouchers.queries.funds import gauge
from marketplace.vouchers.rules import rounds
from marketplace.vouchers.rules.sales import Sale
from marketplace.vouchers.rules.states import ApplicationState, RoundState, VoucherState, Way
from marketplace.vouchers.service import holdings, issuing, programmes
from marketplace.vouchers.service import rounds as round_service
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_programme, a_round, a_voucher, an_application, an_appropriation, an_officer, user_of, with_value

OPENS, CLOSES = datetime(2026, 3, 20, 10, tzinfo=CST), datetime(2026, 3, 21, 10, tzinfo=CST)
SECOND = timedelta(seconds=1)


def swept():
    return sweep(now=the_clock.now())


def changed(slug, **values):
    """A shipped programme with other values, e.g. unused__rule="void"."""
    programme = a_programme(slug)
    for key, value in values.items():
        with_value(programme, key.replace("__", "."), value)
    return programme


def adds_up(row) -> bool:
    found = gauge(row)
    parts = found.surrendered_fen + found.pool_fen + found.voucher_fen + found.reserved_fen + found.redeemed_fen + found.approved_fen
    return parts == found.appropriated_fen and ledger.standing(row.programme.book_id).difference() == 0


@pytest.mark.parametrize(
    ("state", "way", "at", "expected"),
    [
        ("announced", Way.QUEUE, OPENS - SECOND, "announced"),
        ("announced", Way.QUEUE, OPENS, "claiming"),
        ("announced", Way.QUEUE, CLOSES - SECOND, "claiming"),
        ("announced", Way.QUEUE, CLOSES, "closed"),
        ("claiming", Way.QUEUE, CLOSES - SECOND, "claiming"),
        ("claiming", Way.QUEUE, CLOSES, "closed"),
        ("claiming", Way.DIRECT, CLOSES - SECOND, "claiming"),
        ("announced", Way.DIRECT, CLOSES, "settling"),
        ("suspended", Way.QUEUE, OPENS, "suspended"),
        ("published", Way.QUEUE, datetime(2026, 3, 31, 23, 59, 59, tzinfo=CST), "published"),
        ("published", Way.QUEUE, datetime(2026, 4, 1, tzinfo=CST), "in_use"),
        ("announced", Way.USE, datetime(2026, 4, 1, tzinfo=CST), "in_use"),
        ("in_use", Way.QUEUE, datetime(2026, 6, 30, 23, 59, 59, tzinfo=CST), "in_use"),
        ("in_use", Way.QUEUE, datetime(2026, 7, 1, tzinfo=CST), "settling"),
        ("announced", Way.USE, datetime(2026, 7, 1, tzinfo=CST), "settling"),
    ],
)
def test_a_round_stands_where_the_clock_says(state, way, at, expected):
    found = rounds.phase(
        RoundState(state), way=way, apply_window=(OPENS, CLOSES), use_window=(date(2026, 4, 1), date(2026, 6, 30)),
        today=the_clock.civil_date(at), now=at,
    )  # fmt: skip
    assert found is RoundState(expected)


def test_an_announced_round_accepts_on_the_second_and_closes_on_the_second_without_a_sweep(db, clock):
    row = a_round("jiangmen_2020_service_voucher", state="announced", area="440700")
    early, first, late = (a_firm(region="440703") for _ in range(3))
    with the_clock.at(row.apply_from_at - SECOND), pytest.raises(RuleViolation, match=r"不能申领|尚未开始"):
        an_application(row, early)
    with the_clock.at(row.apply_from_at):
        assert an_application(row, first).state is ApplicationState.SUBMITTED
    with the_clock.at(row.apply_until_at), pytest.raises(RuleViolation, match=r"不能申领|截止"):
        an_application(row, late)


def test_whoever_waits_is_told_when_the_round_takes_no_more_orders(db, clock):
    row = a_round("jiangmen_2020_service_voucher", state="claiming", budget_fen=1_000 * YUAN, area="440700")
    filed = an_application(row, a_firm(region="440703"))
    in_transaction(lambda: round_service.move(row.id, RoundState.CLOSED, actor_id=None, now=row.apply_until_at))
    clock.shift(days=20)
    swept()
    assert by_id(Application, filed.id).state is ApplicationState.WAITLISTED
    clock.shift(days=200)
    swept()
    ended = by_id(Application, filed.id)
    assert (ended.state, ended.round.state) == (ApplicationState.REFUSED, RoundState.SETTLING)
    told = notices.of_user(user_of(ended.enterprise_id).id)[0]
    assert "未获券" in told.title
    assert "用券期已结束" in told.body


def auto_credit_of(budget_fen, remainder):
    """The innovation voucher, a face value, handed out by itself instead of by review."""
    text = (PROGRAMMES / "xizang_innovation_voucher.toml").read_text("utf-8")
    before, rest = text.split("[allocation.review_levels]")
    text = before.replace('value = "review"', 'value = "auto_credit"') + rest[rest.index("[allocation.waitlist]") :]
    text = text.replace("[allocation.waitlist]\nvalue = true", "[allocation.waitlist]\nvalue = false")
    text = text.replace('value = "waitlist_backfill"', 'value = "reclaim_to_pool"')
    text = text.replace('slug = "xizang_innovation_voucher"', 'slug = "xizang_innovation_auto"')
    text = text.replace('[allocation.remainder]\nvalue = "stop"', f'[allocation.remainder]\nvalue = "{remainder}"')
    made = in_transaction(
        lambda: programmes.import_programme(
            programmes.GivenFile(text.encode(), "xizang_innovation_auto.toml"), area_code="540000", actor_id=None, now=the_clock.now()
        )
    )
    keys = [one.key for one in spending.spec_of(programmes.newest_version(made.programme.id).id).unsigned_values()]
    sign = {"signer": "测试主管", "reason": "测试签认", "actor_id": uuid4(), "request_key": uuid4()}
    in_transaction(lambda: programmes.sign_values(made.programme.id, keys, **sign))
    return a_round(programme=made.programme, budget_fen=budget_fen)


@pytest.mark.parametrize("remainder", ["grant_part", "stop"])
def test_automatic_credit_reaches_as_far_as_the_money_goes_and_the_rest_is_told_once(db, clock, remainder, monkeypatch):
    monkeypatch.setattr("marketplace.kernel.sweeping.BATCH", 2)  # the money ends in the middle of the second batch
    officer = an_officer()
    firms = [a_firm() for _ in range(5)]
    row = auto_credit_of(1_000_000, remainder)
    face = issuing.right_of(spending.spec_of(row.version_id), issuing.facts_of(firms[0].id, the_clock.today()), (row.area_code,)).face_fen
    an_appropriation(row, int(2.5 * face) - 1_000_000)
    for _ in range(2):
        swept()

    vouchers = the_db.session.query(Voucher).filter_by(round_id=row.id).order_by(Voucher.created_at, Voucher.id).all()
    amounts = {one.enterprise_id: one.face_fen for one in vouchers}
    part = [face // 2] if remainder == "grant_part" else []
    assert [amounts[one.id] for one in firms if one.id in amounts] == [face, face, *part]
    assert adds_up(row)
    for firm in firms[2 + len(part) :]:
        assert len([one for one in notices.of_user(user_of(firm).id) if "暂时没有发到" in one.title]) == 1
    assert 1 <= len([one for one in notices.of_user(officer.id) if "资金不足" in one.title]) <= 2

    an_appropriation(row, 5 * face)
    swept()
    assert the_db.session.query(Voucher).filter_by(round_id=row.id).count() == 5


@pytest.mark.parametrize(("rule", "back"), [("void", False), ("reclaim_to_pool", True)])
def test_what_is_voided_is_granted_to_nobody_else(db, clock, rule, back):
    programme = changed("xizang_innovation_voucher", unused__rule=rule)
    row = a_round(programme=programme)
    voucher = a_voucher(enterprise=a_firm(), round_=row)
    before = ledger.balance_fen(programme.book_id, chart.POOL.of(row.id))
    in_transaction(lambda: holdings.end(voucher.id, VoucherState.EXPIRED, reason="到期", actor_id=None, today=the_clock.today()))
    again = ledger.balance_fen(programme.book_id, chart.POOL.of(row.id)) - before
    assert again == (voucher.face_fen if back else 0)
    assert ledger.balance_fen(programme.book_id, chart.VOIDED.of(row.id)) == (0 if back else voucher.face_fen)
    assert adds_up(by_id(Round, row.id))


@pytest.mark.parametrize(("budget", "aside"), [(100_000 * YUAN, 30_000 * YUAN), (40_000 * YUAN, 10_000 * YUAN)])
def test_a_quota_that_is_voided_takes_what_no_other_quota_may_draw_out_of_the_pool(db, clock, budget, aside):
    programme = changed("xizang_enterprise_service_voucher", unused__rule="void")
    row = a_round(programme=programme, budget_fen=budget)
    one, _other = a_voucher(enterprise=a_firm(), round_=row), a_voucher(enterprise=a_firm(), round_=row)
    in_transaction(lambda: holdings.end(one.id, VoucherState.EXPIRED, reason="到期", actor_id=None, today=the_clock.today()))
    assert ledger.balance_fen(programme.book_id, chart.VOIDED.of(row.id)) == aside
    assert adds_up(by_id(Round, row.id))


@pytest.mark.parametrize(("fact", "said"), [("sanctioned", "失信"), ("grown", "大型")])
def test_a_firm_that_no_longer_meets_the_conditions_does_not_order(db, clock, fact, said):
    firm = a_firm()
    voucher = a_voucher(enterprise=firm)
    sale = Sale(provider_id=uuid4(), category="financing", base_fen=Fen(1_000 * YUAN), fee_kind="standard")

    def change():
        row = by_id(type(firm), firm.id)
        if fact == "grown":
            row.size_class = "large"
        else:
            row.organisation.sanctioned_until = date(2026, 12, 31)

    in_transaction(change)
    with pytest.raises(RuleViolation, match=said) as refused:
        spending.quote(voucher.id, enterprise_id=firm.id, sale=sale, today=the_clock.today())
    assert refused.value.code == "no_longer_eligible"
    shown = spending.options(firm.id, sale=sale, now=the_clock.now())
    assert [one.refusal.code for one in shown] == ["no_longer_eligible"]
