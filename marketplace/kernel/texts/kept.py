"""What this application's stored files say."""

from pathlib import Path

from flask import current_app

from marketplace.kernel.blobs import BlobStore
from marketplace.kernel.errors import NotFound
from marketplace.kernel.texts import READABLE, words_of


def said_in(sha256: str, mime: str) -> str:
    """The words of a file; nothing where it has none, or is of another kind. Outside any transaction, for it may take half a minute."""
    if mime not in READABLE:
        return ""
    try:
        content = BlobStore(Path(current_app.config["FILES_ROOT"])).path(sha256).read_bytes()
    except (NotFound, OSError):
        return ""
    return words_of(content, READABLE[mime])
