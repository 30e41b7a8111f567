"""One stored value of each kind of decision, changed with SQL alone, is found; the kinds that no other test here changes."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.evaluation import service as evaluation
from marketplace.evaluation.models import Judgement
from marketplace.evaluation.rules import Verdict
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.recomputing.rules.outcome import DecisionKind
from marketplace.settlement.models import ClaimOpinion
from marketplace.vouchers.lot_models import Lot
from marketplace.vouchers.models import ApplicationScore
from tests.evaluation.factories import a_platform
from tests.factories import an_expert_user, an_officer
from tests.recomputing.runs import checked, differing, forged, recomputed
from tests.settlement.test_levels import a_claim_of_levels, say
from tests.vouchers.test_lots import a_drawn_round, applied, closed
from tests.vouchers.test_scoring import a_scored_round, give

RULES = "xizang_demonstration_platform"


def one_of(model):
    return the_db.session.scalars(select(model)).first()


def judged(criterion_id="basic_2_satisfaction", **said):
    facts = evaluation.OpinionFacts(a_platform().id, RULES, 2026, criterion_id, "意见", **said)
    actor_id = an_expert_user().id
    return in_transaction(lambda: evaluation.judge(uuid4(), facts, actor_id=actor_id))


def a_reading():
    said = {"area_code": "540000", "reason": "厅办公会纪要", "actor_id": an_officer().id}
    return in_transaction(lambda: evaluation.choose_setting(RULES, "attribution", "own", **said))


def test_the_place_of_a_lot_that_was_changed_is_found(db):
    round_ = a_drawn_round()
    applied(round_, 3)
    closed(round_)
    assert recomputed()[1] == [] and checked()[DecisionKind.DRAW] == 4
    lots = the_db.session.scalars(select(Lot).order_by(Lot.place)).all()
    first = lots[0].id
    forged("lots", first, place=9)
    assert differing() == {("draw", str(first))}


def test_a_score_that_was_changed_is_found(db):
    _round, (row, *_others) = a_scored_round()
    give(row, an_officer(), need=8)
    assert recomputed()[1] == [] and checked()[DecisionKind.SCORE] == 1
    forged("application_scores", one_of(ApplicationScore).id, points='{"need": 9, "plan": 3}')
    assert differing() == {("score", str(row.id))}


def test_an_opinion_that_was_changed_is_found(db):
    say(a_claim_of_levels(), an_officer(), 400_000)
    assert recomputed()[1] == [] and checked()[DecisionKind.OPINION] == 1
    key = one_of(ClaimOpinion).id
    forged("claim_opinions", key, amount_fen=410_000)
    assert differing() == {("opinion", str(key))}


@pytest.mark.parametrize("forgery", [{"verdict": "met"}, {"value": 9_000}])
def test_a_judgement_that_was_changed_is_found(db, forgery):
    key = judged(value_bp=7_900).id
    assert recomputed()[1] == [] and checked()[DecisionKind.ASSESSMENT] == 1
    forged("judgements", key, **forgery)
    assert differing() == {("assessment", str(key))}


@pytest.mark.parametrize("forgery", [{"threshold_bp": 7_000}, {"rules": "0" * 64}])
def test_a_judgement_by_another_rule_file_or_another_threshold_is_found(db, forgery):
    row = judged(value_bp=9_000)
    key, kept = row.id, dict(row.facts)
    assert recomputed()[1] == []
    forged("judgements", key, facts=json.dumps(kept | forgery))
    assert differing() == {("assessment", str(key))}


def test_a_word_and_a_reading_that_were_changed_are_found(db):
    word, reading = judged("other_prospects", verdict=Verdict.UNMET), a_reading()
    keys = word.id, reading.id
    assert recomputed()[1] == []
    forged("judgements", keys[0], verdict="met")
    forged("ruleset_settings", keys[1], value="both")
    assert differing() == {("assessment", str(key)) for key in keys}


def test_a_judgement_of_before_its_facts_were_kept_is_counted_apart(db):
    key = judged(value_bp=8_000).id
    assert one_of(Judgement).verdict == Verdict.MET.value
    forged("judgements", key, facts=None)
    run, found = recomputed()
    assert (found, run.tallies[DecisionKind.ASSESSMENT].older) == ([], 1)
