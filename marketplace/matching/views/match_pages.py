"""Runs and matches: what was proposed and why, and following each to a contract or a refusal."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.matching import queries, rules, service
from marketplace.matching.following import following
from marketplace.matching.forms import GoForm, MessageForm, RefuseForm
from marketplace.matching.lifecycle import MATCH
from marketplace.matching.models import Match, MatchRun
from marketplace.matching.rules import MatchState, Party, RefusalReason
from marketplace.matching.service import contracts, steps, talk
from marketplace.matching.service.market import waiting
from marketplace.matching.settings import TieOrder
from marketplace.matching.views import bp
from marketplace.matching.workbook import MATCHES
from marketplace.moves import presenter
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices, once
from marketplace.web.paging import paged, same_query


def _state_choices() -> list[tuple[str, Any]]:
    return [("", _("全部状态")), (rules.UNDER_WAY, _("推进中")), (rules.HAS_CONTRACT, _("已签约和已交付")), *choices(MatchState)]


def _list(statement: Any, endpoint: str, export_url: str) -> ResponseReturnValue:
    page = paged(statement)
    return render_template(
        "matching/matches.html",
        page=page,
        firms=identity.names_of_organisations([side for match in page.items for side in (match.leader_id, match.enterprise_id)]),
        state_choices=_state_choices(),
        endpoint=endpoint,
        export_url=export_url,
        own=current_user.organisation_id,
        unconfirmed=queries.unconfirmed([match.id for match in page.items]),
    )


@bp.get("/matches", endpoint="matches")
@requires("matches.own")
def own_matches() -> ResponseReturnValue:
    wanted = queries.of_party(current_user.organisation_id, state=request.args.get("state", ""), planned="planned" in request.args)
    return _list(wanted, "matching.matches", same_query("matching.own_matches_excel"))


@offer(bp, "/matches.xlsx", permission="matches.own")
def own_matches_excel() -> ExportedList:
    return _book(queries.of_party(current_user.organisation_id, state=request.args.get("state", ""), planned="planned" in request.args))


@bp.get("/all-matches", endpoint="all_matches")
@requires("matches.see")
def all_matches() -> ResponseReturnValue:
    return _list(_asked(), "matching.all_matches", same_query("matching.all_matches_excel"))


def _asked() -> Any:
    return queries.in_area(
        current_user.areas_for("matches.see"),
        state=request.args.get("state", ""),
        planned="planned" in request.args,
        text=request.args.get("q", "").strip(),
    )


@offer(bp, "/all-matches.xlsx", permission="matches.see")
def all_matches_excel() -> ExportedList:
    return _book(_asked())


def _book(wanted: Select[Match]) -> ExportedList:
    filters = "，".join(f"{key}={value}" for key, value in request.args.items() if value)
    return ExportedList(_("供需对接"), MATCHES, rows_of(wanted, _lines), f"{_('供需对接')}-{clock.today().isoformat()}", filters)


def _lines(rows: Sequence[Match]) -> list[tuple[object, ...]]:
    names = identity.names_of_organisations([row.leader_id for row in rows] + [row.enterprise_id for row in rows])
    return [
        (
            row.number, names[row.leader_id], row.need.product, names[row.enterprise_id], row.supply.product, round(row.score * 100),
            row.planned, row.planned_quantity, row.planned_unit, _(row.state.label), row.contract_fen, row.contracted_on,
            row.run.number, row.run.needs_list.version, row.run.code_version,
        )
        for row in rows
    ]  # fmt: skip


def seen_run(run_id: UUID) -> MatchRun:
    """Raises: NotFound: no such run, or not of one's own list or area."""
    row = queries.run(run_id)
    if row.needs_list.leader_id == current_user.organisation_id:
        return row
    if queries.touches(row.needs_list.chain, current_user.areas_for("matches.see")):
        return row
    raise NotFound


@bp.get("/match-runs/<uuid:run_id>", endpoint="run")
@requires("chains.see")
def match_run(run_id: UUID) -> ResponseReturnValue:
    row = seen_run(run_id)
    matches = queries.matches_of_run(row.id)
    needs = {str(need.id): need for need in row.needs_list.needs}
    return render_template(
        "matching/run.html",
        run=row,
        matches=matches,
        needs=needs,
        ties=_(TieOrder(row.summary.get("ties", TieOrder.PUBLISHED)).label),
        firms=identity.names_of_organisations([match.enterprise_id for match in matches]),
        removed={str(key): value for key, value in queries.products_of([UUID(pair["supply_id"]) for pair in row.excluded]).items()},
        actor=identity.names_of([row.actor_id]).get(row.actor_id, ""),
        go=GoForm(),
        may_act=row.needs_list.leader_id == current_user.organisation_id
        or current_user.may_act("matching.run", row.needs_list.chain.area_code),
    )


@offer(bp, "/match-runs/<uuid:run_id>.xlsx", permission="chains.see")
def run_excel(run_id: UUID) -> ExportedList:
    return _book(queries.of_run(seen_run(run_id).id))


def seen_match(match_id: UUID) -> Match:
    """A match of one's own, or of one's area. Raises: NotFound."""
    if current_user.can("matches.own"):
        with suppress(NotFound):
            return service.of_party(match_id, current_user.organisation_id)
    return service.in_area(match_id, current_user.areas_for("matches.see"))


@bp.get("/matches/<uuid:match_id>", endpoint="match")
@requires("home.see")
def match_page(match_id: UUID) -> ResponseReturnValue:
    if not (current_user.can("matches.own") or current_user.can("matches.see")):
        raise NotFound
    return page_of(seen_match(match_id))


def _party(match: Match, permission: str = "matching.follow") -> Party | None:
    """Either side, or a bureau for what lies in its own area: the chain, or the firm."""
    own = {match.enterprise_id: Party.FIRM, match.leader_id: Party.LEADER}.get(current_user.organisation_id)
    firm, chain = identity.organisation(match.enterprise_id), match.run.needs_list.chain
    near = current_user.may_act(permission, chain.area_code) or current_user.may_act(permission, firm.region_code, firm.park_code)
    return own or (Party.BUREAU if near else None)


def page_of(match: Match, message: MessageForm | None = None) -> str:
    """The page of a match, with what was typed to the other side and could not be sent."""
    firms, waits = identity.names_of_organisations([match.leader_id, match.enterprise_id]), waiting(match.id)
    return render_template(
        "matching/match.html",
        match=match,
        leader=firms[match.leader_id],
        firm=firms[match.enterprise_id],
        contacts={side: identity.organisation(side) for side in (match.leader_id, match.enterprise_id)},
        is_known=match.state not in rules.BETWEEN_LEADER_AND_SEARCH,
        reasons=[reason for reason in match.reasons if reason["code"] != "pieces"],
        pieces=next((reason for reason in match.reasons if reason["code"] == "pieces"), None),
        history=[
            *presenter.history(match.id, [MATCH], lambda _details: ""),
            {"at": match.created_at, "what": _("推荐产生"), "who": match.run.number},
        ],
        go=GoForm(),
        actions=_doable(match, has_contract=waits is not None),
        pressed=STEPS,
        steps=_steps(match.state),
        next_step=None if waits else _next_step(match),
        taken=queries.steps_of(match.id),
        is_side=current_user.organisation_id in {match.leader_id, match.enterprise_id},
        own=current_user.organisation_id,
        waiting=waits,
        contracts=contracts.all_of(match.id),
        corrections=contracts.corrections_of(match.id),
        message=message or MessageForm(),
        thread=talk.thread_of(match.id),
        may_write=_party(match) is not None and match.state in MATCH.move("message").by[Party.LEADER],
        may_void=_party(match, "matching.void") is Party.BUREAU,
        refusal=RefusalReason.labels().get(match.refusal_reason, ""),
    )


def _doable(match: Match, *, has_contract: bool) -> list[dict[str, str]]:
    """What whoever looks may do; a contract that waits is answered first."""
    party = _party(match)
    barred = {"contract", "refuse"} if has_contract else set()
    offered = [move for move in MATCH.offered(party, match.state) if move.verb not in barred] if party else []
    return presenter.buttons(MATCH, offered, blueprint="matching", match_id=match.id)


def _next_step(match: Match) -> dict[str, object] | None:
    """Whose turn it is, and what for; nothing where nobody has to act."""
    turn = next(iter(MATCH.offered(match.state.waits_for, match.state)), None)
    if turn is None:
        return None
    whose = match.leader_id if match.state.waits_for == Party.LEADER else match.enterprise_id
    return {"who": Party(match.state.waits_for).label, "what": turn.label, "is_own": whose == current_user.organisation_id}


def _steps(state: MatchState) -> list[dict[str, str]]:
    """How far a match has come; nothing for one that came to nothing."""
    if state not in rules.WAY:
        return []
    at = ["done"] * (rules.WAY.index(state) + (state is rules.WAY[-1])) + ["current"] + ["todo"] * len(rules.WAY)
    return [{"label": _(one.label), "state": at[place]} for place, one in enumerate(rules.WAY)]


STEPS: dict[str, Callable[..., Match]] = {
    "recommend": steps.recommend,
    "see": steps.see,
    "contact": steps.contact,
    "negotiate": steps.negotiate,
    "sample": steps.sample,
}


@bp.post("/matches/<uuid:match_id>/recommend", endpoint="recommend", defaults={"step": "recommend"})
@bp.post("/matches/<uuid:match_id>/see", endpoint="see", defaults={"step": "see"})
@bp.post("/matches/<uuid:match_id>/contact", endpoint="contact", defaults={"step": "contact"})
@bp.post("/matches/<uuid:match_id>/negotiate", endpoint="negotiate", defaults={"step": "negotiate"})
@bp.post("/matches/<uuid:match_id>/sample", endpoint="sample", defaults={"step": "sample"})
@requires("matching.follow")
def advance(match_id: UUID, step: str) -> ResponseReturnValue:
    actable(match_id)
    actor_id, by = current_user.id, current_user.organisation_id
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: STEPS[step](match_id, actor_id=actor_id, by=by, now=clock.now())))
        flash(_("已登记，并已通知对方。"), "success")
    return redirect(url_for("matching.match", match_id=match_id))


def actable(match_id: UUID) -> Match:
    """A match that whoever looks may bring further. Raises: NotFound."""
    match = seen_match(match_id)
    if _party(match) is None:
        raise NotFound
    return match


@bp.route("/matches/<uuid:match_id>/refuse", methods=["GET", "POST"])
@requires("matching.follow")
def refuse(match_id: UUID) -> ResponseReturnValue:
    match, form = actable(match_id), RefuseForm()
    offered = following(match.run.needs_list.chain.area_code).refusals.offered
    form.reason.choices = [(one.value, _(one.label)) for one in offered]
    if form.validate_on_submit():
        actor_id, by = current_user.id, current_user.organisation_id
        reason = RefusalReason(form.reason.data) if form.reason.data else None
        note, said = form.note.data or "", _("已登记未达成的原因，感谢反馈。")
        if carried_out(form, lambda: steps.refuse(match_id, reason=reason, note=note, actor_id=actor_id, by=by, now=clock.now()), said):
            return redirect(url_for("matching.match", match_id=match_id))
    return render_template("matching/refuse.html", match=match, form=form), form.status
