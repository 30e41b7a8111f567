"""Signals that wait: for who closes them, and for who only watches."""

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Rows, Task
from marketplace.risk import queries as risk
from marketplace.risk.models import SignalState


def _signals(areas: tuple[str, ...] | None, *, closable: bool) -> Rows:
    return risk.signals(areas, risk.SignalFilter(state=SignalState.OPEN, closable=closable))


OFFICE = (
    Task(N_("核查风险提示"), "oversight.signals", lambda _asker, areas: _signals(areas, closable=True), {"state": "open", "whose": "mine"},
         door="oversight.close_signal"),
    Task(N_("未处理的风险提示"), "oversight.signals", lambda _asker, _areas: _signals(None, closable=False), {"state": "open"},
         unless="oversight.close_signal"),
)  # fmt: skip
