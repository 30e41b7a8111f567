"""Programmes, rounds and money: each rule with its refusal, and a ledger that adds up after each story."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError
from marketplace.policy.programme_spec import Source
from marketplace.vouchers import spending
from marketplace.vouchers.queries import programmes as reads
from marketplace.vouchers.queries import wallet
from marketplace.vouchers.queries.funds import gauge
from marketplace.vouchers.rules.states import RoundState, VoucherState
from marketplace.vouchers.service import funds, holdings, programmes, rounds
from marketplace.vouchers.service.rounds import RoundPlan
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_programme, a_provider, a_round, a_title, a_voucher

SERVICE, REVIEWED = "xizang_enterprise_service_voucher", "xizang_innovation_voucher"
BEIJING, JIANGMEN = "beijing_2022_service_voucher", "jiangmen_2020_service_voucher"
SHIPPED = [BEIJING, JIANGMEN, "xinjiang_innovation_service_voucher", SERVICE, REVIEWED]
OFFICER = uuid4()
YUAN = 100


def adds_up(row) -> bool:
    return ledger.standing(row.programme.book_id).difference() == 0


def content(slug: str) -> bytes:
    return (PROGRAMMES / f"{slug}.toml").read_bytes()


def bring_in(text: bytes, slug: str = SERVICE, **more):
    return in_transaction(
        lambda: programmes.import_programme(text, file=f"{slug}.toml", area_code="540000", actor_id=OFFICER, now=clock.now(), **more)
    )


def swept() -> int:
    return sweep(now=clock.now(), today=clock.today())


# Programmes


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_shipped_programme_can_open_a_round(db, slug):
    row = a_round(slug, budget_fen=5_000_000)
    assert row.state == "in_use"
    assert adds_up(row)
    assert ledger.standing(row.programme.book_id).unissued == 5_000_000


def test_the_same_file_twice_is_the_same_version_and_a_changed_one_the_next(db):
    first = bring_in(content(SERVICE))
    again = bring_in(content(SERVICE))
    changed = bring_in(content(SERVICE).replace(b"rate_bp = 3_000", b"rate_bp = 3_500"))
    assert (first.is_new, again.is_new, changed.version.number) == (True, False, 2)
    assert again.version.id == first.version.id
    with pytest.raises(RuleViolation, match="第 1 版完全相同"):
        bring_in(content(SERVICE))


def test_a_file_with_problems_stores_nothing(db):
    with pytest.raises(ProgrammeFileError, match="需要更正"):
        bring_in(b'format = "programme/1"')
    assert reads.known_programmes() == []


def test_another_areas_officer_brings_in_no_new_version(db):
    bring_in(content(SERVICE))
    changed = content(SERVICE).replace(b"rate_bp = 3_000", b"rate_bp = 3_500")
    with pytest.raises(RuleViolation, match="西藏自治区管理"):
        bring_in(changed, areas=("652700",))


def test_no_round_opens_while_a_value_is_neither_published_nor_signed(db):
    programme = a_programme(SERVICE, signed=False)
    with pytest.raises(RuleViolation, match="没有替换或签认"):
        announce_unsigned(programme)


def announce_unsigned(programme):
    row = draw_up(programme, clock.today())
    in_transaction(lambda: rounds.announce(row.id, actor_id=OFFICER, now=clock.now()))


def draw_up(programme, use_until, **changes):
    plan = RoundPlan(
        name="批次", area_code="540000", claim_from_at=clock.now() - timedelta(days=9), claim_until_at=clock.now() - timedelta(days=8),
        use_from=use_until, use_until=use_until, redeem_until=use_until, **changes,
    )  # fmt: skip
    return in_transaction(lambda: rounds.create(programme.id, plan, actor_id=OFFICER, request_key=uuid4(), today=clock.today()))


def test_values_are_signed_together_in_one_version_and_a_second_click_makes_no_other(db):
    programme = a_programme(SERVICE, signed=False)
    key = uuid4()

    def sign():
        return programmes.sign_values(
            programme.id, ["caps.year", "caps.order"], signer="主管", reason="研究决定", actor_id=OFFICER, request_key=key
        )

    first, again = in_transaction(sign), in_transaction(sign)
    assert (first.number, again.id) == (2, first.id)
    signed = {one.key for one in spending.spec_of(first.id).assumed_values() if one.signed_by}
    assert signed == {"caps.year", "caps.order"}


def test_a_published_value_is_not_signed(db):
    programme = a_programme(SERVICE, signed=False)
    with pytest.raises(RuleViolation, match="不是设定值"):
        in_transaction(
            lambda: programmes.sign_values(
                programme.id, ["beneficiaries.regions"], signer="主管", reason="x", actor_id=OFFICER, request_key=uuid4()
            )
        )


def test_a_document_replaces_an_assumed_value_and_the_history_shows_both(db):
    programme = a_programme(SERVICE, signed=False)
    before = reads.known(programme.id)
    in_transaction(
        lambda: programmes.replace_value(
            programme.id, "caps.year", {"scope": "enterprise_year", "amount_fen": 5_000_000}, source=Source("藏财企〔2026〕1号", "第六条"),
            signer="主管", reason="文件印发", actor_id=OFFICER, request_key=uuid4(),
        )
    )  # fmt: skip
    after = reads.known(programme.id)
    [change] = reads.changes(before.spec, after.spec)
    assert ("30,000.00 元" in change.before, "50,000.00 元" in change.after, "第六条" in change.origin_after) == (True, True, True)
    assert len(after.unsigned) == len(before.unsigned) - 1


# Rounds


def test_a_round_is_announced_only_with_money(db):
    row = a_round(SERVICE, state="draft", budget_fen=0)
    with pytest.raises(RuleViolation, match="还没有资金"):
        in_transaction(lambda: rounds.announce(row.id, actor_id=OFFICER, now=clock.now()))


def test_an_announced_round_keeps_its_rules_when_the_programme_gets_new_ones(db):
    row = a_round(SERVICE)
    version_id = row.version_id
    bring_in(content(SERVICE).replace(b"rate_bp = 3_000", b"rate_bp = 3_500"))
    swept()
    assert reads.rounds_of(row.programme_id)[0].version_id == version_id


def test_a_programme_has_no_two_rounds_of_one_name(db):
    a_round(SERVICE, name="第一批")
    with pytest.raises(Conflict, match="同名批次"):
        a_round(SERVICE, name="第一批")


def test_a_round_in_the_past_is_a_simulation_or_nothing(db):
    programme, past = a_programme(SERVICE), clock.today() - timedelta(days=1)
    with pytest.raises(RuleViolation, match="模拟"):
        draw_up(programme, past)
    assert draw_up(programme, past, simulated=True).simulated


def test_stopping_early_needs_a_reason_and_a_suspended_round_comes_back_where_it_was(db):
    row = a_round(SERVICE)
    now, today = clock.now(), clock.today()
    with pytest.raises(RuleViolation, match="提前截止"):
        in_transaction(lambda: rounds.move(row.id, RoundState.SETTLING, actor_id=OFFICER, now=now, today=today))
    in_transaction(lambda: rounds.suspend(row.id, reason="核查", actor_id=OFFICER))
    with pytest.raises(RuleViolation):
        in_transaction(lambda: rounds.move(row.id, RoundState.SETTLING, actor_id=OFFICER, now=now, today=today, reason="x"))
    assert in_transaction(lambda: rounds.resume(row.id, actor_id=OFFICER)).state == "in_use"


def test_a_round_moves_by_its_dates_alone(db, clock):
    row = a_round(SERVICE, state="announced", use_days=10)
    swept()
    assert row.state == "in_use"
    clock.shift(days=11)
    swept()
    assert row.state == "settling"
    assert swept() == 0


# Money of a round


def paper(**changes):
    known = {"source": "region", "document_number": "藏财企指〔2026〕8号", "dated_on": date(2026, 3, 10), "amount_fen": 50_000}
    return funds.FundDocument(**known | changes)


def record(row, document, key=None):
    return in_transaction(
        lambda: funds.record_appropriation(row.id, document, actor_id=OFFICER, request_key=key or uuid4(), today=clock.today())
    )


def test_money_arrives_once_however_often_it_is_sent(db):
    row, key = a_round(SERVICE, state="draft", budget_fen=0), uuid4()
    first, again = record(row, paper(), key), record(row, paper(), key)
    assert first.id == again.id
    assert ledger.standing(row.programme.book_id).appropriated == 50_000
    with pytest.raises(Conflict, match="编号相同而内容不同"):
        record(row, paper(amount_fen=60_000), key)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "park"}, "没有这一资金来源"),
        ({"dated_on": date(2026, 3, 17)}, "不能晚于今天"),
        ({"amount_fen": 0}, "大于 0"),
    ],
)
def test_a_document_that_cannot_be_is_refused(db, changes, words):
    row = a_round(SERVICE, state="draft", budget_fen=0)
    with pytest.raises(RuleViolation, match=words):
        record(row, paper(**changes))


def test_what_is_promised_cannot_be_called_back(db):
    row = a_round(SERVICE, budget_fen=10_000_000)
    a_voucher(round_=row)
    key = uuid4()

    def recall(amount):
        return in_transaction(lambda: funds.recall(row.id, amount, reason="结余", actor_id=OFFICER, request_key=key, today=clock.today()))

    with pytest.raises(RuleViolation, match=r"70,000\.00"):
        recall(7_000_001)
    assert recall(7_000_000).id == recall(7_000_000).id
    assert ledger.standing(row.programme.book_id).surrendered == 7_000_000
    assert adds_up(row)


# Quotas that appear by themselves


def test_a_verified_firm_finds_its_quota_and_others_do_not(db):
    row = a_round(SERVICE)
    good, unverified, large, far = a_firm(), a_firm(verified=False), a_firm(size="large"), a_firm(region="652701")
    assert swept() == 1
    assert swept() == 0
    [mine] = wallet.holdings(good.id, clock.today())
    assert mine.standing.left_fen == 30_000 * YUAN
    assert mine.why_not is None
    assert not any(wallet.holdings(firm.id, clock.today()) for firm in (unverified, large, far))
    assert adds_up(row)


def test_a_firm_that_rises_a_class_gets_the_better_quota_and_what_it_used_stays_used(db):
    row = a_round(BEIJING, area="110000", simulated=True)
    firm = a_firm(region="110101")
    swept()
    [mine] = wallet.holdings(firm.id, clock.today())
    provider = a_provider()

    def order():
        offer = spending.quote(
            mine.voucher.id, enterprise_id=firm.id, provider_id=provider.id, category="digital", base_fen=50_000 * YUAN, today=clock.today()
        )
        return spending.reserve(offer, order_id=uuid4(), actor_id=OFFICER, key=f"test:{uuid4()}", today=clock.today())

    in_transaction(order)
    a_title(firm, "specialised")

    assert swept() == 1
    assert swept() == 0

    standing = wallet.standing_of(mine.voucher)
    assert (standing.face_fen, standing.reserved_fen, standing.left_fen) == (100_000 * YUAN, 15_000 * YUAN, 85_000 * YUAN)
    year_left = ledger.balance_fen(row.programme.book_id, f"limit:enterprise_year:{firm.id}:2026")
    assert year_left == 85_000 * YUAN
    assert adds_up(row)


# The end of a voucher


@pytest.mark.parametrize("slug", [SERVICE, REVIEWED])
def test_an_expired_voucher_gives_back_what_it_holds_but_not_what_an_order_holds(db, clock, slug):
    row = a_round(slug, use_days=20)
    voucher, provider, order_id = a_voucher(round_=row), a_provider(), uuid4()

    def order():
        offer = spending.quote(
            voucher.id, enterprise_id=voucher.enterprise_id, provider_id=provider.id, category="technology", base_fen=1_000 * YUAN,
            today=clock_today(),
        )  # fmt: skip
        spending.reserve(offer, order_id=order_id, actor_id=OFFICER, key=f"order.reserve:{order_id}", today=clock_today())
        return offer

    offer = in_transaction(order)
    clock.shift(days=21)
    swept()
    standing = wallet.standing_of(voucher)
    assert voucher.state == "expired"
    assert (standing.left_fen, standing.reserved_fen) == (0, offer.preview.subsidy_fen)
    in_transaction(
        lambda: spending.release(
            voucher.id, order_id=order_id, limits=offer.limits, actor_id=None, key=f"order.release:{order_id}", today=clock_today()
        )
    )
    assert ledger.standing(row.programme.book_id).unissued == 100_000_000
    assert gauge(row).pool_fen == 100_000_000
    assert adds_up(row)


def clock_today() -> date:
    return clock.today()


def test_a_voucher_is_good_on_its_last_day(db, clock):
    voucher = a_voucher(round_=a_round(SERVICE, use_days=20))
    clock.move_to("2026-04-05 23:50")
    swept()
    assert voucher.state == "available"
    clock.shift(minutes=15)
    swept()
    assert voucher.state == "expired"


def test_a_voucher_ends_with_a_reason_and_never_comes_back(db):
    voucher = a_voucher()
    today = clock.today()
    with pytest.raises(RuleViolation, match="请写明原因"):
        in_transaction(lambda: holdings.end(voucher.id, VoucherState.VOID, reason=" ", actor_id=OFFICER, today=today))
    in_transaction(lambda: holdings.freeze(voucher.id, reason="核查", actor_id=OFFICER))
    in_transaction(lambda: holdings.end(voucher.id, VoucherState.VOID, reason="材料虚假", actor_id=OFFICER, today=today))
    with pytest.raises(RuleViolation, match="没有冻结"):
        in_transaction(lambda: holdings.thaw(voucher.id, reason="误会", actor_id=OFFICER))
    assert wallet.standing_of(voucher).left_fen == 0
    assert adds_up(voucher.round)
