"""Every measure of the vocabulary: facts in, `Measured` out, with the rows behind it. Pure.

Only what was declared can speak against anybody: where there is no row at all, the answer is unknown, never zero. A dossier item
counts as soon as it is declared, until an officer returns it; the note says what still waits for review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from marketplace.evaluation import arithmetic
from marketplace.evaluation.arithmetic import ServiceFact, StaffFact
from marketplace.evaluation.facts import Declared, Facts, Served
from marketplace.evaluation.rowref import RowKind, RowRef
from marketplace.evaluation.rules import Measured
from marketplace.kernel.errors import N_
from marketplace.kernel.normal_text import plain
from marketplace.kernel.sentences import Sentence
from marketplace.policy.dossier import DossierKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.policy.ruleset_spec import Call, RuleSet, SettingValue
from marketplace.records.rules import Mode

NO_RECORDS = Sentence(N_("本年度台账中还没有服务记录。"))
# facts that do not change from year to year: the newest declaration counts
_LASTING = frozenset({DossierKind.OPERATING_SINCE, DossierKind.ORGANISATION_KIND, DossierKind.HONOUR, DossierKind.INDEPENDENT_LEGAL_PERSON})
Params = Mapping[str, str]
Settings = Mapping[str, SettingValue]


def measure(ruleset: RuleSet, facts: Facts, settings: Settings) -> dict[str, Measured]:
    """The answer to every call of a rule set, by `Call.key`. An opinion that nobody gave is left out."""
    answers: dict[str, Measured] = {}
    for call in ruleset.calls():
        asking = [c.id for c in ruleset.criteria if c.call is not None and c.call.key == call.key]
        answer = _answer(call, asking, facts, settings)
        if answer is not None:
            answers[call.key] = answer
    return answers


def _answer(call: Call, asking: Sequence[str], facts: Facts, settings: Settings) -> Measured | None:
    params = dict(call.params)
    if call.measure == "opinion":
        return opinion(facts, params["criterion"])
    if call.measure == "satisfaction_share_bp":
        return satisfaction(facts, settings, asking)
    return _PLAIN[call.measure](facts, params, settings)


# Of the organisation and its dossier


def _declared(facts: Facts, kind: DossierKind) -> list[Declared]:
    """Items of a kind that count for the year, newest first; returned ones among them."""
    return [item for item in facts.dossier if item.kind == kind and (item.year == facts.year or kind in _LASTING)]


def _newest(facts: Facts, kind: DossierKind) -> tuple[Declared | None, Measured]:
    """The item that counts, and what to answer when there is none. What was accepted stays until something newer is accepted."""
    items = _declared(facts, kind)
    standing = [item for item in items if not item.is_returned]
    if standing:
        return next((item for item in standing if item.is_accepted), standing[0]), Measured(None)
    if items:
        reason = Sentence(N_("“%(what)s”的填报被退回：%(reason)s"), {"what": kind.label, "reason": items[0].reason or "—"})
        return None, Measured(None, (items[0].row,), reason)
    return None, Measured(None, (), Sentence(N_("年度档案中还没有填写“%(what)s”。"), {"what": kind.label}))


def _waiting(items: Iterable[Declared]) -> Sentence | None:
    """The note that some of what counts was not looked at yet."""
    count = sum(not item.is_accepted for item in items)
    return Sentence(N_("其中 %(count)s 项待主管部门审核。"), {"count": count}) if count else None


def operating_years(facts: Facts, _params: Params, _settings: Settings) -> Measured:
    """Whole years since the day operation began, on the day of the assessment."""
    item, missing = _newest(facts, DossierKind.OPERATING_SINCE)
    if item is None:
        return missing
    since = Sentence(N_("自 %(day)s 起运营。"), {"day": item.dated_on.isoformat()})
    return Measured(max(0, arithmetic.whole_years(item.dated_on, facts.as_of)), (item.row,), note=since)


def organisation_kind(facts: Facts, _params: Params, _settings: Settings) -> Measured:
    """What kind of body it says it is."""
    item, missing = _newest(facts, DossierKind.ORGANISATION_KIND)
    return missing if item is None else Measured(item.title, (item.row,), note=_waiting([item]))


def total_assets(facts: Facts, _params: Params, _settings: Settings) -> Measured:
    """Assets at the end of the year before, as declared in the year's dossier."""
    item, missing = _newest(facts, DossierKind.TOTAL_ASSETS)
    return missing if item is None or item.number is None else Measured(item.number, (item.row,), note=_waiting([item]))


def honours(facts: Facts, _params: Params, _settings: Settings) -> Measured:
    """How many honours stand; an entry with the number 0 says that there are none, and returned ones count nothing."""
    items = _declared(facts, DossierKind.HONOUR)
    if not items:
        return _newest(facts, DossierKind.HONOUR)[1]
    standing = [item for item in items if not item.is_returned and item.number != 0]
    return Measured(len(standing), tuple(item.row for item in items), note=_waiting(standing))


def dossier(facts: Facts, params: Params, _settings: Settings) -> Measured:
    """A yes or no of the year's dossier. An expert pool is there as soon as experts stand in it."""
    kind = DossierKind(params["item"])
    item, missing = _newest(facts, kind)
    experts = tuple(RowRef.to(RowKind.EXPERT, one.id) for one in facts.experts) if kind is DossierKind.EXPERT_POOL else ()
    if item is None:
        return Measured(True, experts) if experts else missing
    return Measured(item.number != 0 or bool(experts), (item.row, *experts), note=_waiting([item]))


def service_staff(facts: Facts, _params: Params, _settings: Settings) -> Measured:
    """Persons who serve SMEs on the day."""
    if not facts.staff_known:
        return Measured(None, (), Sentence(N_("年度档案中还没有服务人员名单。")))
    return Measured(len(facts.staff), _staff_rows(facts))


def qualified(facts: Facts, _params: Params, settings: Settings) -> Measured:
    """Share of the staff with a degree or title, as the setting reads it."""
    staff = [StaffFact(RowRef.to(RowKind.STAFF, one.id), one.degree, one.title) for one in facts.staff]
    return arithmetic.qualified_staff_share(staff, str(settings["qualified_staff"]))


def _staff_rows(facts: Facts) -> tuple[RowRef, ...]:
    return tuple(RowRef.to(RowKind.STAFF, one.id) for one in facts.staff)


def member_bodies(facts: Facts, _params: Params, _settings: Settings) -> Measured:
    """Providers that are member bodies on the day."""
    rows = tuple(RowRef.to(RowKind.MEMBER, one.id) for one in facts.members)
    counted = {one.provider_id for one in facts.members if one.counts_on(facts.as_of)}
    waiting = sum(one.waits for one in facts.members)
    note = Sentence(N_("另有 %(count)s 家待审核，未计入。"), {"count": waiting}) if waiting else None
    if not counted and len(facts.members) == waiting:
        reason = Sentence(N_("集聚服务机构还在等待审核。")) if waiting else Sentence(N_("还没有登记集聚服务机构。"))
        return Measured(None, rows, reason, note)
    return Measured(len(counted), rows, note=note)


# Over service records


def served(facts: Facts, params: Params, _settings: Settings) -> Measured:
    """Distinct SMEs served: those that surely are, and how many there can be with the firms whose size class was not known."""
    if not facts.of_year():
        return Measured(None, (), NO_RECORDS)
    services = [s for s in facts.of_year() if _fits(s, params)]
    sure, doubtful = _smes(services)
    rows = tuple(s.row for s in services if s.is_sme is not False)
    if not doubtful:
        return Measured(len(sure), rows)
    said = {"sure": len(sure), "open": len(doubtful)}
    reason = Sentence(N_("已确认 %(sure)s 家中小企业，另有 %(open)s 家的规模类型还没有认定，不能判定。"), said)
    note = Sentence(N_("另有 %(open)s 家的规模类型没有认定，未计入。"), {"open": len(doubtful)})
    return Measured(len(sure), rows, reason, note, most=len(sure) + len(doubtful))


def _smes(services: Iterable[Served]) -> tuple[set[UUID], set[UUID]]:
    """Firms that surely were SMEs when they were served, and those of which nobody knew."""
    listed = list(services)
    sure = {s.enterprise_id for s in listed if s.is_sme}
    return sure, {s.enterprise_id for s in listed if s.is_sme is None} - sure


def _fits(service: Served, params: Params) -> bool:
    if "function" in params and service.function is not ServiceFunction(params["function"]):
        return False
    return "mode" not in params or service.mode in {Mode(params["mode"]), Mode.BOTH}


def served_rising(facts: Facts, _params: Params, settings: Settings) -> Measured:
    """Whether the number of SMEs served grew. A year without any record is not in the register."""
    years = [year for year in (facts.year, facts.year - 1, facts.year - 2) if facts.services.get(year)]
    firms = {year: _smes(facts.services[year]) for year in years}
    counts: dict[int, int | None] = {year: len(sure) for year, (sure, _doubtful) in firms.items()}
    doubts = {year: len(doubtful) for year, (_sure, doubtful) in firms.items()}
    rows = tuple(s.row for year in years for s in facts.services[year] if s.is_sme is not False)
    return arithmetic.rising(counts, facts.year, str(settings["rising"]), rows, doubts=doubts)


def satisfaction(facts: Facts, settings: Settings, asking: Sequence[str]) -> Measured:
    """Own reviews and the prefecture's test side by side; the setting says which counts.

    Args:
        asking: the conditions that ask for it. Where the prefecture's test stands under several, the lowest counts, whatever their order.
    """
    own = arithmetic.satisfaction(
        facts.reviews, satisfied_from_score=int(settings["satisfied_from_score"]), least_answers=int(settings["least_answers"])
    )
    given = [one for one in map(facts.opinions.get, asking) if one is not None and one.value is not None]
    tested = min(given, key=lambda one: int(one.value or 0), default=None)
    untested = Measured(None, (), Sentence(N_("地（市）主管部门还没有录入满意度测评结果。")))
    prefecture = Measured(tested.value, (tested.row,)) if tested and tested.value is not None else untested
    return arithmetic.chosen_satisfaction(own, prefecture, str(settings["satisfaction_from"]))


def public_benefit(facts: Facts, _params: Params, settings: Settings) -> Measured:
    """Share of public-benefit and low-fee service."""
    services = [ServiceFact(s.row, str(s.enterprise_id), s.fee_kind, s.person_times, s.fee_fen, s.subsidised) for s in facts.of_year()]
    by, subsidised = str(settings["public_benefit_by"]), str(settings["subsidised_is_low_fee"])
    return arithmetic.public_benefit_share(services, by=by, subsidised_is_low_fee=subsidised)


def services(facts: Facts, params: Params, _settings: Settings) -> Measured:
    """How many services were delivered."""
    found = [s for s in facts.of_year() if _fits(s, params)]
    return Measured(len(found), tuple(s.row for s in found)) if facts.of_year() else Measured(None, (), NO_RECORDS)


def activities(facts: Facts, params: Params, _settings: Settings) -> Measured:
    """How many events were held; rows of one name and day are one event, whoever of the platform reported it."""
    if not facts.of_year():
        return Measured(None, (), NO_RECORDS)
    found = [
        s for s in facts.of_year() if s.activity.strip() and _fits(s, params) and params.get("kind", s.activity_kind) == s.activity_kind
    ]
    events: set[tuple[str, date]] = {(plain(s.activity), s.delivered_on) for s in found}
    return Measured(len(events), tuple(s.row for s in found))


def training_person_times(facts: Facts, _params: Params, _settings: Settings) -> Measured:
    """Person-times of training."""
    if not facts.of_year():
        return Measured(None, (), NO_RECORDS)
    found = [s for s in facts.of_year() if s.function is ServiceFunction.TRAINING]
    return Measured(sum(s.person_times for s in found), tuple(s.row for s in found))


def opinion(facts: Facts, criterion_id: str) -> Measured | None:
    """What the experts say; None while nobody said anything."""
    said = facts.opinions.get(criterion_id)
    if said is None:
        return None
    words = Sentence(N_("评议意见：%(opinion)s"), {"opinion": said.opinion})
    if said.verdict == "unknown":
        return Measured(None, (said.row,), words)
    return Measured(said.verdict == "met", (said.row,), note=words)


_PLAIN: dict[str, Callable[[Facts, Params, Settings], Measured]] = {
    "operating_years": operating_years,
    "organisation_kind": organisation_kind,
    "total_assets_fen": total_assets,
    "honours_prefecture_up": honours,
    "service_staff": service_staff,
    "qualified_staff_share_bp": qualified,
    "served_enterprises": served,
    "dossier": dossier,
    "member_bodies": member_bodies,
    "served_rising": served_rising,
    "public_benefit_share_bp": public_benefit,
    "services": services,
    "activities": activities,
    "training_person_times": training_person_times,
}
