"""What a firm was to have without an order, decided again. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.recomputing.rules.checks import rechecked
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import PostedMoves
from marketplace.subsidies.rules import award_deserved_on, award_fen
from marketplace.vouchers import chart
from marketplace.vouchers.rules import amounts, eligibility, limits
from marketplace.vouchers.rules.amounts import LimitLeft
from marketplace.vouchers.rules.kept_facts import firm_then
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedSubsidy:
    """A subsidy as it lies in the database, with what the books say of it."""

    id: UUID
    number: str  # of its claim
    spec: ProgrammeSpec
    enterprise_id: UUID
    round_id: UUID
    area_code: str  # of the round
    currency: str
    class_key: str
    region_code: str
    simulated: bool
    asked_on: date
    amount_fen: int
    limits: Sequence[str]
    checks: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any] | None
    title: tuple[str, str]
    cost_fen: Fen | None  # by the evidence as it lies there now; None: it stands on a title
    posted: PostedMoves
    ever_held: Callable[[str, int], bool]  # whether an account of the books held an amount at some moment


_AMOUNT = N_("申请金额：按冻结规则、申请时的事实和账上当时的余额重算")
_HELD = N_("申请金额：与账上占用一致")
_CLASS = N_("企业类别：按当时的事实重判")
_LIMITS = N_("申请占用的限额账户：按冻结规则重算")


def resubsidised(one: DecidedSubsidy) -> Iterator[Mismatch]:
    """The checks, the class and the amount of a subsidy whose facts were kept."""
    assert one.facts is not None, "asked before"
    firm = firm_then(one.facts["firm"])
    yield from rechecked(one.spec, firm_then(one.facts.get("mended", one.facts["firm"])), one.area_code, one.checks)
    mine = eligibility.class_of(one.spec, firm)
    yield from unlike(_CLASS, one.class_key, mine.name if mine else "", is_money=False)
    yield from unlike(_HELD, one.amount_fen, one.posted.onto(chart.SUBSIDY.of(one.id), "subsidy.reserve"))
    try:
        if "cost_fen" not in one.facts:
            yield from unlike(_AMOUNT, one.amount_fen, award_fen(one.spec, one.class_key, Fen(one.facts.get("free_fen") or 0)))
            return
        accounts = _accounts(one)
        yield from unlike(_AMOUNT, one.amount_fen, _by_cost(one, one.facts, accounts))
        yield from unlike(_LIMITS, " ".join(sorted(one.limits)), " ".join(sorted(each.code for each in accounts)), is_money=False)
    except RuleViolation as refusal:
        yield Mismatch(_AMOUNT, one.amount_fen, refusal.text())


def _accounts(one: DecidedSubsidy) -> tuple[LimitAccount, ...]:
    category = one.spec.services.value[0]
    parties = LimitParties(
        one.enterprise_id, one.round_id, one.asked_on, category=category, simulated=one.simulated, region=one.region_code
    )
    return limits.limits_of_subsidy(one.spec, one.class_key, parties)


def _by_cost(one: DecidedSubsidy, facts: Mapping[str, Any], accounts: Sequence[LimitAccount]) -> Fen:
    """With what each account held: by the books, or, of one that somebody else moved between the calculation and the posting, as kept."""
    held, pool, cost_fen = one.posted.held_before("subsidy.reserve"), chart.POOL.of(one.round_id), Fen(facts["cost_fen"])
    held |= {code: fen for code, fen in facts.get("left", {}).items() if held.get(code) != fen and one.ever_held(code, fen)}
    counted = [*accounts, LimitAccount(pool, Fen(0), Sentence(""), None)]
    left = [LimitLeft(account, Fen(held.get(account.code, 0))) for account in counted]
    return amounts.price_preview(one.spec, cost_fen, firm_class=one.class_key, category=one.spec.services.value[0], limits=left).subsidy_fen


def deserved_of_subsidy(one: DecidedSubsidy, requested_fen: Fen, facts: Mapping[str, Any] | None) -> Fen | None:
    """What its claim deserved: by the evidence, or by the titles as the register had them. None: nobody kept them, or it was refused and
    its title is free again.

    Args:
        facts: as the claim keeps them.
    """
    if one.cost_fen is not None:
        return amounts.redeemable_fen(
            one.spec, reserved_fen=requested_fen, base_fen=one.cost_fen, firm_class=one.class_key, category=one.spec.services.value[0]
        )
    if facts is None or not one.title[1]:
        return None
    return award_deserved_on(one.spec, firm_then(facts["firm"]), one.title, requested_fen)
