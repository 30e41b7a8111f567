"""The blueprint, and what its pages share."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.supervision.lifecycle import CASE, CaseSide
from marketplace.supervision.models import SupervisionCase

bp = Blueprint("supervision", __name__)


def asked(key: UUID, content: Mapping[str, object] | None = None, shown: str | None = None) -> By:
    """What whoever is signed in asks, now."""
    return By(current_user.id, clock.now(), key, content, shown=shown)


def history(case: SupervisionCase, *, is_own: bool = False) -> list[dict[str, Any]]:
    """What happened, newest first; the party is told of the decision and what came after it."""
    hidden = {"opened", "find", "propose", "drop_measure", "hand_back", "dismiss"} if is_own else frozenset()
    return presenter.history(case.id, [CASE], partial(_note, is_own=is_own), hidden=hidden, is_public=is_own)


def _note(details: dict[str, Any], *, is_own: bool) -> str:
    return "" if is_own else str(details.get("reason", ""))


def buttons(case: SupervisionCase, sides: tuple[CaseSide, ...]) -> list[dict[str, str]]:
    """What whoever looks may do with a case now."""
    found = [move for side in sides for move in CASE.offered(side, case.state) if current_user.can(move.permission)]
    return presenter.buttons(CASE, found, blueprint="supervision", case_id=case.id)
