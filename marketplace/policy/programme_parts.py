"""How the budget of each round is divided (配额): by kind of service, class of firm or region, and what becomes of the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marketplace.identity import regions
from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.groups import NamedTables
from marketplace.kernel.policyfiles.kinds import Choice, ShortText
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import decision, key, one
from marketplace.policy.programme_decisions import REGIONS, names
from marketplace.policy.programme_words import Format, PartsUnused

_SECOND = Format.PROGRAMME_2
KINDS = ("classes", "categories", "regions")


@dataclass(frozen=True, kw_only=True)
class BudgetPart(Decision):
    """A part of a round's budget, for firms of some classes or regions, or for orders of some categories. How much: its round says."""

    label: str = key(ShortText(N_("配额名称"), 30))
    classes: tuple[str, ...] = key(names(N_("企业类别"), "classes", required=False))
    categories: tuple[str, ...] = key(names(N_("服务类别"), "categories", required=False))
    regions: tuple[str, ...] = key(replace(REGIONS, label=N_("地区"), required=False))  # where the firm is registered

    @property
    def name(self) -> str:
        """As rounds, vouchers and the ledger name it."""
        return self.key.rpartition(".")[2]

    @property
    def kind(self) -> str:
        """By what it is told from the others."""
        return next(kind for kind in KINDS if getattr(self, kind))

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """It is for classes, for categories or for regions."""
        if sum(bool(content.get(kind)) for kind in KINDS) != 1:
            return Complaint(N_("配额没有写明给谁，或同时写了几种。"), N_("请在 classes、categories、regions 中选一种写明。"))
        return None


@dataclass(frozen=True, kw_only=True)
class Divided:
    """What a programme says of the parts of its budgets."""

    parts: tuple[BudgetPart, ...] = key(NamedTables(decision(N_("配额"), BudgetPart, main="label", required=False)), since=_SECOND)
    parts_unused: Setting[PartsUnused] | None = key(one(Choice(N_("配额未用部分"), PartsUnused), required=False), since=_SECOND)

    @property
    def divided_by(self) -> str:
        """By what budgets are divided; empty where they are not."""
        return self.parts[0].kind if self.parts else ""

    def part_of_firm(self, firm_class: str, region: str | None) -> BudgetPart | None:
        """The part that a firm's voucher counts against; None where budgets are not divided by firms, or there is none for it."""
        if self.divided_by == "classes":
            return next((one for one in self.parts if firm_class in one.classes), None)
        named = ((one, code) for one in self.parts for code in one.regions)
        return next((one for one, code in named if region is not None and regions.covers(code, region)), None)

    def part_of_category(self, category: str) -> BudgetPart | None:
        """The part that an order counts against, where budgets are divided by kinds of service."""
        return next((one for one in self.parts if category in one.categories), None)

    def part_label(self, name: str) -> str:
        """What a part is called; what belongs to none is there for all."""
        return next((one.label for one in self.parts if one.name == name), N_("统筹"))


def wrong_parts(rules: Divided, known: Mapping[str, tuple[str, ...]], places: tuple[str, ...]) -> Iterator[tuple[str, Complaint]]:
    """Keys and complaints about the parts alone.

    Args:
        known: names of the classes and of the categories that must each stand in one part.
        places: regions of the programme, inside which parts are.
    """
    if bool(rules.parts) != bool(rules.parts_unused):
        yield "parts_unused", Complaint(N_("配额与配额未用部分的处理要一起写。"), N_("请补上 [parts.名称] 和 [parts_unused]，或都删去。"))
    if not rules.parts:
        return
    if len(rules.parts) < 2:
        yield "parts", Complaint(N_("只有一项配额，等于没有分配。"), N_("请再写一组 [parts.名称]，或删去。"))
    if len({one.kind for one in rules.parts}) > 1:
        yield "parts", Complaint(N_("各项配额的分法不一致。"), N_("请都按 classes、都按 categories 或都按 regions 分。"))
    elif rules.divided_by == "regions":
        yield from _wrong_places(rules.parts, places)
    else:
        yield from _not_once(rules, known[rules.divided_by])


def _wrong_places(parts: tuple[BudgetPart, ...], places: tuple[str, ...]) -> Iterator[tuple[str, Complaint]]:
    before: list[str] = []
    for part in parts:
        for code in part.regions:
            params: dict[str, object] = {"code": code}
            if not regions.exists(code):
                yield f"{part.key}.regions", Complaint(N_("行政区划代码 %(code)s 不存在。"), N_("请按现行行政区划代码填写。"), params)
            elif not any(regions.covers(place, code) for place in places):
                yield f"{part.key}.regions", Complaint(N_("%(code)s 不在项目的适用地区之内。"), N_("请改为适用地区之内的代码。"), params)
            if any(regions.overlap(other, code) for other in before):
                yield f"{part.key}.regions", Complaint(N_("%(code)s 在两项配额里。"), N_("请只写在其中一项。"), params)
            before.append(code)


def _not_once(rules: Divided, known: tuple[str, ...]) -> Iterator[tuple[str, Complaint]]:
    """Who is in no part could not be paid, who is in two from either."""
    kind = rules.divided_by
    named = [name for part in rules.parts for name in getattr(part, kind)]
    wrong = sorted({name for name in (*named, *known) if named.count(name) != 1 or name not in known})
    if wrong:
        params: dict[str, object] = {"kind": kind, "names": "、".join(wrong)}
        yield (
            "parts",
            Complaint(
                N_("配额与 %(kind)s 不一致：%(names)s。"), N_("请把项目的每个企业类别或服务类别恰好写进一项配额，不写其他的。"), params
            ),
        )
