"""Before a round is announced its page says how many firms it reaches; where there are none it warns, and does not forbid."""

from datetime import timedelta

import pytest

from marketplace.kernel import clock
from marketplace.vouchers.queries.facts import facts_of_many
from marketplace.vouchers.queries.programmes import facts_of
from marketplace.vouchers.queries.reach import Reach, reach_of
from marketplace.vouchers.rules.eligibility import check_eligibility, overall
from marketplace.vouchers.rules.facts import Eligibility
from tests.factories import a_firm, a_round, an_officer, user_of

SMALL = "小型、微型企业"


def reach(row):
    return reach_of(row, facts_of(row.programme_id).spec, clock.today())


def test_firms_are_counted_where_the_round_is_held_and_by_what_stands_in_columns(db):
    row = a_round(state="draft", area="540100")
    assert reach(row) == Reach(0, 0, ())
    barred, large = a_firm(region="540102", size="medium"), a_firm(region="540102", size="large")
    a_firm(region="540202"), a_firm(region="540102", verified=False)
    barred.organisation.sanctioned_until = clock.today()
    db.session.flush()
    assert reach(row) == Reach(2, 0, ()), "one is too large, the other barred to this day; the others do not count"

    barred.organisation.sanctioned_until = clock.today() - timedelta(days=1)
    db.session.flush()
    assert reach(row) == Reach(2, 1, (SMALL,))
    large.size_class = "micro"
    db.session.flush()
    assert reach(row) == Reach(2, 2, ())


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("slug", "area", "titles"),
    [("bozhou_award", "652700", ["specialised"]), ("guangxi_2025_service_voucher", "450000", [])],
)
def test_what_is_counted_is_never_less_than_what_the_rules_say_of_each_firm(db, slug, area, titles):
    row = a_round(slug, state="draft", area=area)
    spec, inside = facts_of(row.programme_id).spec, f"{area[:4]}00" if area[2:4] != "00" else f"{area[:2]}0100"
    county = f"{inside[:4]}02"
    firms = [
        a_firm(region=county, size=size, titles=held, industry=trade)
        for size in ("micro", "medium", "large")
        for held, trade in ((titles, "1361"), ([], "6510"))
    ]
    known = facts_of_many([one.id for one in firms], clock.today(), spec)
    met = [key for key, facts in known.items() if overall(check_eligibility(spec, facts, (area,))) is Eligibility.MET]
    found = reach(row)
    assert found.firms == len(firms) and len(met) <= found.fitting < len(firms), (len(met), found)


def test_the_page_and_the_announcement_say_it_and_forbid_nothing(browser):
    row = a_round(state="draft", area="540100")
    browser.sign_in(an_officer())
    announce = f"/office/rounds/{row.id}/to/announced"
    for page in (browser.get(f"/office/rounds/{row.id}"), browser.get(announce)):
        assert "开展地区内没有可以参加的企业" in page.text
    firm = a_firm(region="540102", size="large")
    assert "有 1 家已认证企业，没有一家符合" in browser.get(announce).text
    firm.size_class = "medium"
    page = browser.get(announce)
    assert "目前最多 1 家符合" in page.text and f"目前没有企业属于：{SMALL}" in page.text
    page = browser.fill(announce, {})
    assert "批次现为“用券中”" in page.text, "as the tag beside it says"
    assert "目前最多" not in browser.get(f"/office/rounds/{row.id}").text, "announced, it is known who applies"
    browser.sign_in(user_of(firm))
    page = browser.get(f"/rounds/{row.id}/apply")
    assert "本批次不需要申领" in page.text and "不能申领" not in page.text
