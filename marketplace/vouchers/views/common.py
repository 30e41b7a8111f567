"""What the pages of the voucher desk share: the blueprint, progress and notes of histories, who manages what."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import regions
from marketplace.identity.scope import may_see
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, Forbidden, NotFound
from marketplace.kernel.locales import said
from marketplace.kernel.policyfiles.provenance import Assumed, Provenance
from marketplace.policy.programme_words import AllocationMode
from marketplace.vouchers.models import Application, Programme, Round
from marketplace.vouchers.part_models import PartShift
from marketplace.vouchers.queries.paid_with import paid_with
from marketplace.vouchers.queries.reruns import simulated_ids
from marketplace.vouchers.queries.spending import phase_at, spec_of, way_of
from marketplace.vouchers.rules.facts import Eligibility
from marketplace.vouchers.rules.payees import has_named
from marketplace.vouchers.rules.rounds import days_shown
from marketplace.vouchers.rules.states import (
    ApplicationDecision,
    ApplicationState,
    Way,
)
from marketplace.vouchers.service.lots import is_drawn_by_lot
from marketplace.vouchers.service.reviewing import passed
from marketplace.web.formats import moment

bp = Blueprint("vouchers", __name__)


@bp.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "Verdict": Eligibility, "said": said, "origin": origin, "place": place,
        "days_of": lambda row: days_shown(spec_of(row.version_id), row.days),
        "phase": lambda row: phase_at(row, clock.now()),
        "paid_with": lambda offering: paid_with(offering, clock.now()),
        "names_payee": has_named,
        "is_direct": lambda row: way_of(row) is Way.DIRECT,
        "is_simulated": lambda round_id: round_id in _simulated(), "has_simulated": lambda: bool(_simulated()),
        "part_words": part_words, "in_line": in_line,
        "has_page": lambda endpoint: endpoint in current_app.view_functions,
    }  # fmt: skip


def _simulated() -> frozenset[UUID]:
    """The simulated rounds, asked for once in a request that names what belongs to rounds."""
    if "simulated_rounds" not in g:
        g.simulated_rounds = simulated_ids()
    found: frozenset[UUID] = g.simulated_rounds
    return found


def in_line(row: Application) -> list[tuple[str, str]]:
    """Where an application stands by when it came; where lots decide, that it does not matter."""
    if is_drawn_by_lot(spec_of(row.round.version_id)):
        return [(_("收到顺序"), _("摇号，与提交先后无关"))]
    return [(_("收到顺序"), _("第 %(n)s 位", n=row.sequence)), (_("排队类别"), row.priority_name or _("一般"))]


def part_words(row: Round, one: PartShift) -> str:
    """What was moved between parts of a round's budget, in one sentence."""
    spec = spec_of(row.version_id)
    amount, source, target = format_money(one.amount_fen, row.currency), _(spec.part_label(one.source)), _(spec.part_label(one.target))
    if not one.source:
        return said(N_("登记资金 %(amount)s 元，归%(target)s", amount=amount, target=target))
    if not one.target:
        return said(N_("从“%(source)s”收回 %(amount)s 元", amount=amount, source=source))
    return said(N_("从“%(source)s”调到“%(target)s” %(amount)s 元", amount=amount, source=source, target=target))


def origin(provenance: Provenance) -> dict[str, Any]:
    """Where a value comes from, as everybody may read it, and whether anybody published it."""
    if isinstance(provenance, Assumed):
        return {"text": provenance.reason, "is_assumed": True, "signed_by": provenance.signed_by or ""}
    reading = provenance.read_as
    said = {"reading": reading.reason, "printed": provenance.printed} if reading else {}
    return {"text": provenance.place, "is_assumed": False, "signed_by": (reading and reading.signed_by) or "", **said}


def place(code: str) -> str:
    """A region's full name."""
    return regions.region(code).full_name if regions.exists(code) else code


def may_manage(permission: str, programme: Programme, round_: Round | None = None) -> bool:
    """Whether the area in which the signed-in user may do this covers the programme, or the round."""
    return any(current_user.may_act(permission, one.area_code) for one in (programme, round_) if one is not None)


def managed_programme(programme_id: UUID) -> Programme:
    """Raises: NotFound; Forbidden: another area's."""
    programme = by_id(Programme, programme_id)
    if not may_manage("programmes.manage", programme):
        raise Forbidden(N_("这个项目由其他地区管理，您可以查看，不能改动。"))
    return programme


def managed_round(round_id: UUID, permission: str) -> Round:
    """Raises: NotFound; Forbidden: another area's."""
    row = by_id(Round, round_id)
    if not may_manage(permission, row.programme, row):
        raise Forbidden(N_("这个批次由其他地区管理，您可以查看，不能改动。"))
    return row


def may_read_funds(area_code: str) -> bool:
    """Whether the money of an area is for the signed-in user to read: that of the own areas and of those above, of all for auditors."""
    areas = current_user.areas_read("rounds.see")
    return areas is None or may_see(areas, area_code)


def seen_round(round_id: UUID) -> Round:
    """Raises: NotFound: no such round, or one that does not concern the user's areas."""
    row = by_id(Round, round_id)
    if not may_read_funds(row.area_code):
        raise NotFound
    return row


def signer() -> str:
    """Whose name stands under a signed value."""
    return f"{current_user.organisation_name} {current_user.name}"[:60]


def application_steps(row: Application) -> list[dict[str, Any]]:
    """The way of an application, for the progress bar."""
    spec = spec_of(row.round.version_id)
    ended = row.state in {ApplicationState.REFUSED, ApplicationState.WITHDRAWN}
    behind = len(passed(row))
    steps: list[dict[str, Any]] = [{"label": _("提交申领"), "state": "done", "at": row.submitted_at}]
    if spec.allocation.mode.value is AllocationMode.REVIEW:
        names = _level_names(spec.allocation.review_levels)
        steps += [{"label": name, "state": "done" if level < behind else "todo"} for level, name in enumerate(names)]
    else:
        is_known = row.state in {ApplicationState.GRANTED, ApplicationState.WAITLISTED, ApplicationState.REFUSED}
        steps.append({"label": _("公布结果"), "state": "done" if is_known else "todo", "at": row.decided_at if is_known else None})
    granted = row.state is ApplicationState.GRANTED
    if row.state is ApplicationState.WAITLISTED:
        steps.append({"label": _("候补等待"), "state": "todo", "note": said(row.reason)})
    steps.append({"label": _("获得服务券"), "state": "done" if granted else "todo", "at": row.decided_at if granted else None})
    _mark(steps, ended=ended, note=said(row.reason) if ended else "")
    return steps


def _level_names(levels: int) -> list[str]:
    if levels == 1:
        return [_("审核")]
    if levels == 2:
        return [_("初审"), _("复审")]
    return [_("第 %(n)s 级审核", n=number) for number in range(1, levels + 1)]


def _mark(steps: list[dict[str, Any]], *, ended: bool, note: str) -> None:
    """The first step that is not done is where things stand; instants become words."""
    current = next((step for step in steps if step["state"] == "todo"), None)
    if current is not None:
        current["state"] = "stopped" if ended else "current"
        current["note"] = note or current.get("note", "")
    for step in steps:
        if step.get("at"):
            step["at"] = moment(step["at"])


def note(details: dict[str, Any]) -> str:
    """What a history says of an event's details."""
    said = [_(ApplicationDecision(details["decision"]).label)] if "decision" in details else []
    return "；".join([*said, *filter(None, [details.get("reason", "")])])


__all__ = ["application_steps", "bp", "managed_programme", "managed_round", "may_manage", "note", "signer"]
