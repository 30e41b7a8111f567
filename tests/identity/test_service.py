"""Organisations and users: each rule with its refusal beside it, on both engines."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from marketplace.audit import queries as trail
from marketplace.identity import queries, service
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Grant, OrganisationFacts, UserFacts, UserState
from marketplace.identity.roles import Role
from marketplace.identity.service import sessions
from marketplace.identity.service.credentials import Delivery
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.notices.models import Notice
from tests.factories import PASSWORD, a_user, an_administrator, an_officer, an_organisation, user_of

SERIAL = iter(range(700_000, 800_000))


def facts(**changed):
    given = {"uscc": make_uscc("540102", next(SERIAL)), "name": "拉萨雪山水业有限公司", "region_code": "540102"}
    return OrganisationFacts(**(given | changed))


def full(organisation, **changed):
    """The facts an organisation has, some of them changed."""
    kept = {
        name: getattr(organisation, name)
        for name in (
            *("uscc", "name", "region_code", "park_code", "industry_code", "address", "legal_representative"),
            *("contact_name", "contact_phone", "founded_on", "group_uscc", "bank_name", "bank_account"),
        )
    }
    return OrganisationFacts(**(kept | changed))


def register(**kwargs):
    given = {"actor_id": None} | kwargs
    return in_transaction(lambda: service.register_organisation(given.pop("facts", None) or facts(), **given))


def actions_on(subject_id):
    return [event.action for event in trail.of_subject(subject_id)]


# Organisations


def test_an_organisation_is_found_by_the_initials_of_its_name(db):
    assert register().name_initials == "lsxssyyxgs"


def test_a_credit_code_is_registered_once_and_a_second_click_answers_the_same(db):
    key, mine = uuid4(), facts()
    first = register(facts=mine, request_key=key)

    assert register(facts=mine, request_key=key).id == first.id == key
    with pytest.raises(Conflict, match="已经登记过"):
        register(facts=mine, request_key=uuid4())


@pytest.mark.parametrize(
    ("changed", "said", "field"),
    [
        ({"uscc": "91540102MA6T0000X0"}, "统一社会信用代码", "uscc"),
        ({"region_code": "540171"}, "园区", "region_code"),
        ({"park_code": "540102"}, "没有这个园区", "park_code"),
        ({"industry_code": "15"}, "不是行业小类", "industry_code"),
        ({"group_uscc": "123"}, "18 位", "group_uscc"),
    ],
)
def test_a_wrong_fact_is_refused_beside_its_field(db, changed, said, field):
    with pytest.raises(RuleViolation, match=said) as refusal:
        register(facts=facts(**changed))
    assert refusal.value.field == field


def test_submitting_names_what_is_missing_and_tells_the_officers_of_the_area(db):
    officer, elsewhere = an_officer("540100"), an_officer("540200")
    organisation = register(state=OrganisationState.DRAFT)
    actor = a_user(Role.SME, organisation=organisation)

    with pytest.raises(RuleViolation, match="所属行业、经营地址"):
        in_transaction(lambda: service.submit_organisation(organisation.id, actor_id=actor.id))

    complete = full(
        organisation, industry_code="1522", address="路 1 号", legal_representative="某", founded_on=date(2020, 1, 1),
        contact_name="某", contact_phone="1",
    )  # fmt: skip
    in_transaction(
        lambda: service.change_organisation(
            organisation.id, complete, seen_version=organisation.version, actor_id=actor.id, now=clock.now()
        )
    )
    in_transaction(lambda: service.submit_organisation(organisation.id, actor_id=actor.id))

    assert queries.organisation(organisation.id).state is OrganisationState.PENDING
    told = set(db.session.scalars(select(Notice.user_id)))
    assert officer.id in told
    assert elsewhere.id not in told


def test_a_return_needs_a_reason_and_the_members_read_it(db):
    organisation = an_organisation(verified=False)
    member, officer = a_user(Role.SME, organisation=organisation), an_officer()

    def decide(state, reason):
        return in_transaction(
            lambda: service.decide_organisation(organisation.id, state, reason=reason, actor_id=officer.id, now=clock.now())
        )

    with pytest.raises(RuleViolation, match="原因"):
        decide(OrganisationState.RETURNED, " ")
    decide(OrganisationState.RETURNED, "执照看不清")
    decide(OrganisationState.RETURNED, "执照看不清")

    assert [n.body for n in db.session.scalars(select(Notice).where(Notice.user_id == member.id))] == ["执照看不清"]
    with pytest.raises(RuleViolation, match="现在是“已退回”，不能“核实通过”"):
        decide(OrganisationState.VERIFIED, "")


def test_what_was_verified_is_verified_again_when_the_firm_changes_it(db):
    organisation = an_organisation()
    actor = a_user(Role.SME, organisation=organisation)

    def change(**changed):
        now_stored = queries.organisation(organisation.id)
        return in_transaction(
            lambda: service.change_organisation(
                organisation.id, full(now_stored, **changed), seen_version=now_stored.version, actor_id=actor.id, now=clock.now()
            )
        )

    assert change(contact_phone="0891-1").state is OrganisationState.VERIFIED
    assert change(region_code="540103").state is OrganisationState.PENDING


def test_a_stale_form_is_refused_and_changes_nothing(db):
    organisation = an_organisation()
    actor = a_user(Role.SME, organisation=organisation)
    seen = organisation.version

    def change(name):
        wanted = full(queries.organisation(organisation.id), address=name)
        return in_transaction(
            lambda: service.change_organisation(organisation.id, wanted, seen_version=seen, actor_id=actor.id, now=clock.now())
        )

    change("一号")
    with pytest.raises(Conflict, match="已被他人修改"):
        change("二号")
    assert queries.organisation(organisation.id).address == "一号"


def test_a_sanction_has_a_last_day_and_can_be_lifted(db):
    organisation, officer = an_organisation(), an_officer()

    def enter(until, reason="失信名单 2026-3"):
        return in_transaction(lambda: service.sanction(organisation.id, until, reason=reason, actor_id=officer.id))

    with pytest.raises(RuleViolation, match="依据"):
        enter(date(2027, 1, 1), reason="")
    assert enter(date(2027, 1, 1)).sanctioned_until == date(2027, 1, 1)
    assert enter(None).sanctioned_until is None
    assert actions_on(organisation.id) == ["organisation.sanctioned", "organisation.sanction_lifted"]


def test_an_officer_finds_the_organisations_of_the_own_area_only(db):
    mine, other = an_organisation(region="540102"), an_organisation(region="540202")

    assert queries.organisation_in_area(mine.id, ["540100"]).id == mine.id
    with pytest.raises(NotFound):
        queries.organisation_in_area(other.id, ["540100"])
    with pytest.raises(NotFound):
        queries.organisation_in_area(mine.id, [])


def test_a_firm_in_a_park_of_the_region_is_found_by_the_region_though_its_county_lies_outside(db):
    firm = an_organisation(region="632801", park="540171")

    for area in ("540000", "540100", "540171", "630000"):
        assert queries.organisation_in_area(firm.id, [area]).id == firm.id
    with pytest.raises(NotFound):
        queries.organisation_in_area(firm.id, ["540172"])


# Users


def add_user(organisation, **changed):
    who, password = UserFacts(changed.pop("login", f"new{next(SERIAL)}"), "某"), {"password": PASSWORD} | changed
    return in_transaction(lambda: service.add_user(organisation.id, who, actor_id=None, **password))


@pytest.mark.parametrize(("password", "said"), [("short", "至少 10 个字符"), ("1234567890", "太常见"), ("aaaaaaaaaaaa", "太常见")])
def test_a_weak_password_is_refused(db, password, said):
    with pytest.raises(RuleViolation, match=said):
        add_user(an_organisation(), password=password)


def test_a_login_is_taken_whatever_its_case(db):
    add_user(an_organisation(), login="Pasang")
    with pytest.raises(Conflict, match="已有人使用"):
        add_user(an_organisation(), login="PASANG")


def test_a_colleague_gets_only_roles_one_holds_and_no_password(db):
    actor, delivery = a_user(Role.SME, organisation=an_organisation()), Delivery("", 24, mails=False)

    def add(roles):
        who, asked = UserFacts(f"c{next(SERIAL)}", "某"), {"actor_id": actor.id, "request_key": uuid4(), "now": clock.now()}
        return in_transaction(lambda: service.add_colleague(roles, who, delivery=delivery, **asked)).user

    colleague = add([Role.SME])
    assert colleague.password_hash == ""
    assert [g.role for g in colleague.grants] == [Role.SME]
    for role in (Role.PROVIDER, Role.OFFICER, Role.SYSTEM_ADMIN):
        with pytest.raises(RuleViolation, match="自己已有"):
            add([role])


def grant(user, role, area=None, actor=None):
    actor_id = actor.id if actor else None
    return in_transaction(lambda: service.grant(user.id, role, area_code=area, actor_id=actor_id, now=clock.now()))


def test_nobody_grants_to_himself_or_takes_from_himself(db):
    admin = an_administrator("security_admin")

    with pytest.raises(RuleViolation, match="不能给自己授权"):
        grant(admin, Role.AUDITOR, "540000", admin)
    with pytest.raises(RuleViolation, match="不能收回自己"):
        in_transaction(lambda: service.revoke(admin.id, Role.SECURITY_ADMIN, actor_id=admin.id, now=clock.now()))


def test_a_role_with_an_area_needs_one_and_the_others_have_none(db):
    user = a_user()
    with pytest.raises(RuleViolation, match="管辖区域"):
        grant(user, Role.OFFICER)
    with pytest.raises(RuleViolation, match="没有管辖区域"):
        grant(user, Role.SME, "540000")
    assert grant(user, Role.OFFICER, "5401").area_code == "540100"
    assert grant(user, Role.OFFICER, "540100").role is Role.OFFICER


def test_a_role_may_be_held_in_several_areas_and_is_taken_back_one_by_one(db):
    user, admin = a_user(), an_administrator("security_admin")
    for area in ("540100", "540200", "540100"):
        grant(user, Role.OFFICER, area)
    held = lambda: [g.area_code for g in queries.user(user.id).grants]  # noqa: E731
    assert held() == ["540100", "540200"]
    in_transaction(lambda: service.revoke(user.id, Role.OFFICER, area_code="540100", actor_id=admin.id, now=clock.now()))
    assert held() == ["540200"]


def test_the_database_holds_a_role_once_in_each_area(db):
    for role, area in ((Role.OFFICER, "540000"), (Role.SME, None)):
        user = a_user(role)
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(insert(Grant).values(id=uuid4(), user_id=user.id, role=role, duty=user.duty, area_code=area))


def test_a_change_of_roles_state_or_password_ends_the_sessions(db):
    user, admin, system = a_user(Role.SME), an_administrator("security_admin"), an_administrator()

    def session():
        return in_transaction(lambda: sessions.sign_in(user.id, user.login, now=clock.now(), address="::1"))

    for change in (
        lambda: service.grant(user.id, Role.PROVIDER, actor_id=admin.id, now=clock.now()),
        lambda: service.revoke(user.id, Role.PROVIDER, actor_id=admin.id, now=clock.now()),
        lambda: service.change_password(user.id, old=PASSWORD, new="另一句好记的话 2026", keep_token=None, now=clock.now()),
        lambda: service.set_user_state(user.id, UserState.SUSPENDED, reason="离职", actor_id=system.id, now=clock.now()),
    ):
        token = session()
        assert sessions.user_of(token, now=clock.now())
        in_transaction(change)
        assert sessions.user_of(token, now=clock.now()) is None


def test_a_suspended_user_does_not_sign_in(db):
    user, admin = a_user(Role.SME), an_administrator()
    assert sessions.check_password(user.login, PASSWORD).id == user.id
    in_transaction(lambda: service.set_user_state(user.id, UserState.SUSPENDED, reason="离职", actor_id=admin.id, now=clock.now()))
    with pytest.raises(sessions.WrongPassword):
        sessions.check_password(user.login, PASSWORD)


def test_officers_told_of_a_place_are_those_whose_area_covers_it(db):
    region, city, county, park = an_officer("540000"), an_officer("540100"), an_officer("540102"), an_officer("540171")

    told = set(queries.user_ids_with("enterprises.verify", "540102", "540171"))
    assert {region.id, city.id, county.id, park.id} <= told
    told = set(queries.user_ids_with("enterprises.verify", "540202"))
    assert region.id in told
    assert not {city.id, county.id, park.id} & told
    assert user_of(region.organisation_id).id == region.id
