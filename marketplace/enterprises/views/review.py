"""Officers look at what a firm declared: a year's figures, a title."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.enterprises import queries, rules, service
from marketplace.enterprises.forms import ReviewForm
from marketplace.enterprises.models import ReviewState
from marketplace.enterprises.views.blueprint import bp, title_rows, year_rows
from marketplace.identity.page_mark import check, mark
from marketplace.web.access import requires
from marketplace.web.forms import carried_out


@bp.route("/enterprises/<uuid:enterprise_id>/years/<uuid:year_id>", methods=["GET", "POST"])
@requires("enterprises.verify")
def review_year(enterprise_id: UUID, year_id: UUID) -> ResponseReturnValue:
    form = ReviewForm(shown=mark(year_id))
    firm = queries.in_area(enterprise_id, current_user.areas_for("enterprises.verify"))
    row = queries.year_of(year_id, firm.id)
    if row.state is not ReviewState.DECLARED:  # an accepted one may still be returned
        form.leave_out("decision", "accept")
    if form.is_sent(lambda seen: check(year_id, seen)):
        accept, reason, actor_id = form.decision.data == "accept", form.reason.data or "", current_user.id
        if carried_out(form, lambda: service.decide_year(year_id, accept=accept, reason=reason, actor_id=actor_id, shown=form.seen())):
            flash(_("已采信，企业规模已按此判定。") if accept else _("已退回，并通知了企业。"), "success")
            return redirect(url_for("enterprises.show", enterprise_id=enterprise_id))
    verdict = rules.size_class(firm.organisation.industry_code, row.employees, row.revenue_fen, row.assets_fen)
    size = verdict.size.label
    return render_template("enterprises/review_year.html", firm=firm, year=year_rows([row])[0], form=form, verdict=verdict, size=size), (
        form.status
    )


@bp.route("/enterprises/<uuid:enterprise_id>/titles/<uuid:title_id>", methods=["GET", "POST"])
@requires("enterprises.verify")
def review_title(enterprise_id: UUID, title_id: UUID) -> ResponseReturnValue:
    form = ReviewForm(shown=mark(title_id))
    firm = queries.in_area(enterprise_id, current_user.areas_for("enterprises.verify"))
    row = queries.title_of(title_id, firm.id)
    if row.state is not ReviewState.DECLARED:  # an accepted one may still be returned
        form.leave_out("decision", "accept")
    if form.is_sent(lambda seen: check(title_id, seen)):
        accept, reason, actor_id = form.decision.data == "accept", form.reason.data or "", current_user.id
        if carried_out(form, lambda: service.decide_title(title_id, accept=accept, reason=reason, actor_id=actor_id, shown=form.seen())):
            flash(_("称号已采信。") if accept else _("已退回，并通知了企业。"), "success")
            return redirect(url_for("enterprises.show", enterprise_id=enterprise_id))
    return render_template("enterprises/review_title.html", firm=firm, title=title_rows([row])[0], form=form), form.status
