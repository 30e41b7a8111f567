"""Service categories offerings are filed under, each mapped to the function an evaluation counts it for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.kernel.policyfiles.groups import ListedTables
from marketplace.kernel.policyfiles.kinds import Choice, ShortText
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import CONFIG, Root, key, load
from marketplace.policy.programme_words import ServiceFunction

FILE = CONFIG / "reference" / "service_categories.toml"


@dataclass(frozen=True, kw_only=True)
class ServiceCategory:
    code: str = key(ShortText("", 40))
    name: str = key(ShortText("", 40))
    name_en: str = key(ShortText("", 60))
    function: ServiceFunction = key(Choice("", ServiceFunction))
    examples: str = key(ShortText("", 200))  # helps a provider choose


@dataclass(frozen=True, kw_only=True)
class CategoryTable(Decision, Root):
    FORMAT = "service_categories/1"

    category: tuple[ServiceCategory, ...] = key(ListedTables(ServiceCategory, by="code"))


@cache
def service_categories(path: Path = FILE) -> tuple[ServiceCategory, ...]:
    """All categories in the order in which lists show them. Raises: PolicyFileError."""
    return load(path, CategoryTable).category


def category_names() -> Mapping[str, str]:
    """Code → Chinese name."""
    return {one.code: one.name for one in service_categories()}


def function_of(code: str) -> ServiceFunction:
    """The function a category counts for; `other` for a category dropped since."""
    return next((one.function for one in service_categories() if one.code == code), ServiceFunction.OTHER)
