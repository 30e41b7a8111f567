"""A program of ours that opens what somebody uploaded: a crash or a limit of memory and time ends it, and not the server."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def answer_of(program: Path, limits: Mapping[str, int], kind: str, content: bytes, *, seconds: int) -> bytes | None:
    """What a program writes about a file that it reads; None: it came to an end or to a limit before."""
    command = [sys.executable, "-I", str(program), json.dumps(limits), kind]
    try:
        return subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=True).stdout  # noqa: S603 - our own script
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
