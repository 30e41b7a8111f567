"""The look of a night, as a job: asked for once a day by the sweep."""

from collections.abc import Mapping
from typing import Any

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.jobs import Progress, handler
from marketplace.supervision.service import looks


@handler(looks.KIND)
def run(_payload: Mapping[str, Any], _progress: Progress) -> Mapping[str, Any]:
    """Look at everything; how many signals are new."""
    return {"found": in_transaction(lambda: looks.look(now=clock.now()))}
