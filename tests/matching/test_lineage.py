"""Which line of a new version is which of the earlier ones."""

import pytest

from marketplace.matching.lineage import NEW, LineText, resolve


def lines(prefix, *rows):
    return [LineText(f"{prefix}{at}", number, product, spec, "个") for at, (number, product, spec) in enumerate(rows)]


@pytest.mark.parametrize(
    ("new", "old", "continues", "asked"),
    [
        pytest.param([("", "瓶坯", "28口")], [("", "瓶坯", "28口")], {"n0": "o0"}, {}, id="the same words"),
        pytest.param([("", "ＰＥＴ 瓶坯", "28 口")], [("", "pet瓶坯", "28口")], {"n0": "o0"}, {}, id="width, case and spaces"),
        pytest.param([("", "瓶坯", "38口")], [("", "瓶坯", "28口")], {"n0": None}, {}, id="another specification is another line"),
        pytest.param([("7", "瓶坯", "38口")], [("7", "瓶坯", "28口")], {"n0": "o0"}, {}, id="the sender's number stays, the words change"),
        pytest.param([("９", "瓶坯", "")], [("9", "瓶坯", "")], {"n0": "o0"}, {}, id="a number in full width"),
        pytest.param(
            [("1", "瓶盖", "")], [("1", "瓶坯", ""), ("2", "瓶盖", "")], {}, {"n0": ("o0", "o1")}, id="number and words speak for two"
        ),
        pytest.param([("", "瓶坯", "")], [("", "瓶坯", ""), ("", "瓶坯", "")], {}, {"n0": ("o0", "o1")}, id="two earlier lines fit"),
        pytest.param([("", "瓶坯", ""), ("", "瓶坯", "")], [("", "瓶坯", "")], {}, {"n0": ("o0",), "n1": ("o0",)}, id="two claim one"),
        pytest.param(
            [("1", "纸箱", ""), ("2", "瓶坯", "")], [("1", "瓶坯", "")], {}, {"n0": ("o0",), "n1": ("o0",)}, id="a row put before it"
        ),
        pytest.param([("", "瓶坯", "")], [], {"n0": None}, {}, id="a first version"),
    ],
)
def test_a_line_is_known_again_by_number_or_words_and_nobody_guesses_between_two(new, old, continues, asked):
    found = resolve(lines("n", *new), lines("o", *old), {})
    assert (found.continues, found.asked) == (continues, asked)


def test_what_the_sender_said_settles_it_and_frees_the_other():
    new, old = lines("n", ("", "瓶坯", ""), ("", "瓶坯", "")), lines("o", ("", "瓶坯", ""))
    assert resolve(new, old, {"n0": NEW}).continues == {"n0": None, "n1": "o0"}
    assert resolve(new, old, {"n0": "o0"}).continues == {"n0": "o0", "n1": None}
    assert set(resolve(new, old, {"n0": "o0", "n1": "o0"}).asked) == {"n0", "n1"}, "one earlier line is continued once"
