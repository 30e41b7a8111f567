"""A line of either list on its way from a sheet's row or a form through the database to the matching: one type, one check. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, TypeVar

from marketplace.identity import industries, regions
from marketplace.identity.uscc import check_uscc
from marketplace.kernel.errors import N_, DomainError, RuleViolation
from marketplace.kernel.money import MAX_AMOUNT_FEN
from marketplace.kernel.sentences import Sentence
from marketplace.matching.rules import TradeRole, certificates

SEPARATOR = re.compile(r"[|、,，;；/\s]+")
_UNTIL = re.compile(r"[（(]\s*(?:有效期)?至?\s*(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?\s*(?:止|到期)?\s*[)）]")

WHOLE_MOST = 10**15
MOST: Mapping[str, int] = {  # where a number is given, it is at least 1 and at most this
    "quantity": WHOLE_MOST, "capacity": WHOLE_MOST, "minimum_lot": WHOLE_MOST, "target_price_fen": MAX_AMOUNT_FEN,
    "price_fen": MAX_AMOUNT_FEN, "max_suppliers": 1_000, "max_customers": 1_000, "share_cap_bp": 10_000,
}  # fmt: skip
LEAD_DAYS_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """One product that a leader needs, or wants to sell. Absent values rule nothing out."""

    line_number: str = ""
    product: str
    specification: str = ""
    industry_code: str | None = None
    quantity: int | None = None
    unit: str = ""
    target_price_fen: int | None = None
    needed_by: date | None = None
    certificates: tuple[str, ...] = ()
    region_code: str | None = None
    max_suppliers: int = 3
    share_cap_bp: int = 10_000
    excluded: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyLine:
    """One product that a firm supplies, or buys."""

    line_number: str = ""
    side: TradeRole = TradeRole.SELLS
    product: str
    specification: str = ""
    industry_code: str | None = None
    capacity: int | None = None
    unit: str = ""
    price_fen: int | None = None
    lead_days: int | None = None
    minimum_lot: int | None = None
    certificates: tuple[str, ...] = ()
    wanted_customers: str = ""
    max_customers: int = 10
    excluded: tuple[str, ...] = ()


L = TypeVar("L", NeedLine, SupplyLine)


def need_line(values: Mapping[str, Any]) -> NeedLine:
    """A line as a sheet's row or a form says it. Raises: RuleViolation with the field."""
    return _typed(NeedLine, values, certificates=tuple(split_words(certificates.joined(values.get("certificates") or ""))))


def supply_line(values: Mapping[str, Any]) -> SupplyLine:
    """A line as a sheet's row or a form says it. Raises: RuleViolation with the field."""
    return _typed(SupplyLine, values, certificates=tuple(certificates_held(values.get("certificates"))))


def _typed(kind: type[L], values: Mapping[str, Any], **read: Any) -> L:
    for fault in faults(values):
        raise fault
    told = {one.name: values[one.name] for one in fields(kind) if values.get(one.name) not in (None, "")}
    if told.get("region_code"):
        told["region_code"] = regions.find(told["region_code"]).code
    if "side" in told:
        told["side"] = TradeRole(told["side"])
    return kind(**{**told, **read, "excluded": tuple(check_codes(values.get("excluded")))})


def line_of_row(kind: type[L], row: Any) -> L:
    """A line as the database has it."""
    values: dict[str, Any] = {one.name: getattr(row, one.name) for one in fields(kind)}
    if "side" in values:
        values["side"] = TradeRole(row.side)
    return kind(**{**values, "certificates": tuple(row.certificates), "excluded": tuple(row.excluded)})


def columns(line: NeedLine | SupplyLine) -> dict[str, Any]:
    """A line as the database takes it."""
    told = {**asdict(line), "certificates": list(line.certificates), "excluded": list(line.excluded)}
    return {**told, "side": line.side.value} if isinstance(line, SupplyLine) else told


def faults(values: Mapping[str, Any]) -> Iterator[DomainError]:
    """Everything that is wrong with a line of either list, each with its field."""
    checks: Mapping[str, Callable[[str], object]] = {
        "industry_code": industries.check_class, "region_code": regions.find, "excluded": check_codes, "certificates": certificates_held,
    }  # fmt: skip
    for key, check in checks.items():
        if values.get(key):
            try:
                check(values[key])
            except DomainError as refusal:
                refusal.field = key
                yield refusal
    for key, most in MOST.items():
        number = values.get(key)
        if number is not None and number <= 0:
            yield RuleViolation(N_("须大于 0，请改正或留空。"), field=key)
        elif number is not None and number > most and key == "share_cap_bp":
            yield RuleViolation(N_("占比不能超过 100%。"), field=key)
        elif number is not None and number > most:
            yield RuleViolation(N_("不能超过 %(most)s，请核对数字和单位。"), field=key, most=most)
    lead = values.get("lead_days")
    if lead is not None and not 0 <= lead <= LEAD_DAYS_MOST:
        yield RuleViolation(N_("交货周期请填写 0 至 1000 天。"), field="lead_days")


def certificates_held(text: str | None) -> list[str]:
    """Certificates as a firm writes them, each with its last good day where it gives one: ISO9001（2027-06-30）.

    Raises: RuleViolation: a day that no calendar has.
    """

    def day(found: re.Match[str]) -> str:
        try:
            return f"（{date(*map(int, found.groups())).isoformat()}）"
        except ValueError:
            raise RuleViolation(N_("资质的到期日“%(text)s”不存在，请改正。"), field="certificates", text=found[0]) from None

    return split_words(_UNTIL.sub(day, certificates.joined(text or "")))


def check_codes(text: str | None) -> list[str]:
    """Credit codes of organisations somebody does not deal with. Raises: RuleViolation: one is none."""
    return [_code(word) for word in split_words(text)]


def _code(word: str) -> str:
    try:
        return check_uscc(word)
    except RuleViolation as refusal:
        why = Sentence(refusal.message, refusal.params)
        raise RuleViolation(N_("“%(text)s”不是有效的统一社会信用代码：%(why)s"), field="excluded", text=word[:30], why=why) from None


def split_words(text: str | None) -> list[str]:
    """ "a、b|c" → ["a", "b", "c"]."""
    return [word for word in SEPARATOR.split(text or "") if word]
