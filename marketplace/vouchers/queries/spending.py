"""What a voucher would bear of an order, and what stands in the books for one. Reads only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import Offering
from marketplace.catalogue.queries import papers_and_numbers
from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.calendars import CHINESE
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import by_id, db, found_by
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence, listed
from marketplace.ledger import queries as ledger_queries
from marketplace.policy import queries as policy
from marketplace.policy.programme_file import thaw
from marketplace.policy.programme_guards import Stops
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import UnusedRule
from marketplace.vouchers import chart
from marketplace.vouchers.models import ProgrammeVersion, Round, Voucher
from marketplace.vouchers.queries import budget
from marketplace.vouchers.queries.associates import associates_of, shared_left
from marketplace.vouchers.queries.bids import allotment_of_order
from marketplace.vouchers.queries.caps import cap_standings
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.rules import amounts, eligibility, limits, rounds, sales, states
from marketplace.vouchers.rules.amounts import LimitLeft, Preview
from marketplace.vouchers.rules.facts import FirmFacts
from marketplace.vouchers.rules.kept_facts import Kept, kept_firm, kept_provider
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties
from marketplace.vouchers.rules.parts import limit_of_part
from marketplace.vouchers.rules.sales import Agreed, ProviderFacts, Sale


@lru_cache(maxsize=256)
def spec_of(version_id: UUID) -> ProgrammeSpec:
    """The rules of a frozen version, read once: they never change. Raises: NotFound."""
    return thaw(by_id(ProgrammeVersion, version_id).spec)


def calendar_of(version_id: UUID | None) -> WorkingCalendar:
    """By which calendar the rules of a version count working days; without rules, by that of China."""
    return policy.calendar_of(CHINESE if version_id is None else spec_of(version_id).calendar)


def way_of(row: Round) -> states.Way:
    """Which way a round goes by its rules."""
    spec = spec_of(row.version_id)
    return states.way_of(spec.allocation.mode.value, spec.has_orders)


def phase_of(row: Round, *, today: date, now: datetime | None = None) -> states.RoundState:
    """Where a round stands by the clock; see `rules.rounds.phase`."""
    if row.state is states.RoundState.DRAFT:
        return row.state
    return rounds.phase(
        row.state, way=way_of(row),
        apply_window=(row.apply_from_at, row.apply_until_at), use_window=(row.use_from, row.use_until), today=today, now=now,
    )  # fmt: skip


def phase_at(row: Round, now: datetime) -> states.RoundState:
    """Where a round stands at an instant."""
    return phase_of(row, today=row.day_of(now), now=now)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a voucher would bear of an order, and which limits that would use."""

    voucher: Voucher
    spec: ProgrammeSpec
    preview: Preview
    accounts: tuple[LimitAccount, ...]  # caps of the programme, without the voucher's own
    stands_on: Kept  # the facts that it was decided on and that nothing else keeps: an order keeps them
    price_fen: Fen  # what an order costs: as listed, or as a bureau agreed with the provider
    agreement_id: UUID | None = None  # what pays, where a bureau did

    @property
    def limits(self) -> tuple[str, ...]:
        """Codes of the limit accounts that the reservation moves."""
        return tuple(account.code for account in self.accounts)

    @property
    def book_id(self) -> UUID:
        return self.voucher.programme.book_id

    @property
    def programme_id(self) -> UUID:
        return self.voucher.programme_id

    @property
    def round_id(self) -> UUID:
        return self.voucher.round_id

    @property
    def version_id(self) -> UUID:
        return self.voucher.round.version_id


@dataclass(frozen=True, slots=True)
class VoucherOption:
    """One of a firm's vouchers for an order: what it would bear, or why it cannot be used here."""

    voucher: Voucher
    quote: Quote | None
    refusal: RuleViolation | None


def of_enterprise(voucher_id: UUID, enterprise_id: UUID) -> Voucher:
    """One of a firm's own vouchers. Raises: NotFound."""
    return found_by(select(Voucher).where(Voucher.id == voucher_id, Voucher.enterprise_id == enterprise_id))


def _left(voucher: Voucher, accounts: Sequence[LimitAccount], agreed: Agreed | None) -> list[LimitLeft]:
    """What the ledger says is left of each, of the voucher and of who pays; a cap that nobody used yet is whole."""
    book_id, codes, payer = voucher.programme.book_id, [account.code for account in accounts], voucher.payer_account
    said = Sentence(N_("本批次剩余资金"))
    if agreed is not None:
        payer, said = chart.AGREEMENT.of(agreed.agreement_id), Sentence(N_("合同剩余金额"))
    own = limits.own_limit(voucher.strategy, voucher.id, Fen(voucher.face_fen))
    known, balances = cap_standings(book_id, codes), ledger_queries.balances_fen(book_id, {own.code, payer})
    left = [LimitLeft(one, limits.cap_left(one, known.get(one.code))) for one in accounts]
    left.append(LimitLeft(own, balances[own.code]))
    if payer != own.code:
        left.append(LimitLeft(LimitAccount(payer, balances[payer], said, None), balances[payer]))
    return left


@dataclass(frozen=True, slots=True)
class KnownParties:
    """What is known of the firm and of who sells, where it was read already."""

    firm: FirmFacts
    provider: ProviderFacts


def quote(
    voucher_id: UUID, *, enterprise_id: UUID, sale: Sale, today: date, requested_fen: Fen | None = None, known: KnownParties | None = None
) -> Quote:
    """What a firm's voucher would bear of an order now. Reads only: the reservation's guarded updates decide.

    Raises:
        NotFound: not this firm's voucher.
        RuleViolation: expired, not spendable, the round takes no orders, the firm no longer meets the programme's conditions, the
            provider, the offering or its category is not covered, or too little is left where the programme refuses to go on with part.
    """
    voucher = of_enterprise(voucher_id, enterprise_id)
    spec, firm = check_usable(voucher, today, known)
    provider = known.provider if known else provider_facts(sale.provider_id)
    agreed = check_pays(voucher, sale, provider, associates_that_sell(spec, enterprise_id, today), today=today)
    price_fen = agreed.price_fen if agreed else sale.base_fen
    said = (voucher.round.simulated, firm.region_code, bool(voucher.above_soft))
    parties = LimitParties(enterprise_id, voucher.round_id, today, sale.provider_id, sale.category, *said)
    accounts = (
        *limits.limits_of_order(spec, voucher.class_key, parties),
        *limits.portion_limit(spec, voucher.class_key, _granted(voucher), sale.category),
        *_part_of_order(spec, voucher, sale.category),
        *allotment_of_order(spec, voucher.round_id, sale.provider_id),
    )
    shared = shared_left(spec, voucher.programme.book_id, voucher.class_key, parties)
    left = [*_left(voucher, accounts, agreed), *shared]
    preview = amounts.price_preview(
        spec,
        amounts.with_in_kind(spec, price_fen, amounts.checked_in_kind(spec, price_fen, sale.in_kind_fen)),
        firm_class=voucher.class_key,
        category=sale.category,
        limits=[*sales.offering_limits(spec, sale), *left],
        requested_fen=requested_fen,
    )
    in_kind_fen = preview.base_fen - price_fen
    preview = replace(preview, own_share_fen=Fen(price_fen - preview.subsidy_fen), in_kind_fen=in_kind_fen)
    facts: Kept = {"firm": kept_firm(firm)} | ({"provider": kept_provider(provider)} if spec.providers else {})
    facts |= {} if requested_fen is None else {"requested_fen": requested_fen}
    facts |= {"shared_fen": [one.left_fen for one in shared]} if shared else {}
    facts |= {} if sale.voucher_cap_fen is None else {"offering_cap_fen": sale.voucher_cap_fen}
    return Quote(voucher, spec, preview, accounts, facts, price_fen, agreed.agreement_id if agreed else None)


def check_usable(voucher: Voucher, today: date, known: KnownParties | None = None) -> tuple[ProgrammeSpec, FirmFacts]:
    """What is asked of a voucher and its firm, whatever is ordered; the rules, and the facts that they were asked of.

    Raises: RuleViolation: expired, not spendable, the round takes no orders, or the firm no longer meets the programme's conditions.
    """
    rounds.check_in_date(voucher.last_day, today=today)
    if today < voucher.valid_from:
        raise RuleViolation(N_("这张券从 %(day)s 起才能使用。"), field="voucher_id", day=voucher.valid_from.isoformat())
    states.check_spendable(voucher.state)
    rounds.check_takes_orders(phase_of(voucher.round, today=today))
    spec = spec_of(voucher.round.version_id)
    budget.check(voucher.round, spec, Stops.ORDERS)
    firm = _firm_facts(voucher, spec, known, today)
    eligibility.check_still_eligible(spec, firm, voucher.class_key)
    return spec, firm


def check_pays(voucher: Voucher, sale: Sale, provider: ProviderFacts, associates: Collection[UUID], *, today: date) -> Agreed | None:
    """What is asked of what is ordered, and of who sells it; what a bureau agreed with them, where that pays.

    Raises: RuleViolation: the provider or the offering is not one that the programme pays for.
    """
    spec = spec_of(voucher.round.version_id)
    sales.check_sale(spec, sale, provider, today=today)
    _check_not_associated(spec, associates, sale.provider_id)
    return sales.agreed_for(sale, voucher.round_id, voucher.class_key) if spec.by_agreement else None


def associates_that_sell(spec: ProgrammeSpec, enterprise_id: UUID, today: date) -> Collection[UUID]:
    """With whom a firm is associated, where the rules do not pay for what is bought of them."""
    return associates_of([enterprise_id], spec.beneficiaries.associated_providers, today).get(enterprise_id, ())


def _check_not_associated(spec: ProgrammeSpec, associates: Collection[UUID], provider_id: UUID) -> None:
    """Raises: RuleViolation: the rules pay for nothing that is bought of an associate."""
    asked = spec.beneficiaries.associated_providers
    if asked is not None and provider_id in associates:
        by = listed(Sentence(one.label) for one in asked.by)
        why = N_("按登记资料，本企业与这家服务机构有关联（依据：%(by)s），本单不能用券。请改选其他服务机构；登记有误的，请先更正单位资料。")
        raise RuleViolation(why, field="voucher_id", code="associated", by=by)


def _granted(voucher: Voucher) -> limits.Granted:
    return limits.Granted(voucher.id, voucher.portions)


def _part_of_order(spec: ProgrammeSpec, voucher: Voucher, category: str) -> tuple[LimitAccount, ...]:
    """The part of the budget that an order draws on where it draws on the pool; a face value took its money before."""
    is_pooled = voucher.round.pooled_at is not None
    part = limit_of_part(spec, voucher.round_id, voucher.part_name, category, is_pooled=is_pooled)
    return () if part is None or voucher.strategy.sets_aside else (part,)


def _firm_facts(voucher: Voucher, spec: ProgrammeSpec, known: KnownParties | None, today: date) -> FirmFacts:
    """What is known of the firm, with what it was given under programmes that the rules name: each voucher asks for its own."""
    if known and not spec.beneficiaries.aid_asked(spec.slug):
        return known.firm
    return facts_of(voucher.enterprise_id, today, spec, simulated=voucher.round.simulated)


def sale_of(offering: Offering) -> Sale:
    """An offering as the rules see it."""
    return Sale(
        provider_id=offering.provider_id,
        category=offering.category,
        base_fen=Fen(offering.price_fen),
        fee_kind=offering.fee_kind.value,
        voucher_cap_fen=None if offering.voucher_cap_fen is None else Fen(offering.voucher_cap_fen),
        currency=offering.currency,
    )


def provider_facts(provider_id: UUID) -> ProviderFacts:
    """What the accepted dossier of a provider says."""
    papers, numbers = papers_and_numbers(provider_id)
    return ProviderFacts(papers, numbers)


def options(enterprise_id: UUID, *, sale: Sale, now: datetime) -> list[VoucherOption]:
    """Each of a firm's vouchers for an order, the one that bears most first, simulated ones after real money, then those that cannot be
    used with the reason."""
    rows = db.session.scalars(select(Voucher).where(Voucher.enterprise_id == enterprise_id).order_by(Voucher.valid_until)).unique()
    vouchers, found = list(rows), []
    known = KnownParties(facts_of(enterprise_id, civil_date(now)), provider_facts(sale.provider_id)) if vouchers else None
    for voucher in vouchers:
        try:
            offer = quote(voucher.id, enterprise_id=enterprise_id, sale=sale, today=voucher.day_of(now), known=known)
        except RuleViolation as refusal:
            found.append(VoucherOption(voucher, None, refusal))
        else:
            found.append(VoucherOption(voucher, offer, None))
    return sorted(
        found, key=lambda one: (one.quote is None, one.voucher.round.simulated, -one.quote.preview.subsidy_fen if one.quote else 0)
    )


def pooled(enterprise_id: UUID, *, sale: Sale, now: datetime) -> list[VoucherOption]:
    """Those of a firm's vouchers with which it may buy an offering together with others."""
    return [one for one in options(enterprise_id, sale=sale, now=now) if one.quote is not None and one.quote.spec.pooling is not None]


def of_programme(enterprise_id: UUID, programme_id: UUID) -> list[Voucher]:
    """A firm's vouchers of a programme that can be used, the one that expires first in front."""
    mine = (Voucher.enterprise_id == enterprise_id, Voucher.programme_id == programme_id, Voucher.state.in_(states.SPENDABLE))
    return list(db.session.scalars(select(Voucher).where(*mine).order_by(Voucher.valid_until, Voucher.id)).unique())


def held_fen(book_id: UUID, order_id: UUID) -> Fen:
    """What is reserved for an order now."""
    return ledger_queries.balance_fen(book_id, chart.RESERVED.of(order_id))


def spent_fen(book_id: UUID, order_id: UUID) -> Fen:
    """What was redeemed for an order and is not approved yet."""
    return ledger_queries.balance_fen(book_id, chart.REDEEMED.of(order_id))


def voids_unused(row: Round) -> bool:
    """Whether what vouchers did not use is granted to nobody else (作废，不再发放). A right to order never took any money."""
    spec = spec_of(row.version_id)
    return spec.unused.value is UnusedRule.VOID and not spec.by_agreement


def deserved_fen(voucher_id: UUID, *, order_id: UUID, version_id: UUID, category: str, base_fen: Fen) -> Fen:
    """The lower of what is reserved for an order and what its base deserves: the most that may be redeemed now."""
    voucher = by_id(Voucher, voucher_id)
    held = held_fen(voucher.programme.book_id, order_id)
    if not held:
        return Fen(0)
    return deserved_of(voucher, held, version_id, category, base_fen)


def deserved_of(voucher: Voucher, held: Fen, version_id: UUID, category: str, base_fen: Fen) -> Fen:
    """The lower of what is held and what its base deserves."""
    return amounts.redeemable_fen(
        spec_of(version_id), reserved_fen=held, base_fen=base_fen, firm_class=voucher.class_key, category=category
    )
