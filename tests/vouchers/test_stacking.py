"""What stands beside other programmes: which come first, which are not given together; on the edge days, and what a file may say."""

from dataclasses import replace
from datetime import date

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, as_file, load_programme
from marketplace.policy.programme_stacking import Links, link_problems
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.aid import aid_of
from marketplace.vouchers.rules import eligibility
from marketplace.vouchers.rules.facts import Aid, Eligibility
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import holdings, programmes
from tests.factories import a_firm, a_programme, a_round, a_voucher, an_officer
from tests.order_factories import a_claim, an_order, with_papers
from tests.policy.class_cases import FIRM
from tests.programmes_of import ORIGIN, SLUG, a_programme_with, spec_of_file
from tests.subsidies import awards

OTHER = "xizang_innovation_voucher"
AFTER = f'[beneficiaries.after]\nlabel = "科技创新券"\nprogrammes = ["{OTHER}"]\nstage = "%s"'
NOT_WITH = f'[beneficiaries.not_with]\nlabel = "科技创新券"\nprogrammes = ["{OTHER}"]\nspan = "%s"'


def had(given, used=None, completed=None, *, held=False, simulated=False):
    days = [date.fromisoformat(one) if one else None for one in (given, used, completed)]
    named = dict(zip(("given_on", "used_on", "completed_on"), days, strict=True))
    return Aid(programme=OTHER, is_held=held, simulated=simulated, **named)


def verdict(table, on, *aid, simulated=False):
    firm = replace(FIRM, as_of=date.fromisoformat(on), aid=aid, simulated=simulated)
    return next(iter(eligibility.stacking_results(spec_of_file(table), firm))).verdict


@pytest.mark.parametrize(
    ("stage", "on", "aid", "met"),
    [
        ("used", "2026-03-16", (), False),
        ("used", "2026-03-16", (had("2026-01-05", held=True),), False),
        ("used", "2026-02-28", (had("2026-01-05", "2026-03-01"),), False),
        ("used", "2026-03-01", (had("2026-01-05", "2026-03-01"),), True),
        ("completed", "2026-03-01", (had("2026-01-05", "2026-03-01"),), False),
        ("completed", "2026-04-09", (had("2026-01-05", "2026-03-01", "2026-04-10"),), False),
        ("completed", "2026-04-10", (had("2026-01-05", "2026-03-01", "2026-04-10"),), True),
        ("used", "2026-03-16", (had("2026-01-05", "2026-03-01", simulated=True),), False),
    ],
)
def test_a_follow_on_is_open_from_the_day_on_which_the_first_came_so_far(stage, on, aid, met):
    assert verdict(AFTER % stage, on, *aid) is (Eligibility.MET if met else Eligibility.UNMET)


@pytest.mark.parametrize(
    ("span", "on", "aid", "met"),
    [
        ("held", "2026-03-16", (had("2025-01-05", held=True),), False),
        ("held", "2026-03-16", (had("2026-01-05", "2026-03-01"),), True),
        ("year", "2026-12-31", (had("2026-01-01", held=True),), False),
        ("year", "2027-01-01", (had("2026-01-01", "2026-12-31"),), True),
        ("year", "2027-12-31", (had("2026-12-31", "2027-01-01"),), False),
        ("year", "2028-01-01", (had("2026-12-31", "2027-01-01"),), True),
        ("ever", "2036-01-01", (had("2026-12-31", "2027-01-01"),), False),
        ("ever", "2026-03-15", (had("2026-03-16", held=True),), True),
        ("ever", "2026-03-16", (had("2026-03-16", held=True),), False),
        ("ever", "2026-03-16", (had("2026-01-05", held=True, simulated=True),), True),
    ],
)
def test_what_was_given_elsewhere_stands_against_it_while_it_is_held_in_its_year_or_for_ever(span, on, aid, met):
    assert verdict(NOT_WITH % span, on, *aid) is (Eligibility.MET if met else Eligibility.UNMET)


def test_simulated_rounds_look_at_simulated_ones_alone():
    real, simulated = had("2026-01-05", "2026-03-01"), had("2026-01-05", "2026-03-01", simulated=True)
    assert verdict(AFTER % "used", "2026-03-16", real, simulated=True) is Eligibility.UNMET
    assert verdict(AFTER % "used", "2026-03-16", simulated, simulated=True) is Eligibility.MET


def test_where_nothing_is_known_of_a_firm_it_is_told_what_will_be_looked_up():
    firm = replace(FIRM, aid=None)
    found = list(eligibility.stacking_results(spec_of_file(AFTER % "completed", NOT_WITH % "year"), firm))
    assert [one.verdict for one in found] == [Eligibility.UNKNOWN] * 2
    assert "科技创新券" in found[0].sentence
    assert "申领时由平台核对" in found[1].sentence


@pytest.mark.parametrize(
    ("tables", "key", "word"),
    [
        ([(AFTER % "used").replace(OTHER, SLUG)], "beneficiaries.after.programmes", "本项目自己"),
        ([(NOT_WITH % "ever").replace(OTHER, SLUG)], "beneficiaries.not_with.programmes", "本项目自己"),
        ([AFTER % "used", NOT_WITH % "ever"], "beneficiaries.not_with.programmes", "没有企业能符合"),
        ([AFTER % "half"], "beneficiaries.after.stage", "used"),
    ],
)
def test_a_file_that_rules_itself_out_is_refused_with_its_key_and_the_remedy(tables, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables)
    assert [(one.key, word in one.text() + one.remedy_text()) for one in refusal.value.problems] == [(key, True)]


def test_what_came_first_may_be_ruled_out_for_the_same_year():
    assert spec_of_file(AFTER % "used", NOT_WITH % "year").beneficiaries.links.never_with == frozenset()


A, B, C = (Links(after=frozenset(one)) for one in (["b"], ["c"], ["a"]))
NOBODY = Links()


@pytest.mark.parametrize(
    ("links", "known", "words"),
    [
        (A, {"b": NOBODY}, []),
        (A, {"c": NOBODY}, ["代号为 b 的项目"]),
        (A, {"b": C}, ["a → b → a"]),
        (A, {"b": B, "c": C}, ["a → b → c → a"]),
        (Links(frozenset(["b"]), frozenset(["c"]), frozenset(["c"])), {"b": B, "c": NOBODY}, ["c 须先用过"]),
        (Links(frozenset(["b"]), frozenset(["c"])), {"b": B, "c": NOBODY}, []),
        (Links(frozenset(["b", "d"]), frozenset(["c"]), frozenset(["c"])), {"b": B, "c": NOBODY, "d": NOBODY}, []),
        (Links(frozenset(["b", "d"]), frozenset(["c"]), frozenset(["c"])), {"b": B, "c": NOBODY, "d": B}, ["c 须先用过"]),
    ],
)
def test_over_all_programmes_there_is_no_unknown_name_no_circle_and_nothing_that_nobody_can_meet(links, known, words):
    found = [complaint.message % complaint.params for _key, complaint in link_problems("a", links, known)]
    assert len(found) == len(words)
    assert all(word in one for word, one in zip(words, found, strict=True))


def test_a_file_is_read_beside_those_in_its_folder(tmp_path):
    first, second = tmp_path / "first_voucher.toml", tmp_path / "second_voucher.toml"
    text = as_file(spec_of_file(AFTER % "used")).decode()
    second.write_text(text.replace(f'"{SLUG}"', '"second_voucher"').replace(OTHER, "first_voucher"))
    with pytest.raises(ProgrammeFileError, match="first_voucher"):
        load_programme(second)

    first.write_text((PROGRAMMES / f"{SLUG}.toml").read_text("utf-8").replace(f'"{SLUG}"', '"first_voucher"'))
    assert load_programme(second).beneficiaries.after.programmes == ("first_voucher",)

    first.write_text(text.replace(f'"{SLUG}"', '"first_voucher"').replace(OTHER, "second_voucher"))
    with pytest.raises(ProgrammeFileError, match="绕成一圈") as refusal:
        load_programme(second)
    assert refusal.value.problems[0].key == "beneficiaries.after.programmes"


def test_a_version_that_closes_a_circle_is_refused_and_leaves_the_old_one(db):
    a_programme_with(AFTER % "used")
    first = a_programme(OTHER)
    before = programmes.newest_version(first.id).number
    table = AFTER.replace(OTHER, SLUG) % "used"
    content = (as_file(load_programme(PROGRAMMES / f"{OTHER}.toml")).decode() + f"\n{table}\n{ORIGIN}\n").replace(
        "programme/1", "programme/2"
    )
    file = programmes.GivenFile(content.encode(), "x.toml")

    with pytest.raises(ProgrammeFileError, match="绕成一圈"):
        in_transaction(lambda: programmes.import_programme(file, area_code="540000", actor_id=None, now=clock.now()))

    assert programmes.newest_version(first.id).number == before


def test_what_a_firm_had_is_a_voucher_it_holds_or_has_used_and_not_one_it_gave_back(db):
    firm, other = a_firm(), a_round(programme=a_programme(OTHER))
    voucher = a_voucher(enterprise=firm, round_=other)
    assert [(one.used_on, one.is_held) for one in aid_of([firm.id], [OTHER])[firm.id]] == [(None, True)]
    said = {"reason": "退回", "actor_id": an_officer().id, "today": voucher.valid_from}
    in_transaction(lambda: holdings.end(voucher.id, VoucherState.RECLAIMED, **said))
    assert aid_of([firm.id], [OTHER]) == {}
    assert aid_of([firm.id], [SLUG]) == {}


def test_acceptance_and_approval_are_the_days_on_which_a_voucher_was_used_and_completed(db):
    order = with_papers(an_order("delivered"))
    assert by_id(Voucher, order.voucher_id).used_on is None
    order = with_papers(an_order("redeemed", voucher=by_id(Voucher, order.voucher_id)))
    voucher = by_id(Voucher, order.voucher_id)
    assert (voucher.used_on, voucher.completed_on) == (clock.today(), None)
    a_claim("approved", order=order)
    assert by_id(Voucher, voucher.id).completed_on == clock.today()
    assert [(one.programme, one.completed_on) for one in aid_of([voucher.enterprise_id], [SLUG])[voucher.enterprise_id]] == [
        (SLUG, clock.today())
    ]


def test_an_award_counts_once_it_was_approved(db):
    firm = awards.a_titled_firm("新〔2025〕1号")
    round_ = awards.an_award_round()
    awards.an_award(round_=round_, firm=firm)
    assert aid_of([firm.id], [awards.SLUG]) == {}
    other = awards.an_award("approved", round_=round_, firm=awards.a_titled_firm("新〔2025〕2号")).subsidy.enterprise_id
    assert [(one.completed_on, one.is_held) for one in aid_of([firm.id, other], [awards.SLUG])[other]] == [(clock.today(), False)]


def test_what_everybody_gets_by_itself_in_every_round_cannot_be_counted():
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file("[beneficiaries.count]\nmost = 1")

    assert [one.key for one in refusal.value.problems] == ["beneficiaries.count"] and "自动到账" in refusal.value.problems[0].text()
