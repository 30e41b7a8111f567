"""The look of a night, as a job: asked for once a day by the sweep."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.jobs import Progress, handler
from marketplace.kernel.texts.kept import said_in
from marketplace.supervision import service
from marketplace.supervision.queries import texts
from marketplace.supervision.service import looks

MOST_READ = 1_000  # files in one night; the others come the next


@handler(looks.KIND)
def run(_payload: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Read the deliverables that nobody has read, then look at everything; how many signals are new."""
    return {"read": read_deliverables(progress), "found": in_transaction(lambda: looks.look(now=clock.now()))}


def read_deliverables(progress: Progress) -> int:
    """A file at a time: reading is slow and holds nothing, keeping is quick. How many were read."""
    from marketplace.kernel.texts.fingerprints import fingerprint  # with a library that no page needs

    unread = texts.unread(MOST_READ)
    for done, (sha256, mime) in enumerate(unread, 1):
        in_transaction(partial(service.keep_text, sha256, fingerprint(said_in(sha256, mime)), now=clock.now()))
        progress(done, len(unread))
    return len(unread)
