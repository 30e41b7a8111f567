"""The first administrator comes from the command line, the second from the first."""

from sqlalchemy import select

from marketplace.identity.models import User
from marketplace.identity.uscc import make_uscc
from tests.factories import PASSWORD


def first_admin(app, role="security_admin", login="anquan", password=PASSWORD):
    place = ["--uscc", make_uscc("540102", 7, kind="11"), "--organisation", "自治区经信厅", "--region", "拉萨市"]
    return app.test_cli_runner().invoke(
        args=["users", "first-admin", role, "--login", login, "--name", "某", *place, "--password", password]
    )


def test_the_first_administrator_of_a_kind_is_made_once(app, db):
    assert first_admin(app).exit_code == 0
    made = db.session.scalars(select(User).where(User.login == "anquan")).unique().one()
    assert made.must_change_password
    assert [g.role for g in made.grants] == ["security_admin"]

    again = first_admin(app, login="another")
    assert again.exit_code == 1
    assert "已有安全管理员" in again.output
    assert first_admin(app, "system_admin", "xitong").exit_code == 0


def test_a_weak_password_is_refused_and_nothing_stays(app, db):
    assert "至少 10 个字符" in first_admin(app, password="short").output
    assert db.session.scalars(select(User)).first() is None
