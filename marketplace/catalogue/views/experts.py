"""The region's experts: the list, the import, who is accepted."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue import importers, queries
from marketplace.catalogue.forms import ItemDecisionForm
from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.service import dossier, people
from marketplace.catalogue.views.blueprint import bp
from marketplace.identity.page_mark import check, mark
from marketplace.web import importing
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged

importing.add_pages(bp, importing.Pages(importers.EXPERTS, permission="providers.import", back="catalogue.experts"))


@bp.get("/experts")
@requires("providers.see")
def experts() -> ResponseReturnValue:
    areas, asked = current_user.areas_for("providers.see"), request.args
    page = paged(queries.experts(areas, text=asked.get("q", ""), state=asked.get("state", "")))
    return render_template(
        "catalogue/experts.html", page=page, states=choices(DossierState), may_import=current_user.can("providers.import")
    )


@bp.route("/experts/<uuid:expert_id>", methods=["GET", "POST"])
@requires("providers.review")
def expert(expert_id: UUID) -> ResponseReturnValue:
    form = ItemDecisionForm(shown=mark(expert_id))
    row = queries.expert_in_areas(expert_id, current_user.areas_for("providers.review"))
    form.leave_out("decision", row.state)
    if form.is_sent(lambda seen: check(expert_id, seen)):
        actor_id, state, reason = current_user.id, DossierState(form.decision.data), form.reason.data or ""
        if carried_out(form, lambda: people.decide_expert(expert_id, state, reason=reason, actor_id=actor_id, shown=form.seen())):
            flash(_("核实意见已保存。"), "success")
            return redirect(url_for("catalogue.experts"))
    return render_template("catalogue/expert.html", row=row, form=form, verdict_by=dossier.verdict_by(row)), form.status
