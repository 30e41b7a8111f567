"""The pictures of this application's stored files."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID

from flask import current_app

from marketplace.kernel.blobs import BlobStore
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.pictures import DRAWABLE, DrawnPages, NotDrawn, PictureStore, draw


def picture_store() -> PictureStore:
    """Beside the files."""
    return PictureStore(Path(current_app.config["FILES_ROOT"]) / "pictures")


def drawn_of(files: Iterable[StoredFile]) -> Mapping[UUID, DrawnPages | None]:
    """What can be shown of some files, by their ids; None: not drawn yet, or gone."""
    store = picture_store()
    return {one.id: store.known(one.sha256) if one.mime in DRAWABLE else DrawnPages(refused=NotDrawn.KIND) for one in files}


def draw_missing(file: StoredFile) -> DrawnPages:
    """Draw a file's pages unless they are there; outside any transaction, for it may take a minute."""
    if file.mime not in DRAWABLE:
        return DrawnPages(refused=NotDrawn.KIND)
    store = picture_store()
    if (known := store.known(file.sha256)) is not None:
        return known
    try:
        content = BlobStore(Path(current_app.config["FILES_ROOT"])).path(file.sha256).read_bytes()
    except NotFound:
        return DrawnPages(refused=NotDrawn.MISSING)
    pages, found = draw(content, DRAWABLE[file.mime])
    store.keep(file.sha256, pages, found)
    return pages
