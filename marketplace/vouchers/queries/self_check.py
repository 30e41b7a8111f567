"""May I have a voucher? (我能领券吗) Answered from what somebody typed, nothing stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from marketplace.enterprises.rules import HeldTitle, SizeVerdict, size_class
from marketplace.identity.legal_forms import LegalForm
from marketplace.kernel.money import Fen
from marketplace.policy.programme_words import TitleGrade, TitleKind
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.programmes import KnownProgramme, known_programmes, rounds_in
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.eligibility import RuleResult
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts
from marketplace.vouchers.rules.states import RUNNING

LATER = frozenset(
    {"verified", "listed", "not_listed", "after", "not_with", "sanctions"}
)  # the platform looks these up itself when the firm applies
_NUMBERED = "—"


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
    legal_form: LegalForm | None
    titles: tuple[str, ...]
    title_grade: TitleGrade | None  # the highest of them


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
        verified=None, size=size.size, titles=_titles(said, today), region_code=said.region_code, park_code=said.park_code,
        industry_code=said.industry_code, founded_on=said.founded_on, legal_form=said.legal_form, employees=said.employees,
        revenue_fen=said.revenue_fen,
        lists=None, sanctioned=None, as_of=today,
    )  # fmt: skip
    return facts, size


def _titles(said: Said, today: date) -> tuple[HeldTitle, ...]:
    """Good today; neither the year of recognition nor the number is asked, so the newest is taken, and that it has one."""
    known, since = {kind.value for kind in TitleKind}, date(today.year, 1, 1)
    kinds = [TitleKind(kind) for kind in said.titles if kind in known]
    return tuple(HeldTitle(kind, valid_from=since, number=_NUMBERED, grade=said.title_grade) for kind in kinds)


def answers(facts: FirmFacts, now: datetime) -> list[Answer]:
    """What every programme says: the promising ones first, of these the ones with a round that runs where the firm lies; a rerun gives
    nobody a voucher and is not among them."""
    running = [one for one in rounds_in(RUNNING, now=now) if _is_here(one, facts)]
    found = [_answer(one, facts, running) for one in known_programmes(real_only=True)]
    order = {Eligibility.MET: 0, Eligibility.UNKNOWN: 1, Eligibility.UNMET: 2}
    return sorted(found, key=lambda one: (order[one.verdict], not one.rounds, len(one.failed)))


def _is_here(row: Round, facts: FirmFacts) -> bool:
    results = eligibility.check_eligibility(spec_of(row.version_id), facts, (row.area_code,))
    return not any(one.rule == "area" and one.verdict is Eligibility.UNMET for one in results)


def _answer(known: KnownProgramme, facts: FirmFacts, running: Sequence[Round]) -> Answer:
    results = eligibility.check_eligibility(known.spec, facts)
    now = tuple(one for one in results if one.rule not in LATER)
    mine = eligibility.class_of(known.spec, facts)
    most = None
    if mine is not None:
        faces = amounts.faces_fen(known.spec, mine.name)
        most = faces[0] if faces else amounts.quota_fen(known.spec, mine.name)
    current = tuple(one for one in running if one.programme_id == known.programme.id)
    later = tuple(one for one in results if one.rule in LATER)
    return Answer(known, eligibility.overall(now), now, later, mine.label if mine else "", most, current)
