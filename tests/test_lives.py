"""Every life of the house, held against what reads it: states, pages, permissions, words."""

import importlib
from pathlib import Path

import pytest

from marketplace.identity.roles import PERMISSIONS
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.lifecycle import Life

ROOT = Path(__file__).parent.parent
MODULES = [importlib.import_module(f"marketplace.{path.parent.name}.lifecycle") for path in ROOT.glob("marketplace/*/lifecycle.py")]
LIVES = [
    (life, path.split(".")[1])
    for path, life in ((module.__name__, value) for module in MODULES for value in vars(module).values() if isinstance(value, Life))
]

pytestmark = [pytest.mark.real_clock, pytest.mark.parametrize(("life", "package"), LIVES, ids=[life.subject for life, _ in LIVES])]


def states_of(life):
    return {state for move in life.moves for state in (*move.to, *(one for states in move.by.values() for one in states))}


def test_a_life_knows_every_state_of_its_thing(life, package):
    kinds = {type(state) for state in states_of(life)}
    assert len(kinds) == 1
    assert states_of(life) == set(kinds.pop())


def test_verbs_are_said_once_and_sides_are_known(life, package):
    verbs = [move.verb for move in life.moves]
    assert len(verbs) == len(set(verbs))
    assert {side for move in life.moves for side in move.by} <= set(life.sides)
    assert all(move.event and move.past for move in life.moves)


def test_whoever_has_the_turn_has_something_to_do(life, package):
    idle = [state for state in states_of(life) if state.waits_for and not life.offered(state.waits_for, state)]
    assert not idle, "a refusal says whose turn it is, and what for"


def test_every_button_has_its_page_which_asks_for_the_same_permission(life, package, app):
    for move in life.moves:
        if move.label:
            assert move.permission in PERMISSIONS
            page = life.page or f"{package}.{move.verb}"
            assert app.view_functions[page].permission == move.permission, page
        else:
            assert not move.permission or move.permission in PERMISSIONS


def test_o13_a_move_out_of_turn_says_whose_turn_it_is_and_one_made_before_says_by_whom(life, package):
    for move in life.moves:
        allowed = {state for states in move.by.values() for state in states}
        for state in states_of(life) - allowed:
            said = life.refusal(move, state)
            assert isinstance(said, RuleViolation)
            assert state.label in said.text()
            if state.waits_for:
                assert life.sides(state.waits_for).label in said.text()
        again = life.refusal(move, next(iter(states_of(life))), last="张三，2026-03-16")
        assert isinstance(again, Conflict)
        assert "张三，2026-03-16" in again.text()
