"""A claim's approval is held to its bounds, the trail and the books; what it was paid of, and whether it was drawn, is decided again."""

import json

from marketplace.kernel.money import Fen
from marketplace.recomputing.rules.outcome import DecisionKind
from tests.factories import a_round, a_voucher, an_appropriation
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.recomputing.runs import checked, differing, forged, recomputed
from tests.settlement.acts import pay
from tests.settlement.test_appeals import answer, appeal, refuse
from tests.subsidies.awards import an_award, an_award_round


def test_what_was_approved_and_paid_does_not_differ(db):
    a_claim("submitted")
    a_claim("approved", order=with_papers(an_order("redeemed")), approved_fen=100_000)
    a_batch(claims=[a_claim("approved")])
    run, found = recomputed()
    assert found == []
    seen = checked()
    assert (seen[DecisionKind.APPROVAL], seen[DecisionKind.SPLIT]) == (3, 1)
    assert seen[DecisionKind.SAMPLE] >= 3
    assert not run.tallies[DecisionKind.APPROVAL].older


def test_what_was_granted_on_an_appeal_does_not_differ_and_is_held_to_its_answer(db):
    cut = a_claim("approved", order=with_papers(an_order("redeemed")), approved_fen=100_000)
    refused = refuse(an_award(round_=an_award_round()))
    for claim in (cut, refused):
        appeal(claim)
        answer(claim, Fen(claim.requested_fen))
    assert differing() == set()
    forged("claims", cut.id, approved_fen=cut.requested_fen - 1, cut_reason="核减")
    assert differing() == {("approval", str(cut.id))}


def test_an_approval_above_what_was_redeemed_is_found(db):
    claim = a_claim("approved", approved_fen=100_000)
    forged("claims", claim.id, approved_fen=200_000)
    assert differing() == {("approval", str(claim.id))}


def test_what_the_papers_were_said_to_deserve_is_reckoned_again(db):
    claim = a_claim("approved")
    forged("claims", claim.id, deserved_fen=claim.deserved_fen + 1)
    assert differing() == {("approval", str(claim.id))}


def test_sources_of_a_payment_that_were_changed_are_found(db):
    _batch, (line,) = a_batch()
    forged("payment_lines", line.id, split=json.dumps({"central": line.amount_fen}))
    assert differing() == {("split", str(line.id))}


def test_o5_what_a_payment_took_of_an_appropriation_is_compared_with_the_books_to_the_fen(db):
    """Moved by one fen from one document to another, on the row alone: the rules and the books both say otherwise."""
    round_ = a_round(budget_fen=2_000_000)
    an_appropriation(round_, 1_000_000, source="county")
    _batch, (line,) = a_batch(claims=[a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_))))])
    pay(line)
    one, other = line.draws
    forged("payment_lines", line.id, draws=json.dumps({one: line.draws[one] - 1, other: line.draws[other] + 1}))
    assert {found.rule for found in recomputed()[1]} >= {"付款来源：与账上各来源兑付一致", "付款来源：按制单时各来源余额重新分摊"}


def test_a_line_of_before_sources_were_kept_is_counted_apart(db):
    _batch, (line,) = a_batch()
    forged("payment_lines", line.id, funds=None)
    run, found = recomputed()
    assert (found, run.tallies[DecisionKind.SPLIT].older) == ([], 1)


def test_a_claim_that_was_made_to_look_as_if_not_drawn_is_found(db):
    claim = a_claim("submitted", checked=False)
    assert claim.drawn_by != "none", "the first ones of a round are drawn"
    forged("claims", claim.id, drawn_by="none")
    assert differing() == {("sample", str(claim.id))}
