"""Reads of applications without an order: what a firm would get, and who has used a title."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.subsidies import rules
from marketplace.subsidies.evidence import cost_of
from marketplace.subsidies.models import Subsidy, SubsidyMonth
from marketplace.subsidies.rules import Ground
from marketplace.vouchers import chart
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.caps import cap_standings
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.queries.funds import free_fen
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.amounts import LimitLeft, Preview
from marketplace.vouchers.rules.eligibility import RuleResult
from marketplace.vouchers.rules.facts import FirmFacts
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties, cap_left, limits_of_subsidy


@dataclass(frozen=True, slots=True)
class DirectOffer:
    """What a firm would get in a round now: by which rules, on which titles, how much, or why nothing."""

    spec: ProgrammeSpec
    facts: FirmFacts
    results: tuple[RuleResult, ...]
    class_key: str
    class_label: str
    grounds: tuple[Ground, ...]
    amount_fen: Fen | None
    refusal: RuleViolation | None
    free_fen: Fen | None = None  # of the round, where it decides on the amount


def offer_of(round_: Round, enterprise_id: UUID, today: date) -> DirectOffer:
    """Worked out by the same rules as the application itself."""
    spec = spec_of(round_.version_id)
    facts = facts_of(enterprise_id, today, spec, simulated=round_.simulated)
    results, mine = eligibility.check_eligibility(spec, facts, (round_.area_code,)), eligibility.class_of(spec, facts)
    amount, refusal, free = None, None, None
    if mine is not None and spec.on_titles:
        free = free_fen(round_)
        try:
            amount = rules.award_fen(spec, mine.name, free)
        except RuleViolation as found:
            refusal = found
    names = (mine.name, mine.label) if mine else ("", "")
    grounds = rules.grounds_of(spec, facts) if spec.on_titles else ()
    return DirectOffer(spec, facts, results, *names, grounds, amount, refusal, free)


@dataclass(frozen=True, slots=True)
class DirectQuote:
    """What a cost would be borne of, and which caps that uses."""

    preview: Preview
    accounts: tuple[LimitAccount, ...]
    left: Mapping[str, int]  # what the accounts on which many draw still held


def quote_of(round_: Round, enterprise_id: UUID, offer: DirectOffer, cost_fen: Fen, today: date) -> DirectQuote:
    """Reckoned by the rules that orders are reckoned by. Raises: RuleViolation: too small a cost, or too little is left."""
    category = offer.spec.services.value[0]
    parties = LimitParties(enterprise_id, round_.id, today, category=category, simulated=round_.simulated, region=offer.facts.region_code)
    accounts, pool = limits_of_subsidy(offer.spec, offer.class_key, parties), chart.POOL.of(round_.id)
    known, free = cap_standings(round_.book_id, [one.code for one in accounts]), ledger.balance_fen(round_.book_id, pool)
    known_left = [(one, cap_left(one, known.get(one.code))) for one in accounts]
    known_left.append((LimitAccount(pool, free, Sentence(N_("本批次剩余资金")), None), free))
    left = [LimitLeft(account, fen) for account, fen in known_left]
    preview = amounts.price_preview(offer.spec, cost_fen, firm_class=offer.class_key, category=category, limits=left)
    return DirectQuote(preview, accounts, {account.code: int(fen) for account, fen in known_left if account.code.shared})


def deserved_fen(row: Subsidy, requested_fen: Fen) -> Fen:
    """What the evidence of an application deserves, reckoned again, never above what was held."""
    spec = spec_of(row.version_id)
    return amounts.redeemable_fen(
        spec,
        reserved_fen=requested_fen,
        base_fen=cost_of(spec, row.evidence, row.currency),
        firm_class=row.class_key,
        category=spec.services.value[0],
    )


def using(round_: Round, ground: Ground) -> Subsidy | None:
    """The application of this programme that stands on a title already."""
    wanted = select(Subsidy).where(Subsidy.programme_id == round_.programme_id, Subsidy.simulated == round_.simulated)
    return db.session.scalars(wanted.where(Subsidy.title_kind == ground.kind, Subsidy.number_key == ground.number_key)).one_or_none()


def month_used(row: Subsidy, ground: Ground) -> str:
    """The first month of a contract that another application of the programme stands on; empty: none."""
    wanted = select(SubsidyMonth.month).where(SubsidyMonth.programme_id == row.programme_id, SubsidyMonth.simulated == row.simulated)
    wanted = wanted.where(SubsidyMonth.number_key == ground.contract_key, SubsidyMonth.month.in_(ground.months))
    return db.session.scalars(wanted.order_by(SubsidyMonth.month)).first() or ""


def months_given(row: Subsidy) -> int:
    """How many months a firm asks for, or was given, under the programme, on whatever contracts."""
    wanted = select(func.count(SubsidyMonth.id)).where(SubsidyMonth.programme_id == row.programme_id)
    mine = (SubsidyMonth.enterprise_id == row.enterprise_id, SubsidyMonth.simulated == row.simulated)
    return db.session.scalar(wanted.where(*mine, SubsidyMonth.number_key.is_not(None))) or 0
