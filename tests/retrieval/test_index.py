import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.retrieval.index import Index, Params
from marketplace.retrieval.lines import Extra, Query, SearchLine

ZERO = np.zeros(1, dtype=np.int64)
SIGNS = "水泵瓶坯盖纸箱商混砂石骨料a1 "
texts = st.text(SIGNS, max_size=8)
codes = st.sampled_from(["", "30", "302", "3021", "1019"])
extras = st.lists(st.builds(Extra, texts, st.sampled_from([0.3, 0.5])), max_size=2).map(tuple)
lines = st.builds(SearchLine, st.integers(0, 30).map(str), texts, extras, codes)
changes = st.lists(st.one_of(lines, st.integers(0, 30).map(str)), max_size=30)
queries = st.builds(Query, texts, codes)


def answers(found):
    return [(candidate.line_id, pytest.approx(candidate.score, abs=1e-5)) for candidate in found]


@settings(max_examples=150, deadline=None)
@given(start=st.lists(lines, max_size=20), changes=changes, asked=st.lists(queries, min_size=1, max_size=4), count=st.integers(1, 8))
def test_an_index_that_was_changed_answers_as_one_built_anew(start, changes, asked, count):
    changed = Index(start)
    kept = {line.id: line for line in start}
    for change in changes:
        if isinstance(change, SearchLine):
            changed.put(change)
            kept[change.id] = change
        else:
            changed.remove(change)
            kept.pop(change, None)
    anew = Index(kept.values())
    assert len(changed) == len(anew)
    for query in asked:
        found = changed.candidates(query, count)
        assert [(candidate.line_id, candidate.score) for candidate in found] == answers(anew.candidates(query, count))
    before, after = changed.draw(asked, count), anew.draw(asked, count)
    assert [changed.line_at(row).id for row in before.row] == [anew.line_at(row).id for row in after.row]
    assert before.query.tolist() == after.query.tolist()


@settings(max_examples=100, deadline=None)
@given(start=st.lists(lines, max_size=30), asked=st.lists(queries, min_size=1, max_size=5), count=st.integers(1, 5))
def test_a_batch_answers_as_its_queries_one_by_one(start, asked, count):
    index = Index(start)
    drawn = index.draw(asked, count)
    for at, query in enumerate(asked):
        mine = [(index.line_at(row).id, score) for q, row, score in zip(drawn.query, drawn.row, drawn.score, strict=True) if q == at]
        assert mine == answers(index.candidates(query, count))


@settings(max_examples=50, deadline=None)
@given(start=st.lists(lines, max_size=20), query=queries)
def test_the_terms_of_a_line_add_up_to_its_score(start, query):
    index = Index(start)
    for candidate in index.candidates(query, 30):
        assert abs(index.scores_of([query], [index.line(candidate.line_id)], ZERO, ZERO)[0] - candidate.score) < 1e-5


def test_many_lines_of_one_text_come_in_order_of_id_whatever_the_batch_draws():
    index = Index([SearchLine(f"{at:03d}", "矿泉水") for at in range(200)])
    drawn = index.draw([Query("矿泉水"), Query("水")], 5)
    assert [index.line_at(row).id for row in drawn.row] == ["000", "001", "002", "003", "004"] * 2


def test_delta_rows_are_folded_in_by_themselves():
    index = Index([SearchLine("1", "水泵")], Params(compact_from=3))
    for at in range(2, 9):
        index.put(SearchLine(str(at), "纸箱"))
    assert len(index.candidates(Query("纸箱"), 20)) == 7


def test_an_empty_list_and_an_empty_query_find_nothing():
    assert Index().candidates(Query("水泵"), 5) == []
    assert Index().draw([Query("水泵")], 5).row.tolist() == []
    assert Index([SearchLine("1", "水泵")]).candidates(Query("——"), 5) == []


def test_a_line_is_found_by_its_extra_text():
    index = Index([SearchLine("1", "矿泉水", (Extra("kqs"),)), SearchLine("2", "纸箱", (Extra("zx"),))])
    assert [found.line_id for found in index.candidates(Query("zx"), 5)] == ["2"]
