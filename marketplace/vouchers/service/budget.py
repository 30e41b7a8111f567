"""Officers are told once when the money of a round is used up to where something stops, and again when it goes on."""

from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import locked
from marketplace.kernel.errors import N_
from marketplace.kernel.money import percent
from marketplace.kernel.sentences import Sentence
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.notices import service as notices
from marketplace.vouchers.lifecycle import ROUND
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.budget import use_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import Side


def look(round_id: UUID, *, now: datetime) -> int:
    """Whether a round stopped, or goes on, since somebody looked last; then its officers are told. How many rounds: 1 or 0."""
    row = locked(Round, round_id, beside_new=True)
    stop = spec_of(row.version_id).budget_stop
    if stop is None:
        return 0
    use = use_of(row)
    is_reached = stop.is_reached(use.used_fen, use.whole_fen)
    if is_reached == (row.budget_stopped_at is not None):
        return 0
    act = moves.begun(ROUND, "budget_reached" if is_reached else "budget_freed", row, Side.PLATFORM, By(None, now))
    row.budget_stopped_at = now if is_reached else None
    moves.done(act, used_fen=use.used_fen)
    title = N_("批次 %(name)s 的资金已用到 %(rate)s") if is_reached else N_("批次 %(name)s 的资金又有余额")
    body = N_("已占用和使用 %(used)s 元，已自动暂停：%(what)s。") if is_reached else N_("已占用和使用 %(used)s 元，已恢复：%(what)s。")
    words = {"name": row.name, "rate": percent(stop.rate_bp), "used": format_money(use.used_fen, row.programme.currency)}
    words["what"] = "、".join(one.label for one in stop.stops)
    people = identity.user_ids_with("rounds.manage", row.area_code, "")
    notices.tell(people, Sentence(title, words), Sentence(body, words), f"/office/rounds/{row.id}")
    return 1
