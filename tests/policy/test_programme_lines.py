"""Rules as people read them: no key of a file is shown for a value or a name, and what differs between two is said in words."""

import re
from copy import deepcopy

import pytest

from marketplace.policy.programme_file import load_all
from marketplace.policy.programme_lines import PLAIN, ChangeKind, changes, lines_of, plain_lines, titles_of
from marketplace.policy.programme_spec import GROUPS, TABLES

SHIPPED = load_all()
XIZANG = next(one for one in SHIPPED if one.slug == "xizang_enterprise_service_voucher")
KEY = re.compile(r"[a-z]{2,}(_[a-z0-9]+)+|\b[a-z]+\.[a-z_]+")


def every_key():
    return {**{f"{path}.{name}": kind for path, table in (TABLES | GROUPS).items() for name, kind in table.fields.items()}, **PLAIN}


def test_every_key_has_a_name_people_read():
    unnamed = [key for key, kind in every_key().items() if not kind.label or KEY.search(kind.label)]
    assert unnamed == []
    assert [path for path, table in (TABLES | GROUPS).items() if not table.label or KEY.search(table.label)] == []


def test_every_word_and_every_number_is_said_as_people_say_it():
    """A number of a kind of its own has its unit; a share and an amount have theirs."""
    for key, kind in every_key().items():
        for word in getattr(kind, "words", ()):
            assert not KEY.search(word.label), key
        if hasattr(kind, "show") and not key.endswith((".days", ".months")):  # a length of time is said whole
            assert kind.text(kind.low, {}) != str(kind.low), key


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda one: one.slug)
def test_a_shipped_programme_is_told_without_a_key_and_with_names_of_its_own(spec):
    lines = lines_of(spec.document)
    assert [one for one in lines if KEY.search(one.value) or KEY.search(one.title)] == []
    assert len({one.title for one in lines}) == len(lines), "no two are called alike"
    assert {one.key for one in plain_lines(spec.document)} <= set(PLAIN)
    assert changes(spec.document, spec.document) == []


def test_a_place_and_an_industry_of_the_same_code_keep_their_own_names():
    document = deepcopy(XIZANG.document)
    document["beneficiaries"]["industries_include"] = {"value": ["54"], "assumed": {"author": "甲", "reason": "乙"}}
    said = {one.key: one.value for one in lines_of(document)}
    assert (said["beneficiaries.regions"], said["beneficiaries.industries_include"]) == ("西藏自治区", "道路运输业")


def test_what_is_added_removed_changed_or_has_another_origin_is_told_apart():
    before = XIZANG.document
    after = deepcopy(before)
    after["name"] = "另一个名称"
    after["rates"]["medium"]["rate_bp"] = 4_000
    del after["caps"]["order"]
    after["caps"]["life"] = {"scope": "enterprise_life", "amount_fen": 100, "assumed": {"author": "甲", "reason": "乙"}}
    after["base"] = {"value": "contract", "source": {"document": "某文件", "clause": "第一条"}}
    after["partial"]["signed"] = {"by": "扎西"}

    found = {one.line.title: one.kind for one in changes(before, after)}

    assert found == {
        "项目名称": ChangeKind.CHANGED,
        "补贴比例（中型企业）": ChangeKind.CHANGED,
        "补贴上限（每笔订单）": ChangeKind.REMOVED,
        "补贴上限（每家企业累计）": ChangeKind.ADDED,
        "补贴计算基数": ChangeKind.ORIGIN,
        "额度不足时按余额抵扣": ChangeKind.SIGNED,
    }
    assert {one.line.value for one in changes(after, before) if one.kind is ChangeKind.REMOVED} == {"每家企业累计，1.00 元"}


def test_what_is_not_finished_is_shown_as_it_was_typed():
    document = deepcopy(XIZANG.document)
    document["times"]["accept"] = {"days": "三", "assumed": {"author": "甲"}}
    document["caps"]["order"] = {"amount_fen": 1_500}
    said = {one.key: one for one in lines_of(document)}
    assert said["times.accept"].value == "天数 三"
    assert said["caps.order"].value == "上限金额 15.00 元"
    assert titles_of(document)["caps.order"] == "补贴上限"
