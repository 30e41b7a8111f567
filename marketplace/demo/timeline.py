"""Tells the demo's stories in the order of time, each step as of its own moment and in its own transaction.

A story is a generator of steps. What a step's work answers comes back from its `yield`, so a story reads from top to bottom like what
happened; between two of its steps the others go on. Ledger, trail and notices are therefore laid in the order of time, as in real life.
"""

import heapq
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step happens."""

    now: datetime

    @property
    def today(self) -> date:
        """Its day in China."""
        return clock.civil_date(self.now)


Work = Callable[[Moment], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens at an instant.

    `alone`: the work opens its own transactions (a sweep, a job).
    """

    at: datetime
    work: Work
    alone: bool = False


Story = Generator[Step, Any, None]


def tell(stories: Iterable[Story], *, say: Callable[[str], None]) -> int:
    """Run all stories to their ends, the earliest step first; how many steps there were. `say` hears of each month that begins."""
    waiting: list[tuple[datetime, int, Step, Story]] = []
    for number, story in enumerate(stories):
        _wait(waiting, number, story, None, None)
    count, month = 0, ""
    while waiting:
        _at, number, step, story = heapq.heappop(waiting)
        if f"{step.at:%Y-%m}" != month:
            month = f"{step.at:%Y-%m}"
            say(month)
        _wait(waiting, number, story, step, _do(step))
        count += 1
    return count


def _wait(waiting: list[tuple[datetime, int, Step, Story]], number: int, story: Story, last: Step | None, result: Any) -> None:
    """Let a story name its next step."""
    try:
        step = story.send(result)
    except StopIteration:
        return
    assert last is None or step.at >= last.at, f"{getattr(story, '__qualname__', 'a story')} goes back from {last.at} to {step.at}"
    heapq.heappush(waiting, (step.at, number, step, story))


def _do(step: Step) -> Any:
    with clock.at(step.at):
        moment = Moment(clock.now())
        if step.alone:
            return step.work(moment)
        return in_transaction(lambda: step.work(moment))
