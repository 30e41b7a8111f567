"""Nobody chooses or sees another's password: codes for the owner, a second administrator, and what everybody is told."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from wtforms import PasswordField

from marketplace.audit import queries as trail
from marketplace.identity import forms, service
from marketplace.identity.models import Channel, CodeState, PasswordCode, UserFacts, UserState
from marketplace.identity.roles import GUARDED, Role
from marketplace.identity.service import credentials, sessions
from marketplace.identity.service.credentials import Delivery, WrongCode
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import in_transaction, table_of
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.notices.queries import of_user
from tests.factories import PASSWORD, a_firm, a_user, an_administrator, an_organisation, user_of

NEW = "只有本人知道的口令 2026"
HOW = Delivery("https://quanlian.example/password/set", 24, mails=True)


@pytest.fixture
def admins(db):
    return an_administrator("system_admin"), an_administrator("security_admin")


def with_mail(user, address="owner@example.cn"):
    in_transaction(lambda: setattr(user, "email", address))
    return user


def ask(user, actor, reason="本人当面提出", **how):
    return in_transaction(lambda: credentials.ask(user.id, reason=reason, actor_id=actor.id, delivery=HOW, now=clock.now(), **how))


def confirm(row, actor):
    return in_transaction(lambda: credentials.confirm(row.id, actor_id=actor.id, delivery=HOW, now=clock.now()))


def slip(row, actor):
    return in_transaction(lambda: credentials.print_slip(row.id, actor_id=actor.id, hours=24, now=clock.now()))[1]


def use(login, code, new=NEW):
    return in_transaction(lambda: credentials.set_by_code(login, code, new=new, now=clock.now(), address="::1"))


def mails(db):
    return list(db.session.scalars(select(outbox.OutboxMessage).order_by(outbox.OutboxMessage.id)))


def test_a_password_field_stands_only_where_the_owner_types_his_own():
    """A form in which somebody types the password of somebody else is the fault this would have found."""
    typed = {
        name
        for name, form in vars(forms).items()
        if isinstance(form, type) and any(getattr(field, "field_class", None) is PasswordField for field in vars(form).values())
    }
    assert typed == {"SignInForm", "RegisterForm", "PasswordForm", "SetPasswordForm"}


def test_a_slip_is_good_for_its_owner_once_and_everybody_reads_of_it(db, admins):
    admin, _other = admins
    user = user_of(a_firm())
    session = in_transaction(lambda: sessions.sign_in(user.id, user.login, now=clock.now(), address="::1"))
    row = ask(user, admin)
    assert row.state is CodeState.READY, "no code exists before it is printed"
    code = slip(row, admin)

    with pytest.raises(WrongCode):
        use(user_of(a_firm()).login, code)
    assert use(user.login, code.lower().replace("-", " ")).id == user.id

    assert sessions.check_password(user.login, NEW)
    assert sessions.user_of(session, now=clock.now()) is None
    with pytest.raises(WrongCode):
        use(user.login, code, "另一句口令也可以 2026")
    assert [event.action for event in trail.of_subject(user.id)][-3:] == [
        "user.password_asked", "user.password_code_issued", "user.password_set",
    ]  # fmt: skip
    assert len(of_user(user.id)) == 3
    assert any("已用设置码设置密码" in notice.title for notice in of_user(admin.id))
    stored = db.session.get(PasswordCode, row.id)
    assert code.replace("-", "") not in repr([getattr(stored, c.name) for c in table_of(PasswordCode).columns])


def test_a_code_is_over_after_its_day_and_a_new_slip_ends_the_old_one(db, admins):
    admin, _other = admins
    user = user_of(a_firm())
    row = ask(user, admin)
    first, second = slip(row, admin), slip(row, admin)
    with pytest.raises(WrongCode):
        use(user.login, first)
    late = clock.now() + timedelta(hours=24, seconds=1)
    with pytest.raises(WrongCode):
        in_transaction(lambda: credentials.set_by_code(user.login, second, new=NEW, now=late, address="::1"))
    assert use(user.login, second)


def test_a_mail_carries_the_code_only_when_it_is_sent_and_only_to_the_owner(db, admins):
    user = with_mail(user_of(a_firm()))
    ask(user, admins[0])
    letter = mails(db)[-1]

    assert letter.recipient == "owner@example.cn"
    assert not re.search(r"\w{4}-\w{4}-\w{4}\b(?!-)", letter.body.split("设置码：")[1].split("\n")[0].split("{")[0])
    assert "设置码：—" in outbox.filled(letter.body, "somebody@example.cn")
    code = re.search(r"设置码：(\S+)", outbox.filled(letter.body, letter.recipient))[1]
    assert use(user.login, code)
    assert "已重新设置" in mails(db)[-1].subject


@pytest.mark.parametrize("role", sorted(GUARDED))
def test_for_money_security_and_audit_a_second_administrator_comes_before_the_code(db, admins, role):
    admin, other = admins
    user = a_user(role)
    row = ask(user, admin)

    assert row.state is CodeState.WAITING
    with pytest.raises(Conflict):
        slip(row, admin)
    for same in (admin, user):
        with pytest.raises(Denied):
            confirm(row, same)
    assert confirm(row, other).state is CodeState.READY
    with pytest.raises(Conflict, match="已经办结"):
        confirm(row, other)
    assert use(user.login, slip(row, admin)).id == user.id


def test_a_user_of_an_authority_waits_too_since_he_may_get_such_a_role(db, admins):
    assert ask(a_user(organisation=an_organisation(authority=True)), admins[0]).state is CodeState.WAITING
    assert ask(user_of(a_firm()), admins[0]).state is CodeState.READY


@pytest.mark.parametrize(
    "changed",
    [
        {"code_hash": "x", "expires_at": clock.now, "state": "issued"},
        {"confirmed_by": "requested_by"},
        {"confirmed_by": "user_id"},
        {"requested_by": "user_id"},
        {"state": "used"},
        {"live_user_id": None},
    ],
)
def test_the_database_itself_wants_the_second_person(db, admins, changed):
    row = ask(a_user(Role.FINANCE), admins[0])
    values = {
        name: value() if callable(value) else getattr(row, value) if value in {"requested_by", "user_id"} else value
        for name, value in changed.items()
    }
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(update(table_of(PasswordCode)).where(PasswordCode.id == row.id).values(**values))


def test_a_second_administrator_says_no_and_both_read_why(db, admins):
    admin, other = admins
    user = a_user(Role.FINANCE)
    row = ask(user, admin)
    with pytest.raises(RuleViolation, match="原因"):
        in_transaction(lambda: credentials.refuse(row.id, answer=" ", actor_id=other.id, now=clock.now()))
    in_transaction(lambda: credentials.refuse(row.id, answer="本人未提出", actor_id=other.id, now=clock.now()))

    for reader in (admin, user):
        assert of_user(reader.id)[0].body == "本人未提出"
    with pytest.raises(Conflict):
        confirm(row, other)
    with pytest.raises(Conflict):
        slip(row, admin)


def test_nobody_asks_for_himself_or_without_a_reason_and_the_same_again_is_one(db, admins):
    admin, _other = admins
    user = user_of(a_firm())
    with pytest.raises(Denied):
        ask(admin, admin)
    with pytest.raises(RuleViolation, match="原因"):
        ask(user, admin, reason=" ")
    assert ask(user, admin).id == ask(user, admin).id
    newer = ask(user, admin, reason="又忘了")
    assert [row.state for row in db.session.scalars(select(PasswordCode).order_by(PasswordCode.id)).unique()] == [
        CodeState.ENDED,
        newer.state,
    ]


def forget(login, how=HOW):
    in_transaction(lambda: credentials.forgotten(login, bucket=f"forgotten:{login}", delivery=how, now=clock.now(), address="::1"))


def test_who_forgot_is_mailed_at_his_own_address_and_for_money_after_a_second_look(db, admins):
    firm, finance = with_mail(user_of(a_firm())), with_mail(a_user(Role.FINANCE), "money@example.cn")
    bare = user_of(a_firm())
    for login in (firm.login, finance.login, bare.login, "nobody"):
        forget(login)

    assert [letter.recipient for letter in mails(db)] == ["owner@example.cn"]
    waiting = credentials.live_of(finance.id)
    assert (waiting.state, waiting.channel, credentials.live_of(bare.id)) == (CodeState.WAITING, Channel.MAIL, None)
    with pytest.raises(Conflict):
        slip(confirm(waiting, admins[1]), admins[0])
    assert mails(db)[-1].recipient == "money@example.cn"


def test_a_new_user_has_no_password_until_the_owner_sets_one(db, admins):
    admin, other = admins
    office = an_organisation(authority=True)
    asked = {"actor_id": admin.id, "request_key": uuid4(), "now": clock.now()}
    row = in_transaction(lambda: service.add_invited(office.id, UserFacts("xin", "新"), delivery=HOW, **asked))
    for guess in ("", "no such user", PASSWORD):
        with pytest.raises(sessions.WrongPassword):
            sessions.check_password("xin", guess)
    assert use("xin", slip(confirm(row, other), admin)).password_hash


def test_a_changed_address_ends_what_went_to_the_old_one_and_tells_it(db, admins):
    user = with_mail(user_of(a_firm()))
    ask(user, admins[0])
    in_transaction(lambda: service.change_account(user.id, name="某", phone="", email="new@example.cn", locale="zh"))

    assert credentials.live_of(user.id) is None
    assert (mails(db)[-1].recipient, "已更换" in mails(db)[-1].subject) == ("owner@example.cn", True)


def stop(user, actor, state=UserState.SUSPENDED, reason="离职"):
    return in_transaction(lambda: service.set_user_state(user.id, state, reason=reason, actor_id=actor.id, now=clock.now()))


def test_stopping_takes_a_reason_and_the_user_reads_it(db, admins):
    firm = a_firm()
    user, colleague = user_of(firm), a_user(Role.SME, organisation=firm.id)
    with pytest.raises(RuleViolation, match="原因"):
        stop(user, colleague, reason=" ")
    assert stop(user, colleague).state_reason == "离职"
    assert of_user(user.id)[0].body == "离职"
    assert '"reason":"离职"' in trail.of_subject(user.id)[-1].details
    assert stop(user, colleague, UserState.ACTIVE, "回来了").is_active


def test_colleagues_neither_stop_officials_nor_let_in_whom_an_administrator_stopped(db, admins):
    firm = a_firm()
    user, colleague = user_of(firm), a_user(Role.SME, organisation=firm.id)
    stop(user, admins[0])
    with pytest.raises(Denied, match="系统管理员恢复"):
        stop(user, colleague, UserState.ACTIVE)
    officer = a_user(Role.OFFICER)
    with pytest.raises(Denied, match="系统管理员停用"):
        stop(officer, a_user(Role.OFFICER, organisation=officer.organisation))
    assert stop(officer, admins[0]).state is UserState.SUSPENDED


def test_a_stopped_user_sets_no_password(db, admins):
    user = user_of(a_firm())
    code = slip(ask(user, admins[0]), admins[0])
    stop(user, admins[0])
    with pytest.raises(WrongCode):
        use(user.login, code)


@pytest.mark.parametrize("when", ["used", "printed"])
def test_a_code_nobody_confirmed_is_no_way_to_a_role_that_needs_two(db, admins, when):
    """An administrator makes an account in a firm, prints its slip, and has it given a payer's role."""
    admin, security = admins
    user = a_user(organisation=an_organisation())
    code = slip(ask(user, admin), admin)
    if when == "used":
        use(user.login, code)
    in_transaction(lambda: service.grant(user.id, Role.FINANCE, area_code="540000", actor_id=security.id, now=clock.now()))

    with pytest.raises(WrongCode):
        use(user.login, code)
    if when == "used":
        with pytest.raises(sessions.WrongPassword):
            sessions.check_password(user.login, NEW)
    assert ask(user, admin).state is CodeState.WAITING
