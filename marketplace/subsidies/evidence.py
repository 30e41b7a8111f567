"""What a firm says of a cost that it asks a subsidy for, field by field as the programme's file declares them. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from marketplace.identity import regions
from marketplace.kernel import typed
from marketplace.kernel.currencies import currency as currency_of
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Currency, Fen, parse_amount, percent
from marketplace.kernel.normal_text import plain_number
from marketplace.policy.programme_decisions import EvidenceField
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import EvidenceKind
from marketplace.subsidies.rules import Ground

LONGEST = 60  # signs of a number, and of an option
LONGEST_TEXT = 200
LONGEST_OF_MONTHS = 40  # of a number that is used month by month
MOST_MONTHS = 120


class Named(Protocol):
    """Something that is called by a name."""

    name: Any


@dataclass(frozen=True, slots=True)
class SaidOfCost:
    """One field as it is kept and read."""

    name: str
    label: str
    kind: EvidenceKind
    value: str

    def stored(self) -> dict[str, str]:
        """As the application keeps it."""
        return {"name": self.name, "label": self.label, "kind": self.kind.value, "value": self.value}


def kept(stored: Sequence[Mapping[str, str]]) -> tuple[SaidOfCost, ...]:
    """The fields again, as an application keeps them."""
    return tuple(SaidOfCost(one["name"], one["label"], EvidenceKind(one["kind"]), one["value"]) for one in stored)


NO_OFFICES: Mapping[str, str] = {}


def named(organisations: Mapping[str, Named]) -> dict[str, str]:
    """What offices are called, by credit code."""
    return {uscc: one.name for uscc, one in organisations.items()}


def read(
    spec: ProgrammeSpec, given: Mapping[str, str], *, has_file: bool, today: date, offices: Mapping[str, str] = NO_OFFICES
) -> tuple[SaidOfCost, ...]:
    """Every field that was filled in, checked by what the file says of it.

    Args:
        given: what was typed, by the names of the fields.
        has_file: a scan was chosen, now or before.
        offices: the fee offices that may be chosen, by credit code.

    Raises: RuleViolation beside the field.
    """
    found = []
    for one in spec.evidence_fields:
        text = typed.half_width(given.get(one.name, "")).strip() if one.kind is not EvidenceKind.TEXT else given.get(one.name, "").strip()
        missing = not has_file if one.kind is EvidenceKind.FILE else not text
        if missing and one.required:
            raise RuleViolation(N_("请填写“%(label)s”。"), field=in_form(one.name), code="evidence_missing", label=one.label)
        if not missing and one.kind is not EvidenceKind.FILE:
            found.append(SaidOfCost(one.name, one.label, one.kind, _checked(one, text, spec, today, offices)))
    return tuple(found)


def _checked(one: EvidenceField, text: str, spec: ProgrammeSpec, today: date, offices: Mapping[str, str]) -> str:
    """The value as it is kept. Raises: RuleViolation beside the field."""
    if one.kind is EvidenceKind.COST:
        return format_money(_cost(one, text, spec.currency), spec.currency)
    if len(text) > (LONGEST_TEXT if one.kind is EvidenceKind.TEXT else LONGEST):
        raise _refused(one, N_("“%(label)s”太长，请缩短。"))
    if one.kind is EvidenceKind.NUMBER and not plain_number(text):
        raise _refused(one, N_("“%(label)s”中没有数字，请按材料上的编号填写。"))
    if one.kind is EvidenceKind.OPTION and text not in one.options:
        raise _refused(one, N_("“%(label)s”请从列出的内容中选择。"))
    if one.kind in _OF_TIME:
        return _OF_TIME[one.kind](one, text, today)
    if one.kind is EvidenceKind.RATE:
        return percent(_rate_bp(one, text))
    if one.kind is EvidenceKind.OFFICE:
        return _office(one, text, offices)
    if one.kind is EvidenceKind.OUTSIDE:
        return _outside(one, text, spec)
    return text


_SPAN = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})月?(?:(?:至|到|~|—|–|-)([0-9]{4})[-./年]([0-9]{1,2})月?)?")


def _months(one: EvidenceField, text: str, today: date) -> str:
    """From a month to a month, as it is kept: 2022-01 至 2022-03."""
    found = _SPAN.fullmatch(re.sub(r"\s", "", text))
    if found is None:
        raise _refused(one, N_("“%(label)s”请写起止月份，例如 2026-01 至 2026-03；只有一个月的写 2026-01。"))
    year, month, last_year, last_month = (int(part) if part else 0 for part in found.groups())
    first, last = (year, month), (last_year or year, last_month or month)
    if not (1 <= first[1] <= 12 and 1 <= last[1] <= 12 and first <= last <= (today.year, today.month)):
        raise _refused(one, N_("“%(label)s”起止月份不对：应先后有序，且不晚于本月。"))
    if (last[0] - first[0]) * 12 + last[1] - first[1] >= MOST_MONTHS:
        raise _refused(one, N_("“%(label)s”太长，请分次申请。"))
    said = [f"{at[0]:04d}-{at[1]:02d}" for at in (first, last)]
    return " 至 ".join(dict.fromkeys(said))


def _day(one: EvidenceField, text: str, today: date) -> str:
    day = typed.day(text)
    if day is None or day > today:
        raise _refused(one, N_("“%(label)s”应是不晚于今天的日期，例如 2026-03-16。"))
    _check_age(one, (today - day).days)
    return day.isoformat()


_OF_TIME = {EvidenceKind.DAY: _day, EvidenceKind.MONTHS: _months}


def months_in(value: str) -> tuple[str, ...]:
    """Every month of a span as it is kept."""
    ends = [tuple(map(int, part.split("-"))) for part in value.split(" 至 ")]
    first, last = (year * 12 + month - 1 for year, month in (ends[0], ends[-1]))
    return tuple(f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, last + 1))


def _rate_bp(one: EvidenceField, text: str) -> int:
    """A rate a year, to a hundredth of a percent."""
    found = re.fullmatch(r"([0-9]{1,2})(?:\.([0-9]{1,2}))?%?", text, re.ASCII)
    bp = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if not bp:
        raise _refused(one, N_("“%(label)s”请填写年利率，例如 4.35%%，最多两位小数。"))
    return bp


def _office(one: EvidenceField, uscc: str, offices: Mapping[str, str]) -> str:
    if uscc not in offices:
        raise _refused(one, N_("“%(label)s”请从本批次登记的收费部门中选择。"))
    return offices[uscc]


def _outside(one: EvidenceField, code: str, spec: ProgrammeSpec) -> str:
    if not regions.exists(code) or any(regions.covers(inside, code) for inside in spec.beneficiaries.regions.value):
        raise _refused(one, N_("“%(label)s”须在项目适用地区以外。"))
    return regions.full_name(code)


def _check_age(one: EvidenceField, days: int) -> None:
    """Raises: RuleViolation: younger or older than the file takes it."""
    field = in_form(one.name)
    if one.least_days is not None and days < one.least_days:
        said = N_("“%(label)s”到申请当日须满 %(days)s 天，请到时再申请。")
        raise RuleViolation(said, field=field, code="too_young", label=one.label, days=one.least_days)
    if one.most_days is not None and days > one.most_days:
        said = N_("“%(label)s”距申请当日已超过 %(days)s 天，不能再申请。")
        raise RuleViolation(said, field=field, code="too_old", label=one.label, days=one.most_days)


def _cost(one: EvidenceField, text: str, currency: Currency) -> Fen:
    try:
        cost = parse_amount(text, currency)
    except ValueError:
        raise _refused(one, N_("“%(label)s”请填写金额，例如 3600 或 3600.50。")) from None
    if cost <= 0:
        raise _refused(one, N_("“%(label)s”须大于 0。"))
    return cost


def _refused(one: EvidenceField, sentence: str) -> RuleViolation:
    return RuleViolation(sentence, field=in_form(one.name), code="evidence", label=one.label)


def in_form(name: str) -> str:
    """How a form calls a field of the evidence."""
    return f"evidence_{name}"


def cost_of(spec: ProgrammeSpec, said: Sequence[Mapping[str, str]], currency: str) -> Fen:
    """The cost that the subsidy is reckoned by, out of what was kept: of interest above the highest rate, the part up to it."""
    values = {one["kind"]: one["value"] for one in said}
    cost = parse_amount(values[EvidenceKind.COST.value], currency_of(currency))
    limit = next((one for one in spec.evidence_fields if one.kind is EvidenceKind.RATE), None)
    if limit is None or limit.most_bp is None:
        return cost
    paid_bp = _rate_bp(limit, values[EvidenceKind.RATE.value])
    return cost if paid_bp <= limit.most_bp else Fen(cost * limit.most_bp // paid_bp)  # part of a fen falls to the firm


def check_months(spec: ProgrammeSpec, firm_class: str, ground: Ground, given: int) -> None:
    """A firm is given no more months than its programme says, and of its year.

    Args:
        given: how many months it was given under the programme before, or asks for in other applications.

    Raises: RuleViolation beside the field.
    """
    field = next((one for one in spec.evidence_fields if one.kind is EvidenceKind.MONTHS), None)
    for one in spec.month_counts:
        if field is None or not one.applies(firm_class):
            continue
        if strange := one.strange(ground.months):
            said = {"month": strange, "year": one.year}
            raise RuleViolation(N_("本项目只补助 %(year)s 年的月份，%(month)s 不在其内。"), field=in_form(field.name), code="month", **said)
        if given + len(ground.months) > one.most:
            said = {"most": one.most, "left": max(0, one.most - given)}
            sentence = N_("每家企业最多补助 %(most)s 个月，还可申请 %(left)s 个月。")
            raise RuleViolation(sentence, field=in_form(field.name), code="months_used", **said)


def ground_of(said: Sequence[SaidOfCost], today: date) -> Ground:
    """What is used once: the number on the paper."""
    one = next(one for one in said if one.kind is EvidenceKind.NUMBER)
    span, number = next((each for each in said if each.kind is EvidenceKind.MONTHS), None), plain_number(one.value)
    if span is None:
        return Ground(one.name, one.label, one.value, number, today)
    months = months_in(span.value)
    if len(number) > LONGEST_OF_MONTHS:
        raise RuleViolation(N_("“%(label)s”太长，请缩短。"), field=in_form(one.name), code="evidence", label=one.label)
    named = f"{number}@{months[0]}{months[-1]}"  # no number that is typed has such a sign
    return Ground(one.name, one.label, one.value, named, today, contract_key=number, months=months)
