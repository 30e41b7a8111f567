"""What reads the conditions on providers and offerings: a sale, and two contents of a table for each key."""

from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.money import YUAN, Fen
from marketplace.orders.rules import EarlierOrder, check_counts
from marketplace.policy.programme_firms import Associates
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules.associates import RegisteredFacts, groups
from marketplace.vouchers.rules.sales import ProviderFacts, Sale, check_sale, offering_limits
from tests.policy.amount_cases import START, Case, refused

SALE = Sale(provider_id=UUID(int=2), category="legal", base_fen=Fen(9_000 * YUAN), fee_kind="standard", voucher_cap_fen=Fen(1_000 * YUAN))
SELLER = ProviderFacts(papers={"idc_licence": START, "isp_licence": date(2026, 3, 15)}, numbers={"compute_capacity": 300})


def sold(spec: ProgrammeSpec) -> Any:
    return refused(lambda: check_sale(spec, SALE, SELLER, today=START)), [one.left_fen for one in offering_limits(spec, SALE)]


def asked(one: dict[str, Any], other: dict[str, Any]) -> Case:
    return Case("providers.one", one, other, sold)


def much(**more: Any) -> dict[str, Any]:
    return {"measure": "compute_capacity", "at_least": 300} | more


def counted(one: dict[str, Any], other: dict[str, Any]) -> Case:
    """Two orders in the last year; but for what is said otherwise, two a year are allowed."""
    yearly: dict[str, Any] = {"most": 2, "months": 12}
    return Case("order_counts.one", yearly | one, yearly | other, often)


def often(spec: ProgrammeSpec) -> Any:
    earlier = [EarlierOrder(date(2025, 3, 17), "legal"), EarlierOrder(date(2025, 9, 17), "ip")]
    return refused(lambda: check_counts(spec, earlier, firm_class="micro_small", category="legal", today=START))


def tied(asked: Associates | None) -> Any:
    """Who is associated of three: two with the same telephone, two with the same controlling firm."""
    rest = {"legal_representative": "", "address": "", "account": ""}
    told = [("A", "M", "1"), ("B", "M", "2"), ("C", None, "1")]
    known = [RegisteredFacts(UUID(int=at), uscc, group, phone=phone, **rest) for at, (uscc, group, phone) in enumerate(told)]
    return {one.int: sorted(other.int for other in others) for one, others in groups(known, asked.by if asked else ()).items()}


def by(key: str) -> Case:
    return Case(f"beneficiaries.{key}", *({"by": [one]} for one in ("group", "phone")), lambda spec: tied(getattr(spec.beneficiaries, key)))


SALES: dict[str, Case] = {
    "beneficiaries.associated_firms.by": by("associated_firms"),
    "beneficiaries.associated_providers.by": by("associated_providers"),
    "order_counts.most": counted({}, {"most": 3}),
    "order_counts.months": counted({}, {"months": 11}),
    "order_counts.classes": counted({"classes": ["micro_small"]}, {"classes": ["medium"]}),
    "order_counts.categories": counted({"categories": ["legal", "ip"]}, {"categories": ["legal"]}),
    "providers.papers": asked({"papers": ["idc_licence"]}, {"papers": ["isp_licence"]}),
    "providers.measure": asked(much(), {"papers": ["isp_licence"]}),
    "providers.at_least": asked(much(), much(at_least=301)),
    "providers.categories": asked(much(at_least=301, categories=["ip"]), much(at_least=301, categories=["legal"])),
    "offerings.fee_kinds.value": Case("offerings.fee_kinds", {"value": ["standard"]}, {"value": ["low_fee"]}, sold),
    "offerings.capped.value": Case("offerings.capped", {"value": True}, {"value": False}, sold),
}
