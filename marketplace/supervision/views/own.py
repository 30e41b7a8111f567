"""What an organisation reads of decisions about itself, and how it appeals."""

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.files import checksum
from marketplace.moves.service import By
from marketplace.risk import queries as risk
from marketplace.supervision import queries, service
from marketplace.supervision.forms import AppealForm
from marketplace.supervision.lifecycle import CaseSide, CaseState
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries import credit
from marketplace.supervision.settings import supervision
from marketplace.supervision.views.blueprint import bp, buttons, history
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.paging import paged


@bp.get("/my/cases")
@requires("cases.own")
def my_cases() -> ResponseReturnValue:
    own, today, found = current_user.organisation_id, clock.today(), supervision()
    return render_template(
        "supervision/my_cases.html",
        page=paged(queries.of_party(own)),
        bars=risk.bars_of(own, today),
        limit=risk.credit_limit_of(own, today),
        points=credit.points_of(own, found, today),
        full=found.credit_full.value,
    )


@bp.get("/my/cases/<uuid:case_id>")
@requires("cases.own")
def my_case(case_id: UUID) -> ResponseReturnValue:
    row = queries.own_case(case_id, current_user.organisation_id)
    return _page(row, buttons(row, (CaseSide.PARTY,)) if _is_open(row) else [])


def _is_open(row: SupervisionCase) -> bool:
    return row.state is CaseState.DECIDED and row.due_on is not None and row.due_on >= clock.today()


def _page(row: SupervisionCase, actions: list[dict[str, str]]) -> ResponseReturnValue:
    return render_template(
        "supervision/my_case.html",
        case=row,
        measures=queries.measures_of(row.id),
        history=history(row, is_own=True),
        actions=actions,
    )


@bp.route("/my/cases/<uuid:case_id>/appeal", methods=["GET", "POST"])
@requires("cases.own")
def appeal(case_id: UUID) -> ResponseReturnValue:
    own, actor_id = current_user.organisation_id, current_user.id
    row, form = queries.own_case(case_id, own), AppealForm()
    key, text = form.key(), form.appeal.data or ""

    def work(store: object) -> SupervisionCase:
        assert callable(store), "what `uploads.chosen` answers"
        file_id = store()
        by = By(actor_id, clock.now(), key, {"appeal": text, "file": checksum(file_id)})
        return service.appeal(case_id, text, organisation_id=own, file_id=file_id, asked=by)

    if form.validate_on_submit() and carried_out(form, work, _("申诉已提交，结果会通知您。"), before=lambda: uploads.chosen(form.file)):
        return redirect(url_for("supervision.my_case", case_id=case_id))
    return render_template("supervision/appeal.html", case=row, form=form, measures=queries.measures_of(case_id)), form.status
