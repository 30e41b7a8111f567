"""What is dear to lay is laid once in a run."""

import pytest

from tests.scheduling import group_of


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/e2e/test_homes.py::test_a[/x]", "tests/e2e/test_journey.py::test_b", True),
        ("tests/demo/test_load.py::test_a[sqlite]", "tests/demo/test_links.py::test_b[sqlite]", True),
        ("tests/demo/test_load.py::test_a[sqlite]", "tests/demo/test_load.py::test_a[postgresql]", False),
        ("tests/orders/test_rules.py::test_a", "tests/orders/test_rules.py::test_b[1]", True),
        ("tests/orders/test_service.py::test_a[sqlite-x]", "tests/orders/test_service.py::test_b[x-postgresql]", False),
        ("tests/orders/test_service.py::test_a[sqlite]", "tests/ledger/test_service.py::test_a[sqlite]", False),
    ],
)
def test_tests_that_share_what_is_dear_are_of_one_group(one, other, together):
    assert (group_of(one) == group_of(other)) is together
