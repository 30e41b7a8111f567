import numpy as np
import pytest

from marketplace.retrieval.features import MEMORY_NAMES, NAMES
from marketplace.retrieval.learning import fit_weights, learn
from marketplace.retrieval.lines import Query, SearchLine
from marketplace.retrieval.memory import Confirmed, Memory
from marketplace.retrieval.ranker import default_weights
from marketplace.retrieval.search import Search
from marketplace.retrieval.text import normalise
from marketplace.retrieval.translation import Translation

LIST = [
    SearchLine("concrete", "预拌砼"),
    SearchLine("aggregate", "砂石骨料"),
    SearchLine("preform", "瓶坯"),
    SearchLine("carton", "瓦楞纸箱"),
    SearchLine("pump", "水泵"),
]
SAID = {
    "concrete": ["商混", "C30商混", "商混采购", "工地用商混", "混凝土"],
    "aggregate": ["石子", "碎石", "石子沙子", "骨料"],
    "preform": ["瓶胚", "PET瓶胚", "饮料瓶胚", "瓶坯"],
    "carton": ["包装箱", "外包装箱", "水果包装箱", "纸箱"],
    "pump": ["抽水机", "农用抽水机", "抽水机组", "水泵"],
}
TEXT_OF = {line.id: line.text for line in LIST}
PAIRS = [Confirmed(wording, line_id, TEXT_OF[line_id]) for line_id, wordings in SAID.items() for wording in wordings]


def test_what_was_confirmed_is_found_where_the_texts_share_nothing():
    search = Search(LIST)
    assert search.search(Query("商混")) == []
    weights, memory = learn(search, PAIRS, version="test")
    search.advise(weights, memory)
    assert search.search(Query("商混"))[0].line_id == "concrete"
    assert search.search(Query("家用抽水机"))[0].line_id == "pump"


def test_learning_leaves_the_search_as_it_was():
    search = Search(LIST)
    learn(search, PAIRS, version="test")
    assert search.weights is default_weights()
    assert search.memory is None


def test_an_explanation_with_memory_adds_up_and_names_the_earlier_wording():
    search = Search(LIST)
    search.advise(*learn(search, PAIRS, version="test"))
    explanation = search.explain(Query("家用抽水机"), "pump")
    assert explanation.precedent == "农用抽水机"
    assert sum(gain.gain for gain in explanation.gains) == pytest.approx(explanation.score)
    assert {gain.feature for gain in explanation.gains} == {*NAMES, *MEMORY_NAMES}


def test_a_remembered_line_that_was_removed_is_not_proposed():
    search = Search(LIST)
    search.advise(*learn(search, PAIRS, version="test"))
    search.remove("concrete")
    assert "concrete" not in [hit.line_id for hit in search.search(Query("商混"))]


def test_an_empty_memory_changes_nothing_and_breaks_nothing():
    plain, advised = Search(LIST), Search(LIST)
    advised.advise(default_weights(), Memory([]))
    assert advised.search(Query("纸箱")) == plain.search(Query("纸箱"))
    assert advised.search_many([]) == []


def test_learning_from_pairs_that_are_never_found_is_refused():
    with pytest.raises(ValueError, match="no query"):
        learn(Search(LIST), [Confirmed("商混", "gone", "没有的")], version="test")


def test_signs_that_stand_for_others_are_learned():
    pairs = [(normalise(pair.wording), normalise(pair.line_text)) for pair in PAIRS]
    translation = Translation.learn(pairs)
    first, second = np.asarray([0, 0]), np.asarray([0, 1])
    share = translation.explained(["瓶胚"], ["瓶坯", "水泵"], (first, second), lambda keys: np.ones(len(keys)))
    assert share[0] > 0.3 > share[1]


def test_a_feature_never_counts_against_its_meaning():
    chosen = np.random.default_rng(1)
    table, query = chosen.random((400, len(NAMES))), np.repeat(np.arange(40), 10)
    weights = fit_weights(table, query, (chosen.random(400) < 0.2).astype(float), version="test")
    for name, weight in weights.by_feature.items():
        assert weight <= 0 if name.endswith("_left") else weight >= 0


def test_weights_find_the_feature_that_decides():
    chosen = np.random.default_rng(2)
    table, query = chosen.random((2_000, len(NAMES))), np.repeat(np.arange(200), 10)
    decides = table[:, NAMES.index("in_order")].reshape(200, 10)
    right = (decides == decides.max(axis=1, keepdims=True)).astype(float).ravel()
    weights = fit_weights(table, query, right, version="test").by_feature
    assert weights["in_order"] > 3 * max(weight for name, weight in weights.items() if name != "in_order")
