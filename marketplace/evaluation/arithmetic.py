"""The arithmetic behind measures whose reading is a setting: rows in, `Measured` out.

Every share is rounded down, so 79.999 % is not 80 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.evaluation.rowref import RowRef
from marketplace.evaluation.rules import Measured, value_text
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.policy.fees import FeeKind

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """What the shares need of one service record."""

    row: RowRef
    enterprise: str | None  # None: an event without a list of firms
    fee_kind: FeeKind
    person_times: int
    fee_fen: int
    subsidised: bool = False  # a voucher bore part of it


@dataclass(frozen=True, slots=True)
class StaffFact:
    """What the share of qualified staff needs of one person."""

    row: RowRef
    degree: bool | None  # 大专及以上; None: not filled in
    title: bool | None  # 中级及以上职称; None: not filled in


def whole_years(since: date, on: date) -> int:
    """Years completed: two years are full on the second anniversary (29 February counts as 1 March)."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def share_bp(part: int, whole: int) -> int:
    """A share in basis points, rounded down. `whole` is greater than zero."""
    return part * WHOLE_BP // whole


def rising(
    counts: Mapping[int, int | None], year: int, reading: str, rows: tuple[RowRef, ...] = (), *, doubts: Mapping[int, int] | None = None
) -> Measured:
    """Whether more firms were served than the year before; with `two_steps` also the year before against its own.

    Args:
        counts: distinct firms by year; None or no entry: that year is not in the register.
        doubts: by year, how many more there may be. Where they could turn the answer, it is unknown.
    """
    years = [year, year - 1] if reading == "one_step" else [year, year - 1, year - 2]
    missing = [str(y) for y in years if counts.get(y) is None]
    if missing:
        return Measured(None, rows, Sentence(N_("缺少 %(years)s 年的服务企业数量，不能比较。"), {"years": "、".join(sorted(missing))}))
    found = [counts[y] or 0 for y in years]
    most = [count + (doubts or {}).get(y, 0) for count, y in zip(found, years, strict=True)]
    figures = "，".join(f"{y}: {n}" for y, n in zip(reversed(years), reversed(found), strict=True))
    note = Sentence(N_("各年服务企业：%(figures)s。"), {"figures": figures})
    is_sure = all(now > before for now, before in zip(found, most[1:], strict=False))
    may_be = all(now > before for now, before in zip(most, found[1:], strict=False))
    if is_sure != may_be:
        reason = N_("部分企业的规模类型还没有认定，不能判断是否增长。各年已确认：%(figures)s。")
        return Measured(None, rows, Sentence(reason, {"figures": figures}))
    return Measured(is_sure, rows, note=note)


def satisfaction(scores: Sequence[tuple[RowRef, int]], *, satisfied_from_score: int, least_answers: int) -> Measured:
    """Share of answers at or above the score that counts as satisfied; unknown while there are too few.

    Args:
        scores: (row, score of 1 to 5) of every answer in the year.
    """
    rows = tuple(row for row, _score in scores)
    if len(scores) < least_answers:
        reason = N_("只有 %(found)s 份评价，至少需要 %(least)s 份才能计算满意度。")
        return Measured(None, rows, Sentence(reason, {"found": len(scores), "least": least_answers}))
    satisfied = sum(score >= satisfied_from_score for _row, score in scores)
    note = Sentence(N_("%(all)s 份评价中 %(satisfied)s 份满意。"), {"all": len(scores), "satisfied": satisfied})
    return Measured(share_bp(satisfied, len(scores)), rows, note=note)


def chosen_satisfaction(own: Measured, prefecture: Measured, reading: str) -> Measured:
    """The figure that counts, with the other beside it: our own, the prefecture's test, or the lower of the two."""
    both = Sentence(
        N_("平台评价 %(own)s，地（市）测评 %(prefecture)s。"),
        {"own": value_text(own.value, "bp"), "prefecture": value_text(prefecture.value, "bp")},
    )
    counts = own if reading == "own" else prefecture if reading == "prefecture" else _lower(own, prefecture)
    return Measured(counts.value, counts.rows, counts.unknown_reason, both)


def _lower(own: Measured, prefecture: Measured) -> Measured:
    """A figure that is missing leaves the lower one unknown: it could still come in below."""
    if own.value is None or prefecture.value is None:
        missing = own if own.value is None else prefecture
        return Measured(None, own.rows + prefecture.rows, missing.unknown_reason or Sentence(N_("两项满意度须都有数据才能取低。")))
    return own if int(own.value) <= int(prefecture.value) else prefecture


def public_benefit_share(services: Sequence[ServiceFact], *, by: str, subsidised_is_low_fee: str) -> Measured:
    """Public-benefit and low-fee service as a share of all service, counted by services, firms, person-times or fee.

    By firms, a firm counts once it had one such service. By fee, what the firms paid counts, so free services weigh nothing;
    where nobody paid anything, everything was free.
    """
    rows = tuple(s.row for s in services)
    if not services:
        return Measured(None, rows, Sentence(N_("本年度台账中还没有服务，不能计算占比。")))
    benefit = [s for s in services if _is_benefit(s, subsidised_is_low_fee == "yes")]
    whole, part = _amount(services, by), _amount(benefit, by)
    if whole == 0 and by == "fee":
        return Measured(WHOLE_BP, rows)
    if whole == 0:
        return Measured(None, rows, Sentence(N_("本年度台账中没有写明企业的服务，不能按家数计算占比。")))
    return Measured(share_bp(part, whole), rows)


def _is_benefit(service: ServiceFact, subsidised_counts: bool) -> bool:
    return service.fee_kind is not FeeKind.STANDARD or (subsidised_counts and service.subsidised)


def _amount(services: Iterable[ServiceFact], by: str) -> int:
    if by == "firms":
        return len({s.enterprise for s in services if s.enterprise is not None})
    if by == "person_times":
        return sum(s.person_times for s in services)
    return sum(s.fee_fen for s in services) if by == "fee" else sum(1 for _ in services)


def qualified_staff_share(staff: Sequence[StaffFact], reading: str) -> Measured:
    """Share of service staff with a degree, a title, either (union) or both (intersection).

    What is not filled in makes it a span: the share that is sure, and the most it can be.
    """
    rows = tuple(person.row for person in staff)
    if not staff:
        return Measured(None, rows, Sentence(N_("年度档案中还没有服务人员名单。")))
    answers = [_qualified(person, reading) for person in staff]
    open_ones = answers.count(None)
    sure = share_bp(answers.count(True), len(staff))
    if not open_ones:
        return Measured(sure, rows)
    reason = Sentence(N_("有 %(count)s 人的学历或职称没有填写，不能计算占比。"), {"count": open_ones})
    return Measured(sure, rows, reason, most=share_bp(answers.count(True) + open_ones, len(staff)))


def _qualified(person: StaffFact, reading: str) -> bool | None:
    asked = {"degree": [person.degree], "title": [person.title]}.get(reading, [person.degree, person.title])
    if reading == "union" and True in asked:
        return True
    if reading != "union" and False in asked:
        return False
    return None if None in asked else reading != "union"
