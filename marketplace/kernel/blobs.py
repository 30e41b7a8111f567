"""Bytes on disk under the name of their own SHA-256: the same file is stored once, and a changed one is found out."""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from marketplace.kernel.errors import N_, NotFound, RuleViolation

_NAME = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1024 * 1024


class BlobStore:
    """A folder of blobs, two levels deep (ab/cd/abcd…): no folder grows beyond what a file system likes.

    A blob is never changed and never half there: it is written beside its place, synced, then renamed. Several processes may
    write the same blob at once.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, source: bytes | BinaryIO, *, max_bytes: int | None = None) -> str:
        """Keep the bytes; their SHA-256 in hex. What is there already is not written again.

        Raises:
            RuleViolation: a stream longer than max_bytes; nothing is kept.
            OSError: the disk is full or failing; nothing is kept.
        """
        waiting = self.root / "tmp"
        waiting.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=waiting)  # readable by the owner alone
        try:
            with os.fdopen(handle, "wb") as file:
                name = _copy(source, file, max_bytes)
                file.flush()
                os.fsync(file.fileno())
            place = self._place(name)
            if not place.exists():
                self._settle(Path(temporary), place)
            return name
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)

    def open(self, sha256: str) -> BufferedReader:
        """The blob, for reading.

        Raises: NotFound: no such blob, or not the shape of a name (so a path can never be smuggled in).
        """
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        """Where the blob lies. Raises: NotFound."""
        if _NAME.fullmatch(sha256) and (place := self._place(sha256)).is_file():
            return place
        raise NotFound(N_("没有找到这个文件，请联系管理员。"), code="file.missing")

    def exists(self, sha256: str) -> bool:
        return bool(_NAME.fullmatch(sha256)) and self._place(sha256).is_file()

    def verify(self, sha256: str) -> bool:
        """Whether the bytes still are what their name says. Raises: NotFound."""
        with self.open(sha256) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def remove(self, sha256: str) -> None:
        """Let the bytes go; whoever asks makes sure that nobody else keeps the same. What is gone already stays gone."""
        if _NAME.fullmatch(sha256):
            self._place(sha256).unlink(missing_ok=True)

    def _place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def _settle(self, temporary: Path, place: Path) -> None:
        """Rename, and sync the folders too: without it a power cut may forget the name."""
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, place)
        for folder in (place.parent, place.parent.parent, self.root):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _copy(source: bytes | BinaryIO, target: BinaryIO, max_bytes: int | None) -> str:
    pieces = [source] if isinstance(source, bytes) else iter(lambda: source.read(_CHUNK), b"")
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        size += len(piece)
        if max_bytes is not None and size > max_bytes:
            raise RuleViolation(N_("文件超过 %(limit)s MB。请压缩后再上传。"), code="file.too_large", limit=max_bytes // (1024 * 1024))
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest()
