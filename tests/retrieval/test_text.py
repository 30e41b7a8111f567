import pytest

from marketplace.retrieval.text import class_keys, cut, normalise, spelled


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        pytest.param("ＰＥ１００　管材", "pe100 管材", id="full width and case"),
        pytest.param("鋼鐵", "钢铁", id="traditional"),
        pytest.param("工业用氨水（挥发性碱）", "工业用氨水 挥发性碱", id="signs part runs"),
        pytest.param("—、·", "", id="signs alone are nothing"),
    ],
)
def test_what_reads_the_same_is_spelled_the_same(written, normal):
    assert normalise(written) == normal


def test_terms_are_characters_pairs_skips_and_endings_and_never_cross_a_space():
    terms = cut(["砂石骨料", "a 泵"])
    mine = [spelled(key) for owner, key in zip(terms.owner, terms.key, strict=True) if owner == 0]
    assert mine == ["砂", "石", "骨", "料", "砂石", "石骨", "骨料", "砂…骨", "石…料", "…骨料"]
    assert [spelled(key) for owner, key in zip(terms.owner, terms.key, strict=True) if owner == 1] == ["a", "泵", "…a", "…泵"]


def test_empty_texts_keep_their_place():
    assert cut(["", "泵", ""]).owner.tolist() == [1, 1]


def test_a_class_code_gives_its_division_group_and_class():
    assert [spelled(key) for key in class_keys("0610")] == ["06", "061", "0610"]
    assert class_keys("") == []
    assert len(class_keys("C30")) == 2
