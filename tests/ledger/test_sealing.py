import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit import sealing as audit_sealing
from marketplace.audit import service as audit
from marketplace.cli.seal import seal as seal_command
from marketplace.kernel import clock, merkle, seals
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.ids import uuid7
from marketplace.kernel.seal_keys import is_signed, key_id, public_keys, publish_key, signing_key
from marketplace.kernel.seals import SealBlock, SealMember
from marketplace.ledger import sealing
from tests.ledger.books import a_book, post
from tests.races import race

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def key(tmp_path):
    return signing_key(tmp_path / "key.pem", may_make=True)


def seal(stream, key, **settings):
    return in_transaction(lambda: seals.seal(stream, key, now=clock.now(), **settings))


def members(db, stream):
    rows = select(SealMember).where(SealMember.stream == stream.name).order_by(SealMember.block_number, SealMember.position)
    return db.session.scalars(rows).all()


def test_a_block_holds_every_row_that_was_in_none(db, key):
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)

    first = seal(stream, key)
    assert (first.number, first.size, first.total) == (1, 1 + 3 + 2, 6)  # the book, three accounts, two transfers
    assert seal(stream, key) is None

    post(book, ("voucher:v", "pool:p", 5))
    second = seal(stream, key)
    assert (second.number, second.size, second.total, second.previous_head) == (2, 1, 7, first.head)
    found = [member for member in members(db, stream) if member.block_number == 1]
    assert merkle.root([bytes.fromhex(member.leaf_hash) for member in found]).hex() == first.root


def test_a_block_is_signed_over_everything_it_says(db, key, tmp_path):
    block = seal(sealing.stream_of(a_book(voucher_v=500)), key)
    publish_key(key, tmp_path)
    public = public_keys(tmp_path)[block.key_id]
    values = {column.key: getattr(block, column.key) for column in seals.BLOCKS.columns}

    assert block.key_id == key_id(key)
    assert is_signed(public, bytes.fromhex(block.head), block.signature)
    assert seals.head_of(values).hex() == block.head
    for name in ("stream", "number", "size", "total", "root", "previous_head", "key_id", "sealed_at", "block_format"):
        changed = {**values, name: values[name] + (timedelta(1) if name == "sealed_at" else "x" if isinstance(values[name], str) else 1)}
        assert seals.head_of(changed).hex() != block.head, name


def test_a_block_names_its_hash_and_sm3_is_one(db, key):
    stream = sealing.stream_of(a_book(voucher_v=500))
    block = seal(stream, key, algorithm="sm3")
    assert block.algorithm == "sm3"
    assert merkle.root([bytes.fromhex(m.leaf_hash) for m in members(db, stream)], "sm3").hex() == block.root


def test_the_trail_is_sealed_too_under_a_name_of_its_own(db, key):
    before = audit_sealing.stream()
    in_transaction(lambda: audit.record("test.happened", actor_id=None, subject_type="test", subject_id=None))
    stream = audit_sealing.stream()

    seal(stream, key)
    in_transaction(lambda: audit.record("test.happened", actor_id=None, subject_type="test", subject_id=None))

    assert before is None or before.name == stream.name
    assert audit_sealing.stream().name == stream.name
    assert seal(stream, key).number == 2


def test_a_row_told_as_of_another_day_is_found_by_the_look_at_all_rows(db, key):
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)
    seal(stream, key)
    with clock.at(datetime(2020, 1, 1, tzinfo=UTC)):
        post(book, ("voucher:v", "pool:p", 5))

    assert seal(stream, key, since=clock.now() - seals.RECENT) is None
    assert seal(stream, key).size == 1


def test_recent_rows_are_found_by_the_quick_look(db, key):
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)
    seal(stream, key)
    post(book, ("voucher:v", "order:o:reserved", 5), opens=("order:o:reserved",))

    assert seal(stream, key, since=clock.now() - seals.RECENT).size == 2  # the account and the transfer


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
def test_a_row_whose_earlier_id_commits_later_is_sealed_all_the_same(fresh_app, fresh_db, key):
    """Two transactions: the first takes its ids, the second commits and is sealed, then the first commits."""
    book, early_id = a_book(voucher_v=500), uuid7()
    columns = [column.key for column in fresh_db.metadata.tables["ledger_transfers"].columns]
    values = {"id": f"'{early_id}'", "position": "7", "debit_version": "90", "credit_version": "91"}
    given = ", ".join(values.get(column, column) for column in columns)
    connection = fresh_db.engine.connect()
    slow = connection.begin()
    connection.execute(text(f"INSERT INTO ledger_transfers ({', '.join(columns)}) SELECT {given} FROM ledger_transfers LIMIT 1"))
    stream = sealing.stream_of(book)
    post(book, ("voucher:v", "pool:p", 5))
    seal(stream, key)
    newest = max(member.row_id for member in members(fresh_db, stream) if member.kind == "transfer")
    assert newest > early_id
    slow.commit()
    connection.close()

    block = seal(stream, key, since=clock.now() - seals.RECENT)

    assert block.size == 1
    assert members(fresh_db, stream)[-1].row_id == early_id


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
def test_two_sealers_at_once_seal_each_row_once(fresh_app, fresh_db, key):
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)

    answers = race(fresh_app, [lambda: seal(stream, key)] * 6)

    assert sum(isinstance(answer, SealBlock) for answer in answers) == 1
    assert all(answer is None or isinstance(answer, SealBlock | IntegrityError | Conflict) for answer in answers)
    assert fresh_db.session.scalar(select(func.count()).select_from(SealMember)) == 6


def test_heads_are_published_once_and_caught_up(db, key, tmp_path):
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)
    seal(stream, key)
    post(book, ("voucher:v", "pool:p", 5))
    seal(stream, key)  # the first one was not published: the process died in between

    assert seals.publish(tmp_path, stream.name) == 2
    assert seals.publish(tmp_path, stream.name) == 0
    heads = list(seals.published_heads(tmp_path, stream.name))
    assert [head["number"] for head in heads] == [1, 2]
    assert heads[1]["previous_head"] == heads[0]["head"]
    assert seals.last_published(tmp_path, stream.name) == 2


def test_a_database_older_than_what_was_published_is_not_sealed(db, key, tmp_path):
    stream = sealing.stream_of(a_book(voucher_v=500))

    with pytest.raises(Conflict, match="备份恢复"):
        seal(stream, key, published=3)

    assert members(db, stream) == []


def test_a_spoilt_file_of_heads_still_tells_its_last_number(tmp_path):
    path = seals.heads_file(tmp_path, "book:x")
    path.write_text(json.dumps({"number": 4}, separators=(",", ":")) + '\n{"number"')
    assert seals.last_published(tmp_path, "book:x") == 4


def test_production_never_makes_a_key(tmp_path):
    for path in (None, tmp_path / "none.pem"):
        with pytest.raises(DomainError, match="SEAL_KEY_FILE"):
            signing_key(path, may_make=False)
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no key")
    with pytest.raises(DomainError, match="不是"):
        signing_key(wrong, may_make=True)


@pytest.mark.parametrize("table", ["seal_blocks", "seal_members"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_sealed_blocks_are_not_changed_or_deleted(db, key, table, verb):
    seal(sealing.stream_of(a_book(voucher_v=500)), key)
    statement = f"UPDATE {table} SET stream = 'x'" if verb == "UPDATE" else f"DELETE FROM {table}"
    with pytest.raises(IntegrityError, match="never changed or deleted"), db.session.begin_nested():
        db.session.execute(text(statement))


# The commands


def test_the_command_seals_once_and_says_so(fresh_app, fresh_db):
    a_book(voucher_v=500)
    runner = fresh_app.test_cli_runner()

    assert "第 1 块，6 行" in runner.invoke(seal_command).output
    assert "没有新的内容" in runner.invoke(seal_command).output


@pytest.mark.engines("sqlite")
@pytest.mark.real_clock
def test_the_sealer_seals_until_it_is_told_to_stop(fresh_app, fresh_db, tmp_path):
    a_book(voucher_v=500)
    settings = {"DATABASE_URL": fresh_app.config["SQLALCHEMY_DATABASE_URI"], "QUANLIAN_INSTANCE": str(tmp_path), "QUANLIAN_ENV": "testing"}
    process = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "sealer"], cwd=ROOT, env={**os.environ, **settings})
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not list((tmp_path / "seals").glob("book-*.jsonl")):
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
    assert list((tmp_path / "seals").glob("book-*.jsonl"))
    assert fresh_db.session.scalar(select(func.count()).select_from(SealMember)) == 6
