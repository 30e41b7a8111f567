"""Past orders under other rules, one after the other as they were placed, with running totals of each voucher, cap and round in memory.

The same rules decide as did on the day (`vouchers.rules.amounts`, `limits`): here they are only asked again. What people decided stays as
far as it can: who wanted less gets no more, a claim of which part was approved is approved to the same part, who was refused stays refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.ledger.rules import AccountCode
from marketplace.orders.rules import EarlierOrder, base_then, check_counts
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import NotGranted
from marketplace.vouchers.instruments import Strategy, strategy_of
from marketplace.vouchers.rules import amounts, limits
from marketplace.vouchers.rules.amounts import LimitLeft
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties
from marketplace.vouchers.rules.sales import Sale, check_offering, offering_limits
from marketplace.whatif.rules.past import Decided, IssuedVoucher, PastOrder, PoolMove, RisenVoucher

NO_VOUCHER = "no_voucher"  # why an order bears nothing: its firm would have no voucher
NOTHING_LEFT = "nothing_left"

Event = IssuedVoucher | RisenVoucher | PoolMove | PastOrder
_deserved = lru_cache(8_192)(amounts.redeemable_fen)  # prices repeat: the same question is answered once


@dataclass(frozen=True, slots=True)
class Replayed:
    """An order that came to its end, or to the end of what is known."""

    order: PastOrder
    class_before: str
    class_after: str | None
    after_fen: Fen
    short_fen: Fen  # what the money of its round lacked
    reason: str  # why it bears nothing: a code, empty where it bears something


@dataclass(slots=True)
class _Holder:
    """A voucher while the past goes by."""

    voucher: IssuedVoucher
    class_key: str
    class_after: str | None
    granted: int
    used: int = 0


@dataclass(slots=True)
class _OpenOrder:
    """An order while it is open."""

    order: PastOrder
    holder: _Holder
    class_before: str
    codes: tuple[AccountCode, ...]
    held: int
    base_fen: Fen
    short: int = 0
    reason: str = ""


class Replay:
    """The totals. Feed it events in their order; it answers with orders that are over."""

    def __init__(self) -> None:
        self._holders: dict[UUID, _Holder] = {}
        self._used: dict[str, int] = defaultdict(int)
        self._pools: dict[UUID, int] = defaultdict(int)
        self._placed: dict[tuple[UUID, bool], list[PastOrder]] = defaultdict(list)  # orders that bore something, by firm
        self._later: list[tuple[datetime, int, int, _OpenOrder]] = []
        self._serial = count()

    def run(self, events: Iterable[Event]) -> Iterator[Replayed]:
        """Everything, in the order of time."""
        for event in events:
            yield from self._until(event.at)
            match event:
                case IssuedVoucher():
                    self._issue(event)
                case RisenVoucher():
                    self._rise(event)
                case PoolMove():
                    self._pools[event.round_id] += event.fen
                case PastOrder():
                    yield from self._place(event)
        yield from self._until(None)

    def _issue(self, one: IssuedVoucher) -> None:
        granted = 0
        if one.class_after is not None:
            parties = LimitParties(one.enterprise_id, one.round_id, one.on, simulated=one.simulated, above_soft=one.above_soft)
            accounts = limits.limits_of_issue(one.rules, one.class_after, parties)
            granted = _fitting(one, min((left.left_fen for left in self._left(accounts)), default=one.granted_after))
            for account in accounts:
                self._used[account.code] += granted
        self._holders[one.id] = _Holder(one, one.class_key, one.class_after, granted)

    def _rise(self, one: RisenVoucher) -> None:
        holder = self._holders[one.voucher_id]
        voucher, more = holder.voucher, one.granted_after - holder.granted
        holder.class_key, holder.class_after = one.class_key, one.class_after
        if one.class_after is None:
            return
        if more > 0:
            holder.granted += more
            parties = LimitParties(voucher.enterprise_id, voucher.round_id, voucher.on, simulated=voucher.simulated)
            for account in limits.limits_of_issue(voucher.rules, one.class_after, parties):
                self._used[account.code] += more

    def _place(self, order: PastOrder) -> Iterator[Replayed]:
        holder = self._holders[order.voucher_id]
        one = _OpenOrder(order, holder, holder.class_key, (), 0, amounts.with_in_kind(order.rules, order.price_fen, order.in_kind_fen))
        try:
            self._reserve(one)
        except RuleViolation as refusal:
            one.reason = refusal.code or NOTHING_LEFT
        if one.held:
            self._placed[order.enterprise_id, holder.voucher.simulated].append(order)
            for moment, rank in _moments(order):
                heappush(self._later, (moment, rank, next(self._serial), one))
        else:
            one.reason = one.reason or NOTHING_LEFT
        if not one.held or not any(True for _ in _moments(order)):
            yield _answer(one)

    def _reserve(self, one: _OpenOrder) -> None:
        """Raises: RuleViolation: the rules bear nothing of it."""
        order, holder = one.order, one.holder
        if holder.class_after is None:
            raise RuleViolation(N_("按变更后的规则，企业不能领券。"), code=NO_VOUCHER)
        rules, strategy, voucher = order.rules, strategy_of(order.rules.instrument.value), holder.voucher
        sale = _sale(order)
        check_offering(rules, sale)
        self._check_often(one)
        said = (voucher.simulated, order.region_code, voucher.above_soft)
        parties = LimitParties(order.enterprise_id, order.round_id, order.on, order.provider_id, order.category, *said)
        accounts = limits.limits_of_order(rules, holder.class_after, parties)
        left = self._left(accounts)
        own = limits.own_limit(strategy, voucher.id, Fen(holder.granted))
        left.append(LimitLeft(own, Fen(holder.granted - holder.used)))
        parts = limits.Granted(voucher.id, voucher.portions_after(Fen(holder.granted)))
        part = limits.portion_limit(rules, holder.class_after, parts, order.category)
        left += [LimitLeft(one, Fen(one.cap_fen - self._used[one.code])) for one in part]
        left += [LimitLeft(own, Fen(fen)) for fen in order.shared_fen]
        pool = self._pool(strategy, voucher)
        preview = amounts.price_preview(
            rules,
            amounts.with_in_kind(rules, order.price_fen, order.in_kind_fen),
            firm_class=holder.class_after,
            category=order.category,
            limits=[*offering_limits(rules, sale), *left, *pool],
            requested_fen=order.requested_fen,
        )
        if pool and preview.steps[-1].binds:
            one.short = preview.steps[-2].subsidy_fen - preview.subsidy_fen
        one.codes = tuple(account.code for account in (*accounts, *part))
        self._move(one, preview.subsidy_fen)

    def _check_often(self, one: _OpenOrder) -> None:
        """Raises: RuleViolation: the firm has ordered as often as the rules allow."""
        order, firm_class = one.order, one.holder.class_after or ""
        if order.rules.order_counts:
            earlier = [each for each in self._placed[order.enterprise_id, one.holder.voucher.simulated] if not _is_gone(each, order.at)]
            told = [EarlierOrder(each.on, each.category) for each in earlier]
            check_counts(order.rules, told, firm_class=firm_class, category=order.category, today=order.on)

    def _pool(self, strategy: Strategy, voucher: IssuedVoucher) -> list[LimitLeft]:
        """What is left of the round's money, where orders draw on it."""
        if strategy.sets_aside:
            return []
        left = Fen(self._pools[voucher.round_id])
        return [LimitLeft(LimitAccount(strategy.payer(voucher.id, voucher.round_id), left, _ROUND_MONEY, None), left)]

    def _left(self, accounts: Iterable[LimitAccount]) -> list[LimitLeft]:
        """What caps still allow: their amount by the rules of the order, less all that was used of them."""
        return [LimitLeft(one, Fen(max(0, one.cap_fen - self._used[one.code]))) for one in accounts]

    def _move(self, one: _OpenOrder, fen: int, *, caps: bool = True, voucher: bool = True) -> None:
        """Hold more for an order, or less: caps, voucher and round follow."""
        one.held += fen
        for code in one.codes if caps else ():
            self._used[code] += fen
        if voucher:
            one.holder.used += fen
        if not strategy_of(one.order.rules.instrument.value).sets_aside:
            self._pools[one.order.round_id] -= fen

    def _until(self, moment: datetime | None) -> Iterator[Replayed]:
        """What became of open orders up to a moment, or in all."""
        while self._later and (moment is None or self._later[0][0] <= moment):
            _at, rank, _n, one = heappop(self._later)
            _STEPS[rank](self, one)
            if rank == max(last for _moment, last in _moments(one.order)):
                yield _answer(one)

    def _contract(self, one: _OpenOrder) -> None:
        self._move(one, _rebased(one, _signed(one.order, one.order.rules)) - one.held)

    def _redeem(self, one: _OpenOrder) -> None:
        order = one.order
        spent = _rebased(one, base_then(order.rules, order.contract_fen, order.papers))
        if order.disputed_fen is not None:
            spent = _part(spent, order.disputed_fen, _most_disputed(order, one.class_before))
        self._cut(one, one.held - spent, amounts.difference_goes_to(order.rules))

    def _decide(self, one: _OpenOrder) -> None:
        decided = one.order.decided
        assert decided is not None, "it was decided on"
        approved = _approved(one, decided)
        self._cut(one, one.held - approved, one.order.rules.not_granted.value)

    def _end(self, one: _OpenOrder) -> None:
        if one.order.redeemed_at is not None:  # nobody asked for it in time
            self._cut(one, one.held, one.order.rules.not_granted.value)
        else:
            self._move(one, -one.held)

    def _cut(self, one: _OpenOrder, fen: int, goes_to: NotGranted) -> None:
        self._move(one, -fen, caps=goes_to is not NotGranted.NONE, voucher=goes_to is NotGranted.VOUCHER)


_ROUND_MONEY = Sentence(N_("本批次剩余资金"))
_CONTRACT, _REDEEM, _DECIDE, _END = range(4)  # at one moment in this order
_STEPS = (Replay._contract, Replay._redeem, Replay._decide, Replay._end)


def _sale(order: PastOrder) -> Sale:
    return Sale(
        provider_id=order.provider_id,
        category=order.category,
        base_fen=order.price_fen,
        fee_kind=order.fee_kind,
        voucher_cap_fen=order.voucher_cap_fen,
        currency=order.rules.currency,
    )


def _is_gone(order: PastOrder, moment: datetime) -> bool:
    """Whether an order had ended without a service."""
    return order.redeemed_at is None and order.ended_at is not None and order.ended_at <= moment


def _moments(order: PastOrder) -> list[tuple[datetime, int]]:
    """When something became of an order."""
    found = []
    if order.contracted_at is not None and order.contract_fen != order.price_fen:
        found.append((order.contracted_at, _CONTRACT))
    if order.redeemed_at is not None:
        found.append((order.redeemed_at, _REDEEM))
    if order.decided is not None:
        found.append((order.decided.at, _DECIDE))
    if order.ended_at is not None:
        found.append((order.ended_at, _END))
    return found


def _answer(one: _OpenOrder) -> Replayed:
    return Replayed(one.order, one.class_before, one.holder.class_after, Fen(one.held), Fen(one.short), one.reason)


def _fitting(one: IssuedVoucher, left: int) -> int:
    """What a grant comes to where caps allow less: the next face, or what is left."""
    if one.granted_after <= left:
        return one.granted_after
    if not strategy_of(one.rules.instrument.value).in_faces:
        return max(0, left)
    return next((face for face in amounts.faces_fen(one.rules, one.class_after or "") if face <= left), 0)


def _rebased(one: _OpenOrder, base_fen: Fen) -> int:
    """What an order is to hold once its base is known: what it held where that is the same."""
    if base_fen == one.base_fen or not one.held:
        return one.held
    one.base_fen = base_fen
    return _deserves(one, base_fen)


def _signed(order: PastOrder, rules: ProgrammeSpec) -> Fen:
    """The base of a contract: its price, with what the firm gives in kind."""
    return amounts.with_in_kind(rules, order.contract_fen, order.in_kind_fen)


def _deserves(one: _OpenOrder, base_fen: Fen) -> Fen:
    order, firm_class = one.order, one.holder.class_after or ""
    return _deserved(order.rules, reserved_fen=Fen(one.held), base_fen=base_fen, firm_class=firm_class, category=order.category)


def _most_disputed(order: PastOrder, class_key: str) -> Fen:
    """The most an officer could decide on, under the rules of the day."""
    most = order.reserved_fen
    for base_fen in (_signed(order, order.own), base_then(order.own, order.contract_fen, order.papers)):
        most = _deserved(order.own, reserved_fen=most, base_fen=base_fen, firm_class=class_key, category=order.category)
    return most


def _part(whole: int, part: int, of: int) -> int:
    return whole * part // of if of else 0


def _approved(one: _OpenOrder, decided: Decided) -> int:
    """What is approved of a claim: as before the whole, what the papers deserve, or the same part."""
    if not decided.approved_fen:
        return 0
    most = one.held
    if decided.deserved_fen is not None:  # else it was decided before papers were reckoned with
        most = _deserves(one, base_then(one.order.rules, one.order.contract_fen, decided.papers))
    if decided.approved_fen in {decided.requested_fen, decided.deserved_fen}:
        return most
    return min(most, _part(one.held, decided.approved_fen, decided.requested_fen))
