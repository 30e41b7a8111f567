"""What waits for the two sides of a match, and for a firm whose supplies somebody else wrote down."""

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line
from marketplace.matching import queries
from marketplace.matching.models import Match, MatchContract


def _match(row: Match) -> Line:
    words = {"need": row.need.product, "supply": row.supply.product}
    return Line(N_("答复对接：%(need)s — %(supply)s"), words, "matching.match", {"match_id": row.id})


def _contract(row: MatchContract) -> Line:
    words = {"need": row.match.need.product, "supply": row.match.supply.product}
    return Line(N_("确认签约：%(need)s — %(supply)s"), words, "matching.match", {"match_id": row.match_id})


FIRM = (
    FirmTask("matching.supplies", lambda own, _today: queries.supplies_to_confirm(own),
             lambda _row: Line(N_("确认主管部门代填的供给清单"), {}, "matching.supplies", {})),
    FirmTask("matching.supplies", lambda own, _today: queries.to_answer(own, as_leader=False), _match),
    FirmTask("matching.supplies", lambda own, _today: queries.contracts_to_confirm(own, as_leader=False), _contract),
    FirmTask("matching.needs", lambda own, _today: queries.to_answer(own, as_leader=True), _match),
    FirmTask("matching.needs", lambda own, _today: queries.contracts_to_confirm(own, as_leader=True), _contract),
)  # fmt: skip
