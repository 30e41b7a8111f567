from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, InsufficientBalance, NotFound, RuleViolation
from marketplace.ledger import queries, rules, service
from marketplace.ledger.models import Account, Entry, Transfer
from tests.ledger.books import a_book, a_command, a_limit, a_move, balance, post

UNUSED = "order:o:reserved"


def count(db, table, book_id):
    return db.session.scalar(select(func.count()).select_from(table).where(table.book_id == book_id))


def test_what_leaves_one_account_comes_to_the_other(db):
    book = a_book(voucher_v=500)

    entry = post(book, ("voucher:v", UNUSED, 300), opens=(UNUSED,))

    assert balance(book, "voucher:v") == 200
    assert balance(book, UNUSED) == 300
    assert entry.transfer_count == 1
    assert sum(account.credits_fen - account.debits_fen for account in queries.accounts(book)) == 0


def test_an_entry_moves_money_and_limits_together(db):
    book = a_book(voucher_v=500)
    a_limit(book, "limit:order:o", 400)

    post(book, ("voucher:v", UNUSED, 300), ("limit:order:o", "limit:order:o:used", 300), opens=(UNUSED,))

    assert queries.balances_fen(book, ["limit:order:o", "limit:order:o:used", UNUSED, "voucher:none"]) == {
        "limit:order:o": 100, "limit:order:o:used": -100, UNUSED: 300, "voucher:none": 0,
    }  # fmt: skip


def test_more_than_an_account_holds_is_refused_and_nothing_is_written(db):
    book = a_book(voucher_v=500)
    before = count(db, Entry, book), count(db, Transfer, book), count(db, Account, book)

    with pytest.raises(InsufficientBalance, match="券的余额不足"):
        post(book, ("voucher:v", UNUSED, 501), opens=(UNUSED,))

    assert balance(book, "voucher:v") == 500
    assert (count(db, Entry, book), count(db, Transfer, book), count(db, Account, book)) == before


def test_when_the_second_account_of_an_entry_is_short_the_first_is_untouched(db):
    book = a_book(voucher_v=500, voucher_w=10)

    with pytest.raises(InsufficientBalance):
        post(book, ("voucher:v", UNUSED, 500), ("voucher:w", UNUSED, 11), opens=(UNUSED,))

    assert (balance(book, "voucher:v"), balance(book, "voucher:w")) == (500, 10)


def test_a_limit_that_is_used_up_stops_the_money_too(db):
    book = a_book(voucher_v=500)
    a_limit(book, "limit:order:o", 400)

    with pytest.raises(InsufficientBalance, match="额度不足"):
        post(book, ("voucher:v", UNUSED, 401), ("limit:order:o", "limit:order:o:used", 401), opens=(UNUSED,))

    assert balance(book, "voucher:v") == 500


def test_a_refusal_that_is_swallowed_cannot_be_committed(db):
    book, command = a_book(voucher_v=500), a_command()

    def swallow():
        with suppress(InsufficientBalance):
            service.post(book, command, [a_move("voucher:v", "pool:p", 501)], today=clock.today())

    with pytest.raises(AssertionError, match="swallowed"):
        in_transaction(swallow)

    assert in_transaction(lambda: service.replayed(book, command)) is None
    post(book, ("voucher:v", "pool:p", 1))  # the next transaction is unharmed


def test_a_refusal_inside_a_savepoint_leaves_the_rest_of_the_work_standing(db):
    book, tried = a_book(voucher_v=500, voucher_w=500), a_command()

    def work():
        service.post(book, a_command(), [a_move("voucher:w", "pool:p", 1)], today=clock.today())
        with pytest.raises(InsufficientBalance), db.session.begin_nested():
            service.post(book, tried, [a_move("voucher:v", "pool:p", 501)], today=clock.today())

    in_transaction(work)

    assert (balance(book, "voucher:v"), balance(book, "voucher:w")) == (500, 499)
    assert service.replayed(book, tried) is None


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        pytest.param([("voucher:v", "pool:p", 0)], "大于 0", id="zero"),
        pytest.param([("voucher:v", "pool:p", -5)], "大于 0", id="negative"),
        pytest.param([("voucher:v", "pool:p", 2**63)], "上限", id="beyond 2^63"),
        pytest.param([("voucher:v", "voucher:never", 1)], "“voucher:never”在本账本中不存在", id="an unknown account"),
        pytest.param([("voucher:v", "vault", 1)], "“vault”不存在", id="an account of no kind"),
        pytest.param([("voucher:v", "limit:order:o", 1)], "额度账户", id="money into a limit"),
    ],
)
def test_a_posting_that_cannot_be_is_refused_by_name_and_writes_nothing(db, moves, says):
    book = a_book(voucher_v=500)
    before = count(db, Entry, book)

    with pytest.raises(RuleViolation, match=says):
        post(book, *moves)

    assert count(db, Entry, book) == before


def test_another_books_account_is_unknown_here(db):
    a_book(voucher_theirs=500)
    book = a_book(voucher_v=500)

    with pytest.raises(RuleViolation, match="不存在"):
        post(book, ("voucher:v", "voucher:theirs", 1))


def test_a_repeat_is_answered_with_the_entry_of_the_first_time(db):
    book, command = a_book(voucher_v=500), a_command(fen=300)

    first = post(book, ("voucher:v", UNUSED, 300), command=command, opens=(UNUSED,))
    again = post(book, ("voucher:v", UNUSED, 300), command=command, opens=(UNUSED,))

    assert again.id == first.id
    assert balance(book, UNUSED) == 300
    assert in_transaction(lambda: service.replayed(book, command)).id == first.id


def test_a_repeat_is_answered_even_when_the_money_has_moved_on(db):
    book, command = a_book(voucher_v=500), a_command()
    first = post(book, ("voucher:v", "pool:p", 500), command=command)

    assert post(book, ("voucher:v", "pool:p", 500), command=command).id == first.id


@pytest.mark.parametrize("change", [{"verb": "test.other"}, {"actor_id": uuid4()}, {"subject_id": uuid4()}, {"fen": 301}])
def test_the_same_key_with_other_content_is_a_conflict_and_writes_nothing(db, change):
    book = a_book(voucher_v=500)
    post(book, ("voucher:v", UNUSED, 300), command=a_command(key="k", fen=300), opens=(UNUSED,))

    with pytest.raises(Conflict, match="内容不同"):
        post(book, ("voucher:v", UNUSED, 100), command=a_command(**{"key": "k", "fen": 300, **change}))

    assert balance(book, UNUSED) == 300


def test_a_key_belongs_to_its_book(db):
    one, other = a_book(voucher_v=5), a_book(voucher_v=5)
    assert (
        post(one, ("voucher:v", "pool:p", 5), command=a_command(key="k")).id
        != post(other, ("voucher:v", "pool:p", 5), command=a_command(key="k", fen=2)).id
    )


def test_versions_of_an_account_have_no_gaps_and_carry_its_balance(db):
    book = a_book(voucher_v=500)
    post(book, ("voucher:v", UNUSED, 100), ("voucher:v", UNUSED, 50), opens=(UNUSED,))
    post(book, (UNUSED, "voucher:v", 20))

    lines = queries.statement(book, "voucher:v")

    assert [line.version for line in lines] == [1, 2, 3, 4]
    assert [line.amount_fen for line in lines] == [500, -100, -50, 20]
    assert [line.balance_fen for line in lines] == [500, 400, 350, 370]
    assert {line.counter_code for line in lines} == {"pool:p", UNUSED}


def test_a_statement_shows_the_lines_asked_for(db):
    book = a_book(voucher_v=500)
    for _ in range(5):
        post(book, ("voucher:v", "pool:p", 1))

    assert [line.version for line in queries.statement(book, "voucher:v", after=2, until=4)] == [3, 4]
    with pytest.raises(NotFound):
        queries.statement(book, "voucher:none")


def test_a_balance_as_of_an_instant_is_that_after_the_last_transfer_by_then(db, clock):
    from marketplace.kernel import clock as kernel_clock

    moments = [kernel_clock.now()]
    clock.shift(minutes=1)
    book = a_book(voucher_v=500)
    for _ in range(6):
        moments.append(kernel_clock.now())
        clock.shift(minutes=1)
        post(book, ("voucher:v", "pool:p", 10))
    moments.append(kernel_clock.now() + timedelta(days=400))

    assert [queries.balance_as_of_fen(book, "voucher:v", moment) for moment in moments] == [0, 500, 490, 480, 470, 460, 450, 440]
    assert queries.balance_as_of_fen(book, "voucher:none", moments[-1]) == 0


def test_an_entry_is_taken_back_once(db):
    book = a_book(voucher_v=500)
    entry = post(book, ("voucher:v", UNUSED, 300), ("voucher:v", "pool:p", 100), opens=(UNUSED,))

    back = in_transaction(lambda: service.reverse(book, entry.id, a_command("test.reverse", key="r"), today=clock.today()))

    assert (balance(book, "voucher:v"), balance(book, UNUSED)) == (500, 0)
    assert back.reverses_id == entry.id
    again = in_transaction(lambda: service.reverse(book, entry.id, a_command("test.reverse", key="r"), today=clock.today()))
    assert again.id == back.id
    with pytest.raises(Conflict, match="已经冲正"):
        in_transaction(lambda: service.reverse(book, entry.id, a_command("test.reverse"), today=clock.today()))


def test_what_has_moved_on_cannot_be_taken_back(db):
    book = a_book(voucher_v=500)
    entry = post(book, ("voucher:v", UNUSED, 300), opens=(UNUSED,))
    post(book, (UNUSED, "pool:p", 1))

    with pytest.raises(InsufficientBalance):
        in_transaction(lambda: service.reverse(book, entry.id, a_command(), today=clock.today()))


def test_an_entry_that_never_was_cannot_be_taken_back(db):
    book = a_book()
    with pytest.raises(NotFound):
        in_transaction(lambda: service.reverse(book, uuid4(), a_command(), today=clock.today()))


def test_a_limit_is_opened_once_whoever_asks(db):
    book = a_book()
    for _ in range(2):
        a_limit(book, "limit:year:x", 900)

    assert balance(book, "limit:year:x") == 900


def test_the_standing_of_a_book_adds_up(db):
    book = a_book(pool_fen=100, voucher_v=500)
    post(book, ("voucher:v", UNUSED, 300), opens=(UNUSED, "order:o:redeemed"))
    post(book, (UNUSED, "order:o:redeemed", 250))

    standing = queries.standing(book)

    assert (standing.appropriated, standing.unissued, standing.issued_unused, standing.reserved, standing.redeemed) == (
        600,
        100,
        200,
        50,
        250,
    )
    assert standing.difference() == 0


# Changes behind the application's back


@pytest.mark.parametrize("table", ["ledger_books", "ledger_entries", "ledger_transfers", "ledger_accounts", "audit_events"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_stored_rows_are_not_changed_or_deleted(db, engine, table, verb):
    if verb == "TRUNCATE" and engine.name == "sqlite":
        verb = "DELETE"  # SQLite has no TRUNCATE: a DELETE of everything is the same
    a_book(voucher_v=500)
    from marketplace.audit import service as audit

    in_transaction(lambda: audit.record("test.happened", actor_id=None, subject_type="test", subject_id=None))
    column = {"ledger_books": "name", "ledger_accounts": "code", "ledger_entries": "verb", "audit_events": "action"}.get(table, "leaf_hash")
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = 'x'", "DELETE": f"DELETE FROM {table}", "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[verb]  # fmt: skip

    with pytest.raises(IntegrityError, match="never changed or deleted"), db.session.begin_nested():
        db.session.execute(text(statement))


@pytest.mark.parametrize(
    "change",
    ["debits_fen = debits_fen + 1, credits_fen = credits_fen + 1", "credits_fen = credits_fen - 1, version = version + 1", "version = 0"],
)
def test_totals_of_an_account_only_grow_and_only_with_its_version(db, change):
    book = a_book(voucher_v=500)
    with pytest.raises(IntegrityError, match="never changed or deleted"), db.session.begin_nested():
        db.session.execute(text(f"UPDATE ledger_accounts SET {change} WHERE code = 'pool:p'"))
    assert balance(book, "voucher:v") == 500


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("debits_fen = debits_fen + 501", "not_overdrawn"),
        ("credits_fen = credits_fen + 4611686018427387904", "totals_bounded"),
        pytest.param("credits_fen = credits_fen + 0.5", "totals_whole", marks=pytest.mark.engines("sqlite")),
    ],
)
def test_the_database_itself_refuses_totals_that_cannot_be(db, engine, change, rule):
    if rule == "totals_whole" and engine.name == "postgresql":
        return  # a BIGINT there holds nothing else
    book = a_book(voucher_v=500)
    account = rules.account_id(book, "voucher:v")
    bound = account.hex if engine.name == "sqlite" else str(account)
    with pytest.raises(IntegrityError, match=rule), db.session.begin_nested():
        db.session.execute(text(f"UPDATE ledger_accounts SET {change}, version = version + 1 WHERE id = :id"), {"id": bound})


def test_a_transfer_of_half_a_fen_is_not_stored_on_sqlite(db, engine):
    if engine.name == "postgresql":
        return
    a_book(voucher_v=500)
    columns = [column.key for column in Transfer.__table__.columns]
    values = {"id": "'x'", "position": "9", "amount_fen": "0.5", "debit_version": "99", "credit_version": "99"}
    names, given = ", ".join(columns), ", ".join(values.get(column, column) for column in columns)
    with pytest.raises(IntegrityError, match="amounts_whole"), db.session.begin_nested():
        db.session.execute(text(f"INSERT INTO ledger_transfers ({names}) SELECT {given} FROM ledger_transfers LIMIT 1"))
