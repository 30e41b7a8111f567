"""The blueprint, the Excel lists' pages, and what several pages show of a firm."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.audit import queries as trail
from marketplace.enterprises import queries, rules
from marketplace.enterprises.imports import FIRMS, TITLES
from marketplace.enterprises.models import Enterprise, EnterpriseYear, ReviewState, Title
from marketplace.identity.lifecycle import ORGANISATION
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.imports import newest
from marketplace.kernel.lifecycle import State
from marketplace.policy.programme_words import TitleKind
from marketplace.web import importing
from marketplace.web.access import requires

bp = Blueprint("enterprises", __name__)

importing.add_pages(bp, importing.Pages(FIRMS, permission="enterprises.import", back="enterprises.imports"))
importing.add_pages(bp, importing.Pages(TITLES, permission="enterprises.import", back="enterprises.imports"))

ACTIONS: dict[str, str] = {
    **ORGANISATION.pasts(),
    "enterprise_year.declared": N_("填报年度数据"),
    "enterprise_year.accepted": N_("采信年度数据"),
    "enterprise_year.returned": N_("退回年度数据"),
    "enterprise_year.registered": N_("导入年度数据"),
    "title.declared": N_("填报称号"),
    "title.accepted": N_("采信称号"),
    "title.returned": N_("退回称号"),
    "title.registered": N_("登记称号"),
    "title.revoked": N_("撤销称号"),
    "title.restored": N_("恢复称号"),
}


@bp.get("/imports")
@requires("enterprises.import")
def imports() -> ResponseReturnValue:
    """Everything the user may bring in, and what was brought in lately."""
    offered = importing.offered()
    rows = newest(current_user.organisation_id, [pages.importer.kind for pages in offered])
    titles = {pages.importer.kind: pages for pages in offered}
    return render_template("enterprises/imports.html", offered=offered, rows=rows, pages=titles)


def size_words(firm: Enterprise) -> str:
    """小型企业（2025 年数据）."""
    label = _(rules.FirmSize(firm.size_class).label)
    return _("%(size)s（%(year)s 年数据）", size=label, year=firm.size_year) if firm.size_year else label


def year_rows(rows: list[EnterpriseYear]) -> list[dict[str, Any]]:
    """Yearly figures as tables show them."""
    return [
        {
            "id": y.id,
            "year": y.year,
            "employees": y.employees,
            "revenue_fen": y.revenue_fen,
            "assets_fen": y.assets_fen,
            "source": y.source,
            "file_id": y.file_id,
            "state": y.state,
            "reason": y.state_reason,
            "waits": y.state is ReviewState.DECLARED,
            "accepted": y.state is ReviewState.ACCEPTED,
        }
        for y in rows
    ]


def title_rows(rows: list[Title]) -> list[dict[str, Any]]:
    """Titles as tables show them: an accepted one says whether it is good today."""
    return [
        {
            "id": t.id,
            "kind": _(TitleKind(t.kind).label),
            "grade": _(t.grade.label) if t.grade else "—",
            "number": t.number or "—",
            "granted_by": t.granted_by or "—",
            "valid_from": t.valid_from,
            "valid_until": t.valid_until,
            "file_id": t.file_id,
            "state": _title_state(t),
            "waits": t.state is ReviewState.DECLARED,
            "accepted": t.state is ReviewState.ACCEPTED,
        }
        for t in rows
    ]


def _title_state(row: Title) -> State:
    if row.state is not ReviewState.ACCEPTED:
        return row.state
    return rules.title_state(queries.held(row), clock.today())


def history(firm: Enterprise) -> list[dict[str, Any]]:
    """What happened to a firm, for the timeline."""
    return [
        {
            "at": event.at,
            "what": _(ACTIONS[event.action]) + _subject_words(trail.details_of(event)),
            "who": who,
            "note": trail.details_of(event).get("reason") or "",
        }
        for event, who in queries.history_of(firm.id)
        if event.action in ACTIONS
    ]


def _subject_words(details: dict[str, Any]) -> str:
    if details.get("year"):
        return _("：%(year)s 年", year=details["year"])
    if details.get("kind") in set(TitleKind):
        return _("：%(kind)s", kind=_(TitleKind(details["kind"]).label))
    return ""
