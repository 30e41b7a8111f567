"""Claims and payments: who may decide, the checks of a claim, how a payment is split by source of money. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.lifecycle import State
from marketplace.kernel.money import CNY, Fen
from marketplace.records.rules import AcceptedBy
from marketplace.risk.rules import Severity


def check_two_people(first: object, second: object, sentence: str) -> None:
    """Four eyes: who makes a payment does not let it pass.

    Raises: Denied with the sentence.
    """
    if first == second:
        raise Denied(sentence, code="four_eyes")


def check_maker(maker_id: UUID, actor_id: UUID) -> None:
    """Raises: Denied: somebody else's draft."""
    if maker_id != actor_id:
        raise Denied(N_("批次由制单人提交复核，请由制单人办理。"), code="not_maker")


def check_not_reviewer(actor_id: UUID, reviewers: Iterable[tuple[str, UUID | None]], sentence: str) -> None:
    """Who decided on a claim has no hand in its payment.

    Args:
        reviewers: number of the claim and who decided, of every claim concerned.

    Raises: Denied with the sentence and the claim's number.
    """
    for number, reviewer_id in reviewers:
        if reviewer_id == actor_id:
            raise Denied(sentence, code="reviewer", number=number)


def check_no_party(organisation_id: UUID | None, parties: Iterable[UUID], sentence: str) -> None:
    """Nobody decides on money of the own organisation.

    Raises: Denied with the sentence.
    """
    if organisation_id in set(parties):
        raise Denied(sentence, code="own_organisation")


@dataclass(frozen=True, slots=True)
class Approval:
    """What an officer approves of a claim, and why not more."""

    approved_fen: Fen
    cut_reason: str = ""
    considered: str = ""  # what was made of a problem that the check on the spot found; for the trail and the row, on no page
    opinion: str = ""  # at most 1000 characters; of the last level, where there are levels
    explained: Mapping[str, str] = field(default_factory=dict)  # a word on each check that is not green, by its key

    def content(self) -> dict[str, object]:
        """What the key of an approval stands for; what is asked for since says nothing while it is empty."""
        later = {"opinion": self.opinion, "explained": dict(self.explained)}
        first = {"approved_fen": self.approved_fen, "cut_reason": self.cut_reason, "considered": self.considered}
        return first | {name: value for name, value in later.items() if value}


def check_within(amount_fen: int, most_fen: int, sentence: str, *, field: str, code: str, currency: str = CNY) -> None:
    """Something, and no more than there is.

    Args:
        sentence: says %(most)s.

    Raises: RuleViolation beside the field.
    """
    if not 0 < amount_fen <= most_fen:
        raise RuleViolation(sentence, field=field, code=code, most=format_money(most_fen, currency))


def check_decision(approved_fen: int, requested_fen: int, deserved_fen: int, cut_reason: str, currency: str = CNY) -> None:
    """An approval grants what was asked for, or less with a reason, and never more than the papers deserve.

    Args:
        deserved_fen: the subsidy reckoned again on the papers.

    Raises: RuleViolation beside the field.
    """
    said = N_("核准金额须大于 0，且不超过申请金额 %(most)s 元；全部不予支付请用“不予兑付”。")
    check_within(approved_fen, requested_fen, said, field="approved", code="approved", currency=currency)
    if approved_fen > deserved_fen:
        raise RuleViolation(
            N_("按材料重算应得 %(most)s 元，核准金额不能超过。请改为不超过这一金额，或退回补正材料。"),
            field="approved",
            code="above_deserved",
            most=format_money(deserved_fen, currency),
        )
    if approved_fen < requested_fen and not cut_reason.strip():
        raise RuleViolation(N_("核减了金额，请写明核减原因，申请人会看到。"), field="cut_reason", code="cut_reason")


def check_opinion(amount_fen: int, most_fen: int, currency: str = CNY) -> None:
    """A level finds something right, and no more than the papers deserve.

    Raises: RuleViolation beside the field.
    """
    said = N_("意见金额须大于 0，且不超过按材料重算的 %(most)s 元；全部不予支付请用“不予兑付”。")
    check_within(amount_fen, most_fen, said, field="amount", code="opinion_amount", currency=currency)


ACCEPTED_SENTENCES: dict[AcceptedBy, str] = {
    AcceptedBy.FIRM: N_("企业已验收。"),
    AcceptedBy.DEFAULT: N_("企业逾期没有答复，按规则视为验收，请核对交付成果。"),
    AcceptedBy.OFFICER: N_("由主管部门裁定验收，请核对裁定。"),
}


class CheckResult(State):
    """What a check of a claim found."""

    PASS = "pass", N_("相符"), "green"
    WARN = "warn", N_("请留意"), "amber"  # a reason to look closer
    FAIL = "fail", N_("不符"), "red"


@dataclass(frozen=True, slots=True)
class Check:
    """One automatic check of a claim: what was looked at, what came out, why. It decides nothing."""

    key: str
    label: str
    verdict: CheckResult
    message: str
    params: Mapping[str, Any]

    def stored(self) -> dict[str, Any]:
        """As the claim keeps it."""
        return {"key": self.key, "label": self.label, "verdict": self.verdict.value, "message": self.message, "params": dict(self.params)}


def severity_of(check: Check) -> Severity:
    """What the signal of a check is worth. Whoever is barred from public money is not paid while nobody has looked."""
    if check.verdict is not CheckResult.FAIL:
        return Severity.NOTE
    return Severity.SERIOUS if check.key == "standing" else Severity.WARNING


@dataclass(frozen=True, slots=True)
class Ticket:
    """An invoice or a payment slip, as far as the checks read it."""

    number: str
    amount_fen: int
    dated_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What the checks of a claim stand on."""

    contract_fen: int
    requested_fen: int
    deserved_fen: int  # the subsidy reckoned again on the papers, never above what was redeemed
    contract_on: date | None
    window: tuple[date, date]  # in which the contract had to be signed
    today: date
    invoices: Sequence[Ticket]
    payments: Sequence[Ticket]
    payee_is_firm: bool  # the firm paid the whole price and is paid back
    ties: Sequence[str]
    pieces: Sequence[str]  # orders that may be parts of one job
    shared_files: Sequence[str]  # orders in which the same file lies
    shared_numbers: Sequence[str]  # orders in whose papers the same number stands
    cheaper_fen: int | None  # what the same offering cost without a voucher, if less
    sanctioned: bool
    provider_in_register: bool
    accepted_by: AcceptedBy = AcceptedBy.FIRM
    in_kind: tuple[int, int] | None = None  # declared, and shown by papers; None: everything in money
    at_once: bool = False  # redeemed with the invoice: the firm agreed when it ordered
    currency: str = CNY


def run_checks(facts: ClaimFacts) -> list[Check]:
    """Every automatic check, in the order in which an officer reads a file."""
    return [
        _invoices(facts),
        _unique(facts),
        _dates(facts),
        _payment(facts),
        _amount(facts),
        _found("related_party", N_("关联关系"), facts.ties, N_("未发现关联。"), N_("买卖双方%(found)s，请核实。")),
        _found("split_contracts", N_("拆分合同"), facts.pieces, N_("未发现拆分。"), N_("短期内同类订单：%(found)s，请核实是否拆分。")),
        _found("shared_file", N_("材料重复"), facts.shared_files, N_("未发现重复材料。"), N_("相同文件还出现在订单：%(found)s。")),
        _found(
            "shared_number",
            N_("号码重复"),
            facts.shared_numbers,
            N_("票据和合同号码未见重复。"),
            N_("相同号码还出现在订单：%(found)s，请核实。"),
        ),
        _price(facts),
        *_in_kind(facts),
        _standing(facts),
        _acceptance(facts),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsidyFacts:
    """What the checks of an application without an order stand on."""

    title: str  # kind and number: of a title, or of the paper
    title_holds: bool  # the register has it, good when it was applied for, in the class that decides the amount
    sanctioned: bool
    requested_fen: int
    deserved_fen: int | None  # reckoned again on the evidence of a cost; None: it stands on a title
    currency: str = CNY


def subsidy_checks(facts: SubsidyFacts) -> list[Check]:
    """Every automatic check of an application without an order."""
    named = {"title": facts.title}
    verdict, sentence = CheckResult.PASS, N_("%(title)s 在称号登记中有效，编号在本项目中只出现一次。")
    if facts.deserved_fen is not None:
        return [
            Check("shared_number", N_("号码重复"), verdict, N_("%(title)s 在本项目中只出现一次。"), named),
            _recounted(facts, facts.deserved_fen, N_("按材料重算为 %(deserved)s 元，与申请金额一致。")),
            _firm_standing(facts.sanctioned),
        ]
    if not facts.title_holds:
        verdict, sentence = CheckResult.FAIL, N_("%(title)s 目前不在有效的称号登记中，请核实。")
    return [Check("title", N_("称号"), verdict, sentence, named), _firm_standing(facts.sanctioned)]


def _firm_standing(sanctioned: bool) -> Check:
    if sanctioned:
        return Check("standing", N_("主体资格"), CheckResult.FAIL, N_("企业在失信名单有效期内。"), {})
    return Check("standing", N_("主体资格"), CheckResult.PASS, N_("企业无失信记录。"), {})


def _invoices(facts: ClaimFacts) -> Check:
    label, total = N_("发票与合同金额"), sum(one.amount_fen for one in facts.invoices)
    params = {"invoice": format_money(total, facts.currency), "contract": format_money(facts.contract_fen, facts.currency)}
    if not facts.invoices:
        return Check("amounts_agree", label, CheckResult.WARN, N_("没有发票可以核对。"), {})
    if total == facts.contract_fen:
        return Check("amounts_agree", label, CheckResult.PASS, N_("发票合计 %(invoice)s 元，与合同一致。"), params)
    verdict = CheckResult.FAIL if total < facts.contract_fen else CheckResult.WARN
    return Check("amounts_agree", label, verdict, N_("发票合计 %(invoice)s 元，合同 %(contract)s 元，不一致。"), params)


def _unique(facts: ClaimFacts) -> Check:
    numbers = {"numbers": "、".join(one.number for one in facts.invoices) or "—"}
    sentence = N_("发票 %(numbers)s 在所有批次和年度只出现一次。") if facts.invoices else N_("没有发票可以核对。")
    return Check("invoice_unique", N_("发票唯一"), CheckResult.PASS if facts.invoices else CheckResult.WARN, sentence, numbers)


def _dates(facts: ClaimFacts) -> Check:
    label, (first, last) = N_("日期"), facts.window
    if facts.contract_on is not None and not first <= facts.contract_on <= last:
        params = {"day": facts.contract_on.isoformat(), "first": first.isoformat(), "last": last.isoformat()}
        between = N_("合同日期 %(day)s 不在 %(first)s 至 %(last)s 之间。") if first != last else N_("合同日期 %(day)s 不是 %(first)s。")
        return Check("dates", label, CheckResult.FAIL, between, params)
    since = facts.contract_on or first
    strange = [one for one in (*facts.invoices, *facts.payments) if one.dated_on and not since <= one.dated_on <= facts.today]
    if strange:
        numbers = {"numbers": "、".join(one.number for one in strange)}
        return Check("dates", label, CheckResult.WARN, N_("票据 %(numbers)s 的日期早于合同或晚于今天。"), numbers)
    return Check("dates", label, CheckResult.PASS, N_("合同、发票、付款日期都在期限内。"), {})


def _payment(facts: ClaimFacts) -> Check:
    label, paid = N_("企业付款"), sum(one.amount_fen for one in facts.payments)
    price = sum(one.amount_fen for one in facts.invoices) or facts.contract_fen
    owed = price if facts.payee_is_firm else price - facts.requested_fen
    params = {"paid": format_money(paid, facts.currency), "owed": format_money(owed, facts.currency)}
    if paid == owed:
        return Check("own_share_paid", label, CheckResult.PASS, N_("企业实付 %(paid)s 元，与应付一致。"), params)
    verdict = CheckResult.FAIL if paid < owed else CheckResult.WARN
    return Check("own_share_paid", label, verdict, N_("企业实付 %(paid)s 元，应付 %(owed)s 元，不一致。"), params)


def _amount(facts: ClaimFacts) -> Check:
    return _recounted(facts, facts.deserved_fen, N_("按材料重算为 %(deserved)s 元，与核销金额一致。"))


def _recounted(facts: ClaimFacts | SubsidyFacts, deserved_fen: int, alike: str) -> Check:
    label = N_("申请金额")
    params = {"requested": format_money(facts.requested_fen, facts.currency), "deserved": format_money(deserved_fen, facts.currency)}
    if deserved_fen >= facts.requested_fen:
        return Check("amount", label, CheckResult.PASS, alike, params)
    return Check("amount", label, CheckResult.FAIL, N_("按材料重算为 %(deserved)s 元，低于申请的 %(requested)s 元，建议核减。"), params)


def _found(key: str, label: str, found: Sequence[str], nothing: str, something: str) -> Check:
    if not found:
        return Check(key, label, CheckResult.PASS, nothing, {})
    return Check(key, label, CheckResult.WARN, something, {"found": "、".join(found)})


def _price(facts: ClaimFacts) -> Check:
    if facts.cheaper_fen is None:
        return Check("price", N_("价格"), CheckResult.PASS, N_("未发现不用券时更便宜的成交。"), {})
    params = {"price": format_money(facts.cheaper_fen, facts.currency)}
    return Check("price", N_("价格"), CheckResult.WARN, N_("同一服务产品不用券时成交过 %(price)s 元，请核实价格。"), params)


def _in_kind(facts: ClaimFacts) -> list[Check]:
    if facts.in_kind is None:
        return []
    declared, shown = facts.in_kind
    params = {"declared": format_money(declared, facts.currency), "shown": format_money(shown, facts.currency)}
    sentence = N_("申报 %(declared)s 元，证明 %(shown)s 元，请核实价值；证明之外的部分没有计入。")
    return [Check("in_kind", N_("实物或人工投入"), CheckResult.WARN if shown < declared else CheckResult.PASS, sentence, params)]


def _standing(facts: ClaimFacts) -> Check:
    label = N_("主体资格")
    if facts.sanctioned:
        return Check("standing", label, CheckResult.FAIL, N_("企业或服务机构在失信名单有效期内。"), {})
    if not facts.provider_in_register:
        return Check("standing", label, CheckResult.WARN, N_("服务机构目前不在库，请核实服务当时的资格。"), {})
    return Check("standing", label, CheckResult.PASS, N_("企业和服务机构均无失信记录，服务机构在库。"), {})


def _acceptance(facts: ClaimFacts) -> Check:
    if facts.at_once:
        return Check("acceptance", N_("验收"), CheckResult.PASS, N_("即时抵扣：企业下单时已同意，凭发票核销，没有另行验收。"), {})
    verdict = CheckResult.PASS if facts.accepted_by is AcceptedBy.FIRM else CheckResult.WARN
    return Check("acceptance", N_("验收"), verdict, ACCEPTED_SENTENCES[facts.accepted_by], {})


def check_bounce(amount_fen: int, paid_fen: int, currency: str = CNY) -> None:
    """A bank sends back what it paid, or a part of it.

    Raises: RuleViolation beside the field.
    """
    said = N_("退汇金额须大于 0，且不超过这一笔的付款金额 %(most)s 元，请按银行回单填写。")
    check_within(amount_fen, paid_fen, said, field="amount", code="bounce_amount", currency=currency)


def check_bounce_day(bounced_on: date, *, paid_on: date, today: date) -> None:
    """Money comes back after it left, and not tomorrow.

    Raises: RuleViolation beside the field.
    """
    if not paid_on <= bounced_on <= today:
        raise RuleViolation(
            N_("退汇日期应在 %(first)s（付款日）至 %(last)s 之间，请按银行回单填写。"),
            field="bounced_on",
            first=paid_on.isoformat(),
            last=today.isoformat(),
        )


def check_bank_day(paid_on: date, *, approved_on: date, today: date) -> None:
    """Money leaves after the batch was approved, and not tomorrow.

    Raises: RuleViolation beside the field.
    """
    if not approved_on <= paid_on <= today:
        raise RuleViolation(
            N_("付款日期应在 %(first)s（批次复核日）至 %(last)s 之间，请按银行回单填写。"),
            field="paid_on",
            first=approved_on.isoformat(),
            last=today.isoformat(),
        )
