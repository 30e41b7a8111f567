"""Everything that is ever written to the trail and to signals has a word. A missing one goes to the capability's trail.py."""

from dataclasses import fields
from enum import StrEnum

import pytest

from marketplace.audit.models import AuditEvent
from marketplace.audit.words import COMMON, everybodys, values
from marketplace.capabilities import CAPABILITIES
from marketplace.catalogue.lifecycle import DossierState, PriceState
from marketplace.enterprises.models import ReviewState
from marketplace.identity.models import OrganisationFacts, UserState
from marketplace.identity.roles import PERMISSIONS, Role
from marketplace.matching.rules import MatchState
from marketplace.oversight.views.trail import action_words, detail_words
from marketplace.oversight.words import ACTION_NOUNS, DEEDS, DETAILS, NOUNS, PAST, SIGNAL_KINDS, VERBS
from marketplace.publicity.models import ObjectionState
from marketplace.records.rules import MemberState, ReportState
from marketplace.risk.models import SignalState
from marketplace.vouchers.queries import wallet
from marketplace.vouchers.rules.states import ApplicationState, RoundState, VoucherState
from tests.oversight import trail_words

WHERE = "give it a Chinese word in the capability's trail.py, and its English by the catalogue"
# f"provider.{state}": which states complete the action. A new one of these needs a line here.
COMPLETED: dict[str, type[StrEnum] | tuple[str, ...]] = {
    "dossier.": DossierState, "staff.": DossierState, "expert.": DossierState, "price.": PriceState,
    "enterprise_year.": ReviewState, "title.": ReviewState, "platform.member_": MemberState,
    "user.": UserState, "match.": MatchState, "objection.": ObjectionState, "report.": ReportState,
    "signal.": SignalState, "application.": ApplicationState, "voucher.": VoucherState, "round.": RoundState,
    "programme.value_": ("signed", "replaced"), "programme_draft.": ("begun", "saved", "given_up", "published"),
}  # fmt: skip
NO_ACTION = (".id", ".toml", ".models", "_", "import.examine", "import.store")  # columns, files and jobs that look like one


def _lacks(action: str) -> bool:
    noun, _dot, deed = action.partition(".")
    return noun not in NOUNS or (action not in PAST and deed not in DEEDS)


def test_every_action_passed_to_the_trail_is_about_something_with_a_name():
    lacking = {action: place for action, place in trail_words.recorded().items() if action.partition(".")[0] not in NOUNS}
    assert not lacking, f"NOUNS: {WHERE}"


def test_the_trail_can_be_filtered_by_everything_an_action_begins_with(app):
    """The list is constant: the trail itself is not read through for it at each visit."""
    whole, begun = trail_words.actions(set(NOUNS))
    taken = PERMISSIONS.keys() | VERBS.keys() | app.view_functions.keys()
    said = {one for one in whole if one not in taken and not one.endswith(NO_ACTION)} | begun.keys() | trail_words.recorded().keys()
    assert {one.partition(".")[0] for one in said} & NOUNS.keys() == set(ACTION_NOUNS)
    labels = [NOUNS[noun] for noun in ACTION_NOUNS]
    assert len(labels) == len(set(labels)), "each name stands once in the list"


def test_o7_every_action_has_a_word(app):
    whole, begun = trail_words.actions(set(NOUNS))
    taken = PERMISSIONS.keys() | VERBS.keys() | app.view_functions.keys()
    lacking = {one: place for one, place in whole.items() if one not in taken and not one.endswith(NO_ACTION) and _lacks(one)}
    assert not lacking, f"DEEDS: {WHERE}"
    unknown = {one: place for one, place in begun.items() if one.partition(".")[0] in NOUNS and one not in COMPLETED}
    assert not unknown, "say in COMPLETED of this file which states complete it"


@pytest.mark.parametrize("begun", COMPLETED)
def test_every_action_that_ends_in_a_state_has_a_word(begun):
    assert not [f"{begun}{state}" for state in COMPLETED[begun] if _lacks(f"{begun}{state}")], f"DEEDS: {WHERE}"


def test_o7_every_key_of_the_details_has_a_word():
    written = trail_words.keys() | {one.name: "organisation.changed" for one in fields(OrganisationFacts)}
    assert not {key: place for key, place in written.items() if key not in DETAILS}, f"DETAILS: {WHERE}"


def test_o7_every_kind_of_signal_has_a_word():
    assert not {kind: place for kind, place in trail_words.signal_kinds().items() if kind not in SIGNAL_KINDS}, f"SIGNAL_KINDS: {WHERE}"


def test_every_entry_of_a_voucher_has_a_word_in_the_firms_statement():
    elsewhere = {"appropriation.record", "pool.recall", "payment.settle", "limit.open", "limit.lift", "limit.lower"}  # of other accounts
    elsewhere |= {"part.open", "part.shift", "subsidy.reserve", "subsidy.release", "agreement.sign", "agreement.return"}
    elsewhere |= {"payment.bounce", "payment.correct", "recovery.receive", "payment.plan", "payment.unplan", "sources.open"}
    assert VERBS.keys() - elsewhere <= wallet.VERBS.keys()


def test_codes_in_details_are_said_in_words():
    assert {role.value for role in Role} <= values()["role"].keys()
    assert {state.value for state in RoundState} <= values()["state"].keys()


@pytest.mark.parametrize(("noun", "word"), [("application", "通过"), ("provider", "审核通过，发布公示")])
def test_a_code_is_said_in_the_words_of_whom_the_action_is_about(app, noun, word):
    event = AuditEvent(action=f"{noun}.decided", details='{"decision": "pass"}')
    with app.test_request_context():
        assert detail_words(event) == [("决定", word)]


@pytest.mark.parametrize("kind", ["nouns", "subjects", "deeds", "details", "entries", "signals"])
def test_a_word_is_given_once_by_whom_it_belongs_to(kind):
    codes = [code for words in everybodys() for code in getattr(words, kind)]
    assert len(codes) == len(set(codes))


def test_what_a_capability_writes_alone_is_named_in_its_own_package(app):
    """What is left for all is written by nobody's capability."""
    whole, begun = trail_words.actions(set(NOUNS))
    taken = PERMISSIONS.keys() | VERBS.keys() | app.view_functions.keys()
    for action, place in (whole | begun | trail_words.recorded()).items():
        if action in taken or action.endswith(NO_ACTION) or place.split("/")[1] not in CAPABILITIES:
            continue
        assert action.partition(".")[0] not in COMMON.nouns, f"{action}: {place}"


def test_o7_an_action_speaks_no_program(app):
    with app.test_request_context():
        assert action_words("match.refused") == "供需对接 · 未达成"
        assert action_words("payment.failed") == "拨付 · 银行付款失败"
        assert action_words("programme.value_signed") == "政策项目 · 签认设定值"
