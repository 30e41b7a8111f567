"""What a result says on the page, in the file and in the picture."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel.currencies import format_money, in_sheet
from marketplace.kernel.errors import N_
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.models import Round
from marketplace.whatif.rules.replay import NO_VOUCHER, NOTHING_LEFT
from marketplace.whatif.rules.summary import Fate

PIECE = 500
MOST_BARS = 8  # lines in a picture of the page; the table beside it has all
REASONS: Mapping[str, str] = {  # why an order bears nothing, by the code of what refused it
    NO_VOUCHER: N_("企业按新规则不能领券"),
    NOTHING_LEFT: N_("券、上限或批次资金已没有余额"),
    "limit_short": N_("余额不足，新规则不许部分使用"),
    "least_cost": N_("低于最低可补贴金额"),
    "category": N_("新规则不支持这类服务"),
    "fee_kind": N_("新规则不支持这种收费类型"),
    "no_voucher_cap": N_("服务产品没有核定用券上限"),
    "order_count": N_("超过新规则的用券下单次数"),
    "": N_("按实际金额或审核结果重算为零"),
}
OTHER_REASON = N_("其他原因")


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """Money before and after, under one name."""

    label: str
    orders: int
    before_fen: int
    after_fen: int

    @property
    def more_fen(self) -> int:
        return self.after_fen - self.before_fen


def not_replayed(specs: Iterable[ProgrammeSpec], rounds: Iterable[Round]) -> list[str]:
    """What of the rules, old or new, and of the rounds a replay leaves as it was, in words: for the page and for the files."""
    said, known = [], list(specs)
    if any(spec.parts for spec in known):
        said.append(_("批次资金的分项配额和调剂没有重算，只按批次资金合计计算。"))
    if any(spec.chooses_providers for spec in known):
        said.append(_("选定机构的额度和遴选结果没有重算，按当时的订单计算。"))
    if any(row.supplements_id or row.called_in_on for row in rounds):
        said.append(_("统一收回和补发结转按当时的金额计入，没有按试算规则重算。"))
    if any(spec.beneficiaries.associated_firms for spec in known):
        said.append(_("关联企业合并计算的上限没有重算，各企业分别计算。"))
    return said


def class_name(labels: Mapping[str, str], key: str) -> str:
    """What a class is called; nobody's where there is none."""
    return labels.get(key, key) if key else _("不能领券")


def region_name(code: str) -> str:
    """What a region is called."""
    return regions.region(code).full_name if regions.exists(code) else code


def groups_of(result: Mapping[str, Any]) -> list[tuple[str, str, list[ComparedLine]]]:
    """The tables of a result: heading, heading of the first column, lines."""
    labels, names = result["labels"], category_names()
    return [
        (_("按企业类别"), _("企业类别"), [_line(_moved(labels, before, after), sums) for before, after, *sums in result["by_class"]]),
        (_("按地区"), _("地区"), [_line(region_name(key), sums) for key, *sums in result["by_region"]]),
        (_("按服务类别"), _("服务类别"), [_line(names.get(key, key), sums) for key, *sums in result["by_category"]]),
    ]


def _moved(labels: Mapping[str, str], before: str, after: str) -> str:
    one, other = class_name(labels, before), class_name(labels, after)
    return one if one == other else f"{one} → {other}"


def _line(label: str, sums: Sequence[int]) -> ComparedLine:
    return ComparedLine(label, *sums)


def bars_of(lines: Iterable[ComparedLine], currency: str) -> list[dict[str, Any]]:
    """Two bars a line, before in one colour, after in the other: of the lines with the most money."""
    largest = sorted(lines, key=lambda line: -(line.before_fen + line.after_fen))[:MOST_BARS]
    return [
        {"label": f"{line.label}{_('（%(when)s）', when=when)}", "value": fen, "text": format_money(fen, currency), "hue": hue}
        for line in largest
        for when, fen, hue in ((_("现行"), line.before_fen, 4), (_("试算"), line.after_fen, 1))
    ]


def counted(result: Mapping[str, Any], kind: str) -> list[tuple[Fate, int]]:
    """How many firms or orders of each fate."""
    return [(fate, result[kind][fate.value]) for fate in Fate]


def reasons_of(result: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Why orders bear nothing any more, the most frequent first."""
    found = [(_(REASONS.get(code, OTHER_REASON)), number) for code, number in result["reasons"].items()]
    return sorted(found, key=lambda one: -one[1])


@dataclass(frozen=True, slots=True)
class NamedFirm:
    """A firm that gained or lost."""

    name: str
    class_text: str
    region: str
    orders: int
    before_fen: int
    after_fen: int
    grant_fen: int
    why: str


def firms_of(result: Mapping[str, Any], kind: str) -> list[NamedFirm]:
    """Those that a result names."""
    return list(_named(result[kind], result["labels"]))


def _named(lines: Sequence[Sequence[Any]], labels: Mapping[str, str]) -> Iterator[NamedFirm]:
    names = identity.names_of_organisations(UUID(line[0]) for line in lines)
    for key, before, after, region, orders, before_fen, after_fen, grant_fen, _fate, reason in lines:
        why = _(REASONS.get(reason, OTHER_REASON)) if reason else ""
        yield NamedFirm(
            names.get(UUID(key), ""),
            _moved(labels, before, after) if before else class_name(labels, after),
            region_name(region),
            orders,
            before_fen,
            after_fen,
            grant_fen,
            why,
        )


def _pieces(lines: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    rest = iter(lines)
    while piece := list(islice(rest, PIECE)):
        yield piece


def firm_cells(lines: Iterable[Sequence[Any]], labels: Mapping[str, str], currency: str) -> Iterator[Sequence[object]]:
    """Every firm for the file."""
    for piece in _pieces(lines):
        for line, firm in zip(piece, _named(piece, labels), strict=True):
            yield (
                firm.name,
                _(Fate(line[8]).label),
                firm.class_text,
                firm.region,
                firm.orders,
                *(in_sheet(fen, currency) for fen in (firm.before_fen, firm.after_fen, firm.after_fen - firm.before_fen, firm.grant_fen)),
                firm.why,
            )


def order_cells(lines: Iterable[Sequence[Any]], labels: Mapping[str, str], currency: str) -> Iterator[Sequence[object]]:
    """Every order for the file."""
    categories = category_names()
    for piece in _pieces(lines):
        names = identity.names_of_organisations(UUID(line[1]) for line in piece)
        for number, firm, before, after, region, category, on, before_fen, after_fen, short_fen, reason in piece:
            why = _(REASONS.get(reason, OTHER_REASON)) if before_fen and not after_fen else ""
            yield (
                number,
                names.get(UUID(firm), ""),
                class_name(labels, before),
                class_name(labels, after),
                region_name(region),
                categories.get(category, category),
                on,
                *(in_sheet(fen, currency) for fen in (before_fen, after_fen, after_fen - before_fen, short_fen)),
                why,
            )
