"""What the worker does: goes through the past once, sums it up, and keeps the details. Run again it does the same again."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from marketplace.kernel import jobs
from marketplace.kernel.pieces import PIECE
from marketplace.whatif import store
from marketplace.whatif.queries import KIND, Past
from marketplace.whatif.rules.past import IssuedVoucher, PastOrder
from marketplace.whatif.rules.replay import Event, Replay
from marketplace.whatif.rules.standing import full_grant
from marketplace.whatif.rules.summary import Summary, firm_line, order_line
from marketplace.whatif.service import question_of


@jobs.handler(KIND)
def replay(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    """Replay what was asked for."""
    past, summary, replay_id = Past(question_of(payload)), Summary(), UUID(payload["replay_id"])
    progress(0, past.number())
    with store.written(replay_id, store.ORDERS) as lines:
        for one in Replay().run(_told(past, summary, progress)):
            if one.order.is_counted and past.question.class_key in {"", one.class_before}:
                summary.add(one)
                lines.write(json.dumps(order_line(one), separators=(",", ":")) + "\n")
    for firm, region, change, found in past.refused():
        grant = full_grant(change.new, found.class_key) if found and found.class_key else 0
        summary.applied(firm, region, found.class_key if found else None, grant, is_unsure=bool(found and found.is_unsure))
    with store.written(replay_id, store.FIRMS) as lines:
        lines.writelines(json.dumps(firm_line(key, firm), separators=(",", ":")) + "\n" for key, firm in summary.firms.items())
    return summary.as_result() | {"budget_fen": past.budget_fen(), "labels": past.labels(), "currency": str(past.changed.currency)}


def _told(past: Past, summary: Summary, progress: jobs.Progress) -> Iterator[Event]:
    """The events as they come, with word of how far it is."""
    number, total = 0, past.number()
    for event in past.events():
        if isinstance(event, PastOrder):
            number += 1
            if number % PIECE == 0:
                progress(number, max(total, number))
        elif isinstance(event, IssuedVoucher) and event.round_id in past.question.round_ids:
            summary.issued(event)
        yield event
