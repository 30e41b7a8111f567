"""What the papers say beside what the books say: claims, orders, vouchers, appropriations and payment lines, row by row.

The ledger proves itself by its leaves; the rows around it do not. Each comparison is one query over everything, which answers only the
rows that differ. Rows are never trusted: a broken value differs, and a query that breaks off is said.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from marketplace.agreements.models import Agreement
from marketplace.kernel.currencies import currencies, format_money
from marketplace.kernel.db import table_of
from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY
from marketplace.kernel.raw_rows import Fault, key_text, raw, streamed
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind
from marketplace.orders.lifecycle import ENDED, OPEN, OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.recovery_models import Recovery, RecoveryInstalment
from marketplace.subsidies.models import Subsidy
from marketplace.vouchers import chart
from marketplace.vouchers.chart import Place
from marketplace.vouchers.instruments import STRATEGIES
from marketplace.vouchers.models import Appropriation, Programme, Round, Voucher
from marketplace.vouchers.rules.states import ENDS

_ACCOUNTS, _ENTRIES, _TRANSFERS = table_of(Account), table_of(Entry), table_of(Transfer)
ORDERS, CLAIMS, LINES, VOUCHERS, APPROPRIATIONS = (table_of(one) for one in (Order, Claim, PaymentLine, Voucher, Appropriation))
SUBSIDIES = table_of(Subsidy)
AGREEMENTS = table_of(Agreement)
RECOVERIES = table_of(Recovery)
PROGRAMMES = table_of(Programme)
TABLES = (PROGRAMMES, APPROPRIATIONS, VOUCHERS, AGREEMENTS, ORDERS, SUBSIDIES, CLAIMS, LINES, RECOVERIES)
_SUBJECTS = {
    "appropriation": APPROPRIATIONS,
    "voucher": VOUCHERS,
    "agreement": AGREEMENTS,
    "order": ORDERS,
    "subsidy": SUBSIDIES,
    "claim": CLAIMS,
    "payment_line": LINES,
    "recovery": RECOVERIES,
}
_HOLDING = tuple(one.holds for one in STRATEGIES.values())  # what is left of a voucher
_UNPAID = (AccountKind.POOL, AccountKind.VOUCHER, AccountKind.RESERVED, AccountKind.REDEEMED, AccountKind.PAYABLE)
_GRANTED = (ClaimState.APPROVED, ClaimState.BATCHED, ClaimState.SETTLED)

Difference = Select[Any]  # of rows that differ: key, what the row says, what the books say, in which currency


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that a row and the books must agree on."""

    table: Table
    message: str
    differing: Callable[[str], Difference]  # by dialect


def faults(connection: Connection, counts: Counter[str]) -> Iterator[Fault]:
    """Every row that says something else than the books; `counts` learns how many rows were compared."""
    for table in TABLES:
        counts[table.name] += connection.execute(select(func.count()).select_from(table)).scalar() or 0
    for one in COMPARISONS:
        yield from _guarded(connection, one)
    for kind, table in _SUBJECTS.items():
        yield from _guarded(
            connection, Comparison(table, N_("账上有它的记录（%(posted)s），业务表里却没有这一行。"), partial(_without_row, kind, table))
        )


def _guarded(connection: Connection, one: Comparison) -> Iterator[Fault]:
    inner = connection.begin_nested()
    try:
        for key, stored, posted, code in streamed(connection, one.differing(connection.dialect.name)):
            said = {"stored": _said(stored, code), "posted": _said(posted, code)}
            yield Fault("books", one.table.name, key_text(key), one.message, said)
    except SQLAlchemyError as error:
        inner.rollback()
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield Fault("unreadable", one.table.name, "*", N_("读取中断，其余的行没有核验：%(reason)s"), {"reason": why[:300]})
    else:
        inner.commit()


def _said(value: Any, code: Any) -> str:
    """An amount in its currency, in yuan where the row names none that is known; anything else as it lies there."""
    return format_money(value, code if code in currencies() else CNY) if type(value) is int else key_text(value)


# What the books say


def _moved(
    subject: str,
    *,
    onto: Sequence[AccountKind] = (),
    off: Sequence[AccountKind] = (),
    verbs: Sequence[str] = (),
    places: Iterable[Place] = (),
) -> FromClause:
    """By subject: how much was moved onto (or off) accounts of some kinds, and the code of one of these accounts."""
    own = _TRANSFERS.c.credit_account_id if onto else _TRANSFERS.c.debit_account_id
    wanted = (
        select(
            _ENTRIES.c.subject_id,
            cast(func.sum(_TRANSFERS.c.amount_fen), BigInteger).label("fen"),
            func.min(_ACCOUNTS.c.code).label("code"),
        )
        .join(_TRANSFERS, and_(_TRANSFERS.c.book_id == _ENTRIES.c.book_id, _TRANSFERS.c.entry_id == _ENTRIES.c.id))
        .join(_ACCOUNTS, and_(_ACCOUNTS.c.book_id == _TRANSFERS.c.book_id, _ACCOUNTS.c.id == own))
        .where(_ENTRIES.c.subject_type == subject, _ACCOUNTS.c.kind.in_(onto or off))
    )
    wanted = wanted.where(_ENTRIES.c.verb.in_(verbs)) if verbs else wanted
    codes = [_ACCOUNTS.c.code.startswith(place.before) for place in places]
    wanted = wanted.where(or_(*codes)) if codes else wanted
    return wanted.group_by(_ENTRIES.c.subject_id).subquery()


def _fen(moved: FromClause) -> ColumnElement[int]:
    return func.coalesce(moved.c.fen, literal(0, BigInteger))


def _differing(
    table: Table, stored: ColumnElement[Any], posted: ColumnElement[Any], *joined: tuple[FromClause, ColumnElement[bool]]
) -> Difference:
    found: FromClause = table
    for other, on in joined:
        found = found.outerjoin(other, on)
    wanted = select(raw(table.c.id), stored.label("stored"), posted.label("posted"), _currency(table)).select_from(found)
    return wanted.where(stored.is_distinct_from(posted))


def _currency(table: Table) -> ColumnElement[str]:
    """Of the amounts of a row: its own, or that of what it belongs to."""
    if "currency" in table.c:
        return raw(table.c.currency)
    ways = {"batch_id": PaymentBatch, "claim_id": Claim, "round_id": Round, "programme_id": Programme}  # the nearest first
    column, owner = next((table.c[name], table_of(model)) for name, model in ways.items() if name in table.c)
    return select(_currency(owner)).where(owner.c.id == column).scalar_subquery()


def _code(place: Place, key: Column[Any], dialect: str) -> ColumnElement[str]:
    """The code of the account that belongs to a row."""
    if dialect == "postgresql":
        text: ColumnElement[str] = cast(key, String)
    else:  # stored without its dashes
        bare = raw(key)
        parts = [func.substr(bare, first, length) for first, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
        text = cast(parts[0], String)
        for part in parts[1:]:
            text = text + literal("-") + cast(part, String)
    code: ColumnElement[str] = place.around(text)
    return code


# What is compared


def _appropriated(_dialect: str) -> Difference:
    moved = _moved("appropriation", off=[AccountKind.APPROPRIATION])
    return _differing(APPROPRIATIONS, APPROPRIATIONS.c.amount_fen, _fen(moved), (moved, moved.c.subject_id == APPROPRIATIONS.c.id))


def _appropriated_to(dialect: str) -> Difference:
    moved = _moved("appropriation", onto=[AccountKind.POOL])
    on = (moved, moved.c.subject_id == APPROPRIATIONS.c.id)
    return _differing(APPROPRIATIONS, _code(chart.POOL, APPROPRIATIONS.c.round_id, dialect), moved.c.code, on).where(
        moved.c.code.is_not(None)
    )


def _funds(_dialect: str) -> Difference:
    """What the accounts of a programme's appropriations have left is what its book holds unpaid; asked once it says so of them all."""
    a = _ACCOUNTS.c
    balance = cast(func.sum(a.credits_fen - a.debits_fen), BigInteger).label("fen")
    voided = and_(a.kind == AccountKind.SURRENDERED, a.code.startswith(chart.VOIDED.before))
    held = select(a.book_id, balance).where(or_(a.kind.in_(_UNPAID), voided)).group_by(a.book_id).subquery()
    funds = select(a.book_id, balance).where(a.kind == AccountKind.LIMIT, a.code.startswith(chart.FUND.before))
    left = funds.group_by(a.book_id).subquery()
    joined = ((held, held.c.book_id == PROGRAMMES.c.book_id), (left, left.c.book_id == PROGRAMMES.c.book_id))
    ours = and_(a.book_id == PROGRAMMES.c.book_id, a.code.startswith(chart.FUND.before))
    opened = select(func.count()).where(ours, a.kind == AccountKind.LIMIT_USED)
    came = select(func.count()).where(APPROPRIATIONS.c.programme_id == PROGRAMMES.c.id)
    whole = opened.scalar_subquery() == came.scalar_subquery()
    return _differing(PROGRAMMES, _fen(held), _fen(left), *joined).where(whole)


def _issued(_dialect: str) -> Difference:
    moved = _moved("voucher", onto=[AccountKind.VOUCHER, AccountKind.LIMIT], verbs=["voucher.issue", "voucher.lift"])
    return _differing(VOUCHERS, VOUCHERS.c.face_fen, _fen(moved), (moved, moved.c.subject_id == VOUCHERS.c.id))


def _ended(dialect: str) -> Difference:
    """A voucher that is over holds nothing."""
    by_kind = case({one.word: _code(one.holds, VOUCHERS.c.id, dialect) for one in STRATEGIES.values()}, value=VOUCHERS.c.instrument)
    left = _ACCOUNTS.c.credits_fen - _ACCOUNTS.c.debits_fen
    on = (_ACCOUNTS, _ACCOUNTS.c.code == by_kind)
    return _differing(VOUCHERS, literal(0, BigInteger), left, on).where(VOUCHERS.c.state.in_(ENDS), left.is_not(None))


def _held(_dialect: str) -> Difference:
    onto, off = _moved("order", onto=[AccountKind.RESERVED]), _moved("order", off=[AccountKind.RESERVED])
    stored = case((ORDERS.c.state.in_(OPEN), ORDERS.c.subsidy_fen), else_=0)
    return _differing(
        ORDERS, stored, _fen(onto) - _fen(off), (onto, onto.c.subject_id == ORDERS.c.id), (off, off.c.subject_id == ORDERS.c.id)
    )


def _redeemed(_dialect: str) -> Difference:
    moved = _moved("order", onto=[AccountKind.REDEEMED])
    stored = case((ORDERS.c.state == OrderState.REDEEMED, ORDERS.c.subsidy_fen), else_=0)
    return _differing(ORDERS, stored, _fen(moved), (moved, moved.c.subject_id == ORDERS.c.id))


def _drawn_from(dialect: str) -> Difference:
    """The voucher that an order names is the one whose account was drawn on."""
    moved = _moved("order", off=[AccountKind.VOUCHER, AccountKind.LIMIT], verbs=["order.reserve"], places=_HOLDING)
    on = (moved, moved.c.subject_id == ORDERS.c.id)
    by_kind = case(*((moved.c.code.startswith(place.before), _code(place, ORDERS.c.voucher_id, dialect)) for place in _HOLDING))
    return _differing(ORDERS, by_kind, moved.c.code, on).where(moved.c.code.is_not(None))


def _agreed(_dialect: str) -> Difference:
    moved = _moved("agreement", onto=[AccountKind.VOUCHER])
    return _differing(AGREEMENTS, AGREEMENTS.c.amount_fen, _fen(moved), (moved, moved.c.subject_id == AGREEMENTS.c.id))


def _paid_by(dialect: str) -> Difference:
    """The agreement that an order names is the one whose account was drawn on; an order that names none drew on none."""
    moved = _moved("order", off=[AccountKind.VOUCHER], verbs=["order.reserve"], places=[chart.AGREEMENT])
    named = _code(chart.AGREEMENT, ORDERS.c.agreement_id, dialect)
    return _differing(ORDERS, named, moved.c.code, (moved, moved.c.subject_id == ORDERS.c.id))


def _firm(_dialect: str) -> Difference:
    """An area finds a claim by its firm: that of the order."""
    return _differing(CLAIMS, raw(CLAIMS.c.enterprise_id), _of_cause("enterprise_id"), *_CAUSES)


def _round(_dialect: str) -> Difference:
    """The round whose money it is: that of the order, or of the application."""
    return _differing(CLAIMS, raw(CLAIMS.c.round_id), _of_cause("round_id"), *_CAUSES)


def _of_cause(column: str) -> ColumnElement[Any]:
    return func.coalesce(raw(ORDERS.c[column]), raw(SUBSIDIES.c[column]))


_CAUSES = ((ORDERS, ORDERS.c.id == CLAIMS.c.order_id), (SUBSIDIES, SUBSIDIES.c.id == CLAIMS.c.subsidy_id))


def _requested(_dialect: str) -> Difference:
    moved, held = _moved("order", onto=[AccountKind.REDEEMED]), _moved("subsidy", onto=[AccountKind.RESERVED])
    posted = func.coalesce(moved.c.fen, held.c.fen, literal(0, BigInteger))
    return _differing(
        CLAIMS,
        CLAIMS.c.requested_fen,
        posted,
        (moved, moved.c.subject_id == CLAIMS.c.order_id),
        (held, held.c.subject_id == CLAIMS.c.subsidy_id),
    )


def _asked(_dialect: str) -> Difference:
    moved = _moved("subsidy", onto=[AccountKind.RESERVED])
    return _differing(SUBSIDIES, SUBSIDIES.c.amount_fen, _fen(moved), (moved, moved.c.subject_id == SUBSIDIES.c.id))


def _approved(_dialect: str) -> Difference:
    moved = _moved("claim", onto=[AccountKind.PAYABLE])
    stored = case((CLAIMS.c.state.in_(_GRANTED), func.coalesce(CLAIMS.c.approved_fen, 0)), else_=0)
    return _differing(CLAIMS, stored, _fen(moved), (moved, moved.c.subject_id == CLAIMS.c.id))


def _payee(dialect: str) -> Difference:
    moved = _moved("claim", onto=[AccountKind.PAYABLE])
    on = (moved, moved.c.subject_id == CLAIMS.c.id)
    of_payee = _code(chart.PAYABLE, CLAIMS.c.payee_id, dialect)
    return _differing(CLAIMS, of_payee, moved.c.code, on).where(moved.c.code.is_not(None))


def _settled(_dialect: str) -> Difference:
    """What was paid for a claim and did not come back: all of it once it is settled, less than that before."""
    stayed = cast(func.sum(LINES.c.amount_fen - LINES.c.bounced_fen), BigInteger).label("fen")
    lines = select(LINES.c.claim_id, stayed).where(LINES.c.state == LineState.PAID).group_by(LINES.c.claim_id).subquery()
    approved, under_way = func.coalesce(CLAIMS.c.approved_fen, 0), CLAIMS.c.state.in_((ClaimState.APPROVED, ClaimState.BATCHED))
    in_part = case((_fen(lines) < approved, _fen(lines)), else_=approved - 1)  # what is all paid is settled
    stored = case((CLAIMS.c.state == ClaimState.SETTLED, approved), (under_way, in_part), else_=0)
    return _differing(CLAIMS, stored, _fen(lines), (lines, lines.c.claim_id == CLAIMS.c.id))


def _paid(_dialect: str) -> Difference:
    """What was paid on a line, less what the bank sent back."""
    moved, back = _moved("payment_line", off=[AccountKind.PAYABLE]), _moved("payment_line", onto=[AccountKind.PAYABLE])
    stored = case((LINES.c.state == LineState.PAID, LINES.c.amount_fen - LINES.c.bounced_fen), else_=0)
    joined = ((moved, moved.c.subject_id == LINES.c.id), (back, back.c.subject_id == LINES.c.id))
    return _differing(LINES, stored, _fen(moved) - _fen(back), *joined)


def _paid_to(dialect: str) -> Difference:
    moved = _moved("payment_line", off=[AccountKind.PAYABLE])
    of_payee = _code(chart.PAYABLE, CLAIMS.c.payee_id, dialect)
    joined = ((CLAIMS, CLAIMS.c.id == LINES.c.claim_id), (moved, moved.c.subject_id == LINES.c.id))
    return _differing(LINES, of_payee, moved.c.code, *joined).where(moved.c.code.is_not(None))


def _line_amount(_dialect: str) -> Difference:
    most = case((LINES.c.amount_fen <= CLAIMS.c.approved_fen, LINES.c.amount_fen), else_=CLAIMS.c.approved_fen)
    return _differing(LINES, LINES.c.amount_fen, most, (CLAIMS, CLAIMS.c.id == LINES.c.claim_id))


def _recovered(_dialect: str) -> Difference:
    """What came back of a case, interest apart: it stands on an account of its own."""
    moved = _moved("recovery", off=[AccountKind.RECOVERED])
    interest = _interest()
    joined = ((moved, moved.c.subject_id == RECOVERIES.c.id), (interest, interest.c.recovery_id == RECOVERIES.c.id))
    return _differing(RECOVERIES, RECOVERIES.c.recovered_fen + _fen(interest), _fen(moved), *joined)


def _interest() -> FromClause:
    paid = table_of(RecoveryInstalment)
    wanted = select(paid.c.recovery_id, cast(func.sum(paid.c.interest_fen), BigInteger).label("fen"))
    return wanted.group_by(paid.c.recovery_id).subquery()


def _instalments(_dialect: str) -> Difference:
    paid = table_of(RecoveryInstalment)
    sums = select(paid.c.recovery_id, cast(func.sum(paid.c.principal_fen), BigInteger).label("fen")).group_by(paid.c.recovery_id).subquery()
    return _differing(RECOVERIES, RECOVERIES.c.recovered_fen, _fen(sums), (sums, sums.c.recovery_id == RECOVERIES.c.id))


def _without_row(kind: str, table: Table, _dialect: str) -> Difference:
    there = exists(select(literal(1, Integer)).where(table.c.id == _ENTRIES.c.subject_id))
    wanted = select(raw(_ENTRIES.c.subject_id), literal(0, Integer), func.min(_ENTRIES.c.verb), literal(CNY, String))
    return wanted.where(_ENTRIES.c.subject_type == kind, ~there).group_by(_ENTRIES.c.subject_id)


COMPARISONS = (
    Comparison(PROGRAMMES, N_("未支付资金为 %(stored)s 元，各来源余额合计 %(posted)s 元。"), _funds),
    Comparison(APPROPRIATIONS, N_("下达金额为 %(stored)s 元，账上为 %(posted)s 元。"), _appropriated),
    Comparison(APPROPRIATIONS, N_("下达到的批次与账上的账户 %(posted)s 不符。"), _appropriated_to),
    Comparison(VOUCHERS, N_("券面额（额度）为 %(stored)s 元，账上发放 %(posted)s 元。"), _issued),
    Comparison(VOUCHERS, N_("券已终止，账上仍有 %(posted)s 元。"), _ended),
    Comparison(AGREEMENTS, N_("合同金额为 %(stored)s 元，账上划出 %(posted)s 元。"), _agreed),
    Comparison(ORDERS, N_("订单所依的合同与账上的账户 %(posted)s 不符。"), _paid_by),
    Comparison(ORDERS, N_("订单应占用 %(stored)s 元，账上占用 %(posted)s 元。"), _held),
    Comparison(ORDERS, N_("订单应核销 %(stored)s 元，账上核销 %(posted)s 元。"), _redeemed),
    Comparison(ORDERS, N_("订单所用的券与账上的账户 %(posted)s 不符。"), _drawn_from),
    Comparison(SUBSIDIES, N_("申请占用应为 %(stored)s 元，账上占用 %(posted)s 元。"), _asked),
    Comparison(CLAIMS, N_("申请登记的批次 %(stored)s 与订单或申请的批次 %(posted)s 不符。"), _round),
    Comparison(CLAIMS, N_("申请金额为 %(stored)s 元，账上核销 %(posted)s 元。"), _requested),
    Comparison(CLAIMS, N_("申请登记的企业 %(stored)s 与订单的企业 %(posted)s 不符。"), _firm),
    Comparison(CLAIMS, N_("核准金额为 %(stored)s 元，账上核准 %(posted)s 元。"), _approved),
    Comparison(CLAIMS, N_("收款单位与账上的账户 %(posted)s 不符。"), _payee),
    Comparison(CLAIMS, N_("应已付款 %(stored)s 元，拨付明细中已付 %(posted)s 元。"), _settled),
    Comparison(LINES, N_("明细应已付款 %(stored)s 元，账上付款 %(posted)s 元。"), _paid),
    Comparison(LINES, N_("收款单位与账上的账户 %(posted)s 不符。"), _paid_to),
    Comparison(LINES, N_("明细金额为 %(stored)s 元，兑付申请核准 %(posted)s 元。"), _line_amount),
    Comparison(RECOVERIES, N_("追回案件收到 %(stored)s 元，账上追回 %(posted)s 元。"), _recovered),
    Comparison(RECOVERIES, N_("追回案件已缴回本金 %(stored)s 元，缴回记录合计 %(posted)s 元。"), _instalments),
)
assert set(OPEN) | set(ENDED) | {OrderState.REDEEMED} == set(OrderState), "each state of an order is compared"
