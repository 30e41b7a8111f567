"""What of the shelf a firm's vouchers may pay for now: asked by the rules that decide on an order, in a few statements for all of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.agreements import queries as agreements
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import DossierItem, Offering, Provider
from marketplace.catalogue.queries.browsing import ON_SHELF
from marketplace.kernel.db import db
from marketplace.kernel.errors import RuleViolation
from marketplace.orders.queries import frequency
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries import spending, wallet
from marketplace.vouchers.queries.bids import chosen_in
from marketplace.vouchers.queries.by_service import portion_left
from marketplace.vouchers.queries.portions import portions_left
from marketplace.vouchers.queries.wallet import Holding
from marketplace.vouchers.rules import amounts
from marketplace.vouchers.rules.sales import ProviderFacts, Sale

NOTHING = ProviderFacts({}, {})


@dataclass(frozen=True, slots=True)
class _Usable:
    """A voucher that can be used today, with what its rules ask beside the offering."""

    voucher: Voucher
    spec: ProgrammeSpec
    today: date
    associates: frozenset[UUID]
    categories: frozenset[str]  # of which something is left, and that have not been ordered as often as may be


def payable(enterprise_id: UUID, now: datetime) -> dict[UUID, Voucher]:
    """By offering on the shelf, the first of a firm's vouchers that may pay for it: real money before simulated, what ends soonest first.

    How much it bears is said where it is ordered: caps of the provider and of pairs are not asked here.
    """
    usable = list(_usable(enterprise_id, now))
    if not usable:
        return {}
    running = agreements.running_of([one.voucher.round_id for one in usable if one.spec.by_agreement], now)
    chosen = chosen_in([one.voucher.round_id for one in usable if one.spec.chooses_providers])
    dossiers = _dossiers() if any(one.spec.providers for one in usable) else {}
    found: dict[UUID, Voucher] = {}
    for row in _shelf({code for one in usable for code in one.categories}):
        sale = agreements.sale_under(row, running.get(row.provider_id, ()))
        provider = dossiers.get(row.provider_id, NOTHING)
        able = (one for one in usable if _pays(one, sale, provider, is_chosen=(one.voucher.round_id, row.provider_id) in chosen))
        if (first := next(able, None)) is not None:
            found[row.id] = first.voucher
    return found


def _usable(enterprise_id: UUID, now: datetime) -> Iterator[_Usable]:
    held = [one for one in wallet.holdings(enterprise_id, now) if one.why_not is None and one.standing.left_fen > 0]
    held.sort(key=lambda one: one.voucher.round.simulated)
    left = portions_left([one.voucher for one in held])
    counting = {one.voucher.programme_id for one in held if spending.spec_of(one.voucher.round.version_id).order_counts}
    earlier = frequency.earlier_of(enterprise_id, counting) if counting else {}
    for one in held:
        voucher, today = one.voucher, one.voucher.day_of(now)
        try:
            spec, _firm = spending.check_usable(voucher, today)
        except RuleViolation:
            continue
        open_ = frozenset(code for code in spec.services.value if _is_open(one, spec, code, left, earlier, today))
        yield _Usable(voucher, spec, today, frozenset(spending.associates_that_sell(spec, enterprise_id, today)), open_)


def _is_open(one: Holding, spec: ProgrammeSpec, category: str, left: Any, earlier: frequency.Earlier, today: date) -> bool:
    """Whether something is left for a kind of service, and it may be ordered once more."""
    try:
        frequency.check_category(spec, one.voucher, category, earlier, today=today)
    except RuleViolation:
        return False
    return portion_left(one, spec, category, left.get(one.voucher, {})) > 0


def _pays(one: _Usable, sale: Sale, provider: ProviderFacts, *, is_chosen: bool) -> bool:
    if sale.category not in one.categories or (one.spec.chooses_providers and not is_chosen):
        return False
    try:
        agreed = spending.check_pays(one.voucher, sale, provider, one.associates, today=one.today)
        amounts.check_order(one.spec, agreed.price_fen if agreed else sale.base_fen, sale.category)
    except RuleViolation:
        return False
    return True


def _shelf(categories: set[str]) -> Iterator[Any]:
    """What is on the shelf of some kinds, with all that the rules ask of it."""
    columns = (Offering.id, Offering.title, Offering.provider_id, Offering.category, Offering.price_fen, Offering.currency)
    wanted = select(*columns, Offering.fee_kind, Offering.voucher_cap_fen).join(Provider, Provider.id == Offering.provider_id)
    yield from db.session.execute(wanted.where(ON_SHELF, Offering.category.in_(sorted(categories))).execution_options(yield_per=1_000))


def _dossiers() -> Mapping[UUID, ProviderFacts]:
    on_shelf = select(Offering.provider_id).join(Provider, Provider.id == Offering.provider_id).where(ON_SHELF)
    return {key: ProviderFacts(*said) for key, said in catalogue.dossiers_say(DossierItem.provider_id.in_(on_shelf)).items()}
