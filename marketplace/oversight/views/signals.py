"""Risk signals: a reason to open the file, never a verdict."""

import json
from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.queries import names_of
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.oversight.forms import CloseForm
from marketplace.oversight.queries import names
from marketplace.oversight.views import bp
from marketplace.oversight.views.scope import areas
from marketplace.oversight.words import DETAILS, NOUNS, SIGNAL_KINDS
from marketplace.risk import queries, service
from marketplace.risk.models import RiskSignal, Severity, SignalState
from marketplace.risk.queries import SignalFilter
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged

PICTURES = {"path", "spread", "papers"}  # shown as a picture or a link, not as a line
WORDS = {"kinds": SIGNAL_KINDS, "nouns": NOUNS}


def _chosen() -> SignalFilter:
    """The filter of the URL; at first the list shows what is open."""
    state, severity = request.args.get("state", SignalState.OPEN.value), request.args.get("severity", "")
    return SignalFilter(
        state=SignalState(state) if state in set(SignalState) else None,
        severity=Severity(severity) if severity in set(Severity) else None,
        kind=request.args.get("kind", "")[:64],
        closable=current_user.can("risk.close") and request.args.get("whose") == "mine",
    )


@bp.get("/signals")
@requires("risk.see")
def signals() -> ResponseReturnValue:
    chosen = _chosen()
    page = paged(queries.signals(areas("risk.see"), chosen))
    return render_template(
        "oversight/signals.html", page=page, chosen=chosen, subjects=names.subjects((s.subject_type, s.subject_id) for s in page.items),
        simulated=names.simulated((s.subject_type, s.subject_id) for s in page.items),
        kind_choices=[(kind, _(SIGNAL_KINDS.get(kind, kind))) for kind in queries.kinds(areas("risk.see"))],
        severity_choices=choices(Severity), state_choices=choices(SignalState), **WORDS,
    )  # fmt: skip


def _page(row: RiskSignal, form: CloseForm) -> ResponseReturnValue:
    may_close = row.state is SignalState.OPEN and queries.may_close(row, current_user.areas_for("risk.close"))
    return render_template(
        "oversight/signal.html", signal=row, form=form if may_close or form.errors else None, evidence=_evidence(row),
        path=_path(row), spread=_spread(row), papers=_papers(row),
        may_open_case=row.state is not SignalState.EXPLAINED and current_user.can("cases.handle"),
        subject_name=names.subjects([(row.subject_type, row.subject_id)]).get(row.subject_id, ""),
        simulated=names.simulated([(row.subject_type, row.subject_id)]),
        closer=names_of([row.closed_by]).get(row.closed_by) if row.closed_by else None, **WORDS,
    ), form.status  # fmt: skip


def _path(row: RiskSignal) -> list[str]:
    """Who is tied to whom by what, where the check found a path."""
    return [str(one) for one in json.loads(row.evidence).get("path", ())]


def _papers(row: RiskSignal) -> list[dict[str, str]]:
    """Where two papers are read that a check compared."""
    found = json.loads(row.evidence).get("papers", ())
    labels = (_("打开本订单的文件"), _("打开另一订单的文件"))
    return [{"label": label, "url": url_for("orders.document", document_id=one)} for label, one in zip(labels, found, strict=False)]


@dataclass(frozen=True, slots=True)
class Spread:
    """What a figure is compared with, in the order of the picture."""

    values: list[int]
    texts: list[str]


def _spread(row: RiskSignal) -> Spread | None:
    found = json.loads(row.evidence)
    texts = [str(found.get(name, "")) for name in ("median", "high", "price")]
    return Spread([int(one) for one in found["spread"]], texts) if "spread" in found else None


def _evidence(row: RiskSignal) -> list[tuple[str, str]]:
    found = json.loads(row.evidence)
    pairs = [(key, value) for key, value in found.items() if key not in PICTURES] if isinstance(found, dict) else ()
    return [
        (_(DETAILS[key]) if key in DETAILS else key, "、".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in pairs
    ]


@bp.get("/signals/<uuid:signal_id>")
@requires("risk.see")
def signal(signal_id: UUID) -> ResponseReturnValue:
    return _page(queries.signal(signal_id, areas("risk.see")), CloseForm())


@bp.post("/signals/<uuid:signal_id>/close")
@requires("risk.close")
def close_signal(signal_id: UUID) -> ResponseReturnValue:
    row, form = queries.signal(signal_id, areas("risk.see")), CloseForm()
    if not queries.may_close(row, current_user.areas_for("risk.close")):
        raise NotFound
    if form.validate_on_submit():
        verdict, answer, actor_id = SignalState(form.verdict.data), form.answer.data, current_user.id
        if carried_out(form, lambda: service.close_signal(signal_id, verdict=verdict, answer=answer, actor_id=actor_id, now=clock.now())):
            flash(_("核查结论已记录。"), "success")
            return redirect(url_for("oversight.signal", signal_id=signal_id))
    return _page(row, form)
