"""Officers: the queue of applications, and one after the other."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.enterprises.rules import FirmSize
from marketplace.identity import page_mark
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.moves import presenter
from marketplace.piles.pages import offered
from marketplace.policy.programme_words import AllocationMode
from marketplace.vouchers.forms import AnswerForm, DecideForm, score_form
from marketplace.vouchers.lifecycle import APPLICATION
from marketplace.vouchers.queries import applications as reads
from marketplace.vouchers.queries import scores, wallet
from marketplace.vouchers.queries.programmes import announced_rounds
from marketplace.vouchers.queries.spending import calendar_of, spec_of
from marketplace.vouchers.rules.states import ApplicationDecision, ApplicationState
from marketplace.vouchers.service import panel, reviewing
from marketplace.vouchers.service.issuing import soft_left
from marketplace.vouchers.views.common import application_steps, bp, note
from marketplace.vouchers.views.together import DECIDE, asked_queue
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged


@bp.get("/office/applications")
@requires("vouchers.review")
def applications() -> ResponseReturnValue:
    wanted = asked_queue()
    page = paged(reads.queue(current_user.areas_for("vouchers.review"), wanted))
    now, waiting = clock.now(), [row for row in page.items if row.state in reads.OPEN]
    calendars = {row.id: calendar_of(row.round.version_id) for row in waiting}
    rounds = announced_rounds()
    return render_template(
        "vouchers/applications.html", page=page, firms=reads.firms_of(page.items), wanted=wanted,
        days={row.id: reads.days_left(row, calendars[row.id], row.day_of(now)) for row in waiting},
        due={row.id: reads.due_of(row, calendars[row.id]) for row in waiting},
        states=[("open", _("待办理")), ("appeals", _("待答复的申诉")), ("my_appeals", _("待我答复的申诉")), *choices(ApplicationState)],
        rounds=[(row.id, row.name) for row in rounds], pile=offered(DECIDE),
    )  # fmt: skip


@bp.get("/office/applications/<uuid:application_id>")
@requires("vouchers.review")
def office_application(application_id: UUID) -> ResponseReturnValue:
    mark = page_mark.mark(application_id)
    return _page(application_id, DecideForm(shown=mark), AnswerForm(shown=mark))


def _page(application_id: UUID, form: DecideForm, answer: AnswerForm) -> ResponseReturnValue:
    filed = reads.in_area(application_id, current_user.areas_for("vouchers.review"))
    row, spec = filed.application, spec_of(filed.application.round.version_id)
    is_review = spec.allocation.mode.value is AllocationMode.REVIEW
    if not is_review:
        form.decision.choices = choices([ApplicationDecision.REFUSE])
    calendar = calendar_of(row.round.version_id)
    people = identity.names_of([row.decided_by, *(UUID(one["by"]) for one in row.reviews)])
    return render_template(
        "vouchers/office_application.html", row=row, panel=scores.panel_of(row, spec, current_user.id, clock.now()),
        firm=filed.firm, soft_fen=soft_left(spec, row, row.day_of(clock.now())), form=form,
        answer=answer, steps=application_steps(row), spec=spec,
        is_review=is_review, due=reads.due_of(row, calendar), days=reads.days_left(row, calendar, row.day_of(clock.now())),
        is_open=row.state in reads.OPEN, has_appeal=row.appealed_at is not None and not row.appeal_answer, people=people,
        reviews=[{**one, "who": people.get(UUID(one["by"]), ""), "decision": ApplicationDecision(one["decision"])} for one in row.reviews],
        size=FirmSize(reads.sizes_of([row.enterprise_id]).get(row.enterprise_id, "unknown")).label,
        voucher=wallet.of_application(row.id), history=presenter.history(row.id, [APPLICATION], note),
    ), max(form.status, answer.status)  # fmt: skip


@bp.post("/office/applications/<uuid:application_id>/decide")
@requires("vouchers.review")
def decide(application_id: UUID) -> ResponseReturnValue:
    mark = page_mark.mark(application_id)
    row, form = reads.in_area(application_id, current_user.areas_for("vouchers.review")).application, DecideForm()
    if form.validate_on_submit():
        work = _deciding(application_id, ApplicationDecision(form.decision.data), str(form.reason.data or ""), form.seen())
        if carried_out(form, work, _("申领 %(number)s 已办理。", number=row.number)):
            return redirect(url_for("vouchers.applications"))
    return _page(application_id, form, AnswerForm(formdata=None, shown=mark))


@bp.route("/office/applications/<uuid:application_id>/score", methods=["GET", "POST"])
@requires("vouchers.review")
def score(application_id: UUID) -> ResponseReturnValue:
    """One officer's sheet, without what the others gave."""
    filed = reads.in_area(application_id, current_user.areas_for("vouchers.review"))
    spec, actor_id = spec_of(filed.application.round.version_id), current_user.id
    form = score_form(spec, shown=page_mark.mark(application_id))
    if form.validate_on_submit():
        work = partial(panel.score, application_id, form.points(), reason=str(form.reason.data), actor_id=actor_id, now=clock.now())
        if carried_out(form, work, _("评分已交出。")):
            return redirect(url_for("vouchers.office_application", application_id=application_id))
    page = render_template("vouchers/score.html", row=filed.application, firm=filed.firm, form=form, criteria=spec.criteria)
    return page, form.status


def _deciding(application_id: UUID, decision: ApplicationDecision, reason: str, seen: str) -> Callable[[], object]:
    actor_id, areas, now = current_user.id, current_user.areas_for("vouchers.review"), clock.now()
    said = reviewing.Reviewed(decision, reason)
    return lambda: reviewing.decide(application_id, said, actor_id=actor_id, areas=areas, now=now, shown=seen)


@bp.post("/office/applications/<uuid:application_id>/answer")
@requires("vouchers.review")
def answer_appeal(application_id: UUID) -> ResponseReturnValue:
    mark = page_mark.mark(application_id)
    row, form = reads.in_area(application_id, current_user.areas_for("vouchers.review")).application, AnswerForm()
    if form.validate_on_submit():
        upheld, answer, actor_id, seen = form.upheld.data == "yes", str(form.answer.data), current_user.id, form.seen()
        if carried_out(
            form,
            lambda: reviewing.answer_appeal(application_id, upheld=upheld, answer=answer, actor_id=actor_id, now=clock.now(), shown=seen),
        ):
            flash(_("申诉 %(number)s 已答复。", number=row.number), "success")
            return redirect(url_for("vouchers.office_application", application_id=application_id))
    return _page(application_id, DecideForm(formdata=None, shown=mark), form)
