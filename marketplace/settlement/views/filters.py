"""What the lists of claims are narrowed to by the address, and what goes along from one claim to the next."""

from collections.abc import Mapping
from typing import Any

from flask import request

from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.queries import ClaimFilters
from marketplace.web.query_string import asked_key, asked_text

KINDS = {"orders": N_("服务券订单"), "direct": N_("奖励和补助")}
CHECKS = {"green": N_("全部相符"), "open": N_("有未通过的")}
_CARRIED = (
    "q",
    "kind",
    "programme",
    "drawn",
    "checks",
    "level",
)  # in no state but waiting, in no order but by day


def filters_of(kind: str = "") -> ClaimFilters:
    """What the query string narrows a list of claims to; `kind`: a list of one kind."""
    state = request.args.get("state", "submitted" if "q" not in request.args else "")
    drawn = request.args.get("drawn", "")
    drawn = drawn if drawn in {"waiting", "drawn"} else ""
    states = (ClaimState(state),) if state in set(ClaimState) else ()
    kind = kind or request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    is_doubted, sort = request.args.get("account") == "doubted", request.args.get("sort", "")
    checks = request.args.get("checks", "")
    checks = checks if checks in CHECKS else ""
    appeal = request.args.get("appeal", "") == "waiting"
    late_on = clock.today() if request.args.get("pay") == "overdue" else None
    level_late = clock.today() if request.args.get("level") == "overdue" else None
    return ClaimFilters(asked_text("q"), states, asked_key("programme"), sort, is_doubted, drawn, appeal, checks, late_on, level_late, kind)


def carried(kind: str = "") -> Mapping[str, Any]:
    """The part of it that an address keeps from one claim to the next."""
    kept = {name: request.args[name] for name in _CARRIED if request.args.get(name)}
    return kept | ({"kind": kind} if kind else {})
