"""The yearly dossier, staff and experts, and what Excel brings in, on both engines."""

from dataclasses import replace
from datetime import date
from functools import partial
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest

from marketplace.catalogue import importers, queries
from marketplace.catalogue.lifecycle import DossierState, ProviderState
from marketplace.catalogue.rules.dossier import Fact, StaffFacts
from marketplace.catalogue.service import dossier as service
from marketplace.catalogue.service import people
from marketplace.identity import queries as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock as the_clock
from marketplace.kernel import imports, sheets
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.files import StoredFile
from marketplace.kernel.imports import ImportContext
from marketplace.notices import queries as notices
from marketplace.policy.dossier import DossierKind
from tests.factories import a_provider, an_officer, stored, user_of

TODAY = date(2026, 3, 16)


def a_file(provider):
    return stored(
        StoredFile(sha256=provider.id.hex * 2, name="证明.pdf", mime="application/pdf", size_bytes=10, organisation_id=provider.id)
    )


def declare(provider, kind=DossierKind.PREMISES, *, number=1, key=None, file=True, title="", issuer="", year=2025):
    fact = Fact(kind=kind, year=year, title=title, dated_on=TODAY, number=number, issuer=issuer, has_file=file)
    file_id = a_file(provider).id if file else None
    return in_transaction(
        lambda: service.declare(provider.id, fact, actor_id=None, request_key=key or uuid4(), today=TODAY, file_id=file_id)
    )


def decide(item, state, officer, reason=""):
    return in_transaction(lambda: service.decide(item.id, state, reason=reason, actor_id=officer.id))


def test_a_fact_is_declared_once_and_accepted(db):
    provider, officer, key = a_provider(), an_officer(), uuid4()
    item = declare(provider, key=key)
    assert declare(provider, key=key).id == item.id
    decide(item, DossierState.ACCEPTED, officer)
    with pytest.raises(Conflict, match=f"已经办过了（{officer.name}"):
        decide(item, DossierState.ACCEPTED, officer)
    assert [row.state for row in queries.dossier_of(provider.id, 2025)] == [DossierState.ACCEPTED]
    with pytest.raises(Conflict):
        declare(provider, DossierKind.EQUIPMENT, key=key)


def test_a_new_answer_replaces_the_undecided_one_and_leaves_the_accepted_one(db):
    provider, officer = a_provider(), an_officer()
    accepted = declare(provider, DossierKind.TOTAL_ASSETS, number=100)
    decide(accepted, DossierState.ACCEPTED, officer)
    declare(provider, DossierKind.TOTAL_ASSETS, number=200)
    declare(provider, DossierKind.TOTAL_ASSETS, number=300)
    assert sorted(row.number for row in queries.dossier_of(provider.id, 2025)) == [100, 300]


def test_honours_stand_beside_each_other(db):
    provider = a_provider()
    for title in ("示范平台", "先进单位"):
        declare(provider, DossierKind.HONOUR, number=None, title=title, issuer="拉萨市经信局")
    assert len(queries.dossier_of(provider.id, 2025)) == 2


def test_a_fact_without_evidence_is_refused(db):
    with pytest.raises(RuleViolation, match="证明材料"):
        declare(a_provider(), file=False)


def test_a_returned_fact_tells_the_provider_and_may_be_taken_back(db):
    provider, officer = a_provider(), an_officer()
    item = declare(provider)
    with pytest.raises(RuleViolation, match="补正"):
        decide(item, DossierState.RETURNED, officer)
    decide(item, DossierState.RETURNED, officer, "租赁合同已过期")
    assert "退回补正" in notices.of_user(user_of(provider).id)[0].title
    stranger = a_provider()
    with pytest.raises(NotFound):
        in_transaction(lambda: service.withdraw(item.id, stranger.id, actor_id=officer.id))
    in_transaction(lambda: service.withdraw(item.id, provider.id, actor_id=user_of(provider).id))
    assert not queries.dossier_of(provider.id)


def test_an_accepted_fact_is_not_taken_back(db):
    provider, officer = a_provider(), an_officer()
    item = declare(provider)
    decide(item, DossierState.ACCEPTED, officer)
    with pytest.raises(RuleViolation, match="不能删除"):
        in_transaction(lambda: service.withdraw(item.id, provider.id, actor_id=user_of(provider).id))


def test_officers_elsewhere_find_neither_fact_nor_person(db):
    item = declare(a_provider(region="540102"))
    assert queries.dossier_item_in_areas(item.id, ["540100"]).id == item.id
    with pytest.raises(NotFound):
        queries.dossier_item_in_areas(item.id, ["652700"])
    assert sum(queries.undecided_dossier(["540000"]).values()) == 1
    assert not queries.undecided_dossier(["652700"])


PERSON = StaffFacts(name="次仁", degree="bachelor", title_level="intermediate", from_on=date(2024, 1, 1))


def add(provider, key, facts=PERSON):
    return in_transaction(lambda: people.add_staff(provider.id, facts, actor_id=None, request_key=key, today=TODAY))


def test_a_person_comes_is_looked_at_and_leaves(db):
    provider, officer, key = a_provider(), an_officer(), uuid4()
    person = add(provider, key)
    assert add(provider, key).id == person.id
    with pytest.raises(Conflict, match="已在名单中"):
        add(provider, uuid4())
    looked_at = partial(in_transaction, lambda: service.decide_staff(person.id, DossierState.ACCEPTED, reason="", actor_id=officer.id))
    looked_at()
    with pytest.raises(Conflict, match=f"已经办过了（{officer.name}.*服务人员现在是“已核实”"):
        looked_at()
    with pytest.raises(RuleViolation, match="离职"):
        in_transaction(lambda: people.end_staff(person.id, provider.id, until_on=date(2023, 1, 1), actor_id=officer.id))
    in_transaction(lambda: people.end_staff(person.id, provider.id, until_on=TODAY, actor_id=officer.id))
    assert queries.staff_of(provider.id)[0].until_on == TODAY


def returned(person, officer):
    return in_transaction(lambda: service.decide_staff(person.id, DossierState.RETURNED, reason="学历不符", actor_id=officer.id))


def test_a_returned_person_is_named_anew_and_looked_at_again(db):
    provider, officer, key = a_provider(), an_officer(), uuid4()
    returned(add(provider, uuid4()), officer)
    again = add(provider, key, replace(PERSON, degree="college"))
    assert add(provider, key, replace(PERSON, degree="college")).id == again.id
    assert [(row.degree, row.state) for row in queries.staff_of(provider.id)] == [("college", DossierState.DECLARED)]
    with pytest.raises(Conflict, match="已在名单中"):
        add(provider, uuid4())


def bring(importer, rows, officer, *, organisation_id=None, areas=("540000",)):
    """Fill in the importer's own template, read it back and store it."""
    book = openpyxl.load_workbook(BytesIO(sheets.template(importer.spec)))
    page = book[importer.spec.title]
    for number, row in enumerate(rows, 4):
        page.cell(number, 1).value = None
        for at, column in enumerate(importer.spec.columns, 2):
            page.cell(number, at).value = row.get(column.key)
    target = BytesIO()
    book.save(target)
    sheet = sheets.read(importer.spec, target.getvalue())
    assert not sheet.errors, sheet.errors
    context = ImportContext(
        import_id=uuid4(), actor_id=officer.id, organisation_id=organisation_id or officer.organisation_id, areas=areas, options={},
        now=the_clock.now(), )  # fmt: skip
    return imports.run(importer, sheet, context, keep=True)


def test_a_published_list_of_providers_is_brought_in_once(db):
    officer = an_officer()
    rows = [
        {"uscc": make_uscc("540102", 7001), "name": "拉萨甲中心", "region": "540102", "categories": "知识产权、法律服务",
         "hotline": "0891-1", "document": "名单〔2025〕1 号", "admitted_on": date(2025, 6, 1)},
        {"uscc": make_uscc("540102", 7002), "name": "拉萨乙中心", "region": "540102", "categories": "人才培训"},
        {"uscc": make_uscc("540102", 7003), "name": "拉萨丙中心", "region": "540102", "categories": "算命"},
        {"uscc": make_uscc("652701", 7004), "name": "博乐丁中心", "region": "652701", "categories": "人才培训"},
    ]  # fmt: skip

    first, again = bring(importers.PROVIDERS, rows, officer), bring(importers.PROVIDERS, rows, officer)

    assert (first.stored, again.stored, again.unchanged) == (2, 0, 2)
    assert ["没有“算命”这个服务类别" in first.errors[0].message, "管辖区域" in first.errors[1].message] == [True, True]
    listed, plain = (queries.provider_of(identity.by_uscc(row["uscc"]).id) for row in rows[:2])
    assert (listed.state, listed.categories) == (ProviderState.ADMITTED, ["ip", "legal"])
    assert listed.organisation.state is OrganisationState.VERIFIED and "1 号" in listed.state_reason
    verdict = listed.organisation.state_reason
    assert (verdict.message, verdict.params) == ("依据：%(document)s", {"document": "名单〔2025〕1 号"}), "said in the reader's language"
    assert plain.state is ProviderState.DRAFT
    assert identity.by_uscc(rows[3]["uscc"]) is None


def test_a_staff_list_is_brought_in_once_and_departures_follow(db):
    provider, officer = a_provider(), an_officer()
    rows = [{"name": "卓玛", "degree": "本科", "title_level": "中级", "from_on": date(2024, 1, 1)}]
    assert bring(importers.STAFF, rows, officer, organisation_id=provider.id).stored == 1
    assert bring(importers.STAFF, rows, officer, organisation_id=provider.id).unchanged == 1
    left = [rows[0] | {"until_on": date(2025, 12, 31)}]
    assert bring(importers.STAFF, left, officer, organisation_id=provider.id).stored == 1
    assert queries.staff_of(provider.id)[0].until_on == date(2025, 12, 31)


def test_a_list_names_a_returned_person_anew_where_it_says_something_else(db):
    provider, officer = a_provider(), an_officer()
    row = {"name": "卓玛", "degree": "本科", "title_level": "中级", "from_on": date(2024, 1, 1)}
    bring(importers.STAFF, [row], officer, organisation_id=provider.id)
    returned(queries.staff_of(provider.id)[0], officer)
    assert bring(importers.STAFF, [row], officer, organisation_id=provider.id).unchanged == 1
    assert bring(importers.STAFF, [row | {"degree": "大专"}], officer, organisation_id=provider.id).stored == 1
    assert [(one.degree, one.state) for one in queries.staff_of(provider.id)] == [("college", DossierState.DECLARED)]


def test_what_is_new_of_an_accepted_expert_waits_for_another_verdict(db):
    officer = an_officer()
    facts = people.ExpertFacts(name="扎西", organisation_name="西藏大学", field="食品工程", region_code="540102")
    expert, _new = in_transaction(lambda: people.put_expert(facts, actor_id=officer.id))
    seen = []
    for changes in ({"phone": "13900000001"}, {"phone": "13900000001", "title": "教授"}):
        in_transaction(lambda: people.decide_expert(expert.id, DossierState.ACCEPTED, reason="", actor_id=officer.id))
        in_transaction(partial(people.put_expert, replace(facts, **changes), actor_id=officer.id))
        seen.append((expert.state, expert.decided_by))
        in_transaction(lambda: people.decide_expert(expert.id, DossierState.RETURNED, reason="请补正", actor_id=officer.id))
    assert seen == [(DossierState.ACCEPTED, officer.id), (DossierState.DECLARED, None)]


def test_experts_are_brought_in_and_accepted(db):
    officer = an_officer()
    rows = [
        {"name": "扎西", "organisation_name": "西藏大学", "field": "食品工程", "region": "540102"},
        {"name": "旺堆", "organisation_name": "某大学", "field": "法律", "region": "652701"},
    ]
    first = bring(importers.EXPERTS, rows, officer)
    assert (first.stored, len(first.errors)) == (1, 1)
    assert bring(importers.EXPERTS, rows[:1], officer).unchanged == 1
    assert bring(importers.EXPERTS, [rows[0] | {"field": "食品安全"}], officer).stored == 1
    expert = db.session.scalars(queries.experts(["540000"])).one()
    in_transaction(lambda: people.decide_expert(expert.id, DossierState.ACCEPTED, reason="", actor_id=officer.id))
    assert (expert.field, expert.state) == ("食品安全", DossierState.ACCEPTED)
    assert service.verdict_by(expert).startswith(officer.name)
    with pytest.raises(Conflict, match=f"已经办过了（{officer.name}"):
        in_transaction(lambda: people.decide_expert(expert.id, DossierState.ACCEPTED, reason="", actor_id=officer.id))
    with pytest.raises(NotFound):
        queries.expert_in_areas(expert.id, ["652700"])
