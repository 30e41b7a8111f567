"""Row 58: the application's clock is set wrong. On PostgreSQL it then writes nothing, and tokens fail closed."""

from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.identity.models import UserSession
from marketplace.kernel.db import db
from tests.conftest import close, make_app
from tests.factories import PASSWORD
from tests.faults.load import Found, Person, keep
from tests.faults.stage import web

DAY, HOUR = 86_400, 3_600


def wrong_clock(url, seconds, **settings):
    return web(url, app="tests.faults.skewed:app", CLOCK_IS_OFF_BY=str(seconds), **settings)


def written(url) -> tuple[int, int]:
    app = make_app(url)
    with app.app_context():
        counts = (
            db.session.scalar(select(func.count()).select_from(AuditEvent)),
            db.session.scalar(select(func.count()).select_from(UserSession)),
        )
    close(app)
    return counts


def try_to_sign_in(port, login):
    person = Person(port)
    fields = person.form("/sign-in")
    return person.ask("POST", "/sign-in", fields | {"login": login, "password": PASSWORD})


def test_row_58_a_wrong_clock_writes_nothing_and_knows_no_session(pg_url, seeded):
    login, order = seeded.firms[0].login, seeded.firms[0].orders[0]
    with web(pg_url) as running:
        honest = Person(running.port)
        honest.sign_in(login)
        assert honest.ask("GET", f"/orders/{order}")[0] == 200
    before, shown, answers = written(pg_url), 0, []
    for shift in (400 * DAY, -HOUR):
        with wrong_clock(pg_url, shift) as running:
            person = Person(running.port)
            person.cookies = dict(honest.cookies)
            shown += person.ask("GET", f"/orders/{order}")[0] == 200
            answers.append(try_to_sign_in(running.port, login))
            assert Person(running.port).ask("GET", "/health/ready")[0] == 503
    wrote = written(pg_url) != before
    assert [answer[0] for answer in answers] == [503, 503]
    assert all("校准服务器时间" in answer[2] and answer[1]["Retry-After"] for answer in answers)
    with wrong_clock(pg_url, -HOUR, MAX_CLOCK_SKEW_SECONDS="0") as running:
        control = try_to_sign_in(running.port, login)[0] == 302
    keep("58", Found(acknowledged=2, lost=shown, doubled=int(wrote)), {"sign-ins dated wrongly where nobody looks": int(control)})
    assert control
