"""Administrative regions and parks: pure look-ups over config/reference.

Codes are written with six digits everywhere: 540000 a province, 540100 a prefecture, 540102 a county, 540171 a park.
A park is a statistics code (fifth digit 7): firms in it have a region of their own besides.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from marketplace.kernel import typed
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.policyfiles.groups import ListedTables
from marketplace.kernel.policyfiles.kinds import Choice, Flag, ShortText, Whole, texts
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import CONFIG, Root, key, load

REFERENCE = CONFIG / "reference"

PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})  # names that say nothing in an address
_CODE_SHAPE = re.compile(r"\d{2}|\d{4}|\d{6}")


class ParkGrade(Word):
    """Who set a park up."""

    NATIONAL = "national", N_("国家级")
    REGION = "region", N_("自治区级")


class RegionLevel(StrEnum):
    """How high a region stands."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    PARK = "park"


@dataclass(frozen=True, slots=True)
class Region:
    """One region or park."""

    code: str  # six digits
    name: str
    level: RegionLevel
    parent: str | None  # six digits; None for a province
    full_name: str  # 西藏自治区拉萨市城关区; of a park where it lies


@dataclass(frozen=True, kw_only=True)
class Park(Decision):
    """A park whose committee acts like a bureau (自治区级及以上园区管委会)."""

    code: str = key(ShortText("", 6))
    name: str = key(ShortText("", 40))
    grade: ParkGrade = key(Choice("", ParkGrade))
    aliases: tuple[str, ...] = key(texts())
    recommends: bool = key(Flag(""))  # may recommend candidates of an evaluation itself
    lies_in: str = key(ShortText("", 6, required=False))  # the county it stands in, where that is not below whose committee it has


@dataclass(frozen=True, kw_only=True)
class FormerRegion(Decision):
    """A code out of use, and the one that replaced it."""

    code: str = key(ShortText("", 6))
    name: str = key(ShortText("", 40))
    successor: str = key(ShortText("", 6))
    since: int = key(Whole("", 1949, 2100))  # year


@dataclass(frozen=True, kw_only=True)
class ParkTable(Root):
    FORMAT = "parks/1"

    park: tuple[Park, ...] = key(ListedTables(Park, by="code"))


@dataclass(frozen=True, kw_only=True)
class FormerTable(Root):
    FORMAT = "former_regions/1"

    former: tuple[FormerRegion, ...] = key(ListedTables(FormerRegion, by="code"))


@dataclass(frozen=True, kw_only=True)
class OtherPlace(Decision):
    """A place outside the table, which a programme of elsewhere names: a country, or a part of one."""

    code: str = key(ShortText("", 6))  # ours
    name: str = key(ShortText("", 40))

    @property
    def above(self) -> str | None:
        """The country that it is a part of."""
        return None if self.code.endswith("0000") else f"{self.code[:2]}0000"


@dataclass(frozen=True, kw_only=True)
class OtherTable(Root):
    FORMAT = "other_regions/1"

    place: tuple[OtherPlace, ...] = key(ListedTables(OtherPlace, by="code"))


def normalise(code: str) -> str:
    """A code of 2, 4 or 6 digits with six digits: 54 → 540000, 5401 → 540100.

    Raises:
        RuleViolation: not 2, 4 or 6 digits (540102.0, for one, comes from a spreadsheet cell read as a number).
    """
    text = code.strip()
    if not _CODE_SHAPE.fullmatch(text):
        raise RuleViolation(N_("行政区划代码“%(given)s”应为 6 位数字，例如 540102。"), field="region_code", given=text[:20])
    return text.ljust(6, "0")


def region(code: str) -> Region:
    """The region or park of a code.

    Raises:
        RuleViolation: the code is not made of 2, 4 or 6 digits.
        NotFound: no such region; for a code out of use the sentence names its successor.
    """
    wanted = normalise(code)
    found = _regions().get(wanted)
    if found is not None:
        return found
    former = _former().get(wanted)
    if former is not None:
        raise NotFound(
            N_("行政区划代码 %(old)s（%(name)s）自 %(since)s 年起已改为 %(new)s，请改用新代码。"),
            field="region_code",
            old=wanted,
            name=former.name,
            since=former.since,
            new=former.successor,
        )
    raise NotFound(N_("没有代码为 %(given)s 的行政区划，请核对后重新选择。"), field="region_code", given=wanted)


def full_name(code: str | None) -> str:
    """西藏自治区拉萨市城关区 for 540102; a code out of use stays a code, none is a dash. For showing what is stored."""
    return region(code).full_name if code and exists(code) else code or "—"


def exists(code: str) -> bool:
    """Whether a code of 2, 4 or 6 digits is in use today."""
    return bool(_CODE_SHAPE.fullmatch(code.strip())) and normalise(code) in _regions()


def area_level(area_code: str) -> RegionLevel:
    """How high an area stands. Raises: NotFound."""
    return region(area_code).level


def sql_prefix(area_code: str) -> str:
    """What the codes inside an area start with: 540000 → "54", 540100 → "5401", 540102 → "540102"."""
    wanted = normalise(area_code)
    if wanted.endswith("0000"):
        return wanted[:2]
    return wanted[:4] if wanted.endswith("00") else wanted


def overlap(one: str, other: str) -> bool:
    """Whether two places have ground in common: one of them lies in the other. Of rules alone; who may see what asks `scope.may_see`."""
    return covers(one, other) or covers(other, one)


def covers(area_code: str, region_code: str, park_code: str | None = None) -> bool:
    """Whether an authority for an area is responsible for a place.

    A place counts by its region or by its park: the park committee 540171 covers firms that give the park, wherever
    their county is, and so does whoever stands above the park's own code. Queries do the same with `sql_prefix`.
    """
    prefix = sql_prefix(area_code)
    return normalise(region_code).startswith(prefix) or (park_code is not None and normalise(park_code).startswith(prefix))


def children(code: str | None = None) -> tuple[Region, ...]:
    """Regions and parks directly under a region, by code; without one, the provinces."""
    return _children().get(normalise(code) if code else None, ())


def is_park(code: str | None) -> bool:
    """Whether a code names a park."""
    found = _regions().get(normalise(code)) if code else None
    return found is not None and found.level is RegionLevel.PARK


def check_region(code: str) -> str:
    """The six digits of a county, prefecture or province where an organisation stands. Raises: RuleViolation, NotFound."""
    found = region(code)
    if found.level is RegionLevel.PARK:
        raise RuleViolation(N_("“%(name)s”是园区，请在“所在园区”里选择，并另选所在县区。"), field="region_code", name=found.name)
    return found.code


def check_area(code: str) -> str:
    """The six digits of an area of authority: a region or a park. Raises: RuleViolation, NotFound."""
    return region(code).code


def parks_in(area_code: str) -> tuple[Region, ...]:
    """Every park inside an area, by code."""
    prefix = sql_prefix(area_code)
    return tuple(r for r in _regions().values() if r.level is RegionLevel.PARK and r.code.startswith(prefix))


def park(code: str) -> Park | None:
    """What is known of a park beyond its name; None for parks no rule of ours names."""
    return _parks().get(normalise(code))


def path(code: str) -> tuple[Region, ...]:
    """A region with those above it, highest first."""
    steps: list[Region] = []
    current: str | None = normalise(code)
    while current is not None:
        steps.append(region(current))
        current = steps[-1].parent
    return tuple(reversed(steps))


def search(text: str, *, within: str | None = None, limit: int = 20) -> tuple[Region, ...]:
    """Regions whose code begins with the text, or whose name, full name or alias contains it; best first."""
    wanted = text.strip()
    if not wanted:
        return ()
    prefix = sql_prefix(within) if within else ""
    ranked = [(_rank(wanted, r), r.code, r) for r in _regions().values() if r.code.startswith(prefix)]
    hits = sorted(hit for hit in ranked if hit[0] is not None)
    return tuple(r for _rank_, _code, r in hits[:limit])


def find(text: str, *, within: str | None = None) -> Region:
    """The one region meant by a code or a name typed in a form or a spreadsheet.

    Raises:
        NotFound: nothing has that code or name.
        RuleViolation: several regions have that name; the sentence lists them.
    """
    wanted = text.strip()
    if typed.is_digits(wanted[:1]):
        return region(wanted)
    hits = [r for r in search(wanted, within=within, limit=50) if _rank(wanted, r) == 0]
    if not hits:
        raise NotFound(N_("没有名为“%(name)s”的行政区划或园区，请填写全称或 6 位代码。"), field="region_code", name=wanted[:40])
    if len(hits) > 1:
        choices = "、".join(f"{r.full_name}（{r.code}）" for r in hits[:5])
        raise RuleViolation(
            N_("“%(name)s”不止一处：%(choices)s。请填写全称或 6 位代码。"), field="region_code", name=wanted, choices=choices
        )
    return hits[0]


def _rank(wanted: str, place: Region) -> int | None:
    """0 the same, 1 begins with it, 2 contains it, None not meant."""
    names = (place.name, place.full_name, *_aliases().get(place.code, ()))
    if wanted in names or wanted == place.code:
        return 0
    if place.code.startswith(wanted) or any(name.startswith(wanted) for name in names):
        return 1
    return 2 if any(wanted in name for name in names) else None


@lru_cache(maxsize=1)
def _regions() -> dict[str, Region]:
    with (REFERENCE / "regions.csv").open(encoding="utf-8", newline="") as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: (len(row["code"]), row["code"]))
    known: dict[str, Region] = {}
    for row in rows:
        code = row["code"].ljust(6, "0")
        if code in known:  # 东莞, 中山 and 儋州 have no counties: the table repeats the city one level down
            continue
        parent = row["parent"].ljust(6, "0") if row["parent"] else None
        above = known[parent].full_name if parent else ""
        own = "" if row["name"] in PLACEHOLDERS else row["name"]
        known[code] = Region(code, row["name"], _level(row["code"]), parent, above + own)
    for other in _others():
        above = known[other.above].full_name if other.above else ""
        level = RegionLevel.PREFECTURE if other.above else RegionLevel.PROVINCE
        known[other.code] = Region(other.code, other.name, level, other.above, above + other.name)
    for park in _parks().values():
        if park.lies_in:
            known[park.code] = replace(known[park.code], full_name=known[park.lies_in].full_name + known[park.code].name)
    return dict(sorted(known.items()))


def _level(code: str) -> RegionLevel:
    if len(code) == 6:
        return RegionLevel.PARK if code[4] == "7" else RegionLevel.COUNTY
    return RegionLevel.PREFECTURE if len(code) == 4 else RegionLevel.PROVINCE


@lru_cache(maxsize=1)
def _children() -> dict[str | None, tuple[Region, ...]]:
    below: dict[str | None, list[Region]] = {}
    elsewhere = {one.code for one in _others()}  # nobody chooses these in a form
    for place in (one for one in _regions().values() if one.code not in elsewhere):
        below.setdefault(place.parent, []).append(place)
    return {parent: tuple(places) for parent, places in below.items()}


@lru_cache(maxsize=1)
def _parks() -> dict[str, Park]:
    return {one.code: one for one in load(REFERENCE / "parks.toml", ParkTable).park}


@lru_cache(maxsize=1)
def _aliases() -> dict[str, tuple[str, ...]]:
    return {code: (known.name, *known.aliases) for code, known in _parks().items()}


@lru_cache(maxsize=1)
def _others() -> tuple[OtherPlace, ...]:
    return load(REFERENCE / "other_regions.toml", OtherTable).place


@lru_cache(maxsize=1)
def _former() -> dict[str, FormerRegion]:
    return {one.code: one for one in load(REFERENCE / "former_regions.toml", FormerTable).former}
