import json

import pytest

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
