"""What people decide: an expert's opinion, a prefecture's own test, how a clause is read."""

from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.evaluation import queries, service
from marketplace.evaluation.forms import ChoiceSettingForm, NumberSettingForm, OpinionForm, SatisfactionForm, SettingForm
from marketplace.evaluation.rules import Verdict
from marketplace.evaluation.rulesets import ruleset as ruleset_of
from marketplace.evaluation.service import OpinionFacts
from marketplace.evaluation.views import bp, presenter
from marketplace.identity.queries import names_of
from marketplace.identity.regions import region
from marketplace.kernel.errors import N_, Forbidden, NotFound
from marketplace.kernel.policyfiles.provenance import Assumed
from marketplace.policy.ruleset_spec import Criterion, CriterionKind, Interpretation, RuleSet
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out


def _judged(ruleset: str, criterion_id: str) -> Criterion:
    found = next((one for one in ruleset_of(ruleset).criteria if one.id == criterion_id and service.is_judged(one)), None)
    if found is None:
        raise NotFound
    return found


@bp.route("/evaluation/<uuid:organisation_id>/<ruleset>/<criterion_id>/judge", methods=["GET", "POST"])
@requires("evaluation.judge")
def judge(organisation_id: UUID, ruleset: str, criterion_id: str) -> ResponseReturnValue:
    organisation = presenter.organisation("evaluation.judge", organisation_id)
    criterion, year = _judged(ruleset, criterion_id), presenter.year_asked()
    if not presenter.may_be_judged(criterion):
        raise Forbidden(N_("这一项是主管部门自己的测评结果，请由主管部门录入。"))
    form = OpinionForm() if criterion.kind is CriterionKind.MANUAL else SatisfactionForm()
    if form.validate_on_submit():
        said = (Verdict(form.verdict.data), None) if isinstance(form, OpinionForm) else (None, int(form.value.data * 100))
        facts = OpinionFacts(organisation_id, ruleset, year, criterion.id, form.opinion.data, *said)
        if carried_out(
            form,
            lambda file: service.judge(form.row_id(), replace(facts, file_id=file()), actor_id=current_user.id),
            _("意见已记录。"),
            before=lambda: uploads.chosen(form.file),
        ):
            return redirect(url_for("evaluation.show", organisation_id=organisation_id, year=year, ruleset=ruleset))
    return render_template(
        "evaluation/judge.html", form=form, organisation=organisation, criterion=criterion, year=year, rule=ruleset_of(ruleset)
    ), form.status


def _form(setting: Interpretation) -> SettingForm:
    form = ChoiceSettingForm(prefix=setting.id) if setting.options else NumberSettingForm(prefix=setting.id)
    form.area.choices = [(code, region(code).name) for code in current_user.areas_for("evaluation.settings")]
    if setting.options:
        form.value.choices = [(option.value, option.label) for option in setting.options]
    return form


def _settings_page(rule: RuleSet, asked: SettingForm | None = None, asked_id: str = "") -> ResponseReturnValue:
    history = queries.setting_history(rule.id, current_user.areas_for("evaluation.see"))
    labels = {setting.id: setting for setting in rule.settings}
    status = asked.status if asked else 200
    return render_template(
        "evaluation/settings.html", rule=rule, history=history, labels=labels, names=names_of(row.actor_id for row in history),
        assumed=Assumed, regions={row.area_code: region(row.area_code).name for row in history}, chosen=_chosen_here(rule),
        forms={s.id: asked if asked and s.id == asked_id else _form(s) for s in rule.settings}
        if current_user.can("evaluation.settings") else {},
    ), status  # fmt: skip


def _chosen_here(rule: RuleSet) -> list[tuple[str, dict[str, str]]]:
    """How each clause is read in each of the viewer's areas: (area, setting → words)."""
    found = []
    for area in current_user.areas_for("evaluation.see"):
        read = queries.settings_in(rule, area)
        found.append((region(area).name, {s.id: s.label_of(read[s.id]) for s in rule.settings}))
    return found


@bp.get("/evaluation/settings/<ruleset>")
@requires("evaluation.see")
def settings(ruleset: str) -> ResponseReturnValue:
    return _settings_page(ruleset_of(ruleset))


@bp.post("/evaluation/settings/<ruleset>/<key>")
@requires("evaluation.settings")
def choose_setting(ruleset: str, key: str) -> ResponseReturnValue:
    rule = ruleset_of(ruleset)
    setting = next((one for one in rule.settings if one.id == key), None)
    if setting is None:
        raise NotFound
    form, actor_id = _form(setting), current_user.id
    if form.validate_on_submit():
        area, value, reason = form.area.data, str(form.value.data), form.reason.data
        form.called = {key: "value"}
        if carried_out(form, lambda: service.choose_setting(ruleset, key, value, area_code=area, reason=reason, actor_id=actor_id)):
            flash(_("“%(name)s”已按新的理解计算。", name=setting.name), "success")
            return redirect(url_for("evaluation.settings", ruleset=ruleset))
    return _settings_page(rule, form, key)
