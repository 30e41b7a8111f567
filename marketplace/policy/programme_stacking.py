"""What a programme says of others: which must come first (后续支持), which is not given beside it (不重复享受), and whether that can be.

The names are codes of programmes. Whether there are such programmes, and whether they wait for each other, is seen over all of them: what a
single file says of itself is checked with it, the rest where files lie together and where a version is made.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import Choice, Codes, ShortText, Whole
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import NAME_HINT, NAME_PATTERN, key
from marketplace.policy.programme_words import AidSpan, AidStage

Found = Iterator[tuple[str, Complaint]]
AFTER, NOT_WITH = "beneficiaries.after", "beneficiaries.not_with"
_CODES = Codes(N_("项目代号（任一）"), NAME_PATTERN, NAME_HINT, of="programmes")


@dataclass(frozen=True, kw_only=True)
class FollowOn(Decision):
    """What a firm must have had before: a voucher of one of these programmes, which came so far."""

    label: str = key(ShortText(N_("所指项目的名称"), 60))  # as the document calls them
    programmes: tuple[str, ...] = key(_CODES)
    stage: AidStage = key(Choice(N_("须达到的程度"), AidStage))


@dataclass(frozen=True, kw_only=True)
class NoStacking(Decision):
    """What a firm may not have beside it: anything given under one of these programmes, and when."""

    label: str = key(ShortText(N_("所指项目的名称"), 60))
    programmes: tuple[str, ...] = key(_CODES)
    span: AidSpan = key(Choice(N_("不重复享受的范围"), AidSpan))


@dataclass(frozen=True, kw_only=True)
class GrantCount(Decision):
    """How often a firm is given something under this programme, over all its rounds (享受次数)."""

    most: int = key(Whole(N_("最多次数"), 1, 100, show=lambda count: f"最多 {count} 次"))
    months: int | None = key(  # counted back from the day that is asked about; None: in a firm's life
        Whole(N_("往前计算的月数"), 1, 120, required=False, show=lambda months: f"近 {months} 个月内")
    )


@dataclass(frozen=True, slots=True)
class Links:
    """What a programme says of others, by their codes."""

    after: frozenset[str] = frozenset()
    not_with: frozenset[str] = frozenset()
    never_with: frozenset[str] = frozenset()  # those of them that are ruled out at any time

    @staticmethod
    def of(after: FollowOn | None, not_with: NoStacking | None) -> "Links":
        """As two decisions say it."""
        against = frozenset(not_with.programmes) if not_with else frozenset[str]()
        is_ever = not_with is not None and not_with.span is AidSpan.EVER
        return Links(frozenset(after.programmes) if after else frozenset(), against, against if is_ever else frozenset())

    @property
    def named(self) -> frozenset[str]:
        """Every programme of which something is asked."""
        return self.after | self.not_with


def links_said(document: Mapping[str, Any]) -> Links:
    """What a document says that need not be right."""
    firms: Any = document.get("beneficiaries")

    def names(table: str) -> frozenset[str]:
        content = firms.get(table) if isinstance(firms, dict) else None
        codes = content.get("programmes") if isinstance(content, dict) else None
        return frozenset(one for one in codes if isinstance(one, str)) if isinstance(codes, list) else frozenset()

    against = names("not_with")
    is_ever = bool(against) and firms["not_with"].get("span") == AidSpan.EVER
    return Links(names("after"), against, against if is_ever else frozenset())


def own_problems(slug: str, links: Links) -> Found:
    """What one file says of itself: it names itself nowhere, and rules out at any time nothing that must come first."""
    for where, names in ((AFTER, links.after), (NOT_WITH, links.not_with)):
        if slug in names:
            yield f"{where}.programmes", Complaint(N_("这里写了本项目自己。"), N_("请改为其他项目的代号，或删去这一项。"))
    if links.after and links.after <= links.never_with:
        yield f"{NOT_WITH}.programmes", _impossible(links.after)


def link_problems(slug: str, links: Links, known: Mapping[str, Links]) -> Found:
    """What does not hold over all programmes: a name of none, a circle, something that must come first and is ruled out.

    Args:
        known: every other programme there is, by its code; what stands there under this one's own is older.
    """
    every = {**known, slug: links}
    for where, names in ((AFTER, links.after), (NOT_WITH, links.not_with)):
        if strange := sorted(names - every.keys()):
            params: dict[str, object] = {"names": "、".join(strange)}
            remedy = N_("请核对代号（项目网页地址的最后一段），或先导入那个项目。")
            yield f"{where}.programmes", Complaint(N_("没有代号为 %(names)s 的项目。"), remedy, params)
    if circle := _circle(slug, every):
        way: dict[str, object] = {"way": " → ".join(circle)}
        complaint = Complaint(N_("各项目互相要求先用对方的券，绕成一圈：%(way)s。"), N_("请删去其中一处 beneficiaries.after。"), way)
        yield f"{AFTER}.programmes", complaint
    elif slug not in links.after and (barred := _needed(slug, every) & links.never_with) and not links.after <= links.never_with:
        yield f"{NOT_WITH}.programmes", _impossible(barred)


def _impossible(names: Collection[str]) -> Complaint:
    return Complaint(
        N_("%(names)s 须先用过，又任何时候都不能同时享受，没有企业能符合。"),
        N_('请删去其中一处，或把 not_with 的 span 改为 "held" 或 "year"。'),
        {"names": "、".join(sorted(names))},
    )


def _circle(slug: str, every: Mapping[str, Links]) -> list[str]:
    """The way by which a programme comes after itself; empty if there is none. One that names itself is told so otherwise."""
    ways = [[slug, one] for one in sorted(every[slug].after - {slug})]
    seen = set[str]()
    while ways:
        way = ways.pop()
        if way[-1] == slug:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, one] for one in sorted(every.get(way[-1], Links()).after)]
    return []


def _needed(slug: str, every: Mapping[str, Links], above: frozenset[str] = frozenset()) -> frozenset[str]:
    """The programmes that everybody must have had before: of several that would do, what all of them ask for."""
    choices = [one for one in every.get(slug, Links()).after if one not in above]
    needed = [frozenset({one}) | _needed(one, every, above | {slug}) for one in choices]
    return frozenset.intersection(*needed) if needed else frozenset()
