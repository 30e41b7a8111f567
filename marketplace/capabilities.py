"""The capabilities of the house, from the ground up. What each brings is found by the name of its module.

`models` its tables, `views` its blueprint `bp`, `jobs` what the worker does for it, `queues` who is answered each second, `periods` days
that are counted anew before anything else, `sweep` what time does to it, `lifecycle` the lives of its things, `tasks` what waits on homes
(`OFFICE`, `FIRM`), `trail` its words for what happened (`TRAIL`), `subjects` how people know the rows that events are about (`NAMES`,
`SIMULATED`) and whom they concern (`PARTIES`). A capability without one of them has none.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

CAPABILITIES = (
    "audit",
    "notices",
    "identity",
    "exports",
    "piles",
    "ledger",
    "policy",
    "publicity",
    "risk",
    "enterprises",
    "catalogue",
    "vouchers",
    "agreements",
    "records",
    "orders",
    "subsidies",
    "settlement",
    "matching",
    "evaluation",
    "supervision",
    "arrears",
    "oversight",
    "proofs",
    "reporting",
    "whatif",
    "recomputing",
    "performance",
)


def modules(name: str) -> Iterator[ModuleType]:
    """The modules of a name, in the order of the capabilities. Raises: ModuleNotFoundError: there is no such capability."""
    for capability in CAPABILITIES:
        path = f"marketplace.{capability}.{name}"
        if find_spec(path):
            yield import_module(path)
