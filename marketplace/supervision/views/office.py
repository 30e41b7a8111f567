"""The bureau's list of cases, one case, and opening one: of a signal, or of an organisation."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.risk import queries as risk
from marketplace.supervision import queries, service
from marketplace.supervision.forms import OpenForm
from marketplace.supervision.lifecycle import CaseSide, CaseState
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries import CaseFilter, credit, parties
from marketplace.supervision.rules import CaseSource
from marketplace.supervision.service import Cause
from marketplace.supervision.settings import supervision
from marketplace.supervision.views.blueprint import bp, buttons, history
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged


@bp.get("/cases")
@requires("cases.see")
def cases() -> ResponseReturnValue:
    state, by_others = request.args.get("state", ""), request.args.get("by") == "others"
    chosen = CaseFilter(
        state=CaseState(state) if state in set(CaseState) else None,
        text=request.args.get("q", "")[:60],
        not_by=current_user.id if by_others else None,
    )
    page = paged(queries.cases(current_user.areas_read("cases.see"), chosen))
    return render_template(
        "supervision/cases.html",
        page=page,
        chosen=chosen,
        state_choices=choices(CaseState),
        measures=queries.measures_by_case(row.id for row in page.items),
    )


@bp.get("/cases/<uuid:case_id>")
@requires("cases.see")
def case(case_id: UUID) -> ResponseReturnValue:
    row = queries.case_in(case_id, current_user.areas_read("cases.see"))
    may_act = current_user.may_act("cases.handle", row.region_code, row.organisation.park_code)
    measures = queries.measures_of(case_id)
    return render_template(
        "supervision/case.html",
        case=row,
        measures=measures,
        history=history(row),
        actions=buttons(row, (CaseSide.OFFICER, CaseSide.DECIDER)) if may_act else [],
        may_drop=may_act and row.state is CaseState.INVESTIGATING,
        names=identity.names_of([row.opened_by, row.found_by, row.decided_by, row.answered_by]),
        points=credit.points_of(row.organisation_id, supervision(), clock.today()),
        signal_id=row.source_id if row.source is CaseSource.SIGNAL else None,
    )


@bp.get("/cases/<uuid:case_id>/appeal-file")
@requires("cases.see")
def appeal_file(case_id: UUID) -> ResponseReturnValue:
    row = queries.case_in(case_id, current_user.areas_read("cases.see"))
    if row.appeal_file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, row.appeal_file_id))


@bp.route("/signals/<uuid:signal_id>/case", methods=["GET", "POST"])
@requires("cases.handle")
def open_of_signal(signal_id: UUID) -> ResponseReturnValue:
    """A signal becomes a case about one of those whom it concerns."""
    signal = risk.signal(signal_id, current_user.areas_for("cases.handle"))
    if not risk.may_close(signal, current_user.areas_for("cases.handle")):
        raise NotFound
    known, concerned = queries.case_of_source(signal_id), parties.parties_of(signal.subject_type, signal.subject_id)
    form = _form(concerned, str(signal.reason))
    if known is not None and not form.is_submitted():
        return redirect(url_for("supervision.case", case_id=known.id))
    back = url_for("oversight.signal", signal_id=signal_id)
    if form.validate_on_submit() and (made := _opened(form, CaseSource.SIGNAL, signal_id, (signal.subject_type, signal.subject_id))):
        return redirect(url_for("supervision.case", case_id=made.id))
    return render_template("supervision/open.html", form=form, concerned=concerned, back=back, action=request.path), form.status


@bp.route("/organisations/<uuid:organisation_id>/case", methods=["GET", "POST"])
@requires("cases.handle")
def open_of_organisation(organisation_id: UUID) -> ResponseReturnValue:
    """A bureau looks into an organisation by itself."""
    organisation = identity.organisation_in_area(organisation_id, current_user.areas_for("cases.handle"))
    form = _form([organisation], "")
    if form.validate_on_submit() and (made := _opened(form, CaseSource.OWN, None, (parties.ORGANISATION, organisation_id))):
        return redirect(url_for("supervision.case", case_id=made.id))
    return render_template(
        "supervision/open.html", form=form, concerned=[organisation], back=url_for("supervision.cases"), action=request.path
    ), form.status


def _form(concerned: list[Organisation], reason: str) -> OpenForm:
    form = OpenForm()
    form.whom.choices = [(str(one.id), one.name) for one in concerned]
    if not form.is_submitted():
        form.reason.data = reason
        form.whom.data = str(concerned[0].id) if len(concerned) == 1 else None
    return form


def _opened(form: OpenForm, source: CaseSource, source_id: UUID | None, subject: tuple[str, UUID]) -> SupervisionCase | None:
    cause = Cause(
        organisation_id=UUID(form.whom.data),
        reason=form.reason.data or "",
        source=source,
        source_id=source_id,
        subject_type=subject[0],
        subject_id=subject[1],
    )
    case_id, actor_id = form.key(), current_user.id
    done = carried_out(form, lambda: service.open_case(case_id, cause, actor_id=actor_id, now=clock.now()), _("已立案。"))
    return done.answer if done else None
