"""Orders: what a contract, an invoice and a decision must say, and what of their life is out of reach. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.enterprises.rules import full_months
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import CNY, Fen
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.typed import checked_reason
from marketplace.orders.lifecycle import OrderState
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import DocumentKind, Payee
from marketplace.vouchers.rules import amounts

# The two sides may phone each other once the order was taken, and as long as it is under way or its papers are asked about.
CONTACTS_SHOWN = frozenset({OrderState.TAKEN, OrderState.CONTRACTED, OrderState.DELIVERED, OrderState.REDEEMED})


class ProposalKind(Word):
    PRICE = "price", N_("议价")
    TERMINATION = "termination", N_("终止")


class ProposalOutcome(Word):
    """What became of a proposal."""

    OPEN = "", N_("待对方答复")
    AGREED = "agreed", N_("已同意")
    REFUSED = "refused", N_("未同意")
    WITHDRAWN = "withdrawn", N_("已撤回")


@dataclass(frozen=True, slots=True)
class Bargaining:
    """What may be proposed of an order, and which side waits for an answer."""

    may_price: bool = False
    may_end: bool = False
    open_by: str = ""  # who has proposed something that nobody answered

    def gone(self, side: str, *, contracted: bool) -> frozenset[str]:
        """What is out of reach for a side."""
        out = {
            "propose_price": not self.may_price or bool(self.open_by),
            "propose_end": not self.may_end or bool(self.open_by),
            "agree": self.open_by in {"", side},
            "refuse": self.open_by in {"", side},
            "take_back": self.open_by != side or not side,
            "cancel": self.may_end and contracted,
        }
        return frozenset(verb for verb, is_out in out.items() if is_out)


def check_proposed_price(amount_fen: int, *, now_fen: int, price_fen: int, currency: str = CNY) -> None:
    """Another price is another one, and no higher than the listed one.

    Raises: RuleViolation beside the field.
    """
    if not 0 < amount_fen <= price_fen:
        price = format_money(price_fen, currency)
        raise RuleViolation(N_("实际价格须大于 0，且不高于下单时的标价 %(price)s 元。"), field="amount", code="above_price", price=price)
    if amount_fen == now_fen:
        raise RuleViolation(N_("这就是现在的价格，无需议价。"), field="amount", code="same_price")


def check_earned(amount_fen: int, *, contract_fen: int, currency: str = CNY) -> None:
    """What was done is a part of the contract, or nothing.

    Raises: RuleViolation beside the field.
    """
    if not 0 <= amount_fen < contract_fen:
        raise RuleViolation(
            N_("已完成部分的金额不能小于 0，须低于合同金额 %(contract)s 元；全部完成的请提交交付。"),
            field="amount",
            code="earned",
            contract=format_money(contract_fen, currency),
        )


def check_agreed(amount_fen: int, *, agreed_fen: int | None, price_fen: int, currency: str = CNY) -> None:
    """A contract is for the price that both sides confirmed, or for the listed one where they agreed on no other.

    Raises: RuleViolation beside the field.
    """
    if amount_fen == (price_fen if agreed_fen is None else agreed_fen):
        return
    if agreed_fen is not None:
        raise RuleViolation(
            N_("双方确认的实际价格是 %(agreed)s 元，合同金额应与其一致；要改价请先议价。"),
            field="amount",
            code="not_agreed",
            agreed=format_money(agreed_fen, currency),
        )
    raise RuleViolation(N_("本项目的实际价格由双方确认后生效。合同金额与标价不同的，请先议价。"), field="amount", code="not_agreed")


def gone(*, closed: bool, reviewed: bool, answered: bool, silence_counts: bool, may_rate: bool, at_once: bool) -> frozenset[str]:
    """What of an order's moves is out of reach though its state would allow it.

    Args:
        closed: its papers are closed, because it ended or its claim is being looked at.
        silence_counts: the rules take the firm's silence for something, so it may dispute.
        may_rate: its time to rate is not over.
        at_once: the rules redeem it with the provider's invoice.
    """
    out = {
        "papers": closed,
        "take": at_once,
        "deduct": not at_once,
        "dispute": not silence_counts,
        "review": reviewed or not may_rate,
        "answer": answered or not reviewed,
    }
    return frozenset(verb for verb, is_out in out.items() if is_out)


ON_THE_WAY = frozenset({"take", "contract", "deliver", "accept"})  # steps that an order has which is not redeemed with its invoice


def check_way(verb: str, *, at_once: bool) -> None:
    """An order is taken, or settled with an invoice at once, as its programme says.

    Raises: RuleViolation.
    """
    if verb == "take" and at_once:
        raise RuleViolation(N_("本单为即时抵扣，不用接单，请直接“开票结算”。"), code="at_once")
    if verb == "deduct" and not at_once:
        raise RuleViolation(N_("本单不是即时抵扣，请先接单，再签合同、交付。"), code="not_at_once")


def check_bill(amount_fen: Fen, *, price_fen: int, currency: str = CNY) -> None:
    """An invoice is no higher than what the firm agreed to when it ordered.

    Raises: RuleViolation beside the field.
    """
    if amount_fen > price_fen:
        price = format_money(price_fen, currency)
        raise RuleViolation(N_("发票金额不能高于下单时的标价 %(price)s 元。"), field="amount", code="above_price", price=price)


def reminder_days(start: date, last: date) -> tuple[date, ...]:
    """When whoever must act by `last` is reminded: half way, and a day before. A term too short for it has fewer."""
    half, eve = start + (last - start) // 2, last - timedelta(days=1)
    return tuple(sorted({day for day in (half, eve) if start < day < last}))


@dataclass(frozen=True, slots=True)
class EarlierOrder:
    """An order with a voucher of the same programme that has not ended without a service."""

    placed_on: date
    category: str


def check_counts(spec: ProgrammeSpec, earlier: Sequence[EarlierOrder], *, firm_class: str, category: str, today: date) -> None:
    """A firm orders no more often in the last months than its programme allows; an order counts until its day comes again.

    Raises: RuleViolation.
    """
    for one in spec.order_counts:
        if not one.applies(firm_class, category):
            continue
        counted = [each for each in earlier if one.counts(each.category) and full_months(each.placed_on, today) < one.months]
        if len(counted) >= one.most:
            raise RuleViolation(
                N_("本项目近 %(months)s 个月内最多用券下单 %(most)s 次，您已用券下单 %(count)s 次。请改选其他券，或不用券下单。"),
                field="voucher_id",
                code="order_count",
                months=one.months,
                most=one.most,
                count=len(counted),
            )


@dataclass(frozen=True, slots=True)
class ContractWindow:
    """Between which days a contract may be dated, both included."""

    first: date
    last: date


def check_contract(amount_fen: Fen, dated_on: date, *, price_fen: int, window: ContractWindow, currency: str = CNY) -> None:
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
            amount=format_money(amount_fen, currency),
            price=format_money(price_fen, currency),
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


def check_seen(*, seen_price_fen: int | None, price_fen: int, seen_subsidy_fen: int | None, subsidy_fen: int, currency: str = CNY) -> None:
    """What is ordered is what was shown: a price or a balance may have changed while the page was open.

    Raises: RuleViolation with the new amounts.
    """
    if seen_price_fen is not None and seen_price_fen != price_fen:
        raise RuleViolation(
            N_("这项服务的标价已变为 %(price)s 元，订单没有提交。请核对新的金额后再确认。"),
            code="price_changed",
            price=format_money(price_fen, currency),
        )
    if seen_subsidy_fen is not None and seen_subsidy_fen != subsidy_fen:
        raise RuleViolation(
            N_("可抵扣的金额已变为 %(subsidy)s 元，订单没有提交。请核对新的金额后再确认。"),
            code="subsidy_changed",
            subsidy=format_money(subsidy_fen, currency),
        )


def check_requested(requested_fen: int | None, subsidy_fen: int, *, because: str, currency: str = CNY) -> None:
    """Nobody is given less than asked for without being told.

    Raises: RuleViolation: more was asked for than the voucher bears.
    """
    if requested_fen is not None and requested_fen > subsidy_fen:
        raise RuleViolation(
            N_("这张券本单最多可用 %(most)s 元（%(why)s）请改小金额，或留空由系统按最多计算。"),
            field="requested",
            code="above_quota",
            most=format_money(subsidy_fen, currency),
            why=because,
        )


def check_decision(amount_fen: int, most_fen: int, answer: str, currency: str = CNY) -> None:
    """An officer decides on nothing, on all that is deserved, or on something between, and says why.

    Raises: RuleViolation beside the field.
    """
    if not 0 <= amount_fen <= most_fen:
        raise RuleViolation(
            N_("裁定金额不能小于 0，也不能超过占用和按材料应得中较低的 %(most)s 元。"),
            field="amount",
            code="amount",
            most=format_money(most_fen, currency),
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
    if kind is DocumentKind.IN_KIND_RECORD and not amount_fen:
        raise RuleViolation(N_("请填写证明的投入价值，大于 0。"), field="amount")
    if dated_on is not None and dated_on > today:
        raise RuleViolation(N_("日期不能晚于今天。"), field="dated_on")


def check_in_kind_paper(kind: DocumentKind, *, declared_fen: int, by_firm: bool) -> None:
    """What a firm gives in kind it shows itself, where it declared something.

    Raises: RuleViolation beside the field.
    """
    if kind is not DocumentKind.IN_KIND_RECORD:
        return
    if not by_firm:
        raise RuleViolation(N_("实物和人工投入证明由企业上传。"), field="kind", code="in_kind")
    if not declared_fen:
        raise RuleViolation(N_("本单下单时没有申报实物或人工投入，不收投入证明。"), field="kind", code="in_kind")


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


@dataclass(frozen=True, slots=True)
class PapersThen:
    """The amounts of invoices and payments that lay in an order at a moment; None where there was none."""

    invoice_fen: Fen | None = None
    payment_fen: Fen | None = None
    net_fen: Fen | None = None  # of the invoices, without their tax
    metered_fen: Fen | None = None  # by metering logs, at the price of the contract
    in_kind_fen: int = 0  # of what the firm declared to give in kind, as much as its papers show


NO_PAPERS = PapersThen()


def base_then(spec: ProgrammeSpec, contract_fen: Fen, papers: PapersThen) -> Fen:
    """The amount that the rate was applied to, with the papers that lay there.

    Where the provider is paid, the firm's payment is its own share only and says nothing about the price.
    """
    payment = papers.payment_fen if spec.payee.value is Payee.SME else None
    invoice = papers.net_fen if spec.base.is_net else papers.invoice_fen
    money = amounts.base_amount(spec, contract_fen=contract_fen, invoice_fen=invoice, payment_fen=payment, metered_fen=papers.metered_fen)
    return amounts.with_in_kind(spec, money, papers.in_kind_fen)
