"""The first administrator comes from the command line, the second from the first."""

import re

from sqlalchemy import select

from marketplace.identity.models import User
from marketplace.identity.service import credentials, sessions
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from tests.factories import PASSWORD


def first_admin(app, role="security_admin", login="anquan"):
    place = ["--uscc", make_uscc("540102", 7, kind="11"), "--organisation", "自治区经信厅", "--region", "拉萨市"]
    return app.test_cli_runner().invoke(args=["users", "first-admin", role, "--login", login, "--name", "某", *place])


def test_the_first_administrator_of_a_kind_is_made_once_and_sets_the_own_password(app, db):
    done = first_admin(app)
    assert done.exit_code == 0
    made = db.session.scalars(select(User).where(User.login == "anquan")).unique().one()
    assert (made.password_hash, [g.role for g in made.grants]) == ("", ["security_admin"])
    code = re.search(r"\w{4}-\w{4}-\w{4}", done.output)[0]
    in_transaction(lambda: credentials.set_by_code("anquan", code, new=PASSWORD, now=clock.now(), address=""))
    assert sessions.check_password("anquan", PASSWORD).id == made.id

    again = first_admin(app, login="another")
    assert again.exit_code == 1
    assert "已有安全管理员" in again.output
    assert first_admin(app, "system_admin", "xitong").exit_code == 0
