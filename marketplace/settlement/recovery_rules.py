"""Money that is paid back (追回): how much there is to pay back, its interest, what an instalment covers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.settlement.rules import check_within

_YEAR = 365  # days to a year of interest
_WHOLE_BP = 10_000


class RecoveryGround(Word):
    """How it was found that money must come back."""

    SPOT_CHECK = "spot_check", N_("抽查、检查发现")
    AUDIT = "audit", N_("审计发现")
    INVOICE = "invoice", N_("发票红冲或作废")
    TIP = "tip", N_("举报核实")
    MISPAID = "mispaid", N_("多付、错付")
    OWN_REPORT = "own_report", N_("单位自行报告")


class InvoiceStatus(Word):
    """How an invoice stands with the tax authority."""

    GOOD = "good", N_("正常")
    REVERSED = "reversed", N_("红冲")
    VOIDED = "voided", N_("作废")


class ReturnsTo(Word):
    """Where recovered money goes."""

    POOL = "pool", N_("退回本批次资金")
    TREASURY = "treasury", N_("上缴国库")


class InterestFrom(Word):
    """From when interest runs."""

    DUE = "due", N_("逾期之日")
    PAID = "paid", N_("付款之日")


@dataclass(frozen=True, slots=True)
class Interest:
    """Simple interest by the year on what is not paid back, after a day; no day: it does not run yet."""

    yearly_bp: int
    after: date | None


@dataclass(frozen=True, slots=True)
class Received:
    """What came in on a day, and what it covered."""

    on: date
    principal_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What there is to pay back on a day."""

    principal_fen: int
    interest_fen: int

    @property
    def total_fen(self) -> int:
        """Both together."""
        return self.principal_fen + self.interest_fen

    def covered_by(self, amount_fen: int, on: date) -> Received:
        """What an amount covers: interest before principal (民法典第五百六十一条)."""
        interest_fen = min(amount_fen, self.interest_fen)
        return Received(on, amount_fen - interest_fen, interest_fen)


def owed(amount_fen: int, interest: Interest, received: Sequence[Received], on: date) -> Owed:
    """What is left to pay back on a day after what came in, in the order of its days; interest rounds down to the fen.

    Where the day from which it runs was corrected, more may have come in than there is: nobody owes less than nought.
    """
    left, since, grown = amount_fen, interest.after, 0
    for day, paid_fen in [*((one.on, one.principal_fen) for one in received), (on, 0)]:
        if since is not None and day > since:
            grown += left * (day - since).days * interest.yearly_bp
            since = day
        left -= paid_fen
    return Owed(left, max(0, grown // (_WHOLE_BP * _YEAR) - sum(one.interest_fen for one in received)))


def check_amount(amount_fen: int, paid_fen: int, currency: str) -> None:
    """Nobody pays back more than was paid.

    Args:
        paid_fen: what the bank paid and did not send back, less what earlier decisions recover.

    Raises: RuleViolation beside the field.
    """
    if paid_fen <= 0:
        raise RuleViolation(N_("这笔申请没有可以追回的已付款项：没有付过款，或已全部退汇、追回。"), field="amount", code="nothing_paid")
    said = N_("追回金额须大于 0，且不超过已付而未追回的 %(most)s 元。")
    check_within(amount_fen, paid_fen, said, field="amount", code="above_paid", currency=currency)


def check_instalment(amount_fen: int, left: Owed, currency: str) -> None:
    """Raises: RuleViolation beside the field: nothing, or more than is owed."""
    if not 0 < amount_fen <= left.total_fen:
        raise RuleViolation(
            N_("缴回金额须大于 0，且不超过当日应缴的 %(most)s 元（本金 %(principal)s 元、利息 %(interest)s 元），多缴的请退还缴款单位。"),
            field="amount",
            code="above_owed",
            most=format_money(left.total_fen, currency),
            principal=format_money(left.principal_fen, currency),
            interest=format_money(left.interest_fen, currency),
        )


def check_received_day(received_on: date, *, first: date, today: date) -> None:
    """Money comes in after the decision, in the order of its days, and not tomorrow.

    Raises: RuleViolation beside the field.
    """
    if not first <= received_on <= today:
        raise RuleViolation(
            N_("到账日期应在 %(first)s（追回决定或上一次缴回之日）至 %(last)s 之间，请按银行回单填写。"),
            field="received_on",
            first=first.isoformat(),
            last=today.isoformat(),
        )


def check_open_source(returns_to: ReturnsTo, is_finished: bool, over: Sequence[str] = ()) -> None:
    """A round that is closed takes nothing back, nor does money whose day is over: nobody could spend it again.

    Args:
        over: numbers of documents that paid and whose last day of use is over.

    Raises: RuleViolation beside the field.
    """
    if returns_to is not ReturnsTo.POOL:
        return
    if is_finished:
        raise RuleViolation(
            N_("批次已结项，追回的资金不能再退回本批次，请改为“上缴国库”后办理。"), field="returns_to", code="source_closed"
        )
    if over:
        raise RuleViolation(
            N_("付款所用的 %(documents)s 使用期限已过，追回的资金不能再用，请改为“上缴国库”后办理。"),
            field="returns_to",
            code="source_closed",
            documents="、".join(over),
        )
