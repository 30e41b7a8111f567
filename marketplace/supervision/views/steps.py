"""What is done with a case: measures, finding, decision, answer to an appeal."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.page_mark import mark
from marketplace.kernel import clock
from marketplace.kernel.money import CNY
from marketplace.supervision import queries, service
from marketplace.supervision.forms import AnswerForm, DecideForm, FindForm, HandBackForm, ProposeForm
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries import parties
from marketplace.supervision.rules import AppealAnswer
from marketplace.supervision.views.blueprint import asked, bp
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out, in_currency


def _case(case_id: UUID, permission: str) -> SupervisionCase:
    return queries.case_in(case_id, current_user.areas_for(permission))


def _back(case_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("supervision.case", case_id=case_id))


def _page(name: str, row: SupervisionCase, form: CommandForm) -> ResponseReturnValue:
    measures = queries.measures_of(row.id)
    return render_template(f"supervision/{name}.html", case=row, form=form, measures=measures), form.status


@bp.route("/cases/<uuid:case_id>/measures", methods=["GET", "POST"])
@requires("cases.handle")
def propose(case_id: UUID) -> ResponseReturnValue:
    row, claim = _case(case_id, "cases.handle"), parties.claim_numbered(request.form.get("target", "")[:60])
    form, actor_id = in_currency(ProposeForm, claim.currency if claim else CNY)(), current_user.id
    key = form.key()
    if not form.is_submitted() and (about := parties.subject_claim(row)) is not None:
        form.target.data = about.number
    if form.validate_on_submit():
        wanted = form.said()
        if carried_out(form, lambda: service.propose(case_id, wanted, actor_id=actor_id, now=clock.now(), request_key=key), _("已拟定。")):
            return _back(case_id)
    return _page("propose", row, form)


@bp.post("/cases/<uuid:case_id>/measures/<uuid:measure_id>/drop")
@requires("cases.handle")
def drop_measure(case_id: UUID, measure_id: UUID) -> ResponseReturnValue:
    _case(case_id, "cases.handle")
    form, actor_id = CommandForm(), current_user.id
    if form.validate_on_submit():
        carried_out(form, lambda: service.drop_measure(case_id, measure_id, actor_id=actor_id, now=clock.now()), _("已撤下。"))
    return _back(case_id)


@bp.route("/cases/<uuid:case_id>/finding", methods=["GET", "POST"])
@requires("cases.handle")
def find(case_id: UUID) -> ResponseReturnValue:
    form, row = FindForm(shown=mark(case_id)), _case(case_id, "cases.handle")
    key = form.key()
    if form.validate_on_submit():
        finding, established = form.finding.data or "", form.verdict.data == "established"
        by = asked(key, {"finding": finding, "established": established}, form.seen())
        if carried_out(form, lambda: service.find(case_id, finding, is_established=established, asked=by), _("认定已提交，由他人决定。")):
            return _back(case_id)
    return _page("find", row, form)


@bp.route("/cases/<uuid:case_id>/decision", methods=["GET", "POST"])
@requires("cases.decide")
def decide(case_id: UUID) -> ResponseReturnValue:
    form, row = DecideForm(shown=mark(case_id)), _case(case_id, "cases.decide")
    key = form.key()
    if form.validate_on_submit():
        decision = form.decision.data or ""
        by = asked(key, {"decision": decision}, form.seen())
        if carried_out(form, lambda: service.decide(case_id, decision, asked=by), _("决定已作出。")):
            return _back(case_id)
    return _page("decide", row, form)


@bp.route("/cases/<uuid:case_id>/back", methods=["GET", "POST"])
@requires("cases.decide")
def hand_back(case_id: UUID) -> ResponseReturnValue:
    form, row = HandBackForm(shown=mark(case_id)), _case(case_id, "cases.decide")
    key = form.key()
    if form.validate_on_submit():
        reason = form.reason.data or ""
        by = asked(key, {"reason": reason}, form.seen())
        if carried_out(form, lambda: service.hand_back(case_id, reason, asked=by), _("已退回补充调查。")):
            return _back(case_id)
    return _page("hand_back", row, form)


@bp.route("/cases/<uuid:case_id>/answer", methods=["GET", "POST"])
@requires("cases.decide")
def answer_appeal(case_id: UUID) -> ResponseReturnValue:
    form, row = AnswerForm(shown=mark(case_id)), _case(case_id, "cases.decide")
    key = form.key()
    if form.validate_on_submit():
        verdict, text = AppealAnswer(form.verdict.data), form.answer.data or ""
        by = asked(key, {"verdict": verdict.value, "answer": text}, form.seen())
        if carried_out(form, lambda: service.answer_appeal(case_id, verdict, text, asked=by), _("申诉已答复。")):
            return _back(case_id)
    return _page("answer_appeal", row, form)
