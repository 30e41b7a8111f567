"""A unit that is not verified reads the truth on its home: what to do, with whom it is, why it came back; and whom to phone."""

import pytest

from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.queries import bureau_for
from marketplace.identity.roles import Role
from marketplace.kernel.sentences import Sentence
from tests import factories as f


def words(page):
    return " ".join(page.get_text(" ").split())


def in_state(unit, state, reason=""):
    unit.organisation.state, unit.organisation.state_reason = state, Sentence(reason)
    f.db.session.commit()
    return unit


@pytest.mark.parametrize("make", [f.a_firm, f.a_provider], ids=["firm", "provider"])
@pytest.mark.parametrize(
    ("state", "said", "task"),
    [
        (OrganisationState.DRAFT, "登记资料还没有提交", "填写并提交登记资料"),
        (OrganisationState.PENDING, "登记资料已提交，正由城关区经信局核实", None),
        (OrganisationState.RETURNED, "退回原因：执照看不清", "按退回原因补正登记资料"),
        (OrganisationState.SUSPENDED, "停用原因：执照看不清", None),
    ],
)
def test_a_home_says_where_the_registration_stands(browser, make, state, said, task):
    f.a_user(Role.OFFICER, organisation=f.an_organisation("城关区经信局", authority=True), area="540102")
    unit = in_state(make(), state, "执照看不清。" if state in {OrganisationState.RETURNED, OrganisationState.SUSPENDED} else "")
    browser.sign_in(f.user_of(unit))

    page = browser.get("/home")

    assert said in words(page)
    tasks = [link for link in page.select(".tasks a") if task and task in link.text]
    assert bool(tasks) is bool(task)
    if task:
        assert "城关区经信局" in words(page)
        assert browser.get(str(tasks[0]["href"])).select_one("h1")


def test_a_verified_unit_reads_nothing_of_its_registration(browser):
    browser.sign_in(f.user_of(f.a_firm()))
    assert "登记资料" not in browser.get("/home").select_one("main").text


def test_the_nearest_bureau_answers_for_a_place(db):
    names = {"540000": "自治区厅", "540100": "拉萨市局", "540171": "经开区管委会"}
    for area, name in names.items():
        f.a_user(Role.OFFICER, organisation=f.an_organisation(name, authority=True), area=area)

    assert [bureau_for(*place).name for place in (("540102",), ("540102", "540171"), ("542421",))] == [
        "拉萨市局",
        "经开区管委会",
        "自治区厅",
    ]
    assert bureau_for("652701") is None


def test_an_officer_says_whom_to_phone_and_every_page_of_the_area_shows_it(browser):
    officer = f.a_user(Role.OFFICER, area="540100")
    browser.sign_in(officer)
    browser.get("/account/bureau")
    assert "可以拨打的电话" in words(browser.fill("/account/bureau", {"contact_name": "服务科", "contact_phone": "abc"}, status=422))
    said = {"contact_name": "服务科", "contact_phone": "0891-600 0000", "contact_hours": "工作日", "oversight_phone": "0891-6000012"}
    browser.fill("/account/bureau", said)

    browser.sign_in(f.user_of(f.a_firm()))
    foot = browser.get("/home").select_one("footer")

    assert "服务科" in foot.text and "工作日" in foot.text
    assert foot.select_one("a[href='tel:08916000000']")


def test_where_no_bureau_gave_a_phone_nobody_is_promised(browser):
    assert "还没有登记联系电话" in browser.get("/sign-in").select_one("footer").text
