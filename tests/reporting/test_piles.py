"""What an office reads of its work: the number on the home, the list behind it and the permission are one thing."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.arrears.models import Arrear
from marketplace.catalogue.lifecycle import PriceState
from marketplace.catalogue.models import OfferingPrice
from marketplace.exports.offers import OFFERS
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation, User
from marketplace.identity.roles import PERMISSIONS, Role
from marketplace.identity.service import credentials
from marketplace.identity.service.credentials import Delivery
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.sentences import Sentence
from marketplace.reporting.queries.tasks import of_offices
from marketplace.risk.models import RiskSignal
from marketplace.settlement.lifecycle import RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.statement_models import ExplainedDifference
from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.fund_models import FundAct
from marketplace.vouchers.models import Application, Appropriation
from marketplace.vouchers.rules.funds import FundActKind
from marketplace.vouchers.rules.states import ApplicationState
from marketplace.web.access import permission_of
from tests import factories as make
from tests.area_rows import a_bid, a_recovery, rows_in
from tests.arrears.making import an_open_arrear
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.orders.test_silence import disputed
from tests.performance.acts import act, confirmed
from tests.subsidies.test_evidence import a_freight_round, a_maker, ask
from tests.supervision.acts import a_case_in, a_plan, a_tip, planned

AREA = "540100"
STAFF = sorted(set(Role) - {Role.SME, Role.PROVIDER, Role.CHAIN_LEADER})
TASK = re.compile(r"^(?P<what>.+)：(?P<count>[0-9]+) 项$")

# Permissions of an office with which something is changed, and that nobody waits for. A line here needs a reason.
WITHOUT_TASK = {
    "bureau.contact": "a bureau's own phone",
    "chains.manage": "chains and their leaders are named by the bureau when it decides so",
    "enterprises.import": "a list comes from outside",
    "evaluation.settings": "a clause has a reading from the start; a bureau chooses another one when it wants to",
    "decisions.recompute": "what is new is decided again each night; what differs is a signal",
    "ledger.verify": "the ledger is verified each night; what is found is a signal",
    "matching.follow": "a match waits for its two sides, whose homes show it; a bureau helps where it likes",
    "matching.run": "a leader's list waits for its leader",
    "matching.void": "a contract is taken away when something is found wrong with it",
    "programmes.manage": "a programme waits for nothing: its page says what is to be signed before a round opens",
    "providers.import": "a list comes from outside",
    "records.import": "a list comes from outside",
    "roles.grant": "asked for outside the platform",
    "social.appoint": "whom a bureau appoints from outside, and invites to a check, it decides itself",
    "social.own": "who supervises from outside sees the checks that invite it, and speaks when it will",
    "supplies.survey": "a survey waits for the firms it asks",
    "users.manage_own": "colleagues come and go by the bureau's own decision",
    "account.own": "one's own account",
    "notices.own": "one's own messages",
    "exports.own": "one's own files",
}


def shown(browser):
    """The piles of the home: sentence → (number, address)."""
    found = {}
    for link in browser.get("/home").select(".tasks a"):
        task = TASK.match(link.get_text(strip=True))
        assert task, f"a pile says how many: {link}"
        found[task["what"]] = (int(task["count"]), str(link["href"]))
    return found


def listed(browser, address):
    """How many rows the list behind an address says it has."""
    path, _, anchor = address.partition("#")
    page = browser.get(path)
    place = page.find(id=anchor) if anchor else page.select_one(".table-tools")
    return int(re.search(r"[0-9]+", place.select_one(".table-tools__count").text)[0])


def rows_for_everybody():
    """At least one row behind each task of an office of the prefecture."""
    known = rows_in(AREA)
    round_ = make.a_round(area=AREA)
    claims = iter([in_state("redeemed", round_) for _ in range(8)])
    make.a_firm(verified=False, region=AREA)
    values(Organisation, make.a_provider(region=AREA).id, state=OrganisationState.PENDING)
    applied = make.an_application(make.a_round("xizang_innovation_voucher", area=AREA, state="claiming"), make.a_firm(region=AREA))
    values(Application, applied.id, state=ApplicationState.REFUSED, appealed_at=clock.now(), appeal="符合条件", decided_at=clock.now())
    disputed(in_state("delivered", round_))
    values(Claim, a_claim(order=next(claims), checked=False).id, drawn_by="amount")
    ask(a_freight_round(area=AREA), a_maker())
    values(Claim, a_claim("approved", order=next(claims), approved_fen=100).id, appealed_at=clock.now(), appeal="符合条件")
    day = clock.today() - timedelta(days=1)
    values(Claim, a_claim(order=next(claims), checked=False).id, level_from=day - timedelta(days=1), level_days=1, level_by=day)
    values(Claim, a_claim("approved", order=next(claims)).id, pay_by=clock.today() - timedelta(days=1))
    bounced = a_claim("approved", order=next(claims))
    values(Claim, bounced.id, account_doubted=True)
    decided = {"decided_by": uuid4(), "decided_on": clock.today(), "due_on": clock.today() - timedelta(days=1)}
    a_recovery(bounced, state=RecoveryState.DEMANDED, **decided)
    batches = {state: a_batch(state, claims=[a_claim("approved", order=next(claims))])[0] for state in ("draft", "submitted", "approved")}
    make.stored(OfferingPrice(offering_id=make.an_offering(provider=make.a_provider(region=AREA)).id, price_fen=2_000_000,
                              reason="成本上涨", state=PriceState.PROPOSED))  # fmt: skip
    for state in ("found", "appealed"):
        a_case_in(state, make.a_provider(region=AREA))
    planned(a_plan("claims", area=AREA))
    a_tip(area=AREA)
    said = {"reason": "手续费", "proposed_by": uuid4()}
    make.stored(ExplainedDifference(statement_id=known["statement_id"], item_id=known["difference_id"], **said))
    values(Arrear, an_open_arrear(area=AREA).id, looked_on=clock.today() - timedelta(days=7))
    last_year = confirmed(round_.programme, year=clock.today().year - 1)
    act("assess", last_year, make.an_officer(AREA), paid="未拨付", firms="未发放", satisfaction="没有评价")
    for scored in ({}, {"score": 80, "scored_by": uuid4()}):
        chosen = make.a_round("haidian_model_voucher", area=AREA, state="announced", opens=clock.now() - timedelta(days=20))
        values(ProviderBid, a_bid(chosen.id, make.a_provider(region=AREA).id), **scored)
    for place in (None, AREA):
        make.stored(RiskSignal(kind="ledger", severity="serious", subject_type="book", subject_id=uuid4(), evidence="{}",
                               reason=Sentence("请核查。"), region_code=place, raised_at=clock.now()))  # fmt: skip
    over, proposed = (make.an_appropriation(round_, 100, source="county") for _ in range(2))
    values(Appropriation, over.id, use_by=day)
    said = {"kind": FundActKind.RECALL, "amount_fen": 1, "reason": "未用完", "proposed_by": uuid4(), "proposed_at": clock.now()}
    make.stored(FundAct(number="JY1", appropriation_id=proposed.id, **said))
    asks, owner, how = make.an_administrator().id, make.an_officer().id, Delivery("http://localhost/", 24, mails=False)
    in_transaction(lambda: credentials.ask(owner, reason="忘记密码", actor_id=asks, delivery=how, on_paper=True, now=clock.now()))
    of_a_firm = make.user_of(make.a_firm()).id  # no second person is needed: the slip waits to be printed
    in_transaction(lambda: credentials.ask(of_a_firm, reason="忘记密码", actor_id=asks, delivery=how, on_paper=True, now=clock.now()))
    return batches


def in_state(state, round_):
    order = an_order(state, voucher=make.a_voucher(round_=round_))
    return with_papers(order) if state == "redeemed" else order


def values(model, row_id, **changed):
    in_transaction(lambda: [setattr(by_id(model, row_id), name, value) for name, value in changed.items()])


@pytest.mark.engines("sqlite", "postgresql")
def test_o8_every_pile_of_every_role_opens_the_list_that_was_counted(app, browser):
    rows_for_everybody()
    seen, wrong = set(), []
    for role in STAFF:
        for area in ("540000", AREA) if role is Role.OFFICER else (AREA,):
            browser.sign_in(make.a_user(role, area=area))
            for what, (count, address) in shown(browser).items():
                seen.add(what)
                task = next(one for one in of_offices() if one.sentence == what)
                with app.app_context():
                    assert role in PERMISSIONS[permission_of(task.door or task.endpoint)], f"{role} is shown {what} and may not do it"
                found = listed(browser, address)
                if found != count:
                    wrong.append(f"{role} {area}: {what}: {count} counted, {found} listed at {address}")
    assert not wrong
    assert seen == {task.sentence for task in of_offices()} - {"录入并确认工作日历（年度）"}, "each task has a row here"


def test_a_year_without_holidays_is_put_before_the_offices_that_confirm_it(browser, clock):
    clock.move_to("2026-12-02 09:00")
    for area, count in (("540000", 1), (AREA, 0)):
        browser.sign_in(make.an_officer(area))
        found = shown(browser).get("录入并确认工作日历（年度）")
        assert (found is not None) is bool(count)
        if found:
            assert (count, found[0]) == (found[0], listed(browser, found[1]))


def test_o13_what_has_a_day_stands_above_what_has_none(browser):
    make.a_firm(verified=False, region=AREA)
    a_claim(order=in_state("redeemed", make.a_round(area=AREA)), checked=False)
    browser.sign_in(make.an_officer(AREA))

    assert next(iter(shown(browser))) == "审核兑付申请"


def test_o8_nobody_is_shown_what_only_another_may_decide(browser):
    batch = rows_for_everybody()["submitted"]
    browser.sign_in(by_id(User, batch.prepared_by))
    assert "复核拨付批次" not in shown(browser)
    browser.sign_in(make.a_finance_officer(AREA))
    assert shown(browser)["复核拨付批次"][0] == 1
    for area, count in ((AREA, 1), ("540000", 2)):
        browser.sign_in(make.an_officer(area))
        assert shown(browser)["核查风险提示"][0] == count + 1, "a signal without a place is the province's to close"


def test_every_permission_of_an_office_that_changes_something_has_a_task_or_a_reason(app):
    changing = {
        app.view_functions[rule.endpoint].permission
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and rule.endpoint not in OFFERS and getattr(app.view_functions[rule.endpoint], "permission", None)
    }
    office = {one for one in changing if PERMISSIONS[one] & set(STAFF)}
    with app.app_context():
        with_task = {permission_of(task.door or task.endpoint) for task in of_offices()}
    assert office - with_task == set(WITHOUT_TASK)
