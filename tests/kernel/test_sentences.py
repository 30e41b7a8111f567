"""Sentences remember what fills them, and are said in the language of whoever reads them."""

import json

import pytest
from flask import session
from flask_babel import force_locale, gettext, refresh

from marketplace.kernel import locales
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sentences import Sentence, listed, sentence_of
from marketplace.notices import service as notices
from marketplace.notices.queries import of_user
from tests import factories as make


def test_a_sentence_is_its_chinese_text():
    said = N_("异议编号 %(number)s，请在公示期内核实处理。", number="YY1")
    assert said == said.text() == str(said) == "异议编号 YY1，请在公示期内核实处理。"
    assert N_("无") == "无"


def test_a_sentence_in_a_sentence_is_kept_and_read_back_whole():
    inner = N_("依据：%(document)s", document="文件 100%")
    message, values = N_("%(what)s。", what=inner).__composite_values__()
    back = sentence_of({"message": message, "params": json.loads(json.dumps(values))})
    assert back == "依据：文件 100%。" and back.params["what"].message == "依据：%(document)s"


@pytest.mark.parametrize(("locale", "words"), [("en", "Micro, 甲、乙"), ("zh", "微型企业、甲、乙")])
def test_words_in_a_row_are_each_said_in_the_readers_language(app, locale, words):
    with app.app_context():
        assert locales.said_to(locale, listed([N_("微型企业"), "甲、乙"])) == words
        assert listed([]) == ""


@pytest.mark.parametrize("typed", ["50% 以上", "100%", "%(number)s", ""])
def test_what_somebody_typed_stays_as_it_is(app, typed):
    with app.test_request_context():
        assert Sentence(typed) == locales.said(Sentence(typed)) == locales.said_to("en", typed) == typed


def test_a_language_chosen_for_a_while_is_forgotten_again(app):
    with app.test_request_context():
        for _ in range(2):
            assert locales.spoken("登录") == gettext("登录") == "登录"
            with force_locale("en"):
                assert locales.spoken("登录") == gettext("登录") == "Sign in"
        session["locale"] = "en"
        assert locales.spoken("登录") == "登录"
        refresh()
        assert locales.spoken("登录") == gettext("登录") == "Sign in"
        assert locales.spoken("没有这句话") == "没有这句话"


CHINESE = "规模判定为“微型企业”。"


@pytest.mark.parametrize(("locale", "words"), [("en", "Size class: “Micro”."), ("zh", CHINESE), (None, CHINESE)])
def test_a_sentence_is_said_in_the_readers_language_with_the_words_in_it(app, locale, words):
    with app.app_context():
        kept = N_("规模判定为“%(size)s”。", size="微型企业")
        for one in (kept, RuleViolation(kept.message, **kept.params), {"message": kept.message, "params": kept.params}):
            assert locales.said_to(locale, one) == words


def test_a_message_is_read_in_both_languages(browser):
    user = make.a_user("sme")
    in_transaction(lambda: notices.tell([user.id], N_("待核实：%(name)s", name="甲公司"), "50% 以上"))
    (kept,) = of_user(user.id)
    assert (kept.title, kept.body, kept.title.message) == ("待核实：甲公司", "50% 以上", "待核实：%(name)s")
    browser.sign_in(user)
    assert "待核实：甲公司" in browser.get("/notices").text
    browser.get("/locale/en")
    page = browser.get("/notices").text
    assert "To verify: 甲公司" in page and "50% 以上" in page
