"""Pages of stored files as pictures, to be shown inside a page: drawn in a child process, kept beside the files, again when gone."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.own_process import answer_of

CHILD = Path(__file__).with_name("picture_process.py")
WAIT_SECONDS = 60
LIMITS = {
    "pages": 30,  # of one file; of more the first are drawn
    "edge": 1_600,  # pixels of the longer side
    "scale": 3,  # pixels of a point of PDF at most: a stamp of a page is not blown up
    "pixels": 60_000_000,  # of an uploaded picture; phones make 12 to 50 million
    "bytes": 16 * 1024 * 1024,  # of all pictures of a file
    "memory": 1536 * 1024 * 1024,
    "cpu": 40,  # seconds
}
DRAWABLE = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class NotDrawn(Word):
    """Why the pages of a file are not shown."""

    ENCRYPTED = "encrypted", N_("文件设有密码，不能在页面内显示，请下载后打开；也可以退回补正，请对方上传没有密码的文件。")
    BROKEN = "broken", N_("文件损坏或没有内容，不能在页面内显示，请下载查看；打不开的，请退回补正。")
    TOO_LARGE = "too_large", N_("页面太大或太复杂，不能在页面内显示，请下载查看。")
    KIND = "kind", N_("这种格式不能在页面内显示，请下载查看。")
    MISSING = "missing", N_("没有找到这个文件，请联系管理员。")


@dataclass(frozen=True, slots=True)
class DrawnPages:
    """What there is of a file: so many pages of which so many are drawn, or why none is."""

    pages: int = 0
    drawn: int = 0
    refused: NotDrawn | None = None

    @property
    def numbers(self) -> range:
        """Of the pages that are drawn, from 1."""
        return range(1, self.drawn + 1)


def draw(content: bytes, kind: str) -> tuple[DrawnPages, list[bytes]]:
    """Draw the pages of a file; never raises for what is in it.

    Args:
        kind: pdf, jpg or png.
    """
    answer = answer_of(CHILD, LIMITS, kind, content, seconds=WAIT_SECONDS)
    if not answer:
        return DrawnPages(refused=NotDrawn.TOO_LARGE), []
    head, _, rest = answer.partition(b"\n")
    said = json.loads(head)
    if "refused" in said:
        return DrawnPages(refused=NotDrawn(said["refused"])), []
    found, begin = [], 0
    for size in said["sizes"]:
        found.append(rest[begin : begin + size])
        begin += size
    return (DrawnPages(said["pages"], len(found)), found) if found else (DrawnPages(refused=NotDrawn.TOO_LARGE), [])


class PictureStore:
    """A folder for each file whose pages were drawn (ab/abcd…/1.jpg), named after its bytes. All of it can be drawn again."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def known(self, sha256: str) -> DrawnPages | None:
        """What was drawn of a file; None: not yet, or it is gone."""
        folder = self._folder(sha256)
        try:
            said = json.loads((folder / "pages.json").read_text())
            found = DrawnPages(said["pages"], said["drawn"], NotDrawn(said["refused"]) if said["refused"] else None)
        except (OSError, ValueError, KeyError):
            return None
        return found if all((folder / f"{one}.jpg").is_file() for one in found.numbers) else None

    def keep(self, sha256: str, pages: DrawnPages, pictures: list[bytes]) -> None:
        """Put what was drawn in its place, whole or not at all."""
        folder = self._folder(sha256)
        folder.parent.mkdir(parents=True, exist_ok=True)
        waiting = Path(tempfile.mkdtemp(dir=folder.parent))
        for number, content in enumerate(pictures, 1):
            (waiting / f"{number}.jpg").write_bytes(content)
        refused = pages.refused.value if pages.refused else ""
        (waiting / "pages.json").write_text(json.dumps({"pages": pages.pages, "drawn": pages.drawn, "refused": refused}))
        shutil.rmtree(folder, ignore_errors=True)
        try:
            os.replace(waiting, folder)
        except OSError:  # another worker was as fast: its pictures are the same
            shutil.rmtree(waiting, ignore_errors=True)

    def path(self, sha256: str, number: int) -> Path:
        """Where the picture of a page lies, from 1. Raises: NotFound."""
        place = self._folder(sha256) / f"{number}.jpg"
        if not place.is_file():
            raise NotFound(N_("这一页还没有生成图片。"), code="picture.missing")
        return place

    def _folder(self, sha256: str) -> Path:
        assert sha256.isalnum(), "a name of bytes, from a row"
        return self.root / sha256[:2] / sha256
