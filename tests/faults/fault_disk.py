"""Row 60: SQLite's disk is full. A sentence with 503, an intact file, and everything that was acknowledged."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.conftest import migrate
from tests.faults.load import Found, Person, drive, keep, look
from tests.faults.stage import seed_orders, watched, web

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="mounting a small tmpfs needs root")


@pytest.fixture
def small_disk(tmp_path):
    """Eight megabytes beyond what the seeded database needs."""
    source, mount = tmp_path / "seeded.sqlite3", tmp_path / "small"
    migrate(f"sqlite:///{source}")
    seeded = seed_orders(f"sqlite:///{source}")
    with sqlite3.connect(source) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    mount.mkdir()
    size = source.stat().st_size + 8 * 1024 * 1024
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", mount], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.decode().strip()}")
    shutil.copyfile(source, mount / "db.sqlite3")
    yield mount, seeded
    subprocess.run(["umount", "-l", mount], check=True)


def fill(mount: Path) -> None:
    """Leave some pages of room."""
    free = shutil.disk_usage(mount).free
    (mount / "filler").write_bytes(b"x" * max(0, free - 400 * 1024))


def test_row_60_a_full_disk_is_a_503_with_a_sentence(small_disk, tmp_path):
    mount, seeded = small_disk
    url = f"sqlite:///{mount / 'db.sqlite3'}"
    with watched(url), web(url) as running:
        first = drive(seeded, running.port, 3)
        fill(mount)
        run = drive(seeded, running.port, 8)
        person = Person(running.port)
        fields = person.form("/sign-in")
        status, _headers, page = person.ask("POST", "/sign-in", fields | {"login": "nobody", "password": "x"})
        (mount / "filler").unlink()
        after = drive(seeded, running.port, 3)
    with sqlite3.connect(mount / "db.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    statuses = first.statuses + run.statuses + after.statuses
    total = Found()
    for part in (first, run, after):
        for name, count in vars(look(url, part)).items():
            setattr(total, name, getattr(total, name) + count)
    print(f"statuses {dict(statuses)}", status, run.errors[:2])
    keep("60", total, {"submissions refused for want of room": run.statuses[503]})
    assert not statuses[500]
    assert run.statuses[503] or (status == 503 and "存储空间已满" in page)
    assert after.statuses[302]
