"""The build: what names the code that decides a run, so that nobody need keep a number up to date.

A hash over the modules that search, judge and plan, with the words they read, and the versions of the libraries that reckon for them.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

MODULES = (
    "build",
    "items",
    "outcome",
    "plan",
    "planning",
    "precedents",
    "proposing",
    "settings",
    "snapshot",
    "units",
)  # beside rules and retrieval
LIBRARIES = ("numpy", "ortools", "rapidfuzz", "scipy", "sparse-dot-topn")
_HERE = Path(__file__).parent
_SIZE = 16  # hex digits


@cache
def build() -> str:
    """The build that runs here."""
    digest = hashlib.sha256()
    for path in files():
        digest.update(f"{path.relative_to(_HERE.parent).as_posix()}\n".encode() + path.read_bytes() + b"\n")
    digest.update("".join(f"{name} {version(name)}\n" for name in LIBRARIES).encode())
    return digest.hexdigest()[:_SIZE]


def files() -> Iterator[Path]:
    """What decides, in one order."""
    yield from (_HERE / f"{name}.py" for name in MODULES)
    for folder in (_HERE / "rules", _HERE.parent / "retrieval"):
        yield from sorted(path for path in folder.iterdir() if path.suffix in {".py", ".toml", ".txt"})
