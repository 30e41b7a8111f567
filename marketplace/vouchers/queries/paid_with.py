"""With which vouchers an offering can be paid for, and why not with others: as everybody may read it, before there is an order."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.catalogue.models import Offering
from marketplace.kernel.errors import RuleViolation
from marketplace.vouchers.models import Programme, Round
from marketplace.vouchers.queries.bids import allotment_of_order
from marketplace.vouchers.queries.programmes import rounds_in
from marketplace.vouchers.queries.spending import provider_facts, sale_of, spec_of
from marketplace.vouchers.rules import amounts, sales
from marketplace.vouchers.rules.sales import ProviderFacts, Sale
from marketplace.vouchers.rules.states import RUNNING


@dataclass(frozen=True, slots=True)
class PaidWith:
    """Vouchers of a programme for an offering: the shares they bear by the firm's class, or why they cannot pay for it."""

    programme: Programme
    least_bp: int
    most_bp: int
    refusal: RuleViolation | None


def paid_with(offering: Offering, now: datetime) -> list[PaidWith]:
    """What every programme with a round that runs says of an offering, those that pay for it first."""
    newest: dict[UUID, Round] = {row.programme_id: row for row in rounds_in(RUNNING, now=now) if _by_vouchers(row)}
    if not newest:
        return []
    sale, provider = sale_of(offering), provider_facts(offering.provider_id)
    found = [_said(row, sale, provider, now) for row in newest.values()]
    return sorted(found, key=lambda one: (one.refusal is not None, -one.most_bp, one.programme.name))


def _by_vouchers(row: Round) -> bool:
    """Whether vouchers alone decide: where a bureau agreed with providers, the page of the round says with which."""
    spec = spec_of(row.version_id)
    return spec.has_orders and not spec.by_agreement


def _said(row: Round, sale: Sale, provider: ProviderFacts, now: datetime) -> PaidWith:
    """By the rules of the round that ends last."""
    spec = spec_of(row.version_id)
    try:
        amounts.check_order(spec, sale.base_fen, sale.category)
        sales.check_sale(spec, sale, provider, today=row.day_of(now))
        allotment_of_order(spec, row.id, sale.provider_id)
    except RuleViolation as refusal:
        return PaidWith(row.programme, 0, 0, refusal)
    rates = [spec.whole_rate_bp(one.name, sale.category) for one in spec.classes]
    return PaidWith(row.programme, min(rates), max(rates), None)
