"""Caps by contract, cycle, life and region: what the file says of them, and what they leave in the ledger."""

from datetime import date

import pytest

from marketplace.kernel import clock
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_decisions import Cycle
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme
from marketplace.vouchers.queries.spending import quote
from marketplace.vouchers.rules.amounts import price_preview, redeemable_fen
from marketplace.vouchers.rules.sales import Sale
from tests.factories import a_firm, a_provider, a_round, a_voucher, an_offering
from tests.order_factories import a_claim, an_order, with_papers
from tests.orders.looks import stands
from tests.programmes_of import ORIGIN, a_programme_with, spec_of_file

YEAR = "[cycle]\nmonths = 12\nfirst_month = 4\nfirst_day = 1"


OTHERS = r"caps\.order|caps\.provider_year"


def cap(scope, yuan, more=""):
    return f'[caps.one]\nscope = "{scope}"\namount_fen = {yuan * 100}\n{more}'


@pytest.mark.parametrize(
    ("months", "month", "day", "year", "on", "begins"),
    [
        (12, 4, 1, None, date(2026, 3, 31), date(2025, 4, 1)),
        (12, 4, 1, None, date(2026, 4, 1), date(2026, 4, 1)),
        (6, 10, 15, None, date(2026, 4, 14), date(2025, 10, 15)),
        (6, 10, 15, None, date(2026, 4, 15), date(2026, 4, 15)),
        (36, 1, 1, 2024, date(2026, 12, 31), date(2024, 1, 1)),
        (36, 1, 1, 2024, date(2027, 1, 1), date(2027, 1, 1)),
        (36, 1, 1, 2024, date(2023, 6, 1), date(2021, 1, 1)),
        (3, 12, 28, None, date(2026, 3, 27), date(2025, 12, 28)),
    ],
)
def test_a_cycle_begins_on_its_day_and_the_day_before_is_of_the_one_before(months, month, day, year, on, begins):
    cycle = Cycle(key="cycle", provenance=None, months=months, first_month=month, first_day=day, first_year=year)

    assert cycle.begins(on) == begins


@pytest.mark.parametrize(
    ("tables", "key", "word"),
    [
        ([cap("enterprise_cycle", 500)], "caps.one.scope", "周期"),
        ([YEAR], "cycle", "周期不起作用"),
        ([cap("enterprise_cycle", 500), YEAR.replace("12", "24")], "cycle", "first_year"),
        ([cap("region", 500)], "caps.one", "regions"),
        ([cap("region", 500, 'regions = ["5499"]')], "caps.one.regions", "行政区划"),
        ([cap("pair", 500, 'regions = ["5401"]')], "caps.one", "regions"),
        ([cap("enterprise_life", 500)], "caps.one.amount_fen", "累计上限低于"),
    ],
)
def test_a_cap_that_makes_no_sense_is_refused_with_its_key_and_the_remedy(tables, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables)

    assert [(one.key, word in one.text() + one.remedy_text()) for one in refusal.value.problems] == [(key, True)]


def test_a_file_of_the_first_format_may_not_name_a_scope_of_the_second():
    old = (PROGRAMMES / "xizang_enterprise_service_voucher.toml").read_text("utf-8")
    with pytest.raises(ProgrammeFileError, match="第 2 版") as refusal:
        parse_programme(f"{old}\n{cap('provider_life', 9_000_000)}\n{ORIGIN}\n".encode(), file="x.toml")
    assert "programme/2" in refusal.value.problems[0].remedy_text()


def test_a_contract_bears_no_more_than_its_cap_when_it_is_placed_and_when_it_is_accepted():
    spec = spec_of_file(cap("contract", 3_000))

    shown = price_preview(spec, Fen(9_000 * YUAN), firm_class="micro_small", category="legal")

    assert (shown.subsidy_fen, "每份合同上限" in shown.binding_cap.text()) == (3_000 * YUAN, True)
    later = redeemable_fen(spec, reserved_fen=Fen(4_000 * YUAN), base_fen=Fen(9_000 * YUAN), firm_class="micro_small", category="legal")
    assert later == 3_000 * YUAN


@pytest.mark.parametrize(
    ("tables", "label", "code"),
    [
        ([cap("enterprise_cycle", 6_000), YEAR], "周期上限", "limit:enterprise_cycle:{firm}:{cycle}"),
        ([cap("enterprise_life", 6_000)], "本企业累计上限", "limit:enterprise_life:{firm}"),
        ([cap("provider_cycle", 6_000), YEAR], "周期上限", "limit:provider_cycle:{provider}:{cycle}"),
        ([cap("provider_life", 6_000)], "该服务机构累计上限", "limit:provider_life:{provider}"),
        ([cap("region", 6_000, 'regions = ["5401"]')], "企业所在地区本批次上限", "limit:region:{round}:5401"),
    ],
    ids=["firm's cycle", "firm's life", "provider's cycle", "provider's life", "region"],
)
def test_a_cap_is_used_by_an_order_kept_through_the_claim_and_binds_the_next(db, tables, label, code):
    round_ = a_round(programme=a_programme_with(*tables, without=r"caps\.\w+" if "enterprise_" in tables[0] else OTHERS))
    firm, offering = a_firm(region="540102"), an_offering(provider=a_provider())
    voucher = a_voucher(enterprise=firm, round_=round_, face_fen=30_000 * YUAN)

    claim = a_claim("approved", order=with_papers(an_order("redeemed", voucher=voucher, offering=offering)))

    today = clock.today()
    cycle = date(today.year - (today.month < 4), 4, 1)
    keys = code.format(firm=firm.id, provider=offering.provider_id, round=round_.id, cycle=cycle)
    assert ledger.balance_fen(claim.order.book_id, keys) == 1_000 * YUAN
    assert stands(claim.order)
    sale = Sale(provider_id=offering.provider_id, category="digital", base_fen=Fen(10_000 * YUAN), fee_kind="standard")
    shown = quote(voucher.id, enterprise_id=firm.id, sale=sale, today=today).preview
    assert (shown.subsidy_fen, label in shown.binding_cap.text()) == (1_000 * YUAN, True)
    an_order(voucher=voucher, offering=offering)
    with pytest.raises(RuleViolation):
        an_order(voucher=voucher, offering=offering)


def test_a_region_takes_nothing_from_firms_of_another(db):
    programme = a_programme_with(cap("region", 6_000, 'regions = ["5401", "5403"]'), without=OTHERS)
    round_ = a_round(programme=programme)
    here, there = (a_voucher(enterprise=a_firm(region=one), round_=round_, face_fen=30_000 * YUAN) for one in ("540302", "540202"))

    orders = [an_order(voucher=one) for one in (there, here, here, there)]

    assert [one.subsidy_fen // YUAN for one in orders] == [5_000, 5_000, 1_000, 5_000]
    assert all(map(stands, orders))
