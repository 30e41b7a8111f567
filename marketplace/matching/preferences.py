"""Reads what preferences weigh from config/matching.toml, and refuses a file that does not say where its numbers come from."""

import tomllib
from pathlib import Path

from marketplace.matching.rules import Preferences


def read_preferences(path: Path) -> Preferences:
    """Raises: ValueError, a number is missing, negative or above 1, or neither `source` nor `assumed` is given."""
    with path.open("rb") as file:
        data = tomllib.load(file)
    if not {"source", "assumed"} & set(data):
        raise ValueError(f"{path}: say where the numbers come from, with `source` or `assumed`")
    try:
        penalties = {name: float(data["penalties"][name]) for name in _PENALTIES}
        days = int(data["time"]["comfortable_days"])
        least = float(data["shortlist"]["least_closeness"])
        planned = float(data["shortlist"]["least_planned"])
        alone = float(data["shortlist"]["class_alone"])
        reserve, contract = int(data["plan"]["reserve_days"]), int(data["plan"]["contract_days"])
        version = str(data["version"])
    except KeyError as missing:
        raise ValueError(f"{path}: {missing} is missing") from None
    wrong = [
        name
        for name, value in {**penalties, "least_closeness": least, "least_planned": planned, "class_alone": alone}.items()
        if not 0 <= value <= 1
    ]
    if wrong or days < 0 or reserve < 0 or contract < 0:
        raise ValueError(f"{path}: {wrong or ['comfortable_days']} must lie between 0 and 1 (days: not below 0)")
    return Preferences(version=version, comfortable_days=days, least_closeness=least, least_planned=planned, class_alone=alone,
                       reserve_days=reserve, contract_days=contract, **penalties)  # fmt: skip


_PENALTIES = ("other_county", "other_prefecture", "other_province", "price_above_target", "short_notice", "unit_to_agree")
