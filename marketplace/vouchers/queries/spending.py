"""What a voucher would bear of an order, and what stands in the books for one. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.ledger import queries as ledger_queries
from marketplace.policy.programme_file import thaw
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import UnusedRule
from marketplace.vouchers import chart
from marketplace.vouchers.models import ProgrammeVersion, Round, Voucher
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.rules import amounts, eligibility, limits, rounds, states
from marketplace.vouchers.rules.amounts import LimitLeft, Preview
from marketplace.vouchers.rules.eligibility import FirmFacts
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties


@lru_cache(maxsize=256)
def spec_of(version_id: UUID) -> ProgrammeSpec:
    """The rules of a frozen version, read once: they never change. Raises: NotFound."""
    return thaw(by_id(ProgrammeVersion, version_id).spec)


def phase_of(row: Round, *, today: date, now: datetime | None = None) -> states.RoundState:
    """Where a round stands by the clock; see `rules.rounds.phase`."""
    if row.state is states.RoundState.DRAFT:
        return row.state
    return rounds.phase(
        row.state, by_application=spec_of(row.version_id).allocation.mode.value not in states.WITHOUT_APPLICATION,
        apply_window=(row.apply_from_at, row.apply_until_at), use_window=(row.use_from, row.use_until), today=today, now=now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quote:
    """What a voucher would bear of an order, and which limits that would use."""

    voucher: Voucher
    spec: ProgrammeSpec
    preview: Preview
    accounts: tuple[LimitAccount, ...]  # caps of the programme, without the voucher's own

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
    row = db.session.scalars(select(Voucher).where(Voucher.id == voucher_id, Voucher.enterprise_id == enterprise_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _left(voucher: Voucher, accounts: Sequence[LimitAccount]) -> list[LimitLeft]:
    """What the ledger says is left of each, of the voucher and of who pays; a cap that nobody used yet is whole."""
    book_id, codes, payer = voucher.programme.book_id, [account.code for account in accounts], voucher.payer_account
    own = limits.own_limit(voucher.strategy, voucher.id, Fen(voucher.face_fen))
    open_codes = ledger_queries.opened(book_id, codes)
    balances = ledger_queries.balances_fen(book_id, {*codes, own.code, payer})
    left = [LimitLeft(one, balances[one.code] if one.code in open_codes else one.cap_fen) for one in accounts]
    left.append(LimitLeft(own, balances[own.code]))
    if payer != own.code:
        left.append(LimitLeft(LimitAccount(payer, balances[payer], Sentence(N_("本批次剩余资金")), None), balances[payer]))
    return left


def quote(
    voucher_id: UUID,
    *,
    enterprise_id: UUID,
    provider_id: UUID,
    category: str,
    base_fen: Fen,
    today: date,
    requested_fen: Fen | None = None,
    facts: FirmFacts | None = None,
) -> Quote:
    """What a firm's voucher would bear of an order now. Reads only: the reservation's guarded updates decide.

    Raises:
        NotFound: not this firm's voucher.
        RuleViolation: expired, not spendable, the round takes no orders, the firm no longer meets the programme's conditions, the
            category is not covered, or too little is left where the programme refuses to go on with part.
    """
    voucher = of_enterprise(voucher_id, enterprise_id)
    rounds.check_in_date(voucher.valid_until, today=today)
    if today < voucher.valid_from:
        raise RuleViolation(N_("这张券从 %(day)s 起才能使用。"), field="voucher_id", day=voucher.valid_from.isoformat())
    states.check_spendable(voucher.state)
    rounds.check_takes_orders(phase_of(voucher.round, today=today))
    spec = spec_of(voucher.round.version_id)
    firm = facts or facts_of(enterprise_id, today)
    eligibility.check_still_eligible(spec, firm)
    parties = LimitParties(enterprise_id, voucher.round_id, today, provider_id, category, voucher.round.simulated, firm.region_code)
    accounts = limits.limits_of_order(spec, voucher.class_key, parties)
    left = _left(voucher, accounts)
    preview = amounts.price_preview(
        spec, base_fen, firm_class=voucher.class_key, category=category, limits=left, requested_fen=requested_fen
    )
    return Quote(voucher, spec, preview, accounts)


def options(enterprise_id: UUID, *, provider_id: UUID, category: str, base_fen: Fen, today: date) -> list[VoucherOption]:
    """Each of a firm's vouchers for an order, the one that bears most first, simulated ones after real money, then those that cannot be
    used with the reason."""
    rows = db.session.scalars(select(Voucher).where(Voucher.enterprise_id == enterprise_id).order_by(Voucher.valid_until)).unique()
    vouchers, found = list(rows), []
    facts = facts_of(enterprise_id, today) if vouchers else None
    for voucher in vouchers:
        try:
            offer = quote(
                voucher.id, enterprise_id=enterprise_id, provider_id=provider_id, category=category, base_fen=base_fen, today=today,
                facts=facts,
            )  # fmt: skip
        except RuleViolation as refusal:
            found.append(VoucherOption(voucher, None, refusal))
        else:
            found.append(VoucherOption(voucher, offer, None))
    return sorted(
        found, key=lambda one: (one.quote is None, one.voucher.round.simulated, -one.quote.preview.subsidy_fen if one.quote else 0)
    )


def held_fen(book_id: UUID, order_id: UUID) -> Fen:
    """What is reserved for an order now."""
    return ledger_queries.balance_fen(book_id, chart.RESERVED.of(order_id))


def spent_fen(book_id: UUID, order_id: UUID) -> Fen:
    """What was redeemed for an order and is not approved yet."""
    return ledger_queries.balance_fen(book_id, chart.REDEEMED.of(order_id))


def voids_unused(row: Round) -> bool:
    """Whether what is not used is granted to nobody else (作废，不再发放)."""
    return spec_of(row.version_id).unused.value is UnusedRule.VOID


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
