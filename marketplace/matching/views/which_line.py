"""Which earlier line a line of a new version continues: what the page asks."""

from collections.abc import Callable, Iterable

from flask_babel import gettext as _

from marketplace.matching.lineage import NEW, LineText, Resolved


def which_lines(resolved: Resolved, lines: Iterable[LineText], url: Callable[[str], str]) -> list[dict[str, object]]:
    """For each line that has to be told apart: what it says, where the answer goes, and the earlier lines that fit."""
    told = {line.id: " ".join(part for part in (line.number, line.product, line.specification, line.unit) if part) for line in lines}
    return [
        {
            "id": line_id,
            "told": told[line_id],
            "url": url(line_id),
            "options": [*((one, told[one]) for one in candidates), (NEW, _("新的一行，不对应上一版"))],
        }
        for line_id, candidates in resolved.asked.items()
    ]
