"""The copy of the shelf that a process searches in: brought up to date by what has changed, laid aside, waited for by nobody."""

from datetime import timedelta
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import delete

from marketplace.catalogue import search
from marketplace.catalogue.cards import FACETS, SORTS, OfferingSearch, cell_of, facet_counts, narrowed
from marketplace.catalogue.models import Offering, OfferingPrice
from marketplace.catalogue.queries import browsing, index_copy
from marketplace.catalogue.service import offerings as service
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.money import YUAN
from tests.browser import Browser
from tests.factories import a_provider, an_offering, user_of
from tests.page_walk import counted

TITLES = ("商标注册申请", "发明专利申请代理", "企业上云诊断", "饮用水出厂检验")


@pytest.fixture
def shelf(db):
    lhasa, bole = a_provider("拉萨雪域知识产权服务中心"), a_provider("博乐市企业服务公司", region="652701")
    facts = {"商标注册申请": (lhasa, "ip", 1_500, "both"), "发明专利申请代理": (lhasa, "ip", 8_000, "online"),
             "企业上云诊断": (bole, "digital", 60_000, "offline"), "饮用水出厂检验": (bole, "testing", 900, "both")}  # fmt: skip
    return {
        title: an_offering(title, provider=provider, category=category, price_fen=yuan * YUAN, mode=mode)
        for title, (provider, category, yuan, mode) in facts.items()
    }


def titles(text):
    return [card.title for card in search.find(OfferingSearch(text=text)).cards]


def asked(seen):
    return len([statement for statement in seen.statements if statement.startswith("SELECT")])


def puts(monkeypatch):
    """The lines that an index is given from now on."""
    given, index = [], index_copy.keeper().copy.shelf.search
    known = index.put
    monkeypatch.setattr(index, "put", lambda line: (given.append(line.text), known(line)))
    return given


def test_a_review_and_a_price_reach_the_card_and_leave_the_index_alone(shelf, monkeypatch):
    row = shelf["商标注册申请"]
    assert titles("商标") == ["商标注册申请"]
    given = puts(monkeypatch)
    in_transaction(lambda: service.count_review(row.id, score=4))
    in_transaction(lambda: setattr(row, "price_fen", 77 * YUAN))
    card = search.find(OfferingSearch(text="商标")).cards[0]
    assert (card.rating_tenths, card.price_fen, given) == (40, 77 * YUAN, [])


def test_only_what_has_changed_is_read_again(app, shelf):
    titles("商标")
    in_transaction(lambda: setattr(shelf["企业上云诊断"], "title", "企业上云规划"))
    with counted(app) as seen:
        assert titles("上云规划")[0] == "企业上云规划"
    assert seen.rows < 10, "four statements of a few rows, whatever stands on the shelf"
    with counted(app) as seen:
        titles("上云规划")
    assert asked(seen) == 1, "nothing has changed since"


def test_a_provider_is_found_by_its_new_name(shelf):
    titles("商标")
    organisation = shelf["饮用水出厂检验"].provider.organisation
    in_transaction(lambda: setattr(organisation, "name", "博乐市蓝湖检测院"))
    assert set(titles("蓝湖检测院")) >= {"企业上云诊断", "饮用水出厂检验"}


def test_a_change_that_is_committed_late_is_seen(shelf):
    titles("商标")
    in_transaction(lambda: setattr(shelf["企业上云诊断"], "title", "企业上云规划"))
    titles("商标")
    began = the_clock.now() - timedelta(minutes=5)
    with the_clock.at(began):  # a long transaction that wrote before the last look
        an_offering("碳足迹核算", category="energy")
    assert titles("碳足迹核算")[:1] == ["碳足迹核算"]


def test_an_earlier_state_of_the_database_is_noticed(shelf):
    row = an_offering("碳足迹核算", category="energy")
    assert titles("碳足迹核算")[:1] == ["碳足迹核算"]
    in_transaction(lambda: _never_was(row.id))
    assert "碳足迹核算" not in titles("碳足迹核算")


def _never_was(offering_id):
    """As after a backup was brought back."""
    db.session.execute(delete(OfferingPrice).where(OfferingPrice.offering_id == offering_id))
    db.session.execute(delete(Offering).where(Offering.id == offering_id))


@pytest.mark.parametrize(
    "wanted",
    [{}, *({"sort": sort} for sort in SORTS), {"category": "ip"}, {"function": "technology"}, {"region": "652700"},
     {"region": "6527"}, {"band": "1"}, {"band": "5"}, {"band": "x"}, {"mode": "online"}, {"mode": "both"},
     {"category": "ip", "mode": "offline"}, {"function": "other"}, {"category": "ip", "region": "652700", "band": "2"}],
)  # fmt: skip
def test_the_database_narrows_sorts_and_counts_as_the_rules_say(shelf, wanted):
    wanted = OfferingSearch(**wanted)
    in_transaction(lambda: service.count_review(shelf["饮用水出厂检验"].id, score=5))
    cards = browsing.search_offerings(OfferingSearch()).cards[:]
    assert len(cards) == len(TITLES)
    found = browsing.search_offerings(wanted)
    expected = sorted(narrowed(cards, wanted.chosen), key=SORTS[wanted.sort or "newest"])
    assert list(found.cards) == expected
    assert found.facets == facet_counts({cell_of(card): 1 for card in cards}, wanted.chosen), "no two stand in one cell here"
    assert set(found.facets) == set(FACETS)


def test_a_page_of_the_list_is_read_alone(app, shelf):
    with counted(app) as seen:
        found = browsing.search_offerings(OfferingSearch())
        assert (len(found.cards), len(found.cards[1:3])) == (4, 2)
    assert asked(seen) == 2


@pytest.fixture
def large(fresh_db, monkeypatch):
    """A shelf too large to be laid while somebody waits."""
    monkeypatch.setattr(index_copy, "AT_ONCE", 2)
    provider = a_provider("拉萨雪域知识产权服务中心")
    return [an_offering(title, provider=provider, category="ip") for title in TITLES]


def test_the_first_search_of_a_large_shelf_is_answered_by_the_database(large):
    assert titles("申请 商标") == ["商标注册申请"], "every word as it is written"
    index_copy.keeper().aside.join()
    assert titles("商标申请的代理")[0] in {"商标注册申请", "发明专利申请代理"}, "from now on by what is meant"


def test_a_search_says_that_long_texts_are_not_looked_through_yet(large, fresh_app):
    browser = Browser(fresh_app)
    assert "还没有查找详细说明" in browser.get("/services?q=商标").text
    assert "还没有查找详细说明" not in browser.get("/services").text
    index_copy.keeper().aside.join()
    assert "还没有查找详细说明" not in browser.get("/services?q=商标").text


def test_nobody_waits_for_a_new_copy(large, monkeypatch):
    titles("商标")
    index_copy.keeper().aside.join()
    go_on, lay = Event(), index_copy._laid
    monkeypatch.setattr(index_copy, "_laid", lambda: (go_on.wait(20), lay())[1])
    for title in ("碳足迹核算", "能源审计", "节能诊断"):
        an_offering(title, category="energy")
    assert titles("商标")[0] == "商标注册申请", "the old copy answers"
    aside = index_copy.keeper().aside
    assert aside.is_alive()
    go_on.set()
    aside.join()
    assert titles("碳足迹")[0] == "碳足迹核算"


def test_a_copy_that_cannot_be_laid_is_tried_again_after_a_rest(large, monkeypatch):
    monkeypatch.setattr(index_copy, "_laid", lambda: 1 / 0)
    assert titles("商标") == ["商标注册申请"]
    first = index_copy.keeper().aside
    first.join()
    assert titles("商标") == ["商标注册申请"]
    assert index_copy.keeper().aside is first, "the database answers meanwhile"


def test_what_leaves_a_large_shelf_leaves_the_answers_at_once(large):
    titles("商标")
    index_copy.keeper().aside.join()
    row = large[0]
    actor = user_of(row.provider_id)
    gone = {"provider_id": row.provider_id, "reason": "不再提供", "actor_id": actor.id, "request_key": uuid4(), "now": the_clock.now()}
    in_transaction(lambda: service.delist(row.id, **gone))
    assert "商标注册申请" not in titles("商标")
