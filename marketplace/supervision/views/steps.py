"""What is done with a case: measures, finding, decision, answer to an appeal."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.page_mark import mark
from marketplace.kernel import clock
from marketplace.kernel.money import CNY
from marketplace.moves.service import By
from marketplace.supervision import queries, service
from marketplace.supervision.forms import AnswerForm, DecideForm, FindForm, HandBackForm, ProposeForm
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries import parties
from marketplace.supervision.rules import AppealAnswer
from marketplace.supervision.views.blueprint import asked, bp
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, ShownForm, carried_out, decided, in_currency


def _case(case_id: UUID, permission: str) -> SupervisionCase:
    return queries.case_in(case_id, current_user.areas_for(permission))


def _back(case_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("supervision.case", case_id=case_id))


def _page(name: str, row: SupervisionCase, form: CommandForm) -> str:
    return render_template(f"supervision/{name}.html", case=row, form=form, measures=queries.measures_of(row.id))


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
    return _page("propose", row, form), form.status


@bp.post("/cases/<uuid:case_id>/measures/<uuid:measure_id>/drop")
@requires("cases.handle")
def drop_measure(case_id: UUID, measure_id: UUID) -> ResponseReturnValue:
    _case(case_id, "cases.handle")
    form, actor_id = CommandForm(), current_user.id
    if form.validate_on_submit():
        carried_out(form, lambda: service.drop_measure(case_id, measure_id, actor_id=actor_id, now=clock.now()), _("已撤下。"))
    return _back(case_id)


def _step(
    name: str, row: SupervisionCase, form: ShownForm, content: Mapping[str, Any], work: Callable[[By], object], said: str
) -> ResponseReturnValue:
    """The page of a step that ends with a sentence; `content` is what a second click must repeat."""
    by = asked(form.key(), content, form.seen())
    then = url_for("supervision.case", case_id=row.id)
    return decided(form, lambda: work(by), said, then=then, page=lambda: _page(name, row, form))


@bp.route("/cases/<uuid:case_id>/finding", methods=["GET", "POST"])
@requires("cases.handle")
def find(case_id: UUID) -> ResponseReturnValue:
    form, row = FindForm(shown=mark(case_id)), _case(case_id, "cases.handle")
    finding, established = form.finding.data or "", form.verdict.data == "established"
    return _step(
        "find",
        row,
        form,
        {"finding": finding, "established": established},
        lambda by: service.find(case_id, finding, is_established=established, asked=by),
        _("认定已提交，由他人决定。"),
    )


@bp.route("/cases/<uuid:case_id>/decision", methods=["GET", "POST"])
@requires("cases.decide")
def decide(case_id: UUID) -> ResponseReturnValue:
    form, row = DecideForm(shown=mark(case_id)), _case(case_id, "cases.decide")
    said = {"decision": form.decision.data or ""}
    return _step("decide", row, form, said, lambda by: service.decide(case_id, **said, asked=by), _("决定已作出。"))


@bp.route("/cases/<uuid:case_id>/back", methods=["GET", "POST"])
@requires("cases.decide")
def hand_back(case_id: UUID) -> ResponseReturnValue:
    form, row = HandBackForm(shown=mark(case_id)), _case(case_id, "cases.decide")
    said = {"reason": form.reason.data or ""}
    return _step("hand_back", row, form, said, lambda by: service.hand_back(case_id, **said, asked=by), _("已退回补充调查。"))


@bp.route("/cases/<uuid:case_id>/answer", methods=["GET", "POST"])
@requires("cases.decide")
def answer_appeal(case_id: UUID) -> ResponseReturnValue:
    form, row = AnswerForm(shown=mark(case_id)), _case(case_id, "cases.decide")
    verdict, text = form.verdict.data or "", form.answer.data or ""
    return _step(
        "answer_appeal",
        row,
        form,
        {"verdict": verdict, "answer": text},
        lambda by: service.answer_appeal(case_id, AppealAnswer(verdict), text, asked=by),
        _("申诉已答复。"),
    )
