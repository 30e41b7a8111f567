"""What an order held of its voucher when it was placed, and what its acceptance spent: decided again. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.ledger.rules import AccountCode
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.rules import PapersThen, base_then
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import NotGranted
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import PostedMoves, TrailEvent
from marketplace.vouchers import chart
from marketplace.vouchers.instruments import STRATEGIES
from marketplace.vouchers.rules import amounts, eligibility, limits, sales
from marketplace.vouchers.rules.amounts import LimitLeft, Preview
from marketplace.vouchers.rules.kept_facts import firm_then, provider_then
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties
from marketplace.vouchers.rules.parts import COMMON, limit_of_part
from marketplace.vouchers.rules.sales import Sale

REDEEMED_BY = ("order.redeemed", "order.redeemed_by_default", "order.dispute_decided", "order.agreed", "order.deducted")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnVoucher:
    """The voucher that an order drew on."""

    id: UUID
    instrument: str
    face_fen: int
    portions: Mapping[str, int]
    part_name: str
    above_soft: bool
    simulated: bool
    classes: Sequence[tuple[datetime, str]]  # until when it was of which class, the last for good

    def class_at(self, moment: datetime) -> str:
        """The class that decided at a moment."""
        return next((name for until, name in self.classes if moment < until), "")


@dataclass(frozen=True, slots=True)
class LowerBase:
    """A price below the one before, that was agreed on at a moment; what is given in kind comes to it."""

    at: datetime
    base_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedOrder:
    """An order on a voucher as it lies in the database, with what the books and the trail say of it."""

    id: UUID
    number: str
    spec: ProgrammeSpec
    voucher: DrawnVoucher
    enterprise_id: UUID
    provider_id: UUID
    round_id: UUID
    agreement_id: UUID | None  # what pays, where a bureau agreed with the provider
    category: str
    region_code: str
    fee_kind: str
    currency: str
    placed_at: datetime
    placed_on: date
    is_pooled: bool  # the parts of the budget were there for all by then
    allotted_fen: int | None  # to its provider in the round; None: the programme chooses none
    price_fen: Fen
    in_kind_fen: int  # declared when it was placed
    facts: Mapping[str, Any] | None  # None: placed before they were kept
    contract_fen: Fen
    lowered: Sequence[LowerBase]
    state: OrderState
    redeemed_at: datetime | None
    papers: PapersThen  # at the acceptance
    disputed_fen: int | None
    subsidy_fen: int
    preview: Mapping[str, Any]
    limits: Sequence[str]
    posted: PostedMoves
    told: Sequence[TrailEvent]
    ever_held: Callable[[str, int], bool]  # whether an account of the books held an amount at some moment

    @property
    def area_code(self) -> str:
        """Where its firm lies."""
        return self.region_code

    @property
    def payer_account(self) -> AccountCode:
        """Who paid for it."""
        if self.agreement_id is not None:
            return chart.AGREEMENT.of(self.agreement_id)
        return STRATEGIES[self.voucher.instrument].payer(self.voucher.id, self.round_id)

    @property
    def held_account(self) -> str:
        """What is reserved for it."""
        return chart.RESERVED.of(self.id)

    @property
    def reserved_fen(self) -> Fen:
        """What the books say was held for it when it was placed."""
        return Fen(self.posted.onto(self.held_account, "order.reserve"))


# Placed


_AMOUNT = N_("下单占用金额：按冻结规则、下单时的事实和账上当时的余额重算")
_HELD = N_("下单占用金额：与账上占用一致")
_STEPS = N_("下单计算过程：按冻结规则重算")
_LIMITS = N_("下单占用的限额账户：按冻结规则重算")
_MAY = N_("下单资格：按下单时的事实重判")


def requoted(one: DecidedOrder) -> Iterator[Mismatch]:
    """The reservation of an order whose facts were kept."""
    assert one.facts is not None, "asked before"
    printed = [(step["amount_fen"], step["subsidy_fen"]) for step in one.preview.get("steps", ())]
    stored = printed[-1][1] if printed else None
    try:
        _check_may(one, one.facts)
        accounts = _accounts(one)
        preview = _preview(one, one.facts, accounts)
    except RuleViolation as refusal:
        yield Mismatch(_MAY, stored, refusal.text())
        return
    yield from unlike(_AMOUNT, stored, preview.subsidy_fen)
    yield from unlike(_HELD, stored, one.reserved_fen)
    again = [(int(step.amount_fen), int(step.subsidy_fen)) for step in preview.steps]
    if (stored, one.preview.get("base_fen"), one.preview.get("rate_bp")) == (preview.subsidy_fen, preview.base_fen, preview.rate_bp):
        yield from unlike(_STEPS, str(printed), str(again), is_money=False)
    else:
        kept = [one.preview.get("base_fen"), one.preview.get("rate_bp")]
        yield from unlike(_STEPS, str(kept), str([preview.base_fen, preview.rate_bp]), is_money=False)
    yield from unlike(_LIMITS, " ".join(sorted(one.limits)), " ".join(sorted(account.code for account in accounts)), is_money=False)


def _check_may(one: DecidedOrder, facts: Mapping[str, Any]) -> None:
    """Raises: RuleViolation: the firm, the provider or the offering was not one that the rules pay for."""
    eligibility.check_still_eligible(one.spec, firm_then(facts["firm"]), one.voucher.class_at(one.placed_at))
    sales.check_sale(one.spec, _sale(one, facts), provider_then(facts.get("provider", {})), today=one.placed_on)


def _sale(one: DecidedOrder, facts: Mapping[str, Any]) -> Sale:
    cap = facts.get("offering_cap_fen")
    return Sale(
        provider_id=one.provider_id,
        category=one.category,
        base_fen=one.price_fen,
        fee_kind=one.fee_kind,
        voucher_cap_fen=None if cap is None else Fen(cap),
        currency=one.currency,
    )


def _part_name(one: DecidedOrder, class_key: str) -> str:
    """The part of the budget that its voucher drew on by then: the day on which parts are pooled names another on every voucher."""
    if one.voucher.part_name != COMMON or one.is_pooled:
        return one.voucher.part_name
    part = one.spec.part_of_firm(class_key, one.region_code)
    return part.name if part else COMMON


def _accounts(one: DecidedOrder) -> list[LimitAccount]:
    """The limits that the order counts against, as the rules know them."""
    card, class_key = one.voucher, one.voucher.class_at(one.placed_at)
    said = (card.simulated, one.region_code, card.above_soft)
    parties = LimitParties(one.enterprise_id, one.round_id, one.placed_on, one.provider_id, one.category, *said)
    part = limit_of_part(one.spec, one.round_id, _part_name(one, class_key), one.category, is_pooled=one.is_pooled)
    return [
        *limits.limits_of_order(one.spec, class_key, parties),
        *limits.portion_limit(one.spec, class_key, limits.Granted(card.id, card.portions), one.category),
        *([] if part is None or STRATEGIES[card.instrument].sets_aside else [part]),
        *([] if one.allotted_fen is None else [_allotment(one, Fen(one.allotted_fen))]),
    ]


def _allotment(one: DecidedOrder, allotted_fen: Fen) -> LimitAccount:
    return LimitAccount(chart.ALLOTMENT.of(one.round_id, one.provider_id), allotted_fen, Sentence(""), None)


def _preview(one: DecidedOrder, facts: Mapping[str, Any], accounts: Sequence[LimitAccount]) -> Preview:
    """The calculation again, with what each account held when it was made."""
    card, strategy, asked = one.voucher, STRATEGIES[one.voucher.instrument], facts.get("requested_fen")
    own, payer = limits.own_limit(strategy, card.id, Fen(card.face_fen)), one.payer_account
    counted = [*accounts, own]
    counted += [] if payer == own.code else [LimitAccount(payer, Fen(0), Sentence(""), None)]
    held = _held_then(one, [account.code for account in counted])
    left = [LimitLeft(account, Fen(held.get(account.code, 0))) for account in counted]
    left += [LimitLeft(own, Fen(fen)) for fen in facts.get("shared_fen", ())]  # of caps that associated firms share
    return amounts.price_preview(
        one.spec,
        amounts.with_in_kind(one.spec, one.price_fen, one.in_kind_fen),
        firm_class=card.class_at(one.placed_at),
        category=one.category,
        limits=[*sales.offering_limits(one.spec, _sale(one, facts)), *left],
        requested_fen=None if asked is None else Fen(asked),
    )


def _held_then(one: DecidedOrder, codes: Sequence[AccountCode]) -> Mapping[str, int]:
    """What each account held when the order was calculated: by the books, before the order took of it.

    Many draw on a shared account, and somebody else may move it between the calculation and the posting. There the printed figure counts,
    which comes in the order of the accounts at the end of the steps, before what associated firms share: one that cut the amount only if
    the account did hold it once.
    """
    held = one.posted.held_before("order.reserve")
    shared = len((one.facts or {}).get("shared_fen", ()))
    steps = one.preview.get("steps", ())[-len(codes) - shared :]
    for code, step in zip(codes, steps, strict=False):
        printed = step["amount_fen"]
        if code.shared and printed != held.get(code) and (not step["binds"] or one.ever_held(code, printed)):
            held[code] = printed
    return held


# Accepted, or ended


_LOWERED = N_("合同价低于标价后释放的金额：按冻结规则重算")
_SPENT = N_("核销金额：按冻结规则和当时的材料重算")
_SPENT_BOOKS = N_("核销金额：与账上核销一致")
_SPARE = N_("核销后退出占用的金额：按冻结规则重算")
_BACK = N_("订单结束后释放的金额：与重算的占用一致")
_STANDS = N_("订单当前占用金额：按冻结规则重算")
_DISPUTED = N_("裁定核销的金额：不超过按材料应得的金额")
_TRAIL = N_("核销金额：与操作留痕一致")
_NO_TRAIL = N_("核销：有完整的操作留痕")


def held_after_lowering(one: DecidedOrder) -> Fen:
    """What was still held once every lower price was agreed on."""
    held = one.reserved_fen
    for lower in one.lowered:
        held = _deserved(one, held, amounts.with_in_kind(one.spec, lower.base_fen, one.in_kind_fen), lower.at)
    return held


def deserved_at(one: DecidedOrder, held: Fen, papers: PapersThen, at: datetime) -> Fen:
    """What the papers that lay there at a moment deserve, never above what is held."""
    return _deserved(one, held, base_then(one.spec, one.contract_fen, papers), at)


def _deserved(one: DecidedOrder, held: Fen, base_fen: Fen, at: datetime) -> Fen:
    if not held:
        return Fen(0)
    return amounts.redeemable_fen(
        one.spec, reserved_fen=held, base_fen=base_fen, firm_class=one.voucher.class_at(at), category=one.category
    )


def spent_again(one: DecidedOrder) -> Fen:
    """What the acceptance deserved to spend."""
    assert one.redeemed_at is not None, "it was accepted"
    held = held_after_lowering(one)
    spent = _deserved(one, held, base_then(one.spec, one.contract_fen, one.papers), one.redeemed_at)
    return spent if one.disputed_fen is None else Fen(min(spent, one.disputed_fen))


def reredeemed(one: DecidedOrder) -> Iterator[Mismatch]:
    """What became of the reservation of an order."""
    held, account = held_after_lowering(one), one.held_account
    yield from unlike(_LOWERED, one.posted.off(account, "order.lower"), one.reserved_fen - held)
    if one.state.has_ended:
        yield from unlike(_BACK, one.posted.off(account, "order.release"), held)
        yield from unlike(_STANDS, one.subsidy_fen, held)
    elif one.redeemed_at is None:
        yield from unlike(_STANDS, one.subsidy_fen, held)
    else:
        yield from _accepted(one, held)


def _accepted(one: DecidedOrder, held: Fen) -> Iterator[Mismatch]:
    spent, redeemed = spent_again(one), chart.REDEEMED.of(one.id)
    yield from unlike(_SPENT, one.subsidy_fen, spent)
    posted = one.posted.onto(redeemed, "order.redeem")
    yield from unlike(_SPENT_BOOKS, one.subsidy_fen, posted)
    yield from unlike(_SPARE, one.posted.onto(_spare_goes_to(one), "order.redeem"), held - spent)
    if one.disputed_fen is not None and one.redeemed_at is not None:
        most = _deserved(one, held, base_then(one.spec, one.contract_fen, one.papers), one.redeemed_at)
        yield from () if 0 < one.disputed_fen <= most else [Mismatch(_DISPUTED, one.disputed_fen, most)]
    told = next((event for event in reversed(one.told) if event.action in REDEEMED_BY and "accepted_by" in event.details), None)
    if told is None or not told.is_whole:
        yield Mismatch(_NO_TRAIL, None if told is None else told.action, None, is_money=False)
    else:
        yield from unlike(_TRAIL, one.subsidy_fen, told.details.get("subsidy_fen"))


def _spare_goes_to(one: DecidedOrder) -> str:
    """The account to which the rules send what was held and not redeemed."""
    if amounts.difference_goes_to(one.spec) is NotGranted.VOUCHER:
        return one.payer_account
    return chart.POOL.of(one.round_id)
