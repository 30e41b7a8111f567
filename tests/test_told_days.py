"""Days of a programme are those where it is: nothing of it is picked by China's day alone, which is over hours earlier."""

import ast
from datetime import UTC, date, datetime
from uuid import uuid4

from marketplace.kernel.zones import over_there
from tests.test_architecture import CODE, ROOT

IN_REACH = {"agreements", "orders", "publicity", "settlement", "subsidies", "vouchers"}
ASKS_THERE = {"over_there", "day_in"}  # what asks for the day of the row as well
OF_CHINA = {
    "orders/service/placing.py: place": "an order without a voucher is of no programme",
    "orders/queries/__init__.py: to_remind": "`remind_ahead` asks the day of each",
    "orders/reminders.py: remind": "looked at once China's day has begun; the step is that of each row's own day (`LastDay.time_zone`)",
    "settlement/reminders.py: remind": "the same",
    "vouchers/reminders.py: remind": "the same",
    "settlement/queries/holds.py: _standing": "a bar is of the house, whatever the programme",
    "vouchers/queries/spending.py: options": "what is known of a firm without a programme; rules that ask for its own day read it again",
    "vouchers/views/firm_lists.py: _lines": "when the house changed a row",
}


def calls(node):
    return [(getattr(one.func, "id", None) or getattr(one.func, "attr", ""), one) for one in ast.walk(node) if isinstance(one, ast.Call)]


def by_china():
    """Functions that ask for a day and name no zone, nor anything else that does."""
    for path in CODE:
        place = path.relative_to(ROOT / "marketplace")
        if place.parts[0] not in IN_REACH:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found = calls(node)
                asks = any(name == "civil_date" and len(one.args) == 1 for name, one in found)
                if asks and not ASKS_THERE & {name for name, _ in found}:
                    yield f"{place}: {node.name}"


def test_no_day_of_a_programme_is_chinas_by_itself():
    assert sorted(set(by_china()) - OF_CHINA.keys()) == []
    assert sorted(OF_CHINA.keys() - set(by_china())) == [], "an exception that nothing needs"


def test_a_last_day_is_over_where_it_is():
    london, china = uuid4(), uuid4()
    rows = [(london, date(2026, 3, 2), "Europe/London"), (china, date(2026, 3, 2), "Asia/Shanghai"), (uuid4(), None, "Europe/London")]
    assert over_there(rows, datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)) == []
    assert over_there(rows, datetime(2026, 3, 2, 16, tzinfo=UTC)) == [china]
    assert over_there(rows, datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)) == [china]
    assert over_there(rows, datetime(2026, 3, 3, tzinfo=UTC)) == [london, china]
