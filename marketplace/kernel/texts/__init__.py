"""Words of stored files: read in a child process, at limits, and never by what the server runs in."""

import json
from pathlib import Path

from marketplace.kernel.own_process import answer_of

CHILD = Path(__file__).with_name("text_process.py")
WAIT_SECONDS = 40
LIMITS = {
    "pages": 60,  # of one file; of more the first are read
    "signs": 60_000,  # of one file
    "bytes": 20 * 1024 * 1024,  # of the file, and of what is unpacked of it
    "memory": 1024 * 1024 * 1024,
    "cpu": 20,  # seconds
}
READABLE = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def words_of(content: bytes, kind: str) -> str:
    """What a file says; nothing where it says nothing, is broken, has a password or is too much. Never raises for what is in it.

    Args:
        kind: pdf or docx.
    """
    if len(content) > LIMITS["bytes"]:
        return ""
    said = answer_of(CHILD, LIMITS, kind, content, seconds=WAIT_SECONDS)
    return "" if said is None else str(json.loads(said))
