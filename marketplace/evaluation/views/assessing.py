"""Assessments that were kept: made by an officer, read as they were made."""

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.evaluation import queries, rulesets
from marketplace.evaluation.forms import AssessForm
from marketplace.evaluation.rules import Verdict, value_text
from marketplace.evaluation.service.assessing import AskedAssessment, keep
from marketplace.evaluation.views import bp, presenter
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.layouts import own_layout


@bp.route("/evaluation/<uuid:organisation_id>/assess", methods=["GET", "POST"])
@requires("evaluation.settings")
def assess(organisation_id: UUID) -> ResponseReturnValue:
    organisation, today = presenter.organisation("evaluation.settings", organisation_id), clock.today()
    form, actor_id = AssessForm(year=presenter.year_asked(), applied_on=today), current_user.id
    there = rulesets.in_force(organisation.region_code, organisation.park_code, form.applied_on.data or today)
    form.ruleset.choices = [(name, rulesets.ruleset(name).title) for name in there]
    if form.validate_on_submit():
        asked = AskedAssessment(organisation_id, form.ruleset.data, form.year.data, form.applied_on.data)
        done = carried_out(form, lambda: keep(form.row_id(), asked, actor_id=actor_id, now=clock.now()), _("评价已保存。"))
        if done:
            return redirect(url_for("evaluation.assessment", assessment_id=form.row_id()))
    return render_template("evaluation/assess.html", form=form, organisation=organisation), form.status


@bp.get("/evaluation/assessments/<uuid:assessment_id>")
@requires("evaluation.open")
def assessment(assessment_id: UUID) -> ResponseReturnValue:
    row = queries.assessment_seen_by(
        assessment_id, own_id=current_user.organisation_id, area_codes=current_user.areas_for("evaluation.open")
    )
    lines = [{**one, "verdict": Verdict(str(one["verdict"])), "found": _value_of(one)} for one in row.result]
    page = {"layout": own_layout(), "row": row, "lines": lines, "verdict": Verdict(row.verdict)}
    page |= {"organisation": identity.organisation(row.organisation_id), "names": identity.names_of([row.actor_id])}
    return render_template("evaluation/assessment.html", **page)


def _value_of(line: dict[str, object]) -> str:
    return value_text(line["value"], str(line["unit"]))  # type: ignore[arg-type]
