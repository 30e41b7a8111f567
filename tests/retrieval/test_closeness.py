"""How sure a pair of names is, of the two names alone."""

import random

import pytest

from marketplace.retrieval.closeness import CERTAIN, closeness
from marketplace.retrieval.lines import Query, SearchLine
from marketplace.retrieval.search import Search

PAIRS = [
    ("胶印感光用板", "胶印用感光板"),
    ("瓶坯", "PET瓶坯"),
    ("纸箱", "瓦楞纸箱"),
    ("平垫圈", "平垫"),
    ("防火门", "防盗门"),
    ("水泵", "油泵"),
]


def sure(one, other, **more):
    return float(closeness([one], [other], **more)[0])


def test_l10_a_hundred_percent_is_only_the_same_name():
    assert sure("纸箱", "纸箱") == 1.0
    assert all(sure(one, other) < 0.95 for one, other in PAIRS)


def test_l10_more_lines_in_the_list_move_no_pair():
    chosen = random.Random(1)
    lines = [SearchLine(f"s{at}", other) for at, (_, other) in enumerate(PAIRS)]
    many = [SearchLine(f"x{at}", "".join(chosen.choices("钢铁木油水布纸瓶箱门板泵阀管线机器用", k=5))) for at in range(3_000)]
    few, crowd = Search(lines), Search([*lines, *many])
    for at, (one, _) in enumerate(PAIRS):
        assert few.closeness_of(Query(one), [f"s{at}"]) == crowd.closeness_of(Query(one), [f"s{at}"])


@pytest.mark.parametrize("words", ["请问我们公司目前急需采购一批{}", "你好，想找优质的{}供应商，长期购买", "哪里有{}，求购若干，谢谢"])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_l10_words_of_asking_move_no_pair(one, other, words):
    assert sure(words.format(one), other) == pytest.approx(sure(one, other), abs=0.05)


def test_l10_an_equal_class_never_makes_a_pair_sure():
    for one, other in [*PAIRS, ("瓶坯", "复合包装袋")]:
        plain, classed = sure(one, other), sure(one, other, same_class=[True])
        assert plain <= classed
        assert classed < CERTAIN or classed == plain


@pytest.mark.parametrize(
    ("one", "right", "wrong"),
    [
        ("平垫圈", "平垫", "平底锅"),
        ("纸箱", "瓦楞纸箱", "纸杯"),
        ("瓶用金属塞", "金属瓶塞", "瓶用非金属塞"),
        ("PE100管", "PE100管材", "PE80管"),
        ("大型水泵", "大水泵", "小型水泵"),
    ],
)
def test_l10_what_contradicts_is_less_sure_than_what_is_worded_otherwise(one, right, wrong):
    assert sure(one, right) > sure(one, wrong)


def test_l20_a_short_name_within_a_longer_word_is_not_taken_for_it():
    assert sure("行车", "自行车") < 0.35 < min(sure("平垫圈", "平垫"), sure("瓶坯", "PET瓶坯"))


def test_l20_the_length_of_a_question_takes_nothing_away():
    asked = "我们企业近期急需长期采购大量优质合格的瓦楞纸箱，希望厂家能够提供，谢谢"
    assert sure(asked, "瓦楞纸箱") >= CERTAIN
