"""What a firm is: its size class, and the titles it holds.

Size follows 工信部联企业〔2011〕300号, kept in config/reference/size_classes.toml. "以上" includes the printed number,
"以下" does not: below ANY printed upper limit a firm is no longer large; medium and small need ALL their lower limits,
otherwise one class down. It is not the tax notion 小型微利企业.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from marketplace.identity import industries
from marketplace.identity.size_table import FEN_PER_WAN, SizeGroup, size_table
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State, Word
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_words import TitleGrade, TitleKind


@dataclass(frozen=True, slots=True)
class FirmProfile:
    """What a firm says of its business, beside its organisation's facts."""

    main_products: str = ""
    introduction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A firm's figures of one year."""

    year: int
    employees: int  # persons at the year's end
    revenue_fen: int
    assets_fen: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleFacts:
    """A certificate."""

    kind: TitleKind
    valid_from: date
    valid_until: date | None = None
    number: str = ""
    granted_by: str = ""
    document: str = ""
    grade: TitleGrade | None = None  # None: not said


class FirmSize(Word):
    """Size class of a firm."""

    LARGE = "large", N_("大型企业")
    MEDIUM = "medium", N_("中型企业")
    SMALL = "small", N_("小型企业")
    MICRO = "micro", N_("微型企业")
    NOT_COVERED = "not_covered", N_("不在划型范围内")  # the table has no row for the industry
    UNKNOWN = "unknown", N_("尚不能判定")  # something needed was not given


SME_SIZES = frozenset({FirmSize.MEDIUM, FirmSize.SMALL, FirmSize.MICRO})
_DOWNWARDS = (FirmSize.LARGE, FirmSize.MEDIUM, FirmSize.SMALL)

INDICATOR_LABELS: dict[str, str] = {"staff": N_("从业人员"), "revenue": N_("营业收入"), "assets": N_("资产总额")}
_UNITS: dict[str, str] = {"staff": N_("人"), "revenue": N_("万元"), "assets": N_("万元")}


@dataclass(frozen=True, slots=True)
class SizeVerdict:
    """The size class of a firm, with what led to it."""

    size: FirmSize
    group: SizeGroup | None
    reasons: tuple[Sentence, ...]

    @property
    def is_sme(self) -> bool:
        """Medium, small or micro. False also when nothing can be said: look at `size` before refusing anybody."""
        return self.size in SME_SIZES


def size_class(industry_code: str | None, employees: int | None, revenue_fen: int | None, assets_fen: int | None) -> SizeVerdict:
    """The size class by industry, persons employed, revenue of the year and total assets at its end.

    A figure that is missing makes the answer unknown only where it could change it.

    Raises:
        NotFound: no such industry.
        RuleViolation: a figure is negative.

    Source: 工信部联企业〔2011〕300号, 第四条.
    """
    figures = {"staff": employees, "revenue": revenue_fen, "assets": assets_fen}
    _refuse_negative(figures)
    if industry_code is None:
        return SizeVerdict(FirmSize.UNKNOWN, None, (Sentence(N_("还没有填写所属行业，请先选择国民经济行业小类。")),))
    group = size_groups().get(industries.size_group(industry_code) or "")
    if group is None:
        return SizeVerdict(FirmSize.NOT_COVERED, None, (_not_covered(industry_code),))
    best = _highest_reached(group, figures, when_missing=True)
    worst = _highest_reached(group, figures, when_missing=False)
    if best is not worst:
        return SizeVerdict(FirmSize.UNKNOWN, group, (_missing(group, figures),))
    return SizeVerdict(best, group, _reasons(group, best, figures))


@cache
def size_groups() -> dict[str, SizeGroup]:
    """The 16 groups by id."""
    return {one.id: one for one in size_table().groups}


def _refuse_negative(figures: Mapping[str, int | None]) -> None:
    for name, figure in figures.items():
        if figure is not None and figure < 0:
            raise RuleViolation(N_("%(name)s不能是负数。"), field=name, name=INDICATOR_LABELS[name])


def _highest_reached(group: SizeGroup, figures: Mapping[str, int | None], *, when_missing: bool) -> FirmSize:
    for size in _DOWNWARDS:
        if all(_reaches(figures[name], limit, when_missing) for name, limit in group.limits[size].items()):
            return size
    return FirmSize.MICRO


def _reaches(figure: int | None, limit: int, when_missing: bool) -> bool:
    return when_missing if figure is None else figure >= limit


def _not_covered(industry_code: str) -> Sentence:
    known = industries.industry(industry_code)
    return Sentence(
        N_("“%(code)s %(name)s”不在《中小企业划型标准规定》的 16 类行业内，不能按该规定划型。"), {"code": known.code, "name": known.name}
    )


def _missing(group: SizeGroup, figures: Mapping[str, int | None]) -> Sentence:
    wanted = [INDICATOR_LABELS[name] for name in group.limits[FirmSize.SMALL] if figures[name] is None]
    wanted += [INDICATOR_LABELS[n] for n in group.limits[FirmSize.LARGE] if figures[n] is None and n not in group.limits[FirmSize.SMALL]]
    return Sentence(N_("按%(group)s划型还缺少：%(missing)s，请补充上年数据。"), {"group": group.name, "missing": "、".join(wanted)})


def _reasons(group: SizeGroup, size: FirmSize, figures: Mapping[str, int | None]) -> tuple[Sentence, ...]:
    """What was reached, and which limit of the class above was not."""
    reached = [_reached(name, limit, figures[name]) for name, limit in group.limits.get(size, {}).items()]
    above = _DOWNWARDS[_DOWNWARDS.index(size) - 1] if size in _DOWNWARDS else FirmSize.SMALL
    if size is FirmSize.LARGE:
        return tuple(reached)
    missed = [_missed(n, limit, figures[n], above) for n, limit in group.limits[above].items() if not _reaches(figures[n], limit, True)]
    return tuple(reached + missed)


def _reached(name: str, limit: int, figure: int | None) -> Sentence:
    return Sentence(N_("%(name)s %(figure)s %(unit)s，达到 %(limit)s %(unit)s。"), _words(name, limit, figure))


def _missed(name: str, limit: int, figure: int | None, size: FirmSize) -> Sentence:
    return Sentence(
        N_("%(name)s %(figure)s %(unit)s，未达到%(size)s的 %(limit)s %(unit)s。"), _words(name, limit, figure) | {"size": size.label}
    )


def _words(name: str, limit: int, figure: int | None) -> dict[str, object]:
    return {"name": INDICATOR_LABELS[name], "unit": _UNITS[name], "figure": _printed(name, figure), "limit": _printed(name, limit)}


def _printed(name: str, number: int | None) -> str:
    """Persons as they are; fen as 万元 with what is left of it, without trailing zeros (no rounding: 399999.99 stays below)."""
    if number is None:
        return "—"
    if name == "staff":
        return str(number)
    whole, rest = divmod(number, FEN_PER_WAN)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def full_months(since: date, until: date) -> int:
    """Full months between two days; a month counts when its day is reached."""
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)


# Tiers of 优质中小企业梯度培育: a firm stands on the highest tier whose title it holds. 工信部企业〔2026〕2号 joins 科技型 and 创新型
# into the first tier; certificates given before stay good to their last day, so all three names count there.
TIERS: Mapping[TitleKind, int] = {
    TitleKind.TECH_SME: 1,
    TitleKind.INNOVATIVE: 1,
    TitleKind.TECH_AND_INNOVATIVE: 1,
    TitleKind.SPECIALISED: 2,
    TitleKind.LITTLE_GIANT: 3,
    TitleKind.SINGLE_CHAMPION: 4,
}


class TitleState(State):
    """What a title is worth on a day."""

    NOT_YET = "not_yet", N_("尚未生效")
    VALID = "valid", N_("有效"), "green"
    EXPIRED = "expired", N_("已到期")
    REVOKED = "revoked", N_("已撤销")


@dataclass(frozen=True, slots=True)
class HeldTitle:
    """One entry of the title register."""

    kind: TitleKind
    valid_from: date
    valid_until: date | None = None  # last good day; None: no end is printed on the certificate
    revoked_on: date | None = None  # first day it no longer counts
    number: str = ""
    document: str = ""
    grade: TitleGrade | None = None  # None: not said


def check_title(title: HeldTitle) -> None:
    """Raises: RuleViolation if the dates contradict each other."""
    if title.valid_until is not None and title.valid_until < title.valid_from:
        raise RuleViolation(
            N_("称号的有效期止（%(until)s）早于有效期起，请更正。"), field="valid_until", until=title.valid_until.isoformat()
        )
    if title.revoked_on is not None and title.revoked_on < title.valid_from:
        raise RuleViolation(N_("撤销日期（%(day)s）早于有效期起，请更正。"), field="revoked_on", day=title.revoked_on.isoformat())


def title_state(title: HeldTitle, on: date) -> TitleState:
    """What a title is worth on a day; revocation goes before expiry."""
    if title.revoked_on is not None and title.revoked_on <= on:
        return TitleState.REVOKED
    if on < title.valid_from:
        return TitleState.NOT_YET
    if title.valid_until is not None and title.valid_until < on:
        return TitleState.EXPIRED
    return TitleState.VALID


def kinds_held(titles: Iterable[HeldTitle], on: date) -> frozenset[TitleKind]:
    """Kinds of the titles that are good on a day."""
    return frozenset(title.kind for title in titles if title_state(title, on) is TitleState.VALID)


def highest_tier(titles: Iterable[HeldTitle], on: date) -> TitleKind | None:
    """The title of the highest tier held on a day, None outside the tiers; among equals, the newest certificate."""
    held = [t for t in titles if t.kind in TIERS and title_state(t, on) is TitleState.VALID]
    return max(held, key=lambda t: (TIERS[t.kind], t.valid_from)).kind if held else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWords:
    """What an officer says of a new group of associates."""

    name: str
    reason: str
    evidence: str
    codes: tuple[str, ...]  # of its members
    on_day: date  # since when they belong to it


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """Who joins or leaves a group, from which day on, and why."""

    code: str
    joins: bool
    on_day: date
    reason: str


def check_members(codes: Collection[str]) -> None:
    """Raises: RuleViolation: fewer than two organisations make no group."""
    if len(set(codes)) < 2:
        raise RuleViolation(N_("一组关联企业至少要有两家单位，请逐行填写统一社会信用代码。"), field="codes", code="too_few")


def check_group_day(on_day: date, *, today: date) -> None:
    """Raises: RuleViolation: it is still to come."""
    if on_day > today:
        raise RuleViolation(N_("起始日期不能晚于今天。"), field="on_day", code="future")


def check_change(change: GroupChange, last: tuple[bool, date] | None) -> None:
    """Who belongs to a group leaves it, who does not joins it, one after the other.

    Args:
        last: what was last said of the organisation, and for which day.

    Raises: RuleViolation.
    """
    is_in = last is not None and last[0]
    if change.joins == is_in:
        why = N_("这家单位已在本组，不用再加入。") if is_in else N_("这家单位不在本组，不能退出。")
        raise RuleViolation(why, field="code", code="stands")
    if last is not None and change.on_day < last[1]:
        wrong = N_("这家单位上次变动的日期是 %(day)s，起始日期不能更早。")
        raise RuleViolation(wrong, field="on_day", code="too_early", day=last[1].isoformat())
