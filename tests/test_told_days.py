"""Days of a programme are those where it is: nothing of it is picked by China's day alone, which is over hours earlier."""

import ast
from datetime import UTC, date, datetime
from uuid import uuid4

from marketplace.kernel.zones import over_there
from tests.test_architecture import CODE, ROOT

IN_REACH = {"agreements", "orders", "publicity", "settlement", "subsidies", "vouchers"}
ASKS_THERE = {"over_there", "day_in"}  # what asks for the day of the row as well
TODAY = {
    "settlement/tasks.py": "a list of the desk, asked of the database; the page of each row asks its own day",
    "settlement/views/filters.py: filters_of": "the same",
    "settlement/views/recoveries.py: _filters": "the same",
    "settlement/views/recoveries.py: recoveries": "the same",
    "orders/views/lists.py: mine": "the same; whoever rates is asked by the day of the order",
    "publicity/views.py: index": "a list of notices of all programmes",
    "vouchers/tasks.py: _money": "a list of the desk, asked of the database; the page of each document asks its round's day",
    "vouchers/views/fund_pages.py: appropriations": "the same",
    "vouchers/views/public.py: self_check": "of a firm, asked of every programme",
}  # beside names of files
OF_CHINA = {
    "orders/service/placing.py: place": "an order without a voucher is of no programme",
    "orders/queries/__init__.py: to_remind": "`remind_ahead` asks the day of each",
    "orders/reminders.py: remind": "looked at once China's day has begun; the step is that of each row's own day (`LastDay.time_zone`)",
    "publicity/reminders.py: remind": "the same",
    "settlement/reminders.py: remind": "the same",
    "vouchers/reminders.py: remind": "the same",
    "agreements/queries.py: sale_at": "which agreements may run; the day of each is asked then",
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


def by_the_house():
    """Functions and tables that take today's day of the house for more than the name of a file."""
    for path in CODE:
        place = path.relative_to(ROOT / "marketplace")
        if place.parts[0] in IN_REACH:
            tree = ast.parse(path.read_text("utf-8"))
            inside = {
                id(one): f"{place}: {node.name}" for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for one in ast.walk(node)
            }
            named = {
                id(call.func.value) for _name, call in calls(tree) if isinstance(call.func, ast.Attribute) and call.func.attr == "isoformat"
            }
            yield from (inside.get(id(one), str(place)) for name, one in calls(tree) if name == "today" and id(one) not in named)


def test_no_day_of_a_programme_is_chinas_by_itself():
    assert sorted(set(by_china()) - OF_CHINA.keys()) == []
    assert sorted(OF_CHINA.keys() - set(by_china())) == [], "an exception that nothing needs"
    assert sorted(set(by_the_house()) - TODAY.keys()) == []
    assert sorted(TODAY.keys() - set(by_the_house())) == [], "an exception that nothing needs"


def test_a_last_day_is_over_where_it_is():
    london, china = uuid4(), uuid4()
    rows = [(london, date(2026, 3, 2), "Europe/London"), (china, date(2026, 3, 2), "Asia/Shanghai"), (uuid4(), None, "Europe/London")]
    assert over_there(rows, datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)) == []
    assert over_there(rows, datetime(2026, 3, 2, 16, tzinfo=UTC)) == [china]
    assert over_there(rows, datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)) == [china]
    assert over_there(rows, datetime(2026, 3, 3, tzinfo=UTC)) == [london, china]
