"""May I have a voucher? (我能领券吗) Answered from what somebody typed, nothing stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketplace.enterprises.rules import HeldTitle, SizeVerdict, size_class
from marketplace.kernel.money import Fen
from marketplace.policy.programme_words import TitleKind
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.programmes import KnownProgramme, known_programmes, rounds_of
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.eligibility import Eligibility, FirmFacts, RuleResult
from marketplace.vouchers.rules.states import RoundState

LATER = frozenset({"verified", "sanctions"})  # the platform looks these up itself when the firm applies
CURRENT = frozenset({RoundState.ANNOUNCED, RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED, RoundState.IN_USE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was typed."""

    region_code: str
    park_code: str | None
    industry_code: str
    employees: int | None
    revenue_fen: int | None
    assets_fen: int | None
    founded_on: date | None
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One programme's answer: the verdict, the rules that decided it, what it would give, and when."""

    known: KnownProgramme
    verdict: Eligibility
    results: tuple[RuleResult, ...]
    later: tuple[RuleResult, ...]
    class_label: str
    most_fen: Fen | None
    rounds: tuple[Round, ...]

    @property
    def failed(self) -> tuple[RuleResult, ...]:
        return tuple(one for one in self.results if one.verdict is Eligibility.UNMET)

    @property
    def is_elsewhere(self) -> bool:
        """The programme is for another place."""
        return any(one.rule == "region" for one in self.failed)

    @property
    def missing(self) -> tuple[RuleResult, ...]:
        return tuple(one for one in self.results if one.verdict is Eligibility.UNKNOWN)


def facts_said(said: Said, today: date) -> tuple[FirmFacts, SizeVerdict]:
    """The facts of the rules, and how the size class came about."""
    size = size_class(said.industry_code, said.employees, said.revenue_fen, said.assets_fen)
    facts = FirmFacts(
        verified=None, size=size.size, titles=_titles(said.titles, today), region_code=said.region_code, park_code=said.park_code,
        industry_code=said.industry_code,
        operating_months=None if said.founded_on is None else eligibility.full_months(said.founded_on, today),
        sanctioned=None, as_of=today,
    )  # fmt: skip
    return facts, size


def _titles(kinds: Iterable[str], today: date) -> tuple[HeldTitle, ...]:
    """Good today; the year of recognition is not asked, so the newest is taken."""
    known = {kind.value for kind in TitleKind}
    return tuple(HeldTitle(TitleKind(kind), valid_from=date(today.year, 1, 1)) for kind in kinds if kind in known)


def answers(facts: FirmFacts) -> list[Answer]:
    """What every programme says, the promising ones first; a rerun gives nobody a voucher and is not among them."""
    found = [_answer(one, facts) for one in known_programmes(real_only=True)]
    order = {Eligibility.MET: 0, Eligibility.UNKNOWN: 1, Eligibility.UNMET: 2}
    return sorted(found, key=lambda one: (order[one.verdict], len(one.failed)))


def _answer(known: KnownProgramme, facts: FirmFacts) -> Answer:
    results = eligibility.check_eligibility(known.spec, facts)
    now = tuple(one for one in results if one.rule not in LATER)
    mine = eligibility.class_of(known.spec, facts)
    most = None
    if mine is not None:
        faces = amounts.faces_fen(known.spec, mine.name)
        most = faces[0] if faces else amounts.quota_fen(known.spec, mine.name)
    current = tuple(one for one in rounds_of(known.programme.id, public=True) if one.state in CURRENT)
    later = tuple(one for one in results if one.rule in LATER)
    return Answer(known, eligibility.overall(now), now, later, mine.label if mine else "", most, current)
