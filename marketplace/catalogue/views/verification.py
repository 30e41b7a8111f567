"""The officer's side of the yearly dossier: each fact and each person accepted or returned."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue import queries
from marketplace.catalogue.forms import ItemDecisionForm
from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.rules import dossier as rules
from marketplace.catalogue.service import dossier as service
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.dossier import answer_in_words, lines_of, year_asked
from marketplace.identity.page_mark import check, mark
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out


@bp.get("/admissions/<uuid:provider_id>/dossier")
@requires("providers.see")
def provider_dossier(provider_id: UUID) -> ResponseReturnValue:
    row, year = queries.provider_in_areas(provider_id, current_user.areas_for("providers.see")), year_asked()
    items = queries.dossier_of(provider_id)
    firm = row.organisation
    lines = [line for line in lines_of([item for item in items if item.year == year]) if line["rows"]]
    years = sorted({item.year for item in items} | {year}, reverse=True)
    return render_template(
        "catalogue/provider_dossier.html", row=row, year=year, lines=lines, years=years, staff=queries.staff_of(provider_id),

        may_decide=current_user.may_act("providers.review", firm.region_code, firm.park_code),
    )  # fmt: skip


@bp.route("/dossier-items/<uuid:item_id>", methods=["GET", "POST"])
@requires("providers.review")
def dossier_item(item_id: UUID) -> ResponseReturnValue:
    form = ItemDecisionForm(shown=mark(item_id))
    item = queries.dossier_item_in_areas(item_id, current_user.areas_for("providers.review"))
    back = url_for("catalogue.provider_dossier", provider_id=item.provider_id, year=item.year)
    form.leave_out("decision", item.state)
    if form.is_sent(lambda seen: check(item_id, seen)):
        actor_id, state, reason = current_user.id, DossierState(form.decision.data), form.reason.data or ""
        if carried_out(form, lambda: service.decide(item_id, state, reason=reason, actor_id=actor_id, shown=form.seen())):
            flash(_("核实意见已保存。"), "success")
            return redirect(back)
    provider = queries.own_provider(item.provider_id)
    return render_template(
        "catalogue/dossier_item.html", item=item, form=form, back=back, label=rules.kind_of(item.kind).label,
        answer=answer_in_words(item), provider=provider, verdict_by=service.verdict_by(item),
        file=queries.file(item.file_id) if item.file_id else None,
    ), form.status  # fmt: skip


@bp.get("/dossier-items/<uuid:item_id>/file")
@requires("providers.see")
def evidence(item_id: UUID) -> ResponseReturnValue:
    return uploads.send(queries.file(queries.dossier_item_in_areas(item_id, current_user.areas_for("providers.see")).file_id))


@bp.route("/provider-staff/<uuid:person_id>", methods=["GET", "POST"])
@requires("providers.review")
def staff_member(person_id: UUID) -> ResponseReturnValue:
    form = ItemDecisionForm(shown=mark(person_id))
    person = queries.staff_member_in_areas(person_id, current_user.areas_for("providers.review"))
    back = url_for("catalogue.provider_dossier", provider_id=person.provider_id)
    form.leave_out("decision", person.state)
    if form.is_sent(lambda seen: check(person_id, seen)):
        actor_id, state, reason = current_user.id, DossierState(form.decision.data), form.reason.data or ""
        if carried_out(form, lambda: service.decide_staff(person_id, state, reason=reason, actor_id=actor_id, shown=form.seen())):
            flash(_("核实意见已保存。"), "success")
            return redirect(back)
    return render_template(
        "catalogue/staff_member.html", person=person, form=form, back=back,
        provider=queries.own_provider(person.provider_id), verdict_by=service.verdict_by(person),
    ), form.status  # fmt: skip


@bp.get("/provider-staff/<uuid:person_id>/file")
@requires("providers.see")
def staff_file(person_id: UUID) -> ResponseReturnValue:
    return uploads.send(queries.file(queries.staff_member_in_areas(person_id, current_user.areas_for("providers.see")).file_id))
