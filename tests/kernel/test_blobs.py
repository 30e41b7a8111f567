import hashlib
import io
import threading

import pytest

from marketplace.kernel.blobs import BlobStore
from marketplace.kernel.errors import NotFound, RuleViolation

DATA = "验收单".encode()
NAME = hashlib.sha256(DATA).hexdigest()


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_bytes_and_streams_are_kept_once_under_their_own_hash(tmp_path):
    store = BlobStore(tmp_path)
    assert store.put(DATA) == NAME
    assert store.put(io.BytesIO(DATA)) == NAME
    assert files_in(tmp_path) == [tmp_path / NAME[:2] / NAME[2:4] / NAME]
    with store.open(NAME) as file:
        assert file.read() == DATA
    assert store.exists(NAME)
    assert store.verify(NAME)


def test_a_changed_blob_is_found_out(tmp_path):
    store = BlobStore(tmp_path)
    store.put(DATA)
    store.path(NAME).write_bytes(b"other")
    assert not store.verify(NAME)


@pytest.mark.parametrize("name", [NAME, "", "../../etc/passwd", NAME.upper(), NAME + "\n", "a" * 63])
def test_what_is_not_there_or_not_a_name_is_not_found(tmp_path, name):
    store = BlobStore(tmp_path)
    assert not store.exists(name)
    for ask in (store.open, store.path, store.verify):
        with pytest.raises(NotFound):
            ask(name)


def test_a_stream_over_the_limit_leaves_nothing(tmp_path):
    with pytest.raises(RuleViolation, match="超过 1 MB"):
        BlobStore(tmp_path).put(io.BytesIO(b"x" * (2**20 + 1)), max_bytes=2**20)
    assert not files_in(tmp_path)


def test_a_failing_stream_leaves_nothing(tmp_path):
    class Torn(io.BytesIO):
        def read(self, size=-1):
            raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        BlobStore(tmp_path).put(Torn())
    assert not files_in(tmp_path)


def test_many_writers_of_one_blob_leave_one(tmp_path):
    store = BlobStore(tmp_path)
    writers = [threading.Thread(target=store.put, args=(DATA * 10_000,)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(files_in(tmp_path)) == 1
    assert store.verify(hashlib.sha256(DATA * 10_000).hexdigest())
