"""Profiles, figures and titles: what is declared, what is accepted, and what follows."""

from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.enterprises import queries, rules, service
from marketplace.enterprises.models import ReviewState
from marketplace.enterprises.queries import Filter
from marketplace.enterprises.rules import Figures, TitleFacts
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.notices.models import Notice
from marketplace.policy.programme_words import TitleKind
from tests.factories import a_firm, a_title, an_officer, user_of

TODAY = date(2026, 3, 16)
WAN = 10_000 * YUAN


def figures(year=2025, employees=35, revenue_fen=1_200 * WAN, assets_fen=2_000 * WAN):
    return Figures(year=year, employees=employees, revenue_fen=revenue_fen, assets_fen=assets_fen, source="审计报告")


def declare(firm, given=None, key=None):
    given = given or figures()
    return in_transaction(
        lambda: service.declare_year(firm.id, given, file_id=None, actor_id=user_of(firm).id, request_key=key or uuid4(), today=TODAY)
    )


def decide(year, accept=True, reason="", officer=None):
    actor_id = (officer or an_officer()).id
    return in_transaction(lambda: service.decide_year(year.id, accept=accept, reason=reason, actor_id=actor_id))


# Yearly figures


def test_accepted_figures_decide_the_size_class_and_its_year(db):
    firm = a_firm(size="unknown")
    year = declare(firm)
    assert queries.enterprise(firm.id).size_class == "unknown"

    decide(year)

    known = queries.enterprise(firm.id)
    assert (known.size_class, known.size_year) == ("small", 2025)


def test_the_newest_accepted_year_decides_whatever_the_order(db):
    firm = a_firm(size="unknown")
    decide(declare(firm, figures(year=2025, employees=5)))
    decide(declare(firm, figures(year=2024, employees=900, revenue_fen=30_000 * WAN)))

    assert (queries.enterprise(firm.id).size_class, queries.enterprise(firm.id).size_year) == ("micro", 2025)


def test_an_industry_outside_the_table_is_not_covered(db):
    firm = a_firm(size="unknown", industry="6621")
    decide(declare(firm))
    assert queries.enterprise(firm.id).size_class == "not_covered"


def test_a_return_needs_a_reason_and_takes_the_size_back(db):
    firm = a_firm(size="unknown")
    year = declare(firm)
    decide(year)

    with pytest.raises(RuleViolation, match="原因"):
        decide(year, accept=False)
    decide(year, accept=False, reason="报表与申报不符")

    assert queries.enterprise(firm.id).size_class == "unknown"
    assert [n.body for n in db.session.scalars(select(Notice).where(Notice.user_id == user_of(firm).id))][-1] == "报表与申报不符"
    with pytest.raises(RuleViolation, match="改好再报"):
        decide(year)


@pytest.mark.parametrize(("year", "said"), [(2026, "还没有结束"), (2017, "早于单位成立")])
def test_a_year_must_be_over_and_not_before_the_firm(db, year, said):
    with pytest.raises(RuleViolation, match=said):
        declare(a_firm(), figures(year=year))


def test_figures_declared_again_replace_the_first_until_they_are_accepted(db):
    firm = a_firm()
    first = declare(firm)
    again = declare(firm, figures(employees=40))

    assert again.id == first.id
    assert again.employees == 40
    decide(again)
    with pytest.raises(Conflict, match="已采信"):
        declare(firm, figures(employees=50))


def test_a_second_click_declares_once_and_a_strangers_key_is_refused(db):
    firm, key = a_firm(), uuid4()
    assert declare(firm, key=key).id == declare(firm, key=key).id == key
    assert len(queries.years_of(firm.id)) == 1
    with pytest.raises(Conflict, match="已经提交过别的内容"):
        declare(a_firm(), key=key)


# Titles


def declare_title(firm, key=None, **changed):
    given = {"kind": TitleKind.SPECIALISED, "valid_from": date(2025, 1, 1), "valid_until": date(2027, 12, 31), "granted_by": "某局"}
    facts = TitleFacts(**(given | changed))
    return in_transaction(
        lambda: service.declare_title(firm.id, facts, file_id=None, actor_id=user_of(firm).id, request_key=key or uuid4())
    )


def test_a_title_counts_once_it_is_accepted(db):
    firm = a_firm()
    title = declare_title(firm)
    assert queries.facts(firm.id, TODAY).titles == ()

    officer = an_officer()
    in_transaction(lambda: service.decide_title(title.id, accept=True, reason="", actor_id=officer.id))

    held = queries.facts(firm.id, TODAY).titles
    assert rules.kinds_held(held, TODAY) == {TitleKind.SPECIALISED}
    assert rules.kinds_held(held, date(2028, 1, 1)) == frozenset()


def test_a_title_is_declared_once_and_again_after_its_return(db):
    firm, officer = a_firm(), an_officer()
    title = declare_title(firm)
    with pytest.raises(Conflict, match="已经填报过"):
        declare_title(firm)
    returned = partial(in_transaction, lambda: service.decide_title(title.id, accept=False, reason="证书不清楚", actor_id=officer.id))
    returned()
    with pytest.raises(Conflict, match=f"已经办过了（{officer.name}"):
        returned()
    assert declare_title(firm, number="换了").state is ReviewState.DECLARED


def test_a_title_does_not_end_before_it_begins(db):
    with pytest.raises(RuleViolation, match="早于有效期起"):
        declare_title(a_firm(), valid_until=date(2024, 1, 1))


# Facts and lists


def test_the_facts_of_a_firm_are_those_of_the_day(db):
    firm = a_firm(size="small", region="540102", park="540171", founded_on=date(2024, 3, 17), sanctioned_until=date(2026, 3, 16))

    facts = queries.facts(firm.id, TODAY)

    assert facts.verified
    assert (facts.size, facts.region_code, facts.park_code) == (rules.FirmSize.SMALL, "540102", "540171")
    assert facts.operating_months == 23
    assert facts.sanctioned, "the last day still counts"
    assert not queries.facts(firm.id, date(2026, 3, 17)).sanctioned
    with pytest.raises(NotFound):
        queries.facts(uuid4(), TODAY)


def found(db, areas=("540000",), **wanted):
    return {firm.organisation.name for firm in db.session.scalars(queries.listed(areas, Filter(**wanted))).unique()}


def test_a_list_is_searched_by_name_initials_and_credit_code_inside_the_area(db):
    water = a_firm("拉萨雪山水业有限公司", region="540102")
    a_firm("日喀则青稞食品厂", region="540202", verified=False, size="small")
    a_firm("博乐商混有限公司", region="652701")

    for text in ("雪山", "LSXS", water.organisation.uscc[:10].lower() + water.organisation.uscc[10:]):
        assert found(db, text=text) == {"拉萨雪山水业有限公司"}
    assert found(db) == {"拉萨雪山水业有限公司", "日喀则青稞食品厂"}
    assert found(db, areas=("540200",)) == {"日喀则青稞食品厂"}
    assert found(db, areas=()) == set()
    assert (
        found(db, state=OrganisationState.PENDING)
        == found(db, size=rules.FirmSize.SMALL)
        == found(db, waiting=queries.Waiting.ANY)
        == {"日喀则青稞食品厂"}
    )
    assert found(db, region="540100") == {"拉萨雪山水业有限公司"}
    assert found(db, text="%") == set()


def test_what_waits_is_counted_in_the_own_area(db):
    firm = a_firm(region="540102", verified=False)
    declare(firm)
    a_title(firm, "specialised", accepted=False)

    assert queries.waiting_counts(["540100"]) == {"firms": 1, "years": 1, "titles": 1}
    assert queries.waiting_counts(["540200"]) == {"firms": 0, "years": 0, "titles": 0}


def test_several_firms_are_verified_together(db):
    firms, officer = [a_firm(verified=False), a_firm(verified=False), a_firm()], an_officer()
    count = in_transaction(lambda: service.verify_many([f.id for f in firms], actor_id=officer.id, now=clock.now()))
    assert count == 2
    assert {queries.enterprise(f.id).organisation.state for f in firms} == {OrganisationState.VERIFIED}
