"""Fields of a choice: options from pairs and from groups, and nobody takes the library's own."""

import ast

from marketplace.web.select_fields import options
from tests.test_architecture import CODE, place, tree


def test_pairs_and_groups_become_options():
    assert options(None) is None
    assert [(one.value, one.label) for one in options([("a", "甲"), ("", "请选择")])] == [("a", "甲"), ("", "请选择")]
    grouped = options({"农业": [("A", "种植")], "工业": [("B", "采矿"), ("C", "制造")]})
    assert [(one.optgroup, one.value) for one in grouped] == [("农业", "A"), ("工业", "B"), ("工业", "C")]
    assert options(grouped) == grouped


def test_fields_of_a_choice_are_the_houses():
    names = {"SelectField", "RadioField", "SelectMultipleField"}
    taken = [(path, n) for path in CODE for n in ast.walk(tree(path)) if isinstance(n, ast.ImportFrom) and n.module == "wtforms"]
    found = [place(path, n.lineno) for path, n in taken if names & {one.name for one in n.names} and path.name != "select_fields.py"]
    assert not found, "take them from marketplace.web.select_fields"
