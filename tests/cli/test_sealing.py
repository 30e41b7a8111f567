import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.cli.seal import seal as seal_command
from marketplace.cli.sealing import open_key, seal_all
from marketplace.kernel import clock, seals
from marketplace.kernel.db import snapshot
from marketplace.kernel.errors import DomainError
from marketplace.kernel.seal_check import stream_faults
from marketplace.kernel.seal_keys import key_id, public_keys
from marketplace.ledger import sealing
from tests.ledger.books import a_book, post


@pytest.fixture
def places(fresh_app, fresh_db, tmp_path):
    """Two places outside the database where heads are published."""
    fresh_app.config |= {"INSTANCE": str(tmp_path), "SEALS_ROOT": str(tmp_path / "seals"), "SEALS_COPY": str(tmp_path / "copy")}
    return tmp_path / "seals", tmp_path / "copy"


def faults(stream, place):
    with snapshot() as connection:
        return list(stream_faults(connection, stream, place, now=clock.now()))


def test_a_chain_may_change_its_hash_and_its_key_and_still_holds(fresh_app, fresh_db, places):
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)
    first = open_key()
    seal_all(first, whole=True)
    post(book, ("voucher:v", "pool:p", 5))
    (places[0].parent / "seal_key.pem").unlink()  # a new key follows the old one
    fresh_app.config["SEAL_ALGORITHM"] = "sm3"

    second = open_key()
    seal_all(second, whole=True)

    heads = list(seals.published_heads(places[0], stream.name))
    assert [head["algorithm"] for head in heads] == ["sha256", "sm3"]
    assert [head["key_id"] for head in heads] == [key_id(first), key_id(second)]
    assert set(public_keys(places[0])) == {key_id(first), key_id(second)}
    assert faults(stream, places[0]) == []


def test_heads_and_keys_are_published_in_a_second_place_too(fresh_app, fresh_db, places):
    book = a_book(voucher_v=500)
    seal_all(open_key(), whole=True)
    name = sealing.stream_of(book).name
    assert seals.heads_file(places[0], name).read_bytes() == seals.heads_file(places[1], name).read_bytes()
    assert public_keys(places[0]).keys() == public_keys(places[1]).keys()


def test_an_older_database_stands_still_even_where_only_the_second_place_remembers(fresh_app, fresh_db, places):
    name = sealing.stream_of(a_book(voucher_v=500)).name
    places[1].mkdir()
    seals.heads_file(places[1], name).write_text(json.dumps({"number": 7}, separators=(",", ":")) + "\n")

    answer = fresh_app.test_cli_runner().invoke(seal_command)

    assert answer.exit_code == 1
    assert "备份恢复" in answer.output


def test_an_unknown_hash_is_refused_at_the_start(fresh_app, fresh_db, places):
    fresh_app.config["SEAL_ALGORITHM"] = "md5"
    with pytest.raises(DomainError, match="sha256 或 sm3"):
        open_key()


@pytest.mark.engines("sqlite")
def test_after_a_restore_sealing_goes_on_when_somebody_says_why(fresh_app, fresh_db, places):
    """A backup taken between two blocks is put back; what was published of the later one is kept beside, and the chain holds again."""
    book, run = a_book(voucher_v=500), fresh_app.test_cli_runner().invoke
    name, path = sealing.stream_of(book).name, Path(str(fresh_db.engine.url.database))
    assert run(seal_command).exit_code == 0
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(path.with_suffix(".backup"))) as backup:
        source.backup(backup)
    post(book, ("voucher:v", "pool:p", 5))
    assert run(seal_command).exit_code == 0
    fresh_db.session.remove()
    with closing(sqlite3.connect(path.with_suffix(".backup"))) as backup, closing(sqlite3.connect(path)) as target:
        backup.backup(target)
    post(book, ("voucher:v", "pool:p", 7))
    stopped = run(seal_command)
    assert stopped.exit_code == 1
    assert "--after-restore" in stopped.output

    answer = run(seal_command, ["--after-restore", "磁盘损坏，恢复 3 月 15 日备份"])

    assert answer.exit_code == 0, answer.output
    assert "1 个区块在恢复后不复存在" in answer.output
    for place in places:
        assert faults(sealing.stream_of(book), place) == []
        assert [head["number"] for head in seals.published_heads(place, name)] == [1, 2]
        (aside,) = place.glob(f"{seals.heads_file(place, name).stem}.*.forked")
        assert json.loads(aside.read_text())["number"] == 2
    told = fresh_db.session.scalars(select(AuditEvent.details).where(AuditEvent.action == "seal.restored")).all()
    assert any("磁盘损坏" in one for one in told)
    assert run(seal_command, ["--after-restore", "再来一次"]).exit_code == 0  # nothing is newer now: nothing to do


def test_a_chain_that_was_rewritten_is_not_taken_for_a_restore(fresh_app, fresh_db, places):
    name = sealing.stream_of(a_book(voucher_v=500)).name
    run = fresh_app.test_cli_runner().invoke
    assert run(seal_command).exit_code == 0
    path = seals.heads_file(places[0], name)
    head = json.loads(path.read_text())
    lines = [{**head, "head": "00" * 32}, {**head, "number": 2}]
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))

    answer = run(seal_command, ["--after-restore", "恢复备份"])

    assert answer.exit_code == 1
    assert "不是较早的备份" in answer.output
    assert len(path.read_text().splitlines()) == 2
