"""Officers: a round from its draft to its end."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, Denied
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode
from marketplace.vouchers.forms import CallInForm, PushForm, ReasonForm, RoundForm, round_form
from marketplace.vouchers.lifecycle import ROUND
from marketplace.vouchers.models import Programme, Round
from marketplace.vouchers.queries import applications as filed
from marketplace.vouchers.queries import funds, parts
from marketplace.vouchers.queries import programmes as reads
from marketplace.vouchers.queries.barred import negative_labels
from marketplace.vouchers.queries.candidates import candidates
from marketplace.vouchers.queries.reach import Reach, reach_of
from marketplace.vouchers.queries.spending import calendar_of, phase_at, spec_of
from marketplace.vouchers.rules.rounds import check_area, offered_days
from marketplace.vouchers.rules.states import WITHOUT_APPLICATION, ApplicationState, RoundState, Side, Way, skipped, way_of
from marketplace.vouchers.rules.supplements import CALLED_IN_FROM, SUPPLEMENTED
from marketplace.vouchers.service import allotting, issuing
from marketplace.vouchers.service import rounds as service
from marketplace.vouchers.views.common import bp, managed_round, may_manage, note, place, seen_round
from marketplace.web.access import requires
from marketplace.web.forms import carried_out

SHIFTS_SHOWN = 20  # of what was moved between parts of a budget; the trail has all


def _choices(programme: Programme) -> list[tuple[str, str]]:
    """Where a round may be held: in the officer's areas and what lies under them, inside the programme's."""
    found: dict[str, str] = {}
    for area in current_user.areas_for("rounds.manage"):
        found.setdefault(area, place(area))
        for child in regions.children(area):
            found.setdefault(child.code, child.full_name)
            found.update({one.code: one.full_name for one in regions.children(child.code)})
    return [(code, name) for code, name in found.items() if regions.covers(programme.area_code, code)]


@bp.route("/office/programmes/<uuid:programme_id>/rounds/new", methods=["GET", "POST"])
@requires("rounds.manage")
def new_round(programme_id: UUID) -> ResponseReturnValue:
    known = reads.facts_of(programme_id)
    form = round_form(known.spec)
    form.area_code.choices = _choices(known.programme)
    _offer_earlier(form, programme_id)
    if "supplements" in form and not form.is_submitted():
        form.supplements.data = request.args.get("supplements", "")
    if form.validate_on_submit():
        plan, actor_id, key = form.plan(), current_user.id, form.key()
        if done := carried_out(
            form,
            lambda _ok: service.create(programme_id, plan, actor_id=actor_id, request_key=key, today=known.spec.day_of(clock.now())),
            before=lambda: _check_place(plan.area_code, known.programme),
        ):
            flash(_("批次 %(name)s 已建立。登记资金后即可公告。", name=done.answer.name), "success")
            return redirect(url_for("vouchers.round_page", round_id=done.answer.id))
    return _form_page(form, known.programme, known.spec, None)


def _offer_earlier(form: RoundForm, programme_id: UUID) -> None:
    """Rounds whose money may be handed out again by the one that is drawn up."""
    if "supplements" in form:
        earlier = [one for one in reads.rounds_of(programme_id) if one.state in SUPPLEMENTED]
        form.supplements.choices = [("", _("不接续")), *((str(one.id), one.name) for one in earlier)]


def _check_place(area_code: str, programme: Programme) -> None:
    """A county officer opens rounds of a regional programme in the county, nowhere else.

    Raises: RuleViolation: outside the programme's area; Denied: outside the officer's.
    """
    check_area(programme.area_code, area_code)
    if not may_manage("rounds.manage", programme) and not current_user.may_act("rounds.manage", area_code):
        raise Denied(N_("请选择您管辖范围内的地区。"), field="area_code")


def _form_page(form: RoundForm, programme: Programme, spec: ProgrammeSpec, row: Round | None) -> ResponseReturnValue:
    barred = negative_labels(row.area_code if row else programme.area_code)
    return render_template(
        "vouchers/round_form.html", form=form, barred=barred, programme=programme, spec=spec, row=row,
        needs_window=spec.allocation.mode.value not in WITHOUT_APPLICATION, day_fields=[one.field for one in offered_days(spec)],
        part_fields=[f"part_{one.name}" for one in spec.parts], pool_fen=funds.pool_fen(row) if row else 0,
    ), form.status  # fmt: skip


@bp.route("/office/rounds/<uuid:round_id>/edit", methods=["GET", "POST"])
@requires("rounds.manage")
def edit_round(round_id: UUID) -> ResponseReturnValue:
    row = managed_round(round_id, "rounds.manage")
    known = reads.facts_of(row.programme_id)
    form = round_form(known.spec)
    form.area_code.choices = _choices(known.programme)
    _offer_earlier(form, row.programme_id)
    if not form.is_submitted():
        form.show(row)
        form.show_parts(parts.planned(round_id))
        if "releases" in form:
            form["releases"].data = parts.releases_of(round_id)
    elif form.validate_on_submit():
        plan, actor_id = form.plan(), current_user.id
        if carried_out(
            form, lambda _ok: service.change(round_id, plan, actor_id=actor_id, today=row.day_of(clock.now())), _("批次已修改。"),
            before=lambda: _check_place(plan.area_code, known.programme),
        ):  # fmt: skip
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return _form_page(form, known.programme, known.spec, row)


@bp.get("/office/rounds/<uuid:round_id>")
@requires("rounds.see")
def round_page(round_id: UUID) -> ResponseReturnValue:
    row = seen_round(round_id)
    known = reads.facts_of(row.programme_id)
    spec = known.spec if row.state is RoundState.DRAFT else spec_of(row.version_id)
    mode, counts = spec.allocation.mode.value, filed.counts_in(round_id)
    return render_template(
        "vouchers/round.html", row=row, programme=row.programme, spec=spec, known=known, gauge=funds.gauge(row),
        free_fen=funds.free_fen(row), appropriations=funds.appropriations_of(round_id), counts=counts, actions=_doable(row, spec),
        results_due=filed.results_due(row, calendar_of(row.version_id)), may_manage=may_manage("rounds.manage", row.programme, row),
        may_fund=may_manage("appropriations.record", row.programme, row), has_applications=_way(spec) is Way.QUEUE,
        is_pushed=mode is AllocationMode.ADMIN_PUSH, may_review=current_user.can("vouchers.review"),
        sources={one.value: one.label for one in spec.appropriations.value} | {"carried_over": _("上批次结转"), "park": _("园区资金")},
        parts=parts.standing(row) if row.state is not RoundState.DRAFT else [], shifts=parts.shifts(round_id, SHIFTS_SHOWN),
        barred=negative_labels(row.area_code),
        earlier=by_id(Round, row.supplements_id) if row.supplements_id else None, may_call_in=row.state in CALLED_IN_FROM,
        releases=parts.releases_of(round_id), may_supplement=row.state in SUPPLEMENTED and spec.has_orders,
        may_shift=may_manage("rounds.manage", row.programme, row) and row.state is not RoundState.FINISHED,
        history=presenter.history(round_id, [ROUND], note), reach=_reach(row, spec) if row.state is RoundState.DRAFT else None,
    )  # fmt: skip


def _reach(row: Round, spec: ProgrammeSpec) -> Reach:
    return reach_of(row, spec, spec.day_of(clock.now()))


def _way(spec: ProgrammeSpec) -> Way:
    return way_of(spec.allocation.mode.value, spec.has_orders)


def _doable(row: Round, spec: ProgrammeSpec) -> list[dict[str, str]]:
    """What an officer may do with a round now; the platform does the same by its dates."""
    gone = skipped(row.state, _way(spec))
    found = [move for move in ROUND.offered(Side.OFFICER, row.state) if move.verb != gone]
    return presenter.buttons(ROUND, found, is_second=row.state is RoundState.IN_USE, round_id=row.id)


@bp.route("/office/rounds/<uuid:round_id>/to/<way>", methods=["GET", "POST"])
@requires("rounds.manage")
def move_round(round_id: UUID, way: str) -> ResponseReturnValue:
    """The page before a round changes its state: what will happen, a reason where one is asked, the button."""
    row, form = managed_round(round_id, "rounds.manage"), ReasonForm()
    if way not in {move.verb for move in ROUND.moves if move.label}:
        return redirect(url_for("vouchers.round_page", round_id=round_id))
    if form.validate_on_submit() and carried_out(form, _verb(round_id, way, str(form.reason.data or ""))):
        flash(_("批次现为“%(state)s”。", state=_(phase_at(by_id(Round, round_id), clock.now()).label)), "success")
        return redirect(url_for("vouchers.round_page", round_id=round_id))
    spec = spec_of(row.version_id)
    known = reads.facts_of(row.programme_id)
    preview = None
    unseen = {AllocationMode.REVIEW, AllocationMode.LOTTERY}  # the one is granted case by case, into the other nobody looks
    if way == "published" and spec.allocation.mode.value not in unseen and row.state is RoundState.CLOSED:
        preview = allotting.preview(row)
    rows = (
        {one.id: one for one in allotting.waiting_in(round_id, ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)} if preview else {}
    )
    return render_template(
        "vouchers/move_round.html", row=row, way=way, form=form, spec=spec, known=known, preview=preview, rows=rows,
        firms=filed.firms_of(rows.values()), is_early=_is_early(row, way), reach=_reach(row, known.spec) if way == "announced" else None,
    ), form.status  # fmt: skip


def _is_early(row: Round, way: str) -> bool:
    if way == "settling":
        return service.is_open(row, clock.now())
    return way == "closed" and clock.now() < row.apply_until_at


def _verb(round_id: UUID, way: str, reason: str) -> Callable[[], object]:
    actor_id, now = current_user.id, clock.now()
    verbs: dict[str, Callable[[], object]] = {
        "announced": lambda: service.announce(round_id, actor_id=actor_id, now=now),
        "published": lambda: allotting.publish(round_id, actor_id=actor_id, now=now),
        "suspended": lambda: service.suspend(round_id, reason=reason, actor_id=actor_id),
        "resumed": lambda: service.resume(round_id, reason=reason, actor_id=actor_id),
    }
    return verbs.get(way, lambda: service.move(round_id, RoundState(way), actor_id=actor_id, now=now, reason=reason))


@bp.route("/office/rounds/<uuid:round_id>/call-in", methods=["GET", "POST"])
@requires("rounds.manage")
def call_in(round_id: UUID) -> ResponseReturnValue:
    """Officers take back together what a round has given out and firms do not use (统一收回)."""
    row, form = managed_round(round_id, "rounds.manage"), CallInForm()
    if form.validate_on_submit():
        day, reason, by = form.day.data, str(form.reason.data), By(current_user.id, clock.now(), form.key())
        assert day is not None
        if carried_out(form, lambda: service.call_in(round_id, day, reason=reason, by=by)):
            flash(_("已定于 %(day)s 统一收回。", day=day.isoformat()), "success")
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return render_template("vouchers/call_in.html", row=row, form=form), form.status


@bp.route("/office/rounds/<uuid:round_id>/push", methods=["GET", "POST"])
@requires("rounds.manage")
def push(round_id: UUID) -> ResponseReturnValue:
    """Officers give vouchers by hand (主管部门直接发放): to firms that meet the rules and have none."""
    row, form = managed_round(round_id, "rounds.manage"), PushForm()
    found = candidates(row, row.day_of(clock.now()), text=request.args.get("q", ""))
    form.firms.choices = [(str(one.firm.id), one.firm.name) for one in found]
    if form.validate_on_submit():
        offered = {str(one.firm.id): one.firm.id for one in found}
        ids, actor_id = [offered[key] for key in form.firms.data or () if key in offered], current_user.id
        if done := carried_out(form, lambda: issuing.credit(round_id, ids, actor_id=actor_id, today=row.day_of(clock.now()))):
            if done.answer is not None:
                flash(_("已发放 %(n)s 张服务券。", n=len(done.answer)), "success" if done.answer else "warning")
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return render_template("vouchers/push.html", row=row, form=form, found=found), form.status
