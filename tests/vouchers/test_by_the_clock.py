"""What hangs on where a round stands asks the clock, not what the sweep wrote down last."""

from datetime import timedelta

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.reporting import queries as front
from marketplace.vouchers import queues
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import programmes, self_check
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.rules import eligibility
from marketplace.vouchers.rules.facts import Eligibility
from marketplace.vouchers.rules.states import ApplicationDecision, RoundState
from marketplace.vouchers.service.reviewing import Reviewed, decide
from tests.factories import a_firm, a_programme, a_round, an_application, an_officer
from tests.vouchers.test_scoring import a_scored_round, give
from tests.vouchers.test_waiting_room import a_door

REVIEWED = "xizang_innovation_voucher"
SECOND, PASS = timedelta(seconds=1), Reviewed(ApplicationDecision.PASS, "")


def passed(row, now):
    officer = an_officer()
    return in_transaction(lambda: decide(row.id, PASS, actor_id=officer.id, now=now))


def test_an_application_is_reviewed_from_the_opening_on_and_not_when_the_use_is_over(db):
    row = a_round(REVIEWED, state="announced")
    with the_clock.at(row.apply_from_at + SECOND):
        early, late = an_application(row, a_firm()), an_application(row, a_firm())
        assert passed(early, the_clock.now()).state.value == "reviewing"

    assert by_id(Round, row.id).state is RoundState.ANNOUNCED, "nobody has written it down"
    over = a_round(REVIEWED, state="in_use")
    in_transaction(lambda: setattr(by_id(Application, late.id), "round_id", over.id))
    with pytest.raises(RuleViolation, match="不能审核"):
        passed(late, the_clock.day_ends(over.use_until))


def test_the_panel_scores_from_the_second_on_at_which_the_window_closes(db):
    round_, (row,) = a_scored_round(count=1, close=False)

    with the_clock.at(round_.apply_until_at):
        give(row, an_officer(), 5)

    with the_clock.at(round_.apply_until_at - SECOND), pytest.raises(RuleViolation, match="申领截止后"):
        give(row, an_officer(), 5)


def test_who_applies_before_the_opening_is_written_down_is_answered_all_the_same(db):
    round_ = a_door()
    with the_clock.at(round_.apply_from_at + SECOND):
        in_transaction(lambda: setattr(by_id(Round, round_.id), "state", RoundState.ANNOUNCED))
        row = an_application(by_id(Round, round_.id), a_firm())

        assert queues.serve(now=the_clock.now()) == 1

    assert by_id(Application, row.id).state.value == "granted"


def test_what_firms_are_offered_follows_the_clock(db):
    row = a_round(REVIEWED, state="announced")
    opens, closes = row.apply_from_at, row.apply_until_at

    def offered(now):
        return [one.id for one in programmes.rounds_in({RoundState.APPLYING}, now=now)]

    assert [offered(at) for at in (opens - SECOND, opens, closes - SECOND, closes)] == [[], [row.id], [row.id], []]
    assert [[one.id for one in front.open_rounds(at)] for at in (opens, closes)] == [[row.id], []]


def test_the_self_check_puts_programmes_with_a_round_that_runs_here_first(db):
    firm = a_firm()
    a_programme(REVIEWED)
    here = a_round("xizang_enterprise_service_voucher")
    elsewhere = a_round(programme=here.programme, area="540200")
    facts = facts_of(firm.id, the_clock.today())

    met = [one for one in self_check.answers(facts, the_clock.now()) if one.verdict is Eligibility.MET]

    assert [one.known.programme.slug for one in met] == ["xizang_enterprise_service_voucher", REVIEWED]
    assert [row.id for row in met[0].rounds] == [here.id] and elsewhere.state is RoundState.IN_USE


@pytest.mark.engines("sqlite")
def test_the_self_check_answers_for_every_programme_that_is_shipped_as_an_application_would(db):
    firm, today = a_firm(), the_clock.today()
    slugs = [one.stem for one in PROGRAMMES.glob("*.toml")]
    for slug in slugs:
        a_programme(slug, signed=False)
    facts = facts_of(firm.id, today)

    found = {one.known.programme.slug: one for one in self_check.answers(facts, the_clock.now())}

    assert found.keys() == set(slugs)
    for slug, one in found.items():
        asked = eligibility.check_eligibility(one.known.spec, facts)
        assert [*one.results, *one.later] == sorted(asked, key=lambda each: each.rule in self_check.LATER), slug
        assert one.most_fen is None or one.verdict is Eligibility.UNMET or one.most_fen > 0, slug


@pytest.mark.parametrize("way", ["withdraw", "refuse"])
def test_the_sheets_of_an_application_that_left_stay_hidden_until_all_are_in(browser, way):
    _round, (gone, left) = a_scored_round(count=2)
    one, two = an_officer(), an_officer()
    give(gone, one, 4)
    in_transaction(lambda: setattr(by_id(Application, gone.id), "state", {"withdraw": "withdrawn", "refuse": "refused"}[way]))
    browser.sign_in(two)

    assert "需求紧迫 4/10" not in browser.get(f"/office/applications/{gone.id}").text
    for officer in (one, two):
        give(left, officer, 8)
    assert "需求紧迫 4/10" in browser.get(f"/office/applications/{gone.id}").text
