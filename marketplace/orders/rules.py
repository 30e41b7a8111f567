"""Orders: what a contract, an invoice and a decision must say, and what of their life is out of reach. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen, format_yuan
from marketplace.kernel.typed import checked_reason
from marketplace.orders.evidence import plain_number
from marketplace.orders.lifecycle import OrderState
from marketplace.policy.programme_words import DocumentKind

# The two sides may phone each other once the order was taken, and as long as it is under way or its papers are asked about.
CONTACTS_SHOWN = frozenset({OrderState.TAKEN, OrderState.CONTRACTED, OrderState.DELIVERED, OrderState.REDEEMED})


def gone(*, closed: bool, reviewed: bool, answered: bool, silence_counts: bool, may_rate: bool) -> frozenset[str]:
    """What of an order's moves is out of reach though its state would allow it.

    Args:
        closed: its papers are closed, because it ended or its claim is being looked at.
        silence_counts: the rules take the firm's silence for something, so it may dispute.
        may_rate: its time to rate is not over.
    """
    out = {
        "papers": closed,
        "dispute": not silence_counts,
        "review": reviewed or not may_rate,
        "answer": answered or not reviewed,
    }
    return frozenset(verb for verb, is_out in out.items() if is_out)


def reminder_days(start: date, last: date) -> tuple[date, ...]:
    """When whoever must act by `last` is reminded: half way, and a day before. A term too short for it has fewer."""
    half, eve = start + (last - start) // 2, last - timedelta(days=1)
    return tuple(sorted({day for day in (half, eve) if start < day < last}))


@dataclass(frozen=True, slots=True)
class ContractWindow:
    """Between which days a contract may be dated, both included."""

    first: date
    last: date


def check_contract(amount_fen: Fen, dated_on: date, *, price_fen: int, window: ContractWindow) -> None:
    """A contract costs no more than the listed price, and is signed inside its window.

    Raises: RuleViolation beside the field.
    """
    if amount_fen <= 0:
        raise RuleViolation(N_("合同金额须大于 0。"), field="amount")
    if amount_fen > price_fen:
        raise RuleViolation(
            N_("合同金额 %(amount)s 元高于下单时的标价 %(price)s 元。请按不高于标价签订；要调价请先变更服务产品价格，再由企业重新下单。"),
            field="amount",
            code="above_price",
            amount=format_yuan(amount_fen),
            price=format_yuan(price_fen),
        )
    if window.first == window.last != dated_on:
        raise RuleViolation(
            N_("合同日期应为 %(day)s，请核对合同上的签订日期。"), field="dated_on", code="contract_window", day=window.first.isoformat()
        )
    if not window.first <= dated_on <= window.last:
        raise RuleViolation(
            N_("合同日期应在 %(first)s 至 %(last)s 之间，请核对合同上的签订日期。"),
            field="dated_on",
            code="contract_window",
            first=window.first.isoformat(),
            last=window.last.isoformat(),
        )


def check_seen(*, seen_price_fen: int | None, price_fen: int, seen_subsidy_fen: int | None, subsidy_fen: int) -> None:
    """What is ordered is what was shown: a price or a balance may have changed while the page was open.

    Raises: RuleViolation with the new amounts.
    """
    if seen_price_fen is not None and seen_price_fen != price_fen:
        raise RuleViolation(
            N_("这项服务的标价已变为 %(price)s 元，订单没有提交。请核对新的金额后再确认。"),
            code="price_changed",
            price=format_yuan(price_fen),
        )
    if seen_subsidy_fen is not None and seen_subsidy_fen != subsidy_fen:
        raise RuleViolation(
            N_("可抵扣的金额已变为 %(subsidy)s 元，订单没有提交。请核对新的金额后再确认。"),
            code="subsidy_changed",
            subsidy=format_yuan(subsidy_fen),
        )


def check_requested(requested_fen: int | None, subsidy_fen: int, *, because: str) -> None:
    """Nobody is given less than asked for without being told.

    Raises: RuleViolation: more was asked for than the voucher bears.
    """
    if requested_fen is not None and requested_fen > subsidy_fen:
        raise RuleViolation(
            N_("这张券本单最多可用 %(most)s 元（%(why)s）请改小金额，或留空由系统按最多计算。"),
            field="requested",
            code="above_quota",
            most=format_yuan(subsidy_fen),
            why=because,
        )


def check_decision(amount_fen: int, most_fen: int, answer: str) -> None:
    """An officer decides on nothing, on all that is deserved, or on something between, and says why.

    Raises: RuleViolation beside the field.
    """
    if not 0 <= amount_fen <= most_fen:
        raise RuleViolation(
            N_("裁定金额不能小于 0，也不能超过占用和按材料应得中较低的 %(most)s 元。"),
            field="amount",
            code="amount",
            most=format_yuan(most_fen),
        )
    checked_reason(answer, N_("请写明裁定的理由，双方会看到。"), field="answer")


NEEDS_AMOUNT = frozenset({DocumentKind.INVOICE, DocumentKind.BANK_TRANSFER_SLIP})


def check_paper(kind: DocumentKind, *, amount_fen: int | None, dated_on: date | None, number: str, today: date) -> None:
    """What must be written beside a paper for it to be checked later.

    Raises: RuleViolation beside the field.
    """
    if kind in NEEDS_AMOUNT and not amount_fen:
        raise RuleViolation(N_("请填写票据上的金额，大于 0。"), field="amount")
    if kind in NEEDS_AMOUNT and dated_on is None:
        raise RuleViolation(N_("请填写票据上的日期。"), field="dated_on")
    if kind in NEEDS_AMOUNT and not plain_number(number):
        raise RuleViolation(N_("请填写发票号码或凭证流水号。"), field="number")
    if dated_on is not None and dated_on > today:
        raise RuleViolation(N_("日期不能晚于今天。"), field="dated_on")


# The firm's acceptance and review happen on the platform: they are the papers of these names.
BY_THE_PLATFORM = frozenset({DocumentKind.ACCEPTANCE_FORM, DocumentKind.RATING})


def missing(required: Iterable[DocumentKind], present: Iterable[DocumentKind], *, accepted: bool, reviewed: bool) -> list[DocumentKind]:
    """Which papers of an evidence matrix are not there, in its order."""
    have = set(present)
    have |= {DocumentKind.ACCEPTANCE_FORM} if accepted else set()
    have |= {DocumentKind.RATING} if reviewed else set()
    return [kind for kind in required if kind not in have]


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What is compared to see whether two parties are one: kept apart from the tables, so the check is pure."""

    legal_representative: str
    contact_phone: str
    address: str
    bank_account: str
    uscc: str
    group_uscc: str | None


def ties(firm: PartyFacts, provider: PartyFacts) -> list[str]:
    """Why two parties may be related, as words; empty when nothing was found. A reason to look, never a verdict."""
    found = [
        label
        for label, one, other in (
            (N_("法定代表人相同"), firm.legal_representative, provider.legal_representative),
            (N_("联系电话相同"), firm.contact_phone, provider.contact_phone),
            (N_("地址相同"), firm.address, provider.address),
            (N_("银行账号相同"), firm.bank_account, provider.bank_account),
        )
        if one and one == other
    ]
    groups = {firm.uscc, firm.group_uscc} & {provider.uscc, provider.group_uscc} - {None}
    return [*found, N_("存在控股关系")] if groups else found


def split_orders(earlier: Sequence[tuple[date, str]], placed_on: date, window_days: int) -> list[str]:
    """Numbers of earlier orders of the same firm, provider and category inside the window: one job may have been cut in pieces."""
    return [number for day, number in earlier if 0 <= (placed_on - day).days <= window_days]
