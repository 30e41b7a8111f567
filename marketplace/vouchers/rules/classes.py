"""To which class of a programme does a firm belong? Each condition is met, not met, or open because a fact is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from marketplace.enterprises.rules import FirmSize, HeldTitle, TitleState, title_state
from marketplace.identity import industries, regions
from marketplace.kernel.errors import N_
from marketplace.policy.programme_decisions import FirmClass
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts

Verdict = tuple[str, Eligibility]  # what is asked, as the firm calls it, and the answer


@dataclass(frozen=True, slots=True)
class ClassStanding:
    """A firm and a class: does it belong, and if not or not surely, for want of what."""

    firm_class: FirmClass
    verdicts: tuple[Verdict, ...]

    @property
    def verdict(self) -> Eligibility:
        return worst(one for _label, one in self.verdicts)

    def labels(self, verdict: Eligibility) -> tuple[str, ...]:
        """The conditions of which this is the answer."""
        return tuple(label for label, one in self.verdicts if one is verdict)


def worst(verdicts: Iterator[Eligibility]) -> Eligibility:
    """Unmet if any is; otherwise unknown if any is; otherwise met."""
    found = set(verdicts)
    return next((one for one in (Eligibility.UNMET, Eligibility.UNKNOWN) if one in found), Eligibility.MET)


def standing(firm_class: FirmClass, facts: FirmFacts, programme: str) -> ClassStanding:
    """Every condition of a class of a programme on one firm."""
    return ClassStanding(firm_class, tuple(_verdicts(firm_class, facts, programme)))


def titles_of_class(firm_class: FirmClass, facts: FirmFacts) -> tuple[HeldTitle, ...]:
    """The titles by which a firm belongs to a class."""
    return tuple(one for one in facts.titles if _counts(one, firm_class, facts.as_of)[1] is Eligibility.MET)


def _verdicts(one: FirmClass, facts: FirmFacts, programme: str) -> Iterator[Verdict]:
    if one.size_classes:
        yield N_("企业规模"), _among(None if facts.size is FirmSize.UNKNOWN else facts.size.value, one.size_classes)
    if one.titles:
        yield _titles(one, facts)
    if one.regions:
        where, park = facts.region_code, facts.park_code
        yield N_("所在地区"), _of(None if where is None else any(regions.covers(code, where, park) for code in one.regions))
    if one.industries:
        steps = industries.path(facts.industry_code) if facts.industry_code else ()
        yield N_("所属行业"), _of(None if not steps else any(step.code in one.industries for step in steps))
    if one.legal_forms:
        yield N_("组织形式"), _among(facts.legal_form, one.legal_forms)
    if one.lists:
        yield N_("列入名录"), _of(facts.on_any(programme, one.lists))
    if one.parks:
        yield N_("所在园区"), _of(facts.park_code in one.parks)
    yield from _founded(one, facts)
    if one.least_employees or one.below_employees:
        yield N_("从业人员"), _within(facts.employees, one.least_employees, one.below_employees)
    if one.least_revenue_fen or one.below_revenue_fen:
        yield N_("营业收入"), _within(facts.revenue_fen, one.least_revenue_fen, one.below_revenue_fen)


def _founded(one: FirmClass, facts: FirmFacts) -> Iterator[Verdict]:
    since = facts.founded_on
    if one.founded_from_year or one.founded_until_year:
        until = one.founded_until_year
        yield N_("成立日期"), _within(since.year if since else None, one.founded_from_year, until + 1 if until else None)
    if one.least_months or one.below_months:
        yield N_("成立时间"), _within(facts.operating_months, one.least_months, one.below_months)


def _among(known: str | None, wanted: tuple[str, ...]) -> Eligibility:
    return _of(None if known is None else known in {str(one) for one in wanted})


def _within(number: int | None, least: int | None, below: int | None) -> Eligibility:
    """Of a number in a band: its lower end belongs to it, its upper end does not."""
    return _of(None if number is None else (least is None or number >= least) and (below is None or number < below))


def _of(answer: bool | None) -> Eligibility:
    return Eligibility.UNKNOWN if answer is None else Eligibility.MET if answer else Eligibility.UNMET


def _titles(one: FirmClass, facts: FirmFacts) -> Verdict:
    """The best answer of all titles held; where only the grade or number of one is missing, that is what is asked."""
    found = [_counts(title, one, facts.as_of) for title in facts.titles]
    answers = [answer for _label, answer in found]
    if Eligibility.MET in answers:
        return N_("称号"), Eligibility.MET
    return next((each for each in found if each[1] is Eligibility.UNKNOWN), (N_("称号"), Eligibility.UNMET))


def _counts(title: HeldTitle, one: FirmClass, on: date) -> Verdict:
    """A title of one of the kinds, good today, recognised in the years asked for (the year it began to be valid), of a grade, numbered."""
    first = one.recognised_from_year or title.valid_from.year
    last = one.recognised_until_year or title.valid_from.year
    of_kind = title.kind in one.titles and first <= title.valid_from.year <= last and title_state(title, on) is TitleState.VALID
    if not of_kind or (one.title_grades and title.grade and title.grade not in one.title_grades):
        return N_("称号"), Eligibility.UNMET
    if one.title_grades and title.grade is None:
        return N_("称号级别"), Eligibility.UNKNOWN
    if one.title_numbered and not title.number:
        return N_("称号证书编号"), Eligibility.UNKNOWN
    return N_("称号"), Eligibility.MET
