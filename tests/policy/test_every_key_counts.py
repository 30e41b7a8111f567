"""Every key of a programme file is read by a rule: two values, two results. A key without an entry here fails.

A new key asks here for the rule that reads it. `JOURNEYS` names tests that show it in the database.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from marketplace.kernel import clock
from marketplace.kernel.calendar import WorkingCalendar, seed_days, seed_years
from marketplace.kernel.clock import day_begins
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import YUAN, Fen
from marketplace.kernel.policyfiles.groups import NamedTables
from marketplace.kernel.policyfiles.reading import Table, section
from marketplace.orders import queries as orders
from marketplace.orders import rules as order_rules
from marketplace.orders.service import signals
from marketplace.orders.service.fulfilling import contract_window
from marketplace.policy import programme_spec, queries
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, as_file, load_programme, parse_programme, thaw
from marketplace.policy.programme_spec import GROUPS, ROOTS, TABLES, ProgrammeSpec
from marketplace.policy.programme_words import EvidenceStep, ProgrammeKind
from marketplace.settlement import spot_rules
from marketplace.settlement.service import announcing, claims
from marketplace.subsidies import evidence
from marketplace.vouchers.queries import applications as filed
from marketplace.vouchers.queries import spending
from marketplace.vouchers.rules import allotment, amounts, eligibility, limits, scoring
from marketplace.vouchers.rules.allotment import Applicant
from marketplace.vouchers.rules.amounts import LimitLeft
from marketplace.vouchers.rules.facts import FirmFacts
from marketplace.vouchers.rules.rounds import ROUND_DAYS
from marketplace.vouchers.rules.states import RoundState, check_way, way_of
from marketplace.vouchers.rules.terms import Terms, complete_by
from marketplace.vouchers.service import funds, issuing, programmes
from tests.journeys import test_in_pounds
from tests.orders import test_proposals, test_silence
from tests.policy import test_keys_in_journeys as journeys
from tests.policy.agreement_cases import AGREEMENTS
from tests.policy.amount_cases import AMOUNTS, JIANGMEN, START, XIZANG, Case, accounts, refused, share, spec_with
from tests.policy.bid_cases import BIDS
from tests.policy.class_cases import CLASSES, FIRM, ONE_CLASS, class_name
from tests.policy.guard_cases import GUARDS
from tests.policy.relief_cases import RELIEF
from tests.policy.sale_cases import SALES
from tests.policy.score_cases import enough, score, scored
from tests.policy.shown_cases import SHOWN, named_so
from tests.vouchers import test_parts, test_portions, test_releases, test_scoring, test_what_documents_say

CALENDAR = WorkingCalendar.of(seed_days(), seed_years())
DAYS: dict[str, date | None] = {one.field: date(2027, 6, 30) for one in ROUND_DAYS} | {"deliver_until": None, "accept_until": None}
JOURNEYS: dict[str, Callable[..., Any]] = {
    "currency": test_in_pounds.test_an_offering_is_bought_only_in_its_own_currency,
    "time_zone": test_in_pounds.test_the_last_day_to_order_ends_at_midnight_in_london,
    "calendar": test_in_pounds.test_its_days_and_its_working_days_are_those_of_scotland,
    "acceptance.silence.value": test_silence.test_where_the_rules_ask_an_officer_silence_is_put_before_one,
    "criteria.weight_bp": test_scoring.test_the_weights_decide_who_comes_first,
    "allocation.review_levels.value": journeys.test_the_number_of_reviews_decides_when_a_voucher_is_granted,
    "contract.price.value": test_proposals.test_a_price_that_is_not_the_listed_one_counts_where_the_file_says_so,
    "contract.termination.value": test_proposals.test_an_end_of_one_side_gives_all_back_where_the_file_says_so,
    "portions.categories": test_portions.test_which_kind_an_order_counts_against_is_for_the_file_to_say,
    "portions.classes": test_portions.test_a_class_may_have_kinds_of_its_own,
    "instrument.value": journeys.test_a_quota_is_its_cap_and_a_face_value_its_face,
    "settlement.payee.value": journeys.test_who_is_paid_is_the_payee_of_the_claim,
    "redemption.difference.value": test_what_documents_say.test_r12_what_the_settled_amount_does_not_need_goes_where_the_programme_says,
    **{f"parts.{kind}": test_parts.test_who_draws_on_a_part_is_whom_the_part_names for kind in ("classes", "categories", "regions")},
    "allocation.releases.value": test_releases.test_moments_that_do_not_fit_are_refused,
    "parts_unused.value": test_parts.test_the_rules_say_what_becomes_of_what_a_part_does_not_use,
    "settlement.not_granted.value": journeys.test_what_is_not_granted_goes_where_the_programme_says,
}


def walked() -> set[str]:
    """Every field of the schema, as table.field, and what stands above the tables."""
    above = {name for root in ROOTS for name, (_field, kind) in section(root).keys.items() if not isinstance(kind, Table | NamedTables)}
    return above | {f"{path}.{name}" for path, table in (TABLES | GROUPS).items() for name in table.fields}


def values(*two: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"value": two[0]}, {"value": two[1]}


def verdicts(**facts: Any) -> Callable[[ProgrammeSpec], Any]:
    firm = FirmFacts(**{name: facts.get(name, getattr(FIRM, name)) for name in FIRM.__slots__})
    return lambda spec: [(one.rule, one.verdict) for one in eligibility.check_eligibility(spec, firm, ("540000",))]


def waiting(count: int = 2) -> list[Applicant]:
    names = (frozenset({"general"}), frozenset({"key_support"}))
    return [Applicant(UUID(int=n), Fen(700), n, names[n % 2]) for n in range(count)]


def allotted(spec: ProgrammeSpec) -> Any:
    return [(one.application_id.int, one.state, one.amount_fen) for one in allotment.allot(spec, waiting(), Fen(1_000)).grants]


def preview(spec: ProgrammeSpec) -> Any:
    account = limits.LimitAccount("x", Fen(100), amounts.Sentence("余额"), None)
    left = (LimitLeft(account, Fen(100)),)
    work = lambda: amounts.price_preview(spec, Fen(9_000 * YUAN), firm_class="micro_small", category="legal", limits=left)  # noqa: E731
    return refused(work)


def quotas(spec: ProgrammeSpec) -> Any:
    return [amounts.quota_fen(spec, "micro_small", above_soft=above) for above in (False, True)]


def an_order_stub(**facts: Any) -> Any:
    round_ = SimpleNamespace(days=DAYS, use_from=date(2026, 1, 1), use_until=date(2027, 1, 1), contract_until=None, contract_from=None)
    known = {
        "version_id": UUID(int=9),
        "placed_at": day_begins(START),
        "day_of": clock.civil_date,
        "due_on": None,
        "region_code": "540102",
        "in_kind_fen": 0,
        "voucher": SimpleNamespace(round=round_),
    }
    return SimpleNamespace(**(known | facts))


def due_by(step: str) -> Callable[[ProgrammeSpec], Any]:
    def result(spec: ProgrammeSpec) -> Any:
        terms = Terms(times=spec.times, days=DAYS, calendar=CALENDAR, region="540102", contract_on=START if step == "service" else None)
        return terms.due(step, START).on

    return result


def review_day(_spec: ProgrammeSpec) -> Any:
    claim = SimpleNamespace(state="submitted", order=None, version_id=UUID(int=9), region_code="540102", round=SimpleNamespace(days=DAYS))
    claims._set_due(claim, START)  # type: ignore[arg-type]
    return claim.due_on


def notice_period(spec: ProgrammeSpec) -> Any:
    notice = spec.times.notice
    if not notice.is_set:
        return None
    return announcing._notice_period(notice, DAYS["notice_until"], "540102", START, CALENDAR)


def voucher_day(spec: ProgrammeSpec) -> Any:
    return issuing.valid_until(spec, SimpleNamespace(use_until=DAYS["use_until"], area_code="540000"), START)  # type: ignore[arg-type]


def results_day(_spec: ProgrammeSpec) -> Any:
    row = SimpleNamespace(
        version_id=UUID(int=9),
        apply_until_at=day_begins(START),
        area_code="540000",
        results_on=DAYS["results_on"],
        day_of=clock.civil_date,
    )
    return filed.results_due(row, CALENDAR)  # type: ignore[arg-type]


FREIGHT = load_programme(PROGRAMMES / "xizang_outbound_freight.toml")


def said_of_goods(spec: ProgrammeSpec) -> Any:
    typed = {"waybill": "1", "direction": "出藏单边", "destination": "510000", "shipped": "2026-03-01", "freight": "600"}
    return [refused(lambda more=more: evidence.read(spec, typed | more, has_file=True, today=START)) for more in ({}, {"goods": "青稞"})]


def said_of_day(spec: ProgrammeSpec) -> Any:
    """Goods that were handed over fifteen days ago."""
    typed = {"waybill": "1", "direction": "出藏单边", "destination": "510000", "shipped": "2026-03-01", "freight": "600"}
    return refused(lambda: evidence.read(spec, typed | {"goods": "2026-03-01"}, has_file=True, today=START))


READERS: dict[str, Callable[[ProgrammeSpec], Any]] = {
    "times.order": voucher_day,
    **{f"times.{step}": due_by(step) for step in ("accept", "contract_upload", "service", "acceptance", "claim_window")},
    "times.evaluation": lambda spec: Terms(times=spec.times, days=DAYS, calendar=CALENDAR, region="540102", contract_on=None).last_rating(
        START
    ),
    "times.review": review_day,
    "times.notice": notice_period,
    "allocation.results": results_day,
}
NATURAL, WORKING = {"days": 20, "day_kind": "natural"}, {"days": 20, "day_kind": "working"}
TIME_FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "days": (NATURAL, {"days": 21, "day_kind": "natural"}),
    "day_kind": (NATURAL, WORKING),
    "months": ({"months": 1}, {"months": 2}),
    "set_by_round": ({"set_by_round": True}, NATURAL),
    "none": ({"none": True}, NATURAL),
}


def lookback(_spec: ProgrammeSpec) -> Any:
    return contract_window(an_order_stub(), START).first


def pieces(_spec: ProgrammeSpec) -> Any:
    return signals.earlier_pieces(an_order_stub())


def source(_spec: ProgrammeSpec) -> Any:
    paper = funds.FundDocument(source="county", document_number="x", dated_on=START, amount_fen=0)
    here = {"area_code": "540000", "programme": SimpleNamespace(area_code="540000")}
    row = SimpleNamespace(version_id=UUID(int=9), state=RoundState.DRAFT, **here)
    return refused(lambda: funds._check(row, paper, today=START))  # type: ignore[arg-type]


def papers(step: EvidenceStep) -> Callable[[ProgrammeSpec], Any]:
    return lambda _spec: order_rules.missing(orders.required_papers(an_order_stub(), step), [], accepted=False, reviewed=False)


def by_class(spec: ProgrammeSpec) -> Any:
    return [(spec.rate_for(firm, "legal").rate_bp, spec.rate_for(firm, "ip").rate_bp) for firm in ("micro_small", "medium")]


def sampled(one: Mapping[str, Any], other: Mapping[str, Any]) -> Case:
    """A claim of 500 fen in a round of which one claim was drawn before."""
    nobody: dict[str, Any] = {"rate_bp": 1, "minimum": 1}
    return Case("checks.sample", nobody | one, nobody | other, lambda spec: spot_rules.drawn_by(spec.sample, "0" * 64, "DF1", 500, 1))


FACES = {"instrument": {"value": "face_value"}, "faces.all": {"amount_fen": 200}}
GENERAL_RATE = {"rates.all": {"rate_bp": 1_000}, "rates.medium": None, "rates.micro_small": None}
REVIEWED = {"allocation.mode": {"value": "review"}, "allocation.review_levels": {"value": 1}}
ONE_RATE = {"rates.all": {"rate_bp": 5_000}, "rates.micro_small": None, "rates.medium": None}

CASES: dict[str, Case] = {
    **AMOUNTS,
    **RELIEF,
    **AGREEMENTS,
    **{
        f"{path}.{name}": Case(path, *two, READERS[path], beside={"acceptance.silence": None})
        for path in READERS
        for name, two in TIME_FIELDS.items()
    },
    "beneficiaries.regions.value": Case("beneficiaries.regions", *values(["54"], ["65"]), verdicts()),
    "beneficiaries.parks.value": Case(
        "beneficiaries.parks", *values(["540171"], ["540172"]), verdicts(region_code="632801", park_code="540171")
    ),
    "beneficiaries.size_classes.value": Case(
        "beneficiaries.size_classes", *values(["small"], ["medium"]), verdicts(), beside=ONE_CLASS
    ),
    "beneficiaries.titles.value": Case("beneficiaries.titles", *values(["specialised"], ["high_tech"]), verdicts()),
    "beneficiaries.operating.months": Case("beneficiaries.operating", {"months": 12}, {"months": 60}, verdicts()),
    "beneficiaries.industries_include.value": Case("beneficiaries.industries_include", *values(["C"], ["F"]), verdicts()),
    "beneficiaries.industries_exclude.value": Case("beneficiaries.industries_exclude", *values(["C"], ["F"]), verdicts()),
    "beneficiaries.sanctions_check.value": Case("beneficiaries.sanctions_check", *values(True, False), verdicts()),
    "class_order.value": Case("class_order", *values(["key_support", "general"], ["general", "key_support"]), class_name, JIANGMEN),
    "allocation.mode.value": Case(
        "allocation.mode", *values("auto_credit", "first_come"),
        lambda spec: refused(
            lambda: check_way(RoundState.ANNOUNCED, RoundState.APPLYING, way_of(spec.allocation.mode.value, spec.has_orders))
        ),
    ),
    "allocation.priority.value": Case("allocation.priority", *values(["key_support"], ["general"]), allotted, JIANGMEN),
    "allocation.waitlist.value": Case(
        "allocation.waitlist", *values(True, False), allotted, JIANGMEN, {"unused.rule": {"value": "reclaim_to_pool"}}
    ),
    "allocation.scorers.value": scored("allocation.scorers", *values(1, 2), scoring.scorers),
    "allocation.least_score.rate_bp": scored("allocation.least_score", {"rate_bp": 3_000}, {"rate_bp": 4_000}, enough),
    "criteria.most_points": scored(
        "criteria.need", *({"label": "需求", "most_points": n, "weight_bp": 7_000} for n in (10, 20)), score
    ),
    "allocation.remainder.value": Case("allocation.remainder", *values("stop", "grant_part"), allotted, JIANGMEN),
    "base.value": Case(
        "base", *values("contract", "invoice"), lambda spec: amounts.base_amount(spec, contract_fen=Fen(900), invoice_fen=Fen(800))
    ),
    "cost.least.amount_fen": Case("cost.least", {"amount_fen": 800_000}, {"amount_fen": 950_000}, share),
    "cost.most.amount_fen": Case("cost.most", {"amount_fen": 500_000}, {"amount_fen": 800_000}, share),
    "partial.value": Case("partial", *values(True, False), preview),
    "contract.completion.months": Case("contract.completion", {"months": 3}, {"months": 4}, lambda spec: complete_by(spec, START)),
    "contract.lookback.value": Case("contract.lookback", *values(True, False), lookback),
    "unused.counts_against_limit.value": Case("unused.counts_against_limit", *values(True, False), accounts),
    **{
        f"evidence.{step.value}.value": Case(f"evidence.{step.value}", *values(["contract"], ["photo"]), papers(step))
        for step in EvidenceStep
    },
    "services.value": Case(
        "services", *values(["legal"], ["ip"]),
        lambda spec: refused(lambda: amounts.price_preview(spec, Fen(100), firm_class="micro_small", category="legal")), beside=ONE_RATE,
    ),
    **SALES,
    **BIDS,
    **GUARDS,
    "checks.split.window_days": Case("checks.split", {"window_days": 5}, {"window_days": 50}, pieces),
    "checks.sample.rate_bp": sampled({"rate_bp": 1}, {"rate_bp": 10_000}),
    "checks.sample.minimum": sampled({"minimum": 1}, {"minimum": 2}),
    "checks.sample.always_above_fen": sampled({"always_above_fen": 500}, {"always_above_fen": 499}),
    "unused.rule.value": Case(
        "unused.rule", *values("void", "reclaim_to_pool"), lambda _spec: spending.voids_unused(SimpleNamespace(version_id=UUID(int=9)))
    ),
    "appropriations.value": Case("appropriations", *values(["county"], ["region"]), source),
    **CLASSES,
    "rates.rate_bp": Case("rates.micro_small", *({"rate_bp": n, "classes": ["micro_small"]} for n in (5_000, 4_000)), by_class),
    "rates.classes": Case(
        "rates.one", *({"rate_bp": 5_000, "classes": [name]} for name in ("micro_small", "medium")), by_class, beside=GENERAL_RATE
    ),
    "rates.categories": Case(
        "rates.one", *({"rate_bp": 5_000, "categories": [name]} for name in ("legal", "ip")), by_class, beside=GENERAL_RATE
    ),
    "caps.scope": Case("caps.one", *({"scope": name, "amount_fen": 500} for name in ("pair", "provider_year")), accounts),
    "caps.amount_fen": Case("caps.one", *({"scope": "pair", "amount_fen": fen} for fen in (500, 600)), accounts),
    "caps.soft": Case(
        "caps.one", *({"scope": "round", "amount_fen": 500, "soft": soft} for soft in (True, False)), quotas,
        beside={**REVIEWED, "caps.hard": {"scope": "round", "amount_fen": 600}},
    ),
    "caps.classes": Case("caps.one", *({"scope": "pair", "amount_fen": 500, "classes": [n]} for n in ("micro_small", "medium")), accounts),
    "caps.categories": Case("caps.one", *({"scope": "pair", "amount_fen": 500, "categories": [n]} for n in ("legal", "ip")), accounts),
    **{
        f"evidence_fields.{name}": Case("evidence_fields.goods", {"label": "产品"} | one, {"label": "产品"} | other, said_of_goods, FREIGHT)
        for name, one, other in (
            ("kind", {"kind": "text"}, {"kind": "outside"}),
            ("required", {"kind": "text", "required": True}, {"kind": "text", "required": False}),
            ("options", {"kind": "option", "options": ["青稞"]}, {"kind": "option", "options": ["牦牛肉"]}),
        )
    },
    **{
        f"evidence_fields.{name}": Case(
            "evidence_fields.goods", *({"label": "交货日", "kind": "day", name: days} for days in two), said_of_day, FREIGHT
        )
        for name, two in (("least_days", (15, 16)), ("most_days", (15, 14)))
    },
    "faces.amount_fen": Case(
        "faces.one", {"amount_fen": 500}, {"amount_fen": 600}, lambda spec: amounts.faces_fen(spec, "micro_small"), beside=FACES
    ),
    "faces.classes": Case(
        "faces.one", *({"amount_fen": 500, "classes": [n]} for n in ("micro_small", "medium")),
        lambda spec: amounts.faces_fen(spec, "micro_small"), beside=FACES,
    ),
}  # fmt: skip


@pytest.fixture
def read_as(monkeypatch):
    """What asks for the rules of a version is given these."""

    def give(spec):
        for module in [one for name, one in sys.modules.items() if name.startswith("marketplace.") and hasattr(one, "spec_of")]:
            monkeypatch.setattr(module, "spec_of", lambda _version_id: spec)

    monkeypatch.setattr(queries, "working_calendar", lambda: CALENDAR)
    monkeypatch.setattr(orders, "alike_before", lambda _order: [(date(2026, 3, 1), "DD1")])
    return give


@pytest.mark.parametrize("key", sorted(CASES))
def test_two_values_of_a_key_bring_two_results(read_as, key):
    case, found = CASES[key], []
    for content in (case.one, case.other):
        spec = spec_with(case.base, {**case.beside, case.table: content})
        read_as(spec)
        found.append(case.result(spec))

    assert found[0] != found[1], key


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("key", sorted(SHOWN))
def test_what_people_read_is_shown_to_everybody(browser, key):
    if key == "name_en":
        browser.get("/locale/en")
    for word in SHOWN[key]:
        spec = named_so(key, word)
        file, asked = programmes.GivenFile(as_file(spec), "x.toml"), {"area_code": "540000", "actor_id": None, "now": clock.now()}
        in_transaction(lambda file=file, asked=asked: programmes.import_programme(file, **asked))
        page = browser.get(f"/programmes/{spec.slug}").text

        assert (ProgrammeKind(word).label if key == "kind" else word if key != "slug" else spec.name) in page


def test_every_key_of_the_schema_has_its_entry():
    known = [set(CASES), set(JOURNEYS), set(SHOWN), set(programme_spec.UNREAD)]

    assert set().union(*known) == walked()
    assert sum(map(len, known)) == len(walked()), "a key stands in one list"
    assert all(callable(one) for one in JOURNEYS.values())


def test_a_key_that_no_rule_reads_is_refused_by_name_in_a_new_file_and_goes_on_in_a_stored_version(monkeypatch):
    path = PROGRAMMES / "xizang_enterprise_service_voucher.toml"
    monkeypatch.setattr(programme_spec, "UNREAD", frozenset({"checks.split.window_days", "caps.scope"}))

    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(path.read_bytes(), file=path.name)

    assert {one.key for one in refusal.value.problems} == {
        "checks.split.window_days",
        "caps.order.scope",
        "caps.year.scope",
        "caps.provider_year.scope",
    }
    assert "没有规则执行这一项" in refusal.value.problems[0].text()
    assert thaw(XIZANG.frozen()).slug == XIZANG.slug
