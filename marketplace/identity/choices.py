"""What forms offer to choose from: counties, parks, industries."""

from collections.abc import Iterable
from functools import lru_cache

from marketplace.identity import industries, regions

Choices = list[tuple[str, str]]


@lru_cache(maxsize=8)
def counties(areas: tuple[str, ...]) -> dict[str, Choices]:
    """Counties of the areas served, by prefecture."""
    found: dict[str, Choices] = {}
    for area in areas:
        for prefecture in _prefectures(area):
            below = [r for r in regions.children(prefecture.code) if r.level is regions.RegionLevel.COUNTY]
            usable = [(r.code, r.name) for r in below if r.name not in regions.PLACEHOLDERS]
            found[prefecture.full_name] = usable or [(prefecture.code, prefecture.name)]
    return found


def counties_with(areas: tuple[str, ...], kept: str | None) -> dict[str, Choices]:
    """The same with a place outside that is stored already, so that a form never loses it."""
    offered = counties(areas)
    if not kept or any(code == kept for group in offered.values() for code, _name in group) or not regions.exists(kept):
        return offered
    place = regions.region(kept)
    return {place.full_name: [(place.code, place.name)], **offered}


def parks(areas: Iterable[str], *, empty: str) -> Choices:
    """Parks of the areas served, after "none"."""
    return [("", empty), *((p.code, p.full_name) for area in areas for p in regions.parks_in(area))]


@lru_cache(maxsize=1)
def industry_classes() -> dict[str, Choices]:
    """The four-digit classes of GB/T 4754-2017, by section."""
    found: dict[str, Choices] = {}
    for section in industries.sections():
        found[f"{section.code} {section.name}"] = [(i.code, f"{i.code} {i.name}") for i in _classes_below(section.code)]
    return found


def _classes_below(code: str) -> list[industries.Industry]:
    found: list[industries.Industry] = []
    for child in industries.children(code):
        found += [child] if child.level == industries.CLASS_LEVEL else _classes_below(child.code)
    return found


def _prefectures(area: str) -> tuple[regions.Region, ...]:
    if regions.area_level(area) is regions.RegionLevel.PROVINCE:
        return tuple(r for r in regions.children(area) if r.level is regions.RegionLevel.PREFECTURE)
    return (regions.region(area),)
