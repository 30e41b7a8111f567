"""What reads the keys of a programme by which its amounts are reckoned: a base to vary, and two contents of a table for each."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_file import PROGRAMMES, load_programme, thaw
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules import amounts, limits
from marketplace.vouchers.rules.limits import LimitParties

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


AMOUNTS: dict[str, Case] = {
    "caps.regions": Case("caps.one", *({"scope": "region", "amount_fen": 500, "regions": [n]} for n in ("5401", "5402")), accounts),
    "bonuses.rate_bp": added({"rate_bp": 500}, {"rate_bp": 600}),
    "bonuses.classes": added({"classes": ["micro_small"]}, {"classes": ["medium"]}),
    "bonuses.categories": added({"categories": ["legal"]}, {"categories": ["ip"]}),
    "bonus_ceiling.rate_bp": Case("bonus_ceiling", {"rate_bp": 6_000}, {"rate_bp": 6_100}, share, beside=BONUS),
    "own_share.rate_bp": Case("own_share", {"rate_bp": 4_000}, {"rate_bp": 4_500}, share, beside=BONUS),
    "own_share.amount_fen": Case("own_share", {"amount_fen": 400_000}, {"amount_fen": 500_000}, share, beside=BONUS),
    "cycle.months": cycled({}, {"months": 6}),
    "cycle.first_month": cycled({}, {"first_month": 3}),
    "cycle.first_day": cycled({"first_month": 3}, {"first_month": 3, "first_day": 17}),
    "cycle.first_year": cycled({"months": 24, "first_year": 2020}, {"months": 24, "first_year": 2021}),
}
