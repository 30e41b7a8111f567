"""Offering search over the demo region's shelf, asked as people ask: long questions are answered, and what nobody offers is said."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from marketplace.catalogue import synonyms
from marketplace.catalogue.cards import Card
from marketplace.catalogue.search_index import Item, Shelf

DATA = Path(synonyms.__file__).parents[1] / "demo" / "data" / "offerings.csv"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
QUESTIONS = Path(__file__).with_name("everyday_questions.tsv")


def rows() -> Iterator[Item]:
    for at, row in enumerate(csv.DictReader(DATA.open(encoding="utf-8"))):
        card = Card(uuid4(), f"FW{at:05}", row["title"], row["summary"], row["category"], 100, "项", 1, row["mode"], 0, 0,
                    LONG_AGO, uuid4(), row["provider"], "540102")  # fmt: skip
        yield Item(card, "", row["deliverables"], synonyms.search_text(row["title"], row["summary"], row["category"]), "", LONG_AGO)


@pytest.fixture(scope="module")
def answers():
    """(question, right titles, titles of hits, titles of what may be related)."""
    shelf = Shelf(rows())
    found = []
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        question, right = line.split("\t")
        hits, related = shelf.relevance(question)
        best = sorted(hits, key=lambda key: (-hits[key], key))
        told = [[shelf.cards[key].title for key in keys] for keys in (best, related)]
        found.append((question, [one for one in right.split("|") if one], *told))
    return found


def right(title, wanted):
    return any(one in title for one in wanted)


def test_nine_of_ten_everyday_questions_have_a_right_offering_in_the_first_five(answers):
    asked = [(question, wanted, (hits + related)[:5]) for question, wanted, hits, related in answers if wanted]
    missed = [question for question, wanted, shown in asked if not any(right(title, wanted) for title in shown)]
    assert len(missed) <= 0.1 * len(asked), missed


def test_a_question_is_answered_whatever_its_length(answers):
    asked = [one for one in answers if one[1] and len(one[0]) > 13]
    answered = [one for one in asked if any(right(title, one[1]) for title in (one[2] + one[3])[:5])]
    assert len(answered) >= 0.85 * len(asked)


def test_what_nobody_offers_is_called_a_hit_in_one_of_ten_cases_at_most(answers):
    nobody = [(question, hits) for question, wanted, hits, _ in answers if not wanted]
    assert len([one for one in nobody if one[1]]) <= 0.1 * len(nobody), [one for one in nobody if one[1]]
