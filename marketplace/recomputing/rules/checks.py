"""The checks of a firm, decided again. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.vouchers.rules import eligibility
from marketplace.vouchers.rules.facts import FirmFacts

_CHECKS = N_("资格检查：按冻结规则和当时的事实重判")


def rechecked(spec: ProgrammeSpec, firm: FirmFacts, area_code: str, stored: Sequence[Mapping[str, Any]]) -> Iterator[Mismatch]:
    """Whether each rule answered as it answers on the facts of the day."""
    again = [(one.rule, one.verdict.value) for one in eligibility.check_eligibility(spec, firm, (area_code,))]
    kept = [(one.get("rule"), one.get("verdict")) for one in stored]
    yield from unlike(_CHECKS, _said(kept), _said(again), is_money=False)


def _said(checks: Sequence[tuple[Any, Any]]) -> str:
    return ", ".join(f"{rule} {verdict}" for rule, verdict in checks)
