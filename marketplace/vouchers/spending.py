"""What orders and settlement ask of a voucher: a quote, then reserve, redeem, approve, settle, or release. The ledger decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.db import db, got, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import Command
from marketplace.ledger.service import Item
from marketplace.policy.programme_file import thaw
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.vocabulary import UnusedRule
from marketplace.vouchers import money
from marketplace.vouchers.models import ProgrammeVersion, Round, Voucher
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.rules import amounts, eligibility, limits, rounds, states
from marketplace.vouchers.rules.amounts import LimitLeft, Preview
from marketplace.vouchers.rules.eligibility import FirmFacts
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties


@lru_cache(maxsize=256)
def spec_of(version_id: UUID) -> ProgrammeSpec:
    """The rules of a frozen version, read once: they never change. Raises: NotFound."""
    return thaw(got(ProgrammeVersion, version_id).spec)


def phase_of(row: Round, *, today: date, now: datetime | None = None) -> states.RoundState:
    """Where a round stands by the clock; see `rules.rounds.phase`."""
    if row.state is states.RoundState.DRAFT:
        return row.state
    return rounds.phase(
        row.state, by_application=spec_of(row.version_id).allocation.mode.value not in states.WITHOUT_APPLICATION,
        claim_window=(row.claim_from_at, row.claim_until_at), use_window=(row.use_from, row.use_until), today=today, now=now,
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
class Option:
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


def _own_limit(voucher: Voucher) -> LimitAccount:
    make = limits.balance_of_voucher if voucher.instrument == "face_value" else limits.limit_of_voucher
    return make(voucher.id, Fen(voucher.face_fen))


def _left(book_id: UUID, accounts: Sequence[LimitAccount], own: LimitAccount, pool_code: str | None) -> list[LimitLeft]:
    """What the ledger says is left of each; a cap that nobody used yet is whole."""
    codes = [account.code for account in accounts]
    open_codes = ledger_queries.opened(book_id, codes)
    balances = ledger_queries.balances_fen(book_id, [*codes, own.code, *([pool_code] if pool_code else [])])
    left = [LimitLeft(one, balances[one.code] if one.code in open_codes else one.cap_fen) for one in accounts]
    left.append(LimitLeft(own, balances[own.code]))
    if pool_code:
        label = Sentence(N_("本批次剩余资金"))
        left.append(LimitLeft(LimitAccount(pool_code, balances[pool_code], label, None), balances[pool_code]))
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
    eligibility.check_still_eligible(spec, facts or facts_of(enterprise_id, today))
    parties = LimitParties(enterprise_id, voucher.round_id, today.year, provider_id, category, voucher.round.simulated)
    accounts = limits.limits_of_order(spec, voucher.class_key, parties)
    pool_code = money.pool(voucher.round_id) if voucher.instrument == "quota" else None
    left = _left(voucher.programme.book_id, accounts, _own_limit(voucher), pool_code)
    preview = amounts.price_preview(
        spec, base_fen, firm_class=voucher.class_key, category=category, limits=left, requested_fen=requested_fen
    )
    return Quote(voucher, spec, preview, accounts)


def options(enterprise_id: UUID, *, provider_id: UUID, category: str, base_fen: Fen, today: date) -> list[Option]:
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
            found.append(Option(voucher, None, refusal))
        else:
            found.append(Option(voucher, offer, None))
    return sorted(
        found, key=lambda one: (one.quote is None, one.voucher.round.simulated, -one.quote.preview.subsidy_fen if one.quote else 0)
    )


def _command(verb: str, key: str, actor_id: UUID | None, subject_type: str, subject_id: UUID, **body: object) -> Command:
    return Command(verb, key, actor_id, subject_type, subject_id, body)


def refresh_state(voucher: Voucher, left_fen: int | None = None) -> None:
    """Name a living voucher by what is left of it. The balance stays the ledger's: `left_fen` is it where the caller knows it."""
    if voucher.state in states.SPENDABLE or voucher.state is states.VoucherState.USED_UP:
        left = ledger_queries.balance_fen(voucher.programme.book_id, _own_limit(voucher).code) if left_fen is None else left_fen
        voucher.state = states.state_by_balance(left, voucher.face_fen)


def reserve(offer: Quote, *, order_id: UUID, actor_id: UUID, key: str, today: date) -> Entry | None:
    """Hold what the quote says for an order; None where it bears nothing.

    Raises: InsufficientBalance: somebody was faster; nothing is written.
    """
    amount_fen = offer.preview.subsidy_fen
    if not amount_fen:
        return None
    voucher = locked(Voucher, offer.voucher.id)
    states.check_spendable(voucher.state)
    uses = [money.LimitUse(account.code, account.cap_fen) for account in offer.accounts]
    money.open_limits(offer.book_id, uses, today=today)
    command = _command("order.reserve", key, actor_id, "order", order_id, amount_fen=amount_fen, voucher=str(voucher.id))
    entry = money.reserve(voucher, offer.book_id, order_id, amount_fen, offer.limits, command, today=today)
    refresh_state(voucher)
    return entry


def held_fen(book_id: UUID, order_id: UUID) -> Fen:
    """What is reserved for an order now."""
    return ledger_queries.balance_fen(book_id, money.reserved(order_id))


def spent_fen(book_id: UUID, order_id: UUID) -> Fen:
    """What was redeemed for an order and is not approved yet."""
    return ledger_queries.balance_fen(book_id, money.redeemed(order_id))


def release(voucher_id: UUID, *, order_id: UUID, limits: Sequence[str], actor_id: UUID | None, key: str, today: date) -> Fen:
    """Give everything that is reserved for an order back to where it came from; how much."""
    voucher = locked(Voucher, voucher_id)
    book_id = voucher.programme.book_id
    amount_fen = held_fen(book_id, order_id)
    if amount_fen:
        command = _command("order.release", key, actor_id, "order", order_id, amount_fen=amount_fen)
        money.release(voucher, book_id, order_id, amount_fen, limits, command, today=today)
        _take_back_if_over(voucher, amount_fen, actor_id=actor_id, key=key, today=today)
        refresh_state(voucher)
    return amount_fen


def voids_unused(row: Round) -> bool:
    """Whether what is not used is granted to nobody else (作废，不再发放)."""
    return spec_of(row.version_id).unused.value is UnusedRule.VOID


def _take_back_if_over(voucher: Voucher, amount_fen: int, *, actor_id: UUID | None, key: str, today: date) -> None:
    """A voucher that expired or was reclaimed meanwhile keeps nothing of what comes back: it goes on to the pool."""
    if voucher.state in {states.VoucherState.EXPIRED, states.VoucherState.RECLAIMED, states.VoucherState.VOID}:
        command = _command("voucher.returned", f"{key}:returned", actor_id, "voucher", voucher.id, amount_fen=amount_fen)
        item = money.take_back(voucher, amount_fen, command, aside_fen=amount_fen if voids_unused(voucher.round) else 0)
        money.post_all(voucher.programme.book_id, [item], today=today)


def lower(
    voucher_id: UUID, *, order_id: UUID, version_id: UUID, limits: Sequence[str], category: str, base_fen: Fen, actor_id: UUID, key: str,
    today: date,
) -> Fen:  # fmt: skip
    """The contract came out below the price: hold what it deserves, never more than before; the rest goes back. What is held now."""
    voucher = locked(Voucher, voucher_id)
    book_id = voucher.programme.book_id
    held = held_fen(book_id, order_id)
    if not held:
        return Fen(0)
    spec = spec_of(version_id)
    deserved = amounts.redeemable_fen(spec, reserved_fen=held, base_fen=base_fen, firm_class=voucher.class_key, category=category)
    spare = held - deserved
    if spare:
        command = _command("order.lower", key, actor_id, "order", order_id, spare_fen=spare)
        money.release(voucher, book_id, order_id, spare, limits, command, today=today)
        _take_back_if_over(voucher, spare, actor_id=actor_id, key=key, today=today)
        refresh_state(voucher)
    return deserved


def deserved_fen(voucher_id: UUID, *, order_id: UUID, version_id: UUID, category: str, base_fen: Fen) -> Fen:
    """The lower of what is reserved for an order and what its base deserves: the most that may be redeemed now."""
    voucher = got(Voucher, voucher_id)
    held = held_fen(voucher.programme.book_id, order_id)
    if not held:
        return Fen(0)
    return _deserved(voucher, held, version_id, category, base_fen)


def _deserved(voucher: Voucher, held: Fen, version_id: UUID, category: str, base_fen: Fen) -> Fen:
    return amounts.redeemable_fen(
        spec_of(version_id), reserved_fen=held, base_fen=base_fen, firm_class=voucher.class_key, category=category
    )


def redeem(
    voucher_id: UUID, *, order_id: UUID, version_id: UUID, limits: Sequence[str], category: str, base_fen: Fen, actor_id: UUID | None,
    key: str, today: date, at_most_fen: int | None = None,
) -> Fen:  # fmt: skip
    """A delivery is accepted: what the actual base deserves is spent, never more than was reserved; the rest goes back. How much was spent.

    Args:
        at_most_fen: an officer has decided on less.
    """
    voucher = locked(Voucher, voucher_id)
    book_id = voucher.programme.book_id
    own, reserved = _own_limit(voucher).code, money.reserved(order_id)
    balances = ledger_queries.balances_fen(book_id, (own, reserved))  # under the voucher's lock nobody else moves its own account
    held = balances[reserved]
    if not held:
        return Fen(0)
    spent = _deserved(voucher, held, version_id, category, base_fen)
    spent = spent if at_most_fen is None else Fen(min(spent, at_most_fen))
    spare = held - spent
    command = _command("order.redeem", key, actor_id, "order", order_id, spent_fen=spent, spare_fen=spare)
    money.redeem(voucher, book_id, order_id, spent, spare, limits, command, today=today)
    if spare:
        _take_back_if_over(voucher, spare, actor_id=actor_id, key=key, today=today)
    refresh_state(voucher, balances[own] + spare)
    return spent


def approve(
    voucher_id: UUID, *, order_id: UUID, version_id: UUID, provider_id: UUID, limits: Sequence[str], approved_fen: int, cut_fen: int,
    actor_id: UUID, claim_id: UUID, key: str, today: date,
) -> Entry:  # fmt: skip
    """An officer approves a claim, wholly or in part; what is cut goes where the programme says."""
    voucher = locked(Voucher, voucher_id)
    book_id = voucher.programme.book_id
    goes_to = spec_of(version_id).not_granted.value
    command = _command("claim.approve", key, actor_id, "claim", claim_id, approved_fen=approved_fen, cut_fen=cut_fen)
    entry = money.approve(
        voucher, book_id, order_id, provider_id, approved_fen=approved_fen, cut_fen=cut_fen, cut_goes_to=goes_to, limits=limits,
        command=command, today=today,
    )  # fmt: skip
    if cut_fen and goes_to == "voucher":
        _take_back_if_over(voucher, cut_fen, actor_id=actor_id, key=key, today=today)
    refresh_state(voucher)
    return entry


def forfeit(
    voucher_id: UUID, *, order_id: UUID, version_id: UUID, provider_id: UUID, limits: Sequence[str], actor_id: UUID | None, key: str,
    today: date,
) -> Fen:  # fmt: skip
    """Nobody asked in time for what was redeemed (兑付失效): it goes where the programme sends what is not granted. How much."""
    voucher = locked(Voucher, voucher_id)
    book_id = voucher.programme.book_id
    amount_fen = spent_fen(book_id, order_id)
    if not amount_fen:
        return Fen(0)
    goes_to = spec_of(version_id).not_granted.value
    command = _command("order.forfeit", key, actor_id, "order", order_id, amount_fen=amount_fen)
    money.approve(
        voucher, book_id, order_id, provider_id, approved_fen=0, cut_fen=amount_fen, cut_goes_to=goes_to, limits=limits, command=command,
        today=today,
    )  # fmt: skip
    if goes_to == "voucher":
        _take_back_if_over(voucher, amount_fen, actor_id=actor_id, key=key, today=today)
    refresh_state(voucher)
    return amount_fen


@dataclass(frozen=True, slots=True)
class Settlement:
    """A line that the bank paid and the ledger does not know of yet."""

    book_id: UUID
    line_id: UUID
    provider_id: UUID
    amount_fen: int
    actor_id: UUID


def settle(paid: Iterable[Settlement], *, today: date) -> None:
    """Post what the bank paid (兑付), over sets: all of it or nothing. Once for a line."""
    by_book: dict[UUID, list[Item]] = {}
    for one in paid:
        command = _command(
            "payment.settle", f"payment.settle:{one.line_id}", one.actor_id, "payment_line", one.line_id, amount_fen=one.amount_fen
        )
        by_book.setdefault(one.book_id, []).append(money.settle(one.provider_id, one.amount_fen, command))
    for book_id in sorted(by_book):  # the same order for everybody
        money.post_all(book_id, by_book[book_id], today=today)
