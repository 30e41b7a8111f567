"""Operating settings: config/settings/<name>.toml for the whole country, and what an area sets otherwise in <area>/<name>.toml."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import ORIGIN_KEYS
from marketplace.kernel.policyfiles.reading import CONFIG, R, Reading, Root

FOLDER = CONFIG / "settings"
NATIONAL_ONLY = Complaint(N_("这一项全国统一，不按地区设定。"), N_("请删去这一项。"))


def settings(root: type[R], area_code: str | None = None, folder: Path = FOLDER) -> R:
    """The settings of an area, those of the whole country without one. Read once.

    An area's file holds only what differs. A table of it may set single keys; where it does, it says its own provenance for the table.
    Of several areas that cover a place, the nearest wins.

    Raises: PolicyFileError with every problem found.
    """
    cached: Any = _settings
    found: R = cached(root, area_code, folder)[0]
    return found


def document(root: type[Root], area_code: str | None = None, folder: Path = FOLDER) -> Mapping[str, Any]:
    """The same as it is written, the area's keys over the country's, for whoever keeps it beside what was decided by it."""
    cached: Any = _settings
    found: Mapping[str, Any] = cached(root, area_code, folder)[1]
    return found


@cache
def _settings(root: Any, area_code: str | None, folder: Path) -> Any:
    file = f"{root.FORMAT.partition('/')[0]}.toml"
    reading = Reading(file)
    written = reading.open(folder / file)
    found = reading.root(written, root)
    for area in _covering(area_code):
        if (path := folder / area / file).exists():
            reading = Reading(f"{area}/{file}")
            own = reading.open(path)
            for name in root.NATIONAL & own.keys():
                reading.note(name, NATIONAL_ONLY)
            written = _overlaid(written, own)
            found = reading.root(written, root)
    return found, written


def _covering(area_code: str | None) -> Iterator[str]:
    """Province, prefecture, county: a park lies in the prefecture of its own code."""
    if area_code:
        yield from dict.fromkeys((f"{area_code[:2]}0000", f"{area_code[:4]}00", area_code))


def _overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A table with what another sets; where a value comes from is never taken over."""
    kept = {name: inner for name, inner in under.items() if name not in ORIGIN_KEYS}
    both = {name for name, inner in over.items() if isinstance(inner, dict) and isinstance(kept.get(name), dict)}
    return kept | {name: _overlaid(kept[name], inner) if name in both else inner for name, inner in over.items()}
