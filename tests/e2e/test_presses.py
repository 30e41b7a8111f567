"""O2: how often an officer presses for a claim, and an auditor for a number of the bank's. A press leads on; typing is none."""

import re

import pytest


class Pressing:
    """Somebody at the browser whose presses are counted."""

    def __init__(self, visitor) -> None:
        self.visitor, self.presses = visitor, 0

    def at(self, path: str) -> None:
        """Begin to count at a page."""
        self.visitor.visit(path)
        self.presses = 0

    def press(self, control) -> None:
        self.presses += 1
        self.visitor.click(control)

    def find(self, selector: str, **which: str):
        return self.visitor.page.locator(selector, **which).first


def decidable(officer: Pressing, queue: str) -> None:
    """Stand before the list in which some claim waits for this officer's decision alone, and press its number."""
    officer.at(queue)
    rows = officer.visitor.page.locator("main tbody tr", has_not_text="待抽查")
    for number in rows.locator("a[href^='/claims/']").all_inner_texts():
        officer.at(queue)
        officer.press(officer.find("main tbody a", has_text=number))
        if officer.find("main a[href*='/approve']").is_visible():
            return
    pytest.fail(f"nothing in {queue} of the demo waits for a decision")


@pytest.mark.parametrize("checks", ["green", "open"])
def test_o2_a_green_claim_takes_three_presses_beside_its_opinion_and_an_amber_one_no_more_than_one_for_each_check(open_window, checks):
    officer = Pressing(open_window())
    officer.visitor.sign_in("officer")
    decidable(officer, f"/claims?state=submitted&checks={checks}")
    here = officer.visitor.page.url.split("?")[0]
    officer.press(officer.find("main a[href*='/approve']"))
    amber = officer.visitor.page.locator("main [name^=explained_]").all()
    for control in amber:
        control.fill("已电话核实，与原件一致。")
    officer.visitor.fill(opinion="材料齐全，同意核准。")
    officer.press(officer.visitor.page.get_by_role("button", name="确认核准"))
    assert officer.presses <= 3 + len(amber)
    assert bool(amber) is (checks == "open")
    assert officer.visitor.page.url.split("?")[0] != here, "the next claim stands there already"


def test_o4_a_number_of_the_bank_is_found_with_two_presses_from_the_home(open_window):
    auditor = Pressing(open_window())
    auditor.visitor.sign_in("auditor")
    auditor.at("/payments?state=closed")
    auditor.press(auditor.find("main tbody a[href^='/payments/']"))
    said = auditor.visitor.page.locator("main").inner_text()
    serial = re.search(r"\d{4}-\d{2}-\d{2} ([A-Z0-9-]{6,})", said)[1]
    auditor.at("/home")
    auditor.press(auditor.find("nav a", has_text="查资金去向"))
    auditor.visitor.fill(q=serial)
    auditor.press(auditor.visitor.page.locator("main").get_by_role("button", name="查询"))
    assert auditor.presses <= 2
    assert auditor.find("main tbody a", has_text=serial).is_visible()
