"""Search among what can be ordered: words, pinyin, synonyms, names, codes, facets, sorting, and staying up to date."""

from uuid import uuid4

import pytest

from marketplace.catalogue import search, synonyms
from marketplace.catalogue.cards import OfferingSearch
from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.service import offerings as service
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import YUAN
from tests.factories import a_provider, an_offering, user_of

OFFERINGS = (
    ("商标注册申请", "ip", 1_500, "一标一类，含近似查询"),
    ("发明专利申请代理", "ip", 8_000, "撰写、提交、答复审查意见"),
    ("小规模纳税人代理记账", "accounting", 3_600, "每月记账报税，按年收费"),
    ("企业上云诊断", "digital", 20_000, "梳理业务，给出上云方案"),
    ("饮用水出厂检验", "testing", 900, "按国标检测全项"),
    ("安全生产管理培训", "training", 2_400, "面向班组长，两天"),
)


@pytest.fixture
def shelf(db):
    """A small shelf of two providers; titles by id."""
    lhasa, bole = a_provider("拉萨雪域知识产权服务中心"), a_provider("博乐市企业服务公司", region="652701")
    made = {}
    for title, category, yuan, summary in OFFERINGS:
        facts = {"summary": summary, "search_text": synonyms.search_text(title, summary, category)}
        provider, mode = bole if category in {"testing", "training"} else lhasa, "online" if category == "accounting" else "both"
        made[an_offering(title, provider=provider, category=category, price_fen=yuan * YUAN, mode=mode, **facts).id] = title
    return made


def titles(**wanted):
    return [card.title for card in search.find(OfferingSearch(**wanted)).cards]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("商标", "商标注册申请", id="two characters"),
        pytest.param("注册商标", "商标注册申请", id="another order"),
        pytest.param("sbzc", "商标注册申请", id="initials"),
        pytest.param("shangbiao", "商标注册申请", id="pinyin"),
        pytest.param("代账", "小规模纳税人代理记账", id="a synonym"),
        pytest.param("水质化验", "饮用水出厂检验", id="a synonym in a phrase"),
        pytest.param("做账报税", "小规模纳税人代理记账", id="half of it in other words"),
        pytest.param("上云方案", "企业上云诊断", id="from the summary"),
        pytest.param("商標註冊", "商标注册申请", id="traditional characters"),
    ],
)
def test_a_search_finds_what_is_meant(shelf, text, first):
    assert titles(text=text)[:1] == [first]


def test_a_provider_is_found_by_name_initials_and_credit_code(shelf):
    provider = a_provider("日喀则珠峰检测有限公司")
    an_offering("计量校准", provider=provider, category="testing")
    for text in ("珠峰检测", "rkzzf", provider.organisation.uscc, provider.organisation.uscc.lower()):
        assert titles(text=text)[:1] == ["计量校准"], text


def test_a_number_finds_its_offering(shelf):
    row = an_offering("碳核算", category="energy")
    assert titles(text=row.number) == ["碳核算"]


def test_what_nobody_offers_is_not_made_up(shelf):
    assert titles(text="考古挖掘") == []
    assert titles(text="xyzzy") == []


def test_facets_narrow_and_count_what_each_choice_would_give(shelf):
    assert set(titles(category="ip")) == {"商标注册申请", "发明专利申请代理"}
    assert set(titles(region="652700")) == {"饮用水出厂检验", "安全生产管理培训"}
    assert titles(band="1") == ["饮用水出厂检验"]
    assert "小规模纳税人代理记账" not in titles(mode="offline")
    assert "小规模纳税人代理记账" in titles(mode="online")
    found = search.find(OfferingSearch(category="ip"))
    assert found.facets["category"]["accounting"] == 1, "another category may be chosen instead"
    assert found.facets["band"] == {"2": 1, "3": 1}
    assert found.facets["function"] == {"technology": 2}


def test_an_empty_answer_says_which_choice_to_let_go(shelf):
    found = search.find(OfferingSearch(category="ip", region="652700"))
    assert not found.cards
    assert found.without == {"category": 2, "region": 2}


def test_answers_are_sorted_as_asked(shelf):
    prices = [card.price_fen for card in search.find(OfferingSearch(sort="price")).cards]
    assert prices == sorted(prices)
    assert [card.price_fen for card in search.find(OfferingSearch(sort="-price")).cards] == prices[::-1]
    best = next(offering_id for offering_id, title in shelf.items() if title == "饮用水出厂检验")
    in_transaction(lambda: service.count_review(best, score=5))
    assert titles(sort="rating")[0] == "饮用水出厂检验"
    assert search.find(OfferingSearch(sort="rating")).cards[0].rating_tenths == 50


def test_what_leaves_the_shelf_leaves_the_answers_at_once(shelf):
    offering_id = next(one for one, title in shelf.items() if title == "商标注册申请")
    provider_id = search.cards_of([offering_id])[0].provider_id
    actor = user_of(provider_id)
    in_transaction(
        lambda: service.delist(
            offering_id, provider_id=provider_id, reason="不再提供", actor_id=actor.id, request_key=uuid4(), now=the_clock.now()
        )
    )
    assert "商标注册申请" not in titles(text="商标")
    assert search.cards_of([offering_id]) == []


def test_a_suspended_provider_is_not_found(db):
    row = an_offering("藏药饮片检测", category="testing")
    assert titles(text="藏药饮片") == ["藏药饮片检测"]
    in_transaction(lambda: setattr(row.provider, "state", ProviderState.SUSPENDED))
    assert titles(text="藏药饮片") == []


def test_what_only_shares_a_word_is_shown_apart_and_not_as_an_answer(shelf):
    found = search.find(OfferingSearch(text="想让家里小孩周末去学钢琴的培训"))
    assert found.cards == []
    assert [card.title for card in found.related] == ["安全生产管理培训"]
    assert search.find(OfferingSearch(text="考古挖掘")).related == []
