"""Facts as a decision keeps them beside itself, so that it can be decided again when the register has long moved on. Pure.

What is not known, not so, or empty is left out: a row stays small.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from marketplace.enterprises.rules import FirmSize, HeldTitle
from marketplace.identity.legal_forms import LegalForm
from marketplace.policy.programme_words import TitleGrade, TitleKind
from marketplace.vouchers.rules.facts import Aid, FirmFacts
from marketplace.vouchers.rules.sales import ProviderFacts

Kept = dict[str, Any]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value.value) if hasattr(value, "value") else value


def _filled(values: Mapping[str, Any]) -> Kept:
    return {name: _plain(value) for name, value in values.items() if value is not None and value != ""}


def kept_firm(facts: FirmFacts) -> Kept:
    """What was known of a firm."""
    values = {name: getattr(facts, name) for name in FirmFacts.__dataclass_fields__ if name not in {"titles", "lists", "aid", "simulated"}}
    found = _filled(values) | {"titles": [_filled(asdict(one)) for one in facts.titles]}
    found |= {} if facts.lists is None else {"lists": sorted(map(list, facts.lists))}
    found |= {} if facts.aid is None else {"aid": [_filled(asdict(one)) for one in facts.aid]}
    return found | ({"simulated": True} if facts.simulated else {})


def firm_then(kept: Mapping[str, Any]) -> FirmFacts:
    """What was known of it, as the rules ask."""
    lists, aid = kept.get("lists"), kept.get("aid")
    return FirmFacts(
        verified=kept.get("verified"),
        size=FirmSize(kept["size"]),
        titles=tuple(map(_title, kept.get("titles", ()))),
        region_code=kept.get("region_code"),
        park_code=kept.get("park_code"),
        industry_code=kept.get("industry_code"),
        founded_on=_day(kept.get("founded_on")),
        legal_form=LegalForm(kept["legal_form"]) if "legal_form" in kept else None,
        employees=kept.get("employees"),
        revenue_fen=kept.get("revenue_fen"),
        lists=None if lists is None else frozenset((programme, name) for programme, name in lists),
        sanctioned=kept.get("sanctioned"),
        as_of=date.fromisoformat(kept["as_of"]),
        aid=None if aid is None else tuple(map(_aid, aid)),
        simulated=bool(kept.get("simulated")),
    )


def kept_provider(facts: ProviderFacts) -> Kept:
    """What the accepted dossier of a provider said."""
    return {"papers": {kind: _plain(last) for kind, last in facts.papers.items()}, "numbers": dict(facts.numbers)}


def provider_then(kept: Mapping[str, Any]) -> ProviderFacts:
    """The same, as the rules ask."""
    return ProviderFacts({kind: _day(last) for kind, last in kept.get("papers", {}).items()}, kept.get("numbers", {}))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _title(kept: Mapping[str, Any]) -> HeldTitle:
    return HeldTitle(
        kind=TitleKind(kept["kind"]),
        valid_from=date.fromisoformat(kept["valid_from"]),
        valid_until=_day(kept.get("valid_until")),
        revoked_on=_day(kept.get("revoked_on")),
        number=kept.get("number", ""),
        document=kept.get("document", ""),
        grade=TitleGrade(kept["grade"]) if "grade" in kept else None,
    )


def _aid(kept: Mapping[str, Any]) -> Aid:
    return Aid(
        programme=kept["programme"],
        given_on=date.fromisoformat(kept["given_on"]),
        used_on=_day(kept.get("used_on")),
        completed_on=_day(kept.get("completed_on")),
        is_held=kept["is_held"],
        simulated=kept["simulated"],
        of_associate=kept.get("of_associate", ""),
    )
