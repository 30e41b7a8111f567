"""What reads the keys of a programme by which its amounts are reckoned: a base to vary, and two contents of a table for each."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import YUAN, Fen
from marketplace.orders.evidence import check_age
from marketplace.orders.joint_rules import JointShare, check_shares
from marketplace.policy.programme_file import PROGRAMMES, load_programme, thaw
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import DocumentKind, PortionMover
from marketplace.vouchers.rules import amounts, limits, portions
from marketplace.vouchers.rules.limits import LimitParties
from marketplace.vouchers.rules.portions import PortionStanding

XIZANG, JIANGMEN = (
    load_programme(PROGRAMMES / f"{one}.toml") for one in ("xizang_enterprise_service_voucher", "jiangmen_2020_service_voucher")
)


START = date(2026, 3, 16)


PARTIES = LimitParties(UUID(int=1), UUID(int=2), START, UUID(int=3), "legal", region="540102")


ORIGIN = {"assumed": {"author": "测试", "reason": "测试"}}


@dataclass(frozen=True)
class Case:
    """Two contents of one table, and what reads them."""

    table: str
    one: Mapping[str, Any]
    other: Mapping[str, Any]
    result: Callable[[ProgrammeSpec], Any]
    base: ProgrammeSpec = XIZANG
    beside: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)  # other tables of both; None: left out


def spec_with(base: ProgrammeSpec, tables: Mapping[str, Mapping[str, Any] | None]) -> ProgrammeSpec:
    document = json.loads(base.frozen()) | {"format": ProgrammeSpec.FORMAT}
    for path, content in tables.items():
        *way, last = path.split(".")
        node = document
        for step in way:
            node = node.setdefault(step, {})
        node.pop(last, None)
        if content is not None:
            node[last] = {**content, **ORIGIN}
    return thaw(json.dumps(document))


def refused(work: Callable[[], object]) -> str:
    try:
        work()
    except DomainError as refusal:
        return refusal.text()
    return ""


def share(spec: ProgrammeSpec) -> Any:
    """Of an order of 9 000 yuan: what it gets, and which line bound."""
    try:
        found = amounts.price_preview(spec, Fen(9_000 * YUAN), firm_class="micro_small", category="legal")
    except DomainError as refusal:
        return refusal.text()
    return found.subsidy_fen, found.binding_cap.text()


def accounts(spec: ProgrammeSpec) -> Any:
    both = (*limits.limits_of_order(spec, "micro_small", PARTIES), "|", *limits.limits_of_issue(spec, "micro_small", PARTIES))
    return [one if isinstance(one, str) else (one.code, one.cap_fen) for one in both]


BONUS = {"bonuses.one": {"rate_bp": 2_000}}


def added(one: Mapping[str, Any], other: Mapping[str, Any]) -> Case:
    """A tenth is added, but for what is said otherwise."""
    tenth: dict[str, Any] = {"rate_bp": 1_000}
    return Case("bonuses.one", tenth | one, tenth | other, share)


def cycled(one: Mapping[str, Any], other: Mapping[str, Any]) -> Case:
    """Service years from 1 April, but for what is said otherwise."""
    year: dict[str, Any] = {"months": 12, "first_month": 4, "first_day": 1}
    beside = {"caps.one": {"scope": "enterprise_cycle", "amount_fen": 500}}
    return Case("cycle", year | one, year | other, accounts, beside=beside)


SERVICES = XIZANG.services.value
HALVES = {name: {"amount_fen": 900, "categories": list(some)} for name, some in (("a", SERVICES[:4]), ("b", SERVICES[4:]))}
MOVES = {"portion_moves": {"rule": "none"}}
PARTS = {f"portions.{name}": one for name, one in HALVES.items()}
STANDING = {name: PortionStanding(name, (), 900, 900, 900, 0) for name in HALVES}


def parted(spec: ProgrammeSpec) -> Any:
    """What firms of two classes are granted by kind of service, and which part an order of a kind counts against."""
    kinds = [spec.portion_for("micro_small", one) for one in spec.services.value]
    return [portions.split(spec, one, Fen(10_000)) for one in ("micro_small", "medium")], [one and one.name for one in kinds]


def moved(spec: ProgrammeSpec) -> Any:
    """What each side may move of 900 fen."""
    return [
        refused(lambda fen=fen, by=by: portions.check_shift(spec, portions.Shift("a", "b", Fen(fen), "改买培训"), STANDING, by=by))
        for by in PortionMover
        for fen in (200, 900)
    ]


def shifting(one: Mapping[str, Any], other: Mapping[str, Any]) -> Case:
    return Case("portion_moves", one, other, moved, beside=PARTS)


def part(one: Mapping[str, Any], other: Mapping[str, Any]) -> Case:
    """The first half is as before, but for what is said otherwise."""
    return Case("portions.a", HALVES["a"] | one, HALVES["a"] | other, parted, beside=PARTS | MOVES)


NET = {"evidence.claim": {"value": ["invoice"]}}
FACED = {"instrument": {"value": "face_value"}}


def asked(spec: ProgrammeSpec) -> Any:
    """Whether a firm may ask for 300 fen."""
    return refused(lambda: amounts.check_requested(spec, Fen(300), firm_class="micro_small"))


def aged(spec: ProgrammeSpec) -> Any:
    """Whether papers of two kinds may be three months old."""
    kinds = (DocumentKind.QUOTATION, DocumentKind.PHOTO)
    return [refused(lambda kind=kind: check_age(kind, date(2025, 12, 16), spec.months_of(kind), START)) for kind in kinds]


def termed(*two: Mapping[str, Any]) -> Case:
    one, other = ({"papers": ["quotation"], "months": 3} | each for each in two)
    return Case("paper_terms.one", one, other, aged, beside={"evidence.claim": {"value": ["quotation", "photo"]}})


def pooled(spec: ProgrammeSpec) -> Any:
    """Whether two and three firms may buy something together."""
    return [
        refused(lambda count=count: check_shares(spec, 6, [JointShare(UUID(int=number), 6 // count) for number in range(count)]))
        for count in (2, 3)
    ]


AMOUNTS: dict[str, Case] = {
    "base.tax": Case(
        "base", *({"value": "invoice", "tax": n} for n in ("included", "excluded")), lambda spec: spec.base.is_net, beside=NET
    ),
    "faces.least_fen": Case("faces.one", *({"amount_fen": 500, "least_fen": n} for n in (300, 301)), asked, beside=FACED),
    "paper_terms.papers": termed({}, {"papers": ["photo"]}),
    "paper_terms.months": termed({}, {"months": 4}),
    "portions.amount_fen": part({}, {"amount_fen": 800}),
    "portion_moves.rule": shifting({"rule": "none"}, {"rule": "free", "by": "firm"}),
    "portion_moves.by": shifting({"rule": "free", "by": "firm"}, {"rule": "free", "by": "officer"}),
    "portion_moves.share_bp": shifting(
        {"rule": "share", "by": "firm", "share_bp": 3_000}, {"rule": "share", "by": "firm", "share_bp": 2_000}
    ),
    "caps.regions": Case("caps.one", *({"scope": "region", "amount_fen": 500, "regions": [n]} for n in ("5401", "5402")), accounts),
    "bonuses.rate_bp": added({"rate_bp": 500}, {"rate_bp": 600}),
    "bonuses.classes": added({"classes": ["micro_small"]}, {"classes": ["medium"]}),
    "bonuses.categories": added({"categories": ["legal"]}, {"categories": ["ip"]}),
    "bonus_ceiling.rate_bp": Case("bonus_ceiling", {"rate_bp": 6_000}, {"rate_bp": 6_100}, share, beside=BONUS),
    "own_share.rate_bp": Case("own_share", {"rate_bp": 4_000}, {"rate_bp": 4_500}, share, beside=BONUS),
    "own_share.amount_fen": Case("own_share", {"amount_fen": 400_000}, {"amount_fen": 500_000}, share, beside=BONUS),
    "own_share.in_kind_bp": Case(
        "own_share", *({"rate_bp": 5_000, "in_kind_bp": n} for n in (5_000, 10_000)), lambda spec: amounts.with_in_kind(spec, Fen(900), 900)
    ),
    "pooling.most": Case("pooling", {"most": 2}, {"most": 3}, pooled),
    "pooling.least": Case("pooling", {"most": 4, "least": 2}, {"most": 4, "least": 3}, pooled),
    "cycle.months": cycled({}, {"months": 6}),
    "cycle.first_month": cycled({}, {"first_month": 3}),
    "cycle.first_day": cycled({"first_month": 3}, {"first_month": 3, "first_day": 17}),
    "cycle.first_year": cycled({"months": 24, "first_year": 2020}, {"months": 24, "first_year": 2021}),
}
