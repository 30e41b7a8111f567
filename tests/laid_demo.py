"""The demo on SQLite: laid once in a run by the commands of `make run`, as of this moment, and copied for whoever needs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.postgres import locked

ROOT = Path(__file__).parent.parent
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
DATABASE = "quanlian.sqlite3"


def environment_of(home: Path) -> dict[str, str]:
    """What a command is told to work in a folder of its own."""
    return {**os.environ, "DATABASE_URL": f"sqlite:///{home / DATABASE}", "QUANLIAN_INSTANCE": str(home)}


def copied(run_dir: Path, home: Path) -> Path:
    """Put database, files and accounts of the demo into a folder, which is made."""
    return Path(shutil.copytree(_laid(run_dir), home))


def _laid(run_dir: Path) -> Path:
    """Whoever asks first lays it; half a demo is found by nobody."""
    laid, making = run_dir / "demo", run_dir / "demo.making"
    with locked(run_dir, "demo"):
        if not laid.exists():
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            for command in (["db", "upgrade"], ["demo", "load"]):
                subprocess.run([*FLASK, *command], cwd=ROOT, env=environment_of(making), check=True, timeout=300, stdout=subprocess.DEVNULL)
            making.rename(laid)
    return laid
