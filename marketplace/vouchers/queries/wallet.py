"""A firm's vouchers with what the ledger says of each, and their stories in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, named
from marketplace.kernel.db import db, like
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind, account_id
from marketplace.vouchers import chart
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.caps import cap_standings
from marketplace.vouchers.queries.spending import phase_of, spec_of
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties, cap_left, firm_limits
from marketplace.vouchers.rules.states import RUNNING, SPENDABLE, VoucherState
from marketplace.vouchers.settings import desk

VERBS: Mapping[str, str] = {
    "voucher.issue": N_("发放"),
    "voucher.lift": N_("企业类别提高，额度增加"),
    "portion.move": N_("分类额度调整"),
    "order.reserve": N_("下单占用"),
    "order.lower": N_("合同价低于标价，退回差额"),
    "order.release": N_("订单取消或关闭，退回"),
    "order.redeem": N_("验收后未用完的部分退回"),
    "order.forfeit": N_("逾期未申请兑付，退回"),
    "claim.approve": N_("兑付审核核减，退回"),
    "claim.uphold": N_("申诉成立，再次使用"),
    "voucher.expired": N_("到期，余额收回"),
    "voucher.reclaimed": N_("余额退回资金池"),
    "voucher.void": N_("作废，余额收回"),
    "voucher.returned": N_("券已结束，退回的金额收回"),
}


@dataclass(frozen=True, slots=True)
class VoucherStanding:
    """Where a voucher's value is now. left + reserved + used + over = face."""

    face_fen: int
    left_fen: int
    reserved_fen: int
    used_fen: int

    @property
    def over_fen(self) -> int:
        """What went back to the pool: expired, reclaimed, cut."""
        return self.face_fen - self.left_fen - self.reserved_fen - self.used_fen


@dataclass(frozen=True, slots=True)
class Holding:
    """A voucher in the wallet."""

    voucher: Voucher
    standing: VoucherStanding
    is_lapsing: bool
    why_not: Sentence | None  # why it cannot be used today
    is_capped: bool = False  # a cap of the firm is used up, by another voucher


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of a voucher's story."""

    at: datetime
    what: str
    amount_fen: int  # positive: the voucher can draw more
    left_fen: int | None  # None: nothing came or went, the amount only changed its name
    order_id: UUID | None


def of_application(application_id: UUID) -> Voucher | None:
    """The voucher that an application brought."""
    return db.session.scalars(select(Voucher).where(Voucher.application_id == application_id)).unique().one_or_none()


def holdings(enterprise_id: UUID, now: datetime) -> list[Holding]:
    """A firm's vouchers, usable ones first, those that end soonest in front; the day of each is that of its programme."""
    wanted = select(Voucher).where(Voucher.enterprise_id == enterprise_id).order_by(Voucher.valid_until)
    rows = db.session.scalars(wanted).unique().all()
    capped, standing = used_caps(rows, now), standings(rows)
    found = [_holding(voucher, voucher.day_of(now), standing[voucher.id], capped.get(voucher.id)) for voucher in rows]
    return sorted(found, key=lambda one: (one.voucher.state not in SPENDABLE, one.voucher.valid_until))


def lapsing(enterprise_id: UUID, today: date, most: int) -> list[tuple[Voucher, int]]:
    """A firm's vouchers that end soon with something left on them, and how much: the soonest first."""
    soon = Voucher.valid_until.between(today, today + timedelta(days=desk().lapsing.value))
    wanted = select(Voucher).where(Voucher.enterprise_id == enterprise_id, Voucher.state.in_(SPENDABLE), soon)
    rows = db.session.scalars(wanted.order_by(Voucher.valid_until, Voucher.id).limit(most)).unique().all()
    left = left_on(rows)
    return [(one, left[one.id]) for one in rows if left[one.id] > 0]


def left_on(vouchers: Sequence[Voucher]) -> dict[UUID, int]:
    """What is left on each of some vouchers: a question per book."""
    found: dict[UUID, int] = {}
    for book_id in {one.programme.book_id for one in vouchers}:
        codes: dict[str, UUID] = {one.left_account: one.id for one in vouchers if one.programme.book_id == book_id}
        found |= {codes[code]: int(left) for code, left in ledger_queries.balances_fen(book_id, codes).items()}
    return found


def holding(voucher: Voucher, today: date, capped: LimitAccount | None = None) -> Holding:
    """One voucher with its balances, and the cap of its firm that is used up."""
    return _holding(voucher, today, standing_of(voucher), capped)


def _holding(voucher: Voucher, today: date, standing: VoucherStanding, capped: LimitAccount | None) -> Holding:
    last = voucher.valid_until
    soon = voucher.state in SPENDABLE and today <= last <= today + timedelta(days=desk().lapsing.value)
    why = why_not(voucher, today)
    if why is None and capped is not None:
        why = N_("“%(cap)s”已经用完。", cap=capped.label)
    return Holding(voucher, standing, soon, why, capped is not None)


def used_caps(vouchers: Sequence[Voucher], now: datetime) -> dict[UUID, LimitAccount]:
    """By voucher, a cap of its firm that leaves nothing to order with this year, by its own day: a question per book."""
    found: dict[UUID, LimitAccount] = {}
    wanted = [(one, _firm_caps(one, one.day_of(now))) for one in vouchers if one.state in SPENDABLE]
    for book_id in {one.programme.book_id for one, caps in wanted if caps}:
        mine = [(one, caps) for one, caps in wanted if one.programme.book_id == book_id]
        codes = [cap.code for _one, caps in mine for cap in caps]
        known = cap_standings(book_id, codes)
        found |= {one.id: cap for one, caps in mine for cap in caps if cap_left(cap, known.get(cap.code)) <= 0}
    return found


def _firm_caps(voucher: Voucher, today: date) -> Sequence[LimitAccount]:
    """The firm's own caps that an order uses; where unused vouchers count, the grant used them."""
    spec = spec_of(voucher.round.version_id)
    above = bool(voucher.above_soft)
    parties = LimitParties(voucher.enterprise_id, voucher.round_id, today, simulated=voucher.round.simulated, above_soft=above)
    return () if spec.unused_counts.value else firm_limits(spec, voucher.class_key, parties)


def standing_of(voucher: Voucher) -> VoucherStanding:
    """Where a voucher's value is, from the ledger."""
    return standings([voucher])[voucher.id]


def standings(vouchers: Sequence[Voucher]) -> dict[UUID, VoucherStanding]:
    """The same of several: a few questions per book, not per voucher."""
    found: dict[UUID, VoucherStanding] = {}
    for book_id in {one.programme.book_id for one in vouchers}:
        mine = [one for one in vouchers if one.programme.book_id == book_id]
        orders = _orders_of_many(book_id, mine)
        keys = [key for one in mine for key in orders[one.id]]
        states = [code for key in keys for code in (chart.RESERVED.of(key), chart.REDEEMED.of(key))]
        balances = ledger_queries.balances_fen(book_id, [*(one.left_account for one in mine), *states])
        approved = _approved_fen(book_id, keys)
        for one in mine:
            reserved = sum(balances[chart.RESERVED.of(key)] for key in orders[one.id])
            used = sum(balances[chart.REDEEMED.of(key)] + approved.get(key, 0) for key in orders[one.id])
            found[one.id] = VoucherStanding(one.face_fen, balances[one.left_account], reserved, used)
    return found


def _orders_of(voucher: Voucher) -> list[UUID]:
    """The orders that ever drew on a voucher."""
    return _orders_of_many(voucher.programme.book_id, [voucher])[voucher.id]


def _orders_of_many(book_id: UUID, vouchers: Sequence[Voucher]) -> dict[UUID, list[UUID]]:
    """By voucher: whatever was reserved left its account."""
    owners = {account_id(book_id, one.left_account): one.id for one in vouchers}
    wanted = (
        select(Transfer.debit_account_id, Entry.subject_id)
        .join(Entry, (Entry.book_id == Transfer.book_id) & (Entry.id == Transfer.entry_id))
        .where(Transfer.book_id == book_id, Transfer.debit_account_id.in_(owners), Entry.verb == "order.reserve")
    )
    found: dict[UUID, list[UUID]] = {one.id: [] for one in vouchers}
    for account, order in sorted({(row.debit_account_id, row.subject_id) for row in db.session.execute(wanted)}):
        found[owners[account]].append(order)
    return found


def _lines(voucher: Voucher) -> list[ledger_queries.StatementLine]:
    try:
        return ledger_queries.statement(voucher.programme.book_id, voucher.left_account)
    except NotFound:
        return []


def _approved_fen(book_id: UUID, orders: Sequence[UUID]) -> dict[UUID, int]:
    """What of some orders was approved for payment, by order."""
    owners = {account_id(book_id, chart.REDEEMED.of(key)): key for key in orders}
    wanted = (
        select(Transfer.debit_account_id, func.sum(Transfer.amount_fen))
        .join(Account, (Account.book_id == Transfer.book_id) & (Account.id == Transfer.credit_account_id))
        .where(Transfer.book_id == book_id, Transfer.debit_account_id.in_(owners), Account.kind == AccountKind.PAYABLE)
        .group_by(Transfer.debit_account_id)
    )
    return {owners[account]: int(fen) for account, fen in db.session.execute(wanted)} if orders else {}


def story(voucher: Voucher) -> list[StoryLine]:
    """Everything that moved on a voucher, and what became of its orders, newest first."""
    steps = [_step(line) for line in _lines(voucher)]
    entries = [e for e in ledger_queries.entries_of(voucher.programme.book_id, _orders_of(voucher)) if e.verb == "order.redeem"]
    for row in ledger_queries.transfers_of(voucher.programme.book_id, [entry.id for entry in entries]):
        if chart.read(row.credit_code).kind is AccountKind.REDEEMED:
            steps.append(
                StoryLine(row.entry.recorded_at, N_("验收核销，占用转为已使用"), row.transfer.amount_fen, None, row.entry.subject_id)
            )
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _step(line: ledger_queries.StatementLine) -> StoryLine:
    order = line.entry.subject_id if line.entry.subject_type == "order" else None
    return StoryLine(line.entry.recorded_at, VERBS.get(line.entry.verb, line.entry.verb), line.amount_fen, line.balance_fen, order)


def why_not(voucher: Voucher, today: date) -> Sentence | None:
    """Why a voucher cannot pay for an order today; None if it can."""
    if voucher.state not in SPENDABLE:
        label, reason = voucher.state.label, voucher.state_reason
        return N_("%(state)s：%(reason)s。", state=label, reason=reason) if reason else N_("%(state)s。", state=label)
    if today > voucher.valid_until:
        return N_("已于 %(day)s 到期。", day=voucher.valid_until.isoformat())
    phase = phase_of(voucher.round, today=today)
    if phase not in RUNNING:
        return N_("批次当前为“%(state)s”，用券期间才能下单。", state=phase.label)
    if today < voucher.valid_from:
        return N_("从 %(day)s 起可以使用。", day=voucher.valid_from.isoformat())
    return None


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums at the top of a wallet, over living vouchers."""

    face_fen: int
    left_fen: int
    reserved_fen: int
    used_fen: int
    lapsing_fen: int


def totals(found: list[Holding]) -> dict[str, Totals]:
    """Sums over vouchers of each currency."""
    kinds = sorted({one.voucher.currency for one in found}, key=lambda code: (code != CNY, code))
    return {code: _totals([one for one in found if one.voucher.currency == code]) for code in kinds}


def _totals(found: list[Holding]) -> Totals:
    """Simulated ones left out; what is left counts only where it can still be used."""
    real = [one for one in found if not one.voucher.round.simulated]
    living = [one for one in real if one.voucher.state in SPENDABLE | {VoucherState.USED_UP, VoucherState.FROZEN}]
    return Totals(
        sum(one.standing.face_fen for one in living),
        sum(one.standing.left_fen for one in living if one.voucher.state in SPENDABLE and not one.is_capped),
        sum(one.standing.reserved_fen for one in real),
        sum(one.standing.used_fen for one in real),
        sum(one.standing.left_fen for one in living if one.is_lapsing),
    )


def in_round(round_id: UUID, *, text: str = "", state: str = "", areas: tuple[str, ...] | None = None) -> Select[Voucher]:
    """The vouchers of a round for officers, newest first."""
    found = select(Voucher).join(Organisation, Organisation.id == Voucher.enterprise_id).where(Voucher.round_id == round_id)
    if text:
        found = found.where(or_(named(text), like(Voucher.number, text)))
    if state in {one.value for one in VoucherState}:
        found = found.where(Voucher.state == VoucherState(state))
    if areas is not None:
        found = found.where(in_areas(areas))
    return found.order_by(Voucher.created_at.desc(), Voucher.id.desc())


def firms_of(vouchers: list[Voucher]) -> dict[UUID, Organisation]:
    """The firms of some vouchers."""
    ids = {one.enterprise_id for one in vouchers}
    return {row.id: row for row in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}


def left_of(vouchers: list[Voucher]) -> dict[UUID, int]:
    """What is left of several vouchers of one programme."""
    if not vouchers:
        return {}
    codes = {one.id: one.left_account for one in vouchers}
    balances = ledger_queries.balances_fen(vouchers[0].programme.book_id, codes.values())
    return {key: balances[code] for key, code in codes.items()}
