"""What firms declared and nobody has looked at: yearly figures and titles, decided on one by one or together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from marketplace.enterprises import queries, rules, service
from marketplace.enterprises.models import EnterpriseYear, ReviewState, Title
from marketplace.enterprises.views.blueprint import bp
from marketplace.identity.models import Organisation
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.piles import pages
from marketplace.piles.work import PileAsk, PileDecision, PileRow, PileWork
from marketplace.policy.programme_words import TitleKind
from marketplace.web.access import requires
from marketplace.web.forms import choices
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_text, asked_word

_THEN = {"accept": ReviewState.ACCEPTED, "return": ReviewState.RETURNED}


def _asked_years(areas: Iterable[str]) -> Select[EnterpriseYear]:
    return queries.declared_years(areas, asked_text("q"))


def _asked_titles(areas: Iterable[str]) -> Select[Title]:
    return queries.declared_titles(areas, asked_text("q"), asked_word("kind", TitleKind) or "")


def _years_matching(ticked: Sequence[UUID] | None) -> Select[EnterpriseYear]:
    areas = current_user.areas_for("enterprises.verify")
    return _asked_years(areas) if ticked is None else queries.declared_years(areas).where(EnterpriseYear.id.in_(ticked))


def _titles_matching(ticked: Sequence[UUID] | None) -> Select[Title]:
    areas = current_user.areas_for("enterprises.verify")
    return _asked_titles(areas) if ticked is None else queries.declared_titles(areas).where(Title.id.in_(ticked))


def _year_rows(ids: Sequence[UUID], decision: str) -> Mapping[UUID, PileRow]:
    rows = queries.some_years(ids)
    firms = {one.id: one.organisation for one in queries.some(one.enterprise_id for one in rows)}
    return {one.id: _year_row(one, firms[one.enterprise_id], decision) for one in rows}


def _year_row(row: EnterpriseYear, firm: Organisation, decision: str) -> PileRow:
    size = rules.size_class(firm.industry_code, row.employees, row.revenue_fen, row.assets_fen).size
    money = (format_money(fen, CNY) for fen in (row.revenue_fen, row.assets_fen))
    cells = str(row.year), str(row.employees), *money, row.source, said(size.label), _then(row.state, decision)
    return PileRow(firm.name, url_for("enterprises.review_year", enterprise_id=firm.id, year_id=row.id), cells)


def _title_rows(ids: Sequence[UUID], decision: str) -> Mapping[UUID, PileRow]:
    rows = queries.some_titles(ids)
    firms = {one.id: one.organisation for one in queries.some(one.organisation_id for one in rows)}
    return {one.id: _title_row(one, firms[one.organisation_id], decision) for one in rows}


def _title_row(row: Title, firm: Organisation, decision: str) -> PileRow:
    until = row.valid_until.isoformat() if row.valid_until else "—"
    cells = said(TitleKind(row.kind).label), row.number or "—", row.granted_by or "—", row.valid_from.isoformat(), until
    url = url_for("enterprises.review_title", enterprise_id=firm.id, title_id=row.id)
    return PileRow(firm.name, url, (*cells, _then(row.state, decision)))


def _then(state: ReviewState, decision: str) -> str:
    """What a row becomes by a decision; as it stands where it has one."""
    return said((_THEN[decision] if decision and state is ReviewState.DECLARED else state).label)


def _decide_year(year_id: UUID, mark: str, ask: PileAsk) -> None:
    row = queries.some_years([year_id])[0]
    queries.in_area(row.enterprise_id, ask.areas)
    service.decide_year(year_id, accept=ask.decision == "accept", reason=ask.reason, actor_id=ask.actor_id, shown=mark)


def _decide_title(title_id: UUID, mark: str, ask: PileAsk) -> None:
    row = queries.some_titles([title_id])[0]
    queries.in_area(row.organisation_id, ask.areas)
    service.decide_title(title_id, accept=ask.decision == "accept", reason=ask.reason, actor_id=ask.actor_id, shown=mark)


def _years_decided(ids: Sequence[UUID], _ask: PileAsk) -> Mapping[UUID, Sentence]:
    return _decided(queries.some_years(ids))


def _titles_decided(ids: Sequence[UUID], _ask: PileAsk) -> Mapping[UUID, Sentence]:
    return _decided(queries.some_titles(ids))


def _decided(rows: Sequence[EnterpriseYear | Title]) -> Mapping[UUID, Sentence]:
    return {one.id: N_("当前为“%(state)s”，不需要审核。", state=one.state.label) for one in rows if one.state is not ReviewState.DECLARED}


def _decisions(effect: str) -> Mapping[str, PileDecision]:
    return {
        "accept": PileDecision(N_("采信"), N_("已采信"), (effect, N_("每家企业都会收到通知，办理记录里留下您的名字。")), needs_reason=None),
        "return": PileDecision(N_("退回补正"), N_("已退回"), (N_("企业收到原因，补正后可以再次填报。"),)),
    }


YEARS = PileWork(
    kind="enterprises.years",
    permission="enterprises.verify",
    title=N_("批量审核年度数据"),
    columns=(N_("年度"), N_("年末从业人员"), N_("营业收入"), N_("资产总额"), N_("数据来源"), N_("判定规模"), N_("办理后")),
    decisions=_decisions(N_("企业规模按采信的数据重新判定。")),
    back="enterprises.declared_years",
    key=EnterpriseYear.id,
    matching=_years_matching,
    rows=_year_rows,
    why_not=_years_decided,
    decide=_decide_year,
    reason_help=N_("同一原因写给每一家企业，请写明怎样补正。"),
)
TITLES = PileWork(
    kind="enterprises.titles",
    permission="enterprises.verify",
    title=N_("批量审核称号"),
    columns=(N_("称号"), N_("证书编号"), N_("授予机关"), N_("有效期起"), N_("有效期止"), N_("办理后")),
    decisions=_decisions(N_("称号计入企业档案，申领和评价按此认定。")),
    back="enterprises.declared_titles",
    key=Title.id,
    matching=_titles_matching,
    rows=_title_rows,
    why_not=_titles_decided,
    decide=_decide_title,
    reason_help=N_("同一原因写给每一家企业，请写明怎样补正。"),
)
pages.add_pages(bp, "/enterprises/declared-years/together", YEARS)
pages.add_pages(bp, "/enterprises/declared-titles/together", TITLES)


def _shown(work: PileWork, wanted: Select[Any], heading: str) -> str:
    page = paged(wanted)
    return render_template(
        "enterprises/declared.html",
        heading=heading,
        page=page,
        columns=work.columns[:-1],
        rows=work.rows([one.id for one in page.items], ""),
        action=url_for(work.back),
        kinds=choices(TitleKind) if work is TITLES else [],
        kind=request.args.get("kind", ""),
        pile=pages.offered(work),
    )


@bp.get("/enterprises/declared-years")
@requires("enterprises.see")
def declared_years() -> ResponseReturnValue:
    return _shown(YEARS, _asked_years(current_user.areas_for("enterprises.see")), _("待审年度数据"))


@bp.get("/enterprises/declared-titles")
@requires("enterprises.see")
def declared_titles() -> ResponseReturnValue:
    return _shown(TITLES, _asked_titles(current_user.areas_for("enterprises.see")), _("待审称号"))
