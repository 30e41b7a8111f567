"""What a killed run leaves behind is cleared up, and never stops the next one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres


def _over() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def _leavings(folder: Path, *, owner: str, postmaster: str) -> Path:
    home = folder / f"{postgres.PREFIX}left"
    (home / "data").mkdir(parents=True)
    (home / "owner").write_text(owner)
    (home / "bin").write_text("/nowhere")
    (home / "data" / "postmaster.pid").write_text(postmaster)
    return home


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(postgres, "_reachable_folder", lambda: str(tmp_path))
    return tmp_path


def test_a_server_that_was_killed_is_cleared_up(folder: Path) -> None:
    home = _leavings(folder, owner=str(_over()), postmaster=f"{_over()}\n")
    postgres._clear_up_after_killed_runs()
    assert not home.exists()


def test_a_process_that_took_over_the_number_of_a_server_lives_on(folder: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    home = _leavings(folder, owner=str(_over()), postmaster=f"{bystander.pid}\n")
    postgres._clear_up_after_killed_runs()
    assert not home.exists()
    assert bystander.poll() is None
    bystander.communicate(b"\n")
    assert bystander.returncode == 0


@pytest.mark.parametrize("owner", ["", "nobody knows"])
def test_leavings_nobody_can_read_stop_no_run(folder: Path, owner: str) -> None:
    home = _leavings(folder, owner=owner, postmaster="")
    postgres._clear_up_after_killed_runs()
    assert home.exists()


def test_the_server_of_a_run_that_lives_is_let_alone(folder: Path) -> None:
    home = _leavings(folder, owner=str(os.getpid()), postmaster="")
    postgres._clear_up_after_killed_runs()
    assert home.exists()
