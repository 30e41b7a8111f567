import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.policyfiles.problems import PolicyFileError
from marketplace.retrieval.features import NAMES
from marketplace.retrieval.lines import Extra, Query, SearchLine
from marketplace.retrieval.ranker import default_weights, read_weights
from marketplace.retrieval.search import Search

LIST = [
    SearchLine("water", "天然饮用水", (Extra("trysy"),), "1522"),
    SearchLine("preform", "PET瓶坯", (), "2926"),
    SearchLine("cap", "塑料瓶盖", (), "2926"),
    SearchLine("carton", "瓦楞纸箱", (), "2231"),
    SearchLine("concrete", "商品混凝土", (Extra("商混", 0.9),), "3021"),
    SearchLine("aggregate", "砂石骨料", (), "1019"),
    SearchLine("pump", "水泵", (), "3441"),
    SearchLine("box", "纸箱", (), "2231"),
]


def ids(hits):
    return [hit.line_id for hit in hits]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("瓶坯", "preform"),
        ("水泵", "pump"),
        ("饮用天然水", "water"),
        ("商混", "concrete"),
        ("trysy", "water"),
        ("pet", "preform"),
        ("骨料", "aggregate"),
        ("纸箱", "box"),
    ],
)
def test_two_characters_are_enough(asked, first):
    assert ids(Search(LIST).search(Query(asked)))[0] == first


def test_nothing_in_common_is_not_found():
    assert Search(LIST).search(Query("藏药")) == []


def test_a_known_class_lifts_lines_of_that_class():
    search = Search([SearchLine("1", "瓶盖模具", class_code="3525"), SearchLine("2", "瓶盖用料", class_code="2651")])
    assert ids(search.search(Query("瓶盖", "3525")))[0] == "1"
    assert ids(search.search(Query("瓶盖", "2651")))[0] == "2"


def test_a_changed_line_is_found_at_once_and_a_removed_one_no_more():
    search = Search(LIST)
    search.put(SearchLine("pump", "潜水电泵"))
    search.put(SearchLine("new", "民族手工业地毯"))
    assert ids(search.search(Query("潜水电泵")))[0] == "pump"
    assert ids(search.search(Query("地毯"))) == ["new"]
    search.remove("new")
    assert search.search(Query("地毯")) == []
    assert "new" not in search


def test_the_share_is_one_for_the_same_text_and_less_for_others():
    hits = Search(LIST).search(Query("纸箱"))
    assert hits[0].share == pytest.approx(1.0)
    assert all(0 <= hit.share < 1 for hit in hits[1:])


@settings(max_examples=60, deadline=None)
@given(asked=st.lists(st.builds(Query, st.text("水泵瓶坯盖纸箱天然饮用1", max_size=6), st.sampled_from(["", "2231", "29"])), max_size=5))
def test_a_batch_answers_as_its_queries_one_by_one(asked):
    search = Search(LIST)
    together = search.search_many(asked, 5)
    assert [ids(hits) for hits in together] == [ids(search.search(query, 5)) for query in asked]


@settings(max_examples=60, deadline=None)
@given(text=st.text("水泵瓶坯盖纸箱天然饮用商混", min_size=1, max_size=6), code=st.sampled_from(["", "2231", "29"]))
def test_the_gains_of_an_explanation_add_up_to_the_score(text, code):
    search = Search(LIST)
    for hit in search.search(Query(text, code)):
        explanation = search.explain(Query(text, code), hit.line_id)
        assert sum(gain.gain for gain in explanation.gains) == pytest.approx(explanation.score)
        assert explanation.score == pytest.approx(hit.score, abs=1e-5)


def test_an_explanation_shows_which_characters_matched():
    explanation = Search(LIST).explain(Query("PET 瓶胚"), "preform")
    assert explanation.query_spans == (("PET", True), (" ", False), ("瓶", True), ("胚", False))
    assert explanation.line_spans == (("PET瓶", True), ("坯", False))
    assert 0 < explanation.query_share < 1
    assert explanation.terms[0][1] >= explanation.terms[-1][1] > 0


def test_an_explanation_of_a_line_that_is_not_there_is_refused():
    with pytest.raises(KeyError):
        Search(LIST).explain(Query("水"), "gone")


def test_the_shipped_weights_name_known_features_and_their_version():
    weights = default_weights()
    assert weights.version
    assert set(weights.by_feature) <= set(NAMES)


def test_a_weights_file_with_an_unknown_feature_is_refused(tmp_path):
    path = tmp_path / "weights.toml"
    path.write_text('format = "weights/1"\nversion = "x"\nassumed = { author = "a", reason = "b" }\n[weights]\nluck = 1.0\n', "utf-8")
    with pytest.raises(PolicyFileError, match="luck"):
        read_weights(path)
