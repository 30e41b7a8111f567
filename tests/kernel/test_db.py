"""The one place that commits, when the database is away, full, silent, or of another time."""

import socket
import threading
import time
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from marketplace.kernel import clock, clock_check, db_timeouts
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction, locked_all
from marketplace.kernel.db_failures import is_cut, is_passing
from marketplace.kernel.db_timeouts import answer_within
from marketplace.kernel.errors import Busy, NotFound, Uncertain
from marketplace.ledger import service
from marketplace.ledger.models import Book, Entry
from marketplace.vouchers.chart import read
from tests.conftest import make_app
from tests.ledger.books import a_book, a_command, a_move, balance, post


@pytest.mark.engines("sqlite")
def test_a_full_disk_is_said_and_nothing_is_stored(fresh_db):
    book = a_book(pool_fen=100)
    pages = fresh_db.session.execute(text("PRAGMA page_count")).scalar_one()
    fresh_db.session.execute(text(f"PRAGMA max_page_count = {pages}"))
    fresh_db.session.rollback()

    def until_full():
        for _ in range(100):
            post(book, ("pool:p", "paid", 1), opens=("paid",))

    with pytest.raises(Busy, match="存储空间已满") as refused:
        until_full()

    assert refused.value.code == "no_room"
    assert fresh_db.session.scalar(select(func.count()).select_from(Entry)) == 1 + balance(book, "paid")


@pytest.mark.engines("postgresql")
def test_work_whose_connection_broke_before_the_commit_is_done_again_and_once(fresh_app, fresh_db):
    book, command, tries = a_book(pool_fen=100), a_command(key="one"), []

    def work():
        entry = service.post(book, command, [a_move("pool:p", "paid", 10)], today=clock.today(), opens=(read("paid"),))
        if not tries:
            backend = fresh_db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with fresh_db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})
        tries.append(1)
        return entry

    in_transaction(work)

    assert len(tries) == 2
    assert balance(book, "paid") == 10


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
def test_a_commit_that_is_never_answered_is_uncertain_and_not_called_unsaved(fresh_db):
    """The server waits inside COMMIT, in a deferred trigger, for longer than the answer is waited for."""
    with fresh_db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE slow (id int)"))
        connection.execute(
            text("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$")
        )
        connection.execute(
            text("CREATE CONSTRAINT TRIGGER w AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()")
        )

    with answer_within(0.5), pytest.raises(Uncertain, match="不能确定是否已经保存"):
        in_transaction(lambda: fresh_db.session.execute(text("INSERT INTO slow VALUES (1)")))


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
def test_an_answer_is_waited_for_no_longer_than_asked(fresh_db):
    began, own = time.monotonic(), text("SELECT pg_backend_pid()")
    server_process = fresh_db.session.execute(own).scalar_one()

    with answer_within(0.3), pytest.raises(OperationalError, match="took too long") as cut:
        fresh_db.session.execute(text("SELECT pg_sleep(5)"))
    fresh_db.session.rollback()

    assert time.monotonic() - began < 2
    assert is_cut(cut.value)
    assert not is_passing(cut.value), "the same again would take as long"
    assert fresh_db.session.execute(own).scalar_one() == server_process, "the server stopped the statement; the connection lives"


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
def test_a_command_that_is_cut_short_is_given_up_with_its_connection(fresh_db):
    with answer_within(0.3), pytest.raises(Busy):
        in_transaction(lambda: fresh_db.session.execute(text("SELECT pg_sleep(5)")))


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
@pytest.mark.parametrize("set_by", ["client", "server"])
def test_a_page_whose_query_is_cut_short_says_what_to_do(fresh_app, monkeypatch, set_by):
    def slow():
        if set_by == "server":
            the_db.session.execute(text("SET statement_timeout = 200"))
        else:
            monkeypatch.setattr(db_timeouts, "PAGE_SECONDS", 0.3)
        return str(the_db.session.execute(text("SELECT pg_sleep(5)")).scalar_one())

    fresh_app.add_url_rule("/slow", "slow", slow)
    response = fresh_app.test_client().get("/slow")
    assert response.status_code == 503
    assert "请缩小筛选范围再查" in response.text
    assert "导出" in response.text


@pytest.mark.engines("postgresql")
def test_on_postgresql_a_clock_that_differs_writes_nothing(fresh_app, fresh_db):
    fresh_app.config["MAX_CLOCK_SKEW_SECONDS"] = 30  # the tests' clock is pinned, the server's is not
    before = fresh_db.session.scalar(text("SELECT count(*) FROM jobs"))

    with pytest.raises(clock_check.ClockDiffers, match="校准服务器时间"):
        in_transaction(lambda: fresh_db.session.execute(text("DELETE FROM jobs")))

    assert fresh_app.test_client().get("/health/ready").status_code == 503
    assert fresh_db.session.scalar(text("SELECT count(*) FROM jobs")) == before
    fresh_app.config["MAX_CLOCK_SKEW_SECONDS"] = 0
    assert fresh_app.test_client().get("/health/ready").status_code == 200


@pytest.fixture
def black_hole():
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.real_clock
def test_a_page_of_a_database_that_never_answers_is_a_503_with_retry_after(black_hole, run_dir):
    silent = make_app(f"postgresql+psycopg://nobody@127.0.0.1:{black_hole}/none")
    silent.testing = False
    began = time.monotonic()

    ready, page = silent.test_client().get("/health/ready"), silent.test_client().get("/front")

    assert ready.status_code == 503 and ready.headers["Retry-After"] == "5"
    assert page.status_code == 503 and page.headers["Retry-After"] == "5"
    assert "系统正忙" in page.text
    assert time.monotonic() - began < 12


@pytest.mark.engines("sqlite")
def test_a_writer_who_waits_too_long_is_told_that_nothing_was_saved(fresh_app, fresh_db):
    book = a_book(pool_fen=100)
    fresh_db.session.execute(text("PRAGMA busy_timeout = 50"))
    fresh_db.session.rollback()
    release = threading.Event()
    holding = threading.Event()

    def hold():
        with fresh_app.app_context():
            in_transaction(lambda: (fresh_db.session.execute(text("SELECT 1")), holding.set(), release.wait(10)))

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(10)
    try:
        with pytest.raises(Busy, match="没有保存"):
            post(book, ("pool:p", "paid", 1), opens=("paid",), command=a_command(key=uuid4().hex))
    finally:
        release.set()
        thread.join()
    assert balance(book, "paid") == 0


def test_many_rows_are_locked_once_each_in_their_order_and_none_may_be_missing(db):
    ids = [a_book() for _ in range(3)]
    assert [book.id for book in locked_all(Book, [*reversed(ids), ids[0]])] == sorted(ids)
    with pytest.raises(NotFound):
        locked_all(Book, [*ids, uuid4()])
