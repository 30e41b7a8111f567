"""Service categories offerings are filed under, each mapped to the function an evaluation counts it for."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.policy.vocabulary import ServiceFunction

CONFIG = Path(__file__).resolve().parents[2] / "config"
FILE = CONFIG / "reference" / "service_categories.toml"


@dataclass(frozen=True, slots=True)
class ServiceCategory:
    code: str
    name: str
    name_en: str
    function: ServiceFunction
    examples: str  # helps a provider choose


@cache
def service_categories(path: Path = FILE) -> tuple[ServiceCategory, ...]:
    """All categories in the order in which lists show them.

    Raises: ValueError if the file of the application itself is wrong: a fault of ours, found by a test.
    """
    document = tomllib.loads(path.read_text("utf-8"))
    found = tuple(
        ServiceCategory(one["code"], one["name"], one["name_en"], ServiceFunction[one["function"].upper()], one["examples"])
        for one in document["category"]
    )
    if len({one.code for one in found}) != len(found):
        raise ValueError("a category code appears twice")
    return found


def category_names() -> Mapping[str, str]:
    """Code → Chinese name."""
    return {one.code: one.name for one in service_categories()}


def function_of(code: str) -> ServiceFunction:
    """The function a category counts for; `other` for a category dropped since."""
    return next((one.function for one in service_categories() if one.code == code), ServiceFunction.OTHER)
