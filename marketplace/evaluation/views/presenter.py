"""How an assessment is laid out on a page: words for values, where to go to mend a gap."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.evaluation import closing, queries
from marketplace.evaluation.rules import Answer, Assessment, CriterionResult, GroupResult, Verdict, value_text
from marketplace.evaluation.rulesets import in_force, names, ruleset
from marketplace.evaluation.service import is_judged
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.policy.dossier import OrganisationKind
from marketplace.policy.ruleset_spec import WHOLE_COUNTRY, Criterion, CriterionKind, Operator, Threshold
from marketplace.records.queries.years import closed_on, later_rows
from marketplace.web.query_string import asked_number

OPERATORS = {
    Operator.AT_LEAST: N_("不少于 %(value)s"),
    Operator.MORE: N_("多于 %(value)s"),
    Operator.AT_MOST: N_("不超过 %(value)s"),
    Operator.LESS: N_("少于 %(value)s"),
}
MEMBERS = "member_bodies"
REPORTED = frozenset({"served_enterprises", "served_rising", "public_benefit_share_bp", "services", "activities", "training_person_times"})
DOSSIER_OF = {
    "operating_years": "operating_since",
    "organisation_kind": "organisation_kind",
    "total_assets_fen": "total_assets",
    "honours_prefecture_up": "honour",
}
STAFF = frozenset({"service_staff", "qualified_staff_share_bp"})
YEARS_BACK = 2
MOST_SUPPOSED = 100_000


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One condition or part of one, as a page shows it."""

    result: CriterionResult
    depth: int
    value: str
    wanted: str
    mend_url: str  # where a provider puts it right; empty when nowhere
    is_judged: bool
    reached: int | None  # how far it has come towards the threshold, in basis points


@dataclass(frozen=True, slots=True)
class Section:
    """A group with its conditions, each with its parts below it."""

    group: GroupResult
    conditions: tuple[tuple[ConditionLine, tuple[ConditionLine, ...]], ...]


def year_asked() -> int:
    """The year in the address; this year when there is none, or nonsense."""
    today = clock.today()
    return asked_number("year", 2000, today.year) or today.year


def ruleset_asked(organisation_id: UUID | None = None) -> str:
    """The rule set in the address; when there is none, the one that holds today where the organisation or the viewer stands."""
    wanted = request.args.get("ruleset", "")
    return wanted if wanted in names() else next(iter((*rulesets_at(organisation_id), *names())))


def rulesets_at(organisation_id: UUID | None = None) -> tuple[str, ...]:
    """The rule sets that hold today where an organisation stands; without one, in the first of the viewer's areas."""
    if organisation_id is not None:
        there = identity.organisation(organisation_id)
        return in_force(there.region_code, there.park_code, clock.today())
    areas = current_user.areas_for("evaluation.see")
    return in_force(areas[0] if areas else WHOLE_COUNTRY, None, clock.today())


def years(asked: int) -> list[int]:
    """What the year switch offers."""
    today = clock.today().year
    return sorted({asked, *range(today - YEARS_BACK, today + 1)}, reverse=True)


def organisation(permission: str, organisation_id: UUID) -> Organisation:
    """An organisation for which whoever looks may do this: itself, or one of its areas. Raises: NotFound."""
    return queries.organisation_seen_by(organisation_id, own_id=current_user.organisation_id, area_codes=current_user.areas_for(permission))


def value_in_words(value: Answer | tuple[str, ...], unit: str) -> str:
    """A value as people read it, in their language."""
    if isinstance(value, tuple):
        return "、".join(value_in_words(one, unit) for one in value)
    if isinstance(value, str) and value in set(OrganisationKind):
        return _(OrganisationKind(value).label)
    return _(value_text(value, unit)) if isinstance(value, bool) else value_text(value, unit)


def wanted_in_words(result: CriterionResult) -> str:
    """What the clause asks for."""
    criterion = result.criterion
    if criterion.kind in {CriterionKind.COMPOSITE, CriterionKind.ANY_OF}:
        return _("至少满足 %(n)s 项", n=criterion.minimum) if criterion.kind is CriterionKind.ANY_OF else _("各项都满足")
    threshold: Threshold = criterion.threshold
    if criterion.operator in OPERATORS and criterion.operator is not None:
        return _(OPERATORS[criterion.operator], value=value_in_words(threshold, criterion.unit))
    if criterion.operator is Operator.ONE_OF:
        return _("属于：%(kinds)s", kinds=value_in_words(threshold, criterion.unit))
    return _("由专家评议") if criterion.kind is CriterionKind.MANUAL else _("具备")


def _mend_url(result: CriterionResult, year: int) -> str:
    call = result.criterion.call
    if call is None or not current_user.can("evaluation.own"):
        return ""
    item = dict(call.params).get("item") or DOSSIER_OF.get(call.measure)
    if item:
        return url_for("catalogue.declare", kind=item, year=year)
    if call.measure in STAFF:
        return url_for("catalogue.staff")
    if call.measure == MEMBERS:
        return url_for("evaluation.platform")
    return url_for("records.my_reports") if call.measure in REPORTED else ""


def may_be_judged(criterion: Criterion) -> bool:
    """Whether it waits for people of whom the user is one: an opinion is asked of experts too, a bureau's own test of the bureau alone."""
    return is_judged(criterion) and (criterion.kind is CriterionKind.MANUAL or current_user.can("evaluation.settings"))


def line(result: CriterionResult, year: int, depth: int = 0) -> ConditionLine:
    """One condition as a page shows it."""
    criterion = result.criterion
    return ConditionLine(
        result=result,
        depth=depth,
        value="" if criterion.call is None else value_in_words(result.value, criterion.unit),
        wanted=wanted_in_words(result),
        mend_url=_mend_url(result, year) if result.verdict in {Verdict.UNMET, Verdict.UNKNOWN} else "",
        is_judged=may_be_judged(criterion),
        reached=closing.reached_bp(result),
    )


@dataclass(frozen=True, slots=True)
class Supposed:
    """How it would be with more of something: what may be added, how many were asked for, and what comes of it."""

    offered: tuple[CriterionResult, ...]
    more: dict[str, int]  # by condition
    verdict: Verdict
    newly_met: tuple[str, ...]  # labels

    @property
    def is_asked(self) -> bool:
        """Whether anything was added."""
        return any(self.more.values())


def supposed(looked: queries.Looked) -> Supposed:
    """What would come of the numbers in the address, asked as `more-<condition>`."""
    found = looked.assessment
    offered = tuple(one for one in closing.lacking(found) if closing.can_grow(one))
    more = {one.id: asked_number(f"more-{one.id}", 0, MOST_SUPPOSED) or 0 for one in offered}
    then = closing.with_more(found, looked.answers, more)
    newly = [one.criterion.label for one in then.criteria if one.verdict is Verdict.MET and found.result(one.id).verdict is not Verdict.MET]
    return Supposed(offered, more, then.verdict, tuple(newly))


def sections(assessment: Assessment) -> list[Section]:
    """The assessment in the order of its rule set."""
    rule = assessment.ruleset

    def parts(criterion_id: str, depth: int) -> list[ConditionLine]:
        found: list[ConditionLine] = []
        for part in rule.parts_of(criterion_id):
            found += [line(assessment.result(part.id), assessment.year, depth), *parts(part.id, depth + 1)]
        return found

    return [
        Section(
            group=group,
            conditions=tuple(
                (line(assessment.result(head.id), assessment.year), tuple(parts(head.id, 1))) for head in rule.heads_of(group.group.id)
            ),
        )
        for group in assessment.groups
    ]


def counts(assessment: Assessment) -> dict[str, int]:
    """How many conditions that were looked at stand how; composites are not counted beside their parts."""
    found = Counter(result.verdict for result in assessment.criteria if result.criterion.call is not None)
    return {verdict.value: found[verdict] for verdict in Verdict}


def page(assessment: Assessment, organisation_id: UUID, **more: Any) -> dict[str, Any]:
    """What the templates of an assessment are given."""
    return {
        "assessment": assessment,
        "organisation_id": organisation_id,
        "sections": sections(assessment),
        "lacking": [line(one, assessment.year) for one in closing.lacking(assessment)],
        "counts": counts(assessment),
        "rule": assessment.ruleset,
        "year": assessment.year,
        "years": years(assessment.year),
        "closed_at": closed_on(organisation_id, assessment.year),
        "later": len(later_rows(organisation_id, assessment.year)),
        "rulesets": [(name, ruleset(name).title) for name in rulesets_at(organisation_id)],
        **more,
    }
