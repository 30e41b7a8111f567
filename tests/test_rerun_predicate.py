"""Every function that sums or counts rows of rounds asks the one predicate about simulated rounds, or says here why it need not."""

import ast
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parent.parent / "marketplace"
BELOW = {  # packages that know no rounds
    "kernel", "ledger", "audit", "identity", "catalogue", "enterprises", "matching", "notices", "policy", "risk", "retrieval", "web",
    "extensions",
}  # fmt: skip
ROWS = {
    "Order", "Claim", "Voucher", "Round", "Application", "Appropriation", "PaymentLine", "PaymentBatch", "ServiceRecord", "Review",
    "PublicNotice", "Subsidy",
}  # fmt: skip
ASKED = {
    "is_real", "is_simulated", "is_real_programme", "is_current", "current",  # the predicate, and the record's own word of it
    "simulated",  # the column that a row got from it
    "_paid_orders",  # of supervision: the orders that a look compares, and it asks
    "_about",  # of reporting: every statement of spending passes through it, and it asks
    "reviews",  # of orders: the reviews that count
}  # fmt: skip
ONE_ROUND = "of one round, whichever it is"
OWN_WORK = "how much waits for somebody or stands in an own list: simulated work waits like any other, and its rows are marked"
RERUNS = "a part of the figures of simulated rounds: whoever puts them together asks"
NEED_NOT = {
    "orders.queries.counts": OWN_WORK,
    "orders.queries.provisional": OWN_WORK,
    "settlement.queries.counts": OWN_WORK,
    "settlement.queries.provisional": OWN_WORK,
    "settlement.queries.waiting_lines": "of one batch, which is of one kind",
    "settlement.queries.totals": "by batch, each of one kind",
    "settlement.queries.draws.drawn_so_far": ONE_ROUND,
    "settlement.queries.payees.sums_to": ONE_ROUND,
    "settlement.queries.paid.paid_of_claim": "of one claim",
    "settlement.queries.paid.paid_of": "by claim, each of one kind",
    "settlement.queries.paid.open_sum": "of the claims of one batch to be made, which is of one kind",
    "settlement.queries.paid.asked_sum": "of one batch, which is of one kind",
    "settlement.service.opening._recalled": ONE_ROUND,
    "settlement.queries.sources._paid": "whoever asks names real rounds, or one",
    "oversight.queries.appropriated._brought": ONE_ROUND,
    "vouchers.queries.funds.appropriated_by": "by round, each of one kind",
    "vouchers.queries.funds.unused_fen": ONE_ROUND,
    "vouchers.queries.funds.gauge": ONE_ROUND,
    "vouchers.queries.budget.use_of": ONE_ROUND,
    "vouchers.queries.reach.reach_of": "firms that a draft may reach",
    "orders.service.budget._unsigned_fen": ONE_ROUND,
    "vouchers.queries.funds.promised_by_part": ONE_ROUND,
    "vouchers.queries.applications.counts_in": ONE_ROUND,
    "vouchers.sweep._queue_and_money": ONE_ROUND,
    "vouchers.queries.programmes.known_programmes": "how many rounds a programme has, for those who manage it",
    "vouchers.service.allotting._allotted": ONE_ROUND,
    "vouchers.queries.scores.missing_in": ONE_ROUND,
    "whatif.queries.number": "of the rounds that were chosen, which are of one kind",
    "recomputing.queries.orders.number_of": "how many are decided again: those of simulated rounds like any other",
    "reporting.queries.reruns._recalled": RERUNS,
    "reporting.queries.reruns._payable": RERUNS,
    "reporting.queries.reruns.paid_fen": RERUNS,
    "reporting.queries.figures.of_enterprise": "money by the predicate, orders on the way as in the own list",
    "reporting.queries.figures.of_provider": "the same",
}


def counting() -> Iterator[tuple[str, set[str]]]:
    """Functions that sum or count and name rows of rounds, with every name in them."""
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        parts = tuple(part for part in path.relative_to(HOUSE).with_suffix("").parts if part != "__init__")
        if not parts or parts[0] in BELOW:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                calls = {ast.unparse(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
                said = names | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
                if calls & {"func.sum", "func.count"} and names & ROWS:
                    yield ".".join((*parts, node.name)), said


def test_what_sums_or_counts_asks_whether_a_round_is_simulated():
    found = dict(counting())
    assert len(found) > 15, "the walk goes through the house"
    silent = {name for name, said in found.items() if not said & ASKED}
    assert silent - NEED_NOT.keys() == set(), "ask vouchers.queries.reruns.is_real, or say why not"
    assert {name for name in NEED_NOT if name not in found} == set(), "these count no more"
