"""Officers' list of firms, a firm's page, and decisions on a firm."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.enterprises import queries, rules
from marketplace.enterprises.forms import DecisionForm, SanctionForm
from marketplace.enterprises.models import Enterprise
from marketplace.enterprises.queries import Waiting
from marketplace.enterprises.views.blueprint import bp, history, size_words, title_rows, year_rows
from marketplace.enterprises.views.filters import asked_filter as _filter
from marketplace.enterprises.views.together import VERIFY
from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity import page_mark, regions
from marketplace.identity import service as identity
from marketplace.identity.lifecycle import ORGANISATION, OrganisationState, Side
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.piles.pages import offered
from marketplace.policy.programme_words import TitleKind
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged

EXPORT = (
    Column("name", N_("企业名称")),
    Column("uscc", N_("统一社会信用代码"), CellKind.USCC),
    Column("region", N_("所在地区")),
    Column("park", N_("所在园区")),
    Column("industry", N_("行业小类")),
    Column("size", N_("规模")),
    Column("size_year", N_("判定年度"), CellKind.INTEGER),
    Column("titles", N_("有效称号"), width=40),
    Column("state", N_("状态")),
    Column("founded_on", N_("成立日期"), CellKind.DATE),
    Column("legal_representative", N_("法定代表人")),
    Column("contact_name", N_("联系人")),
    Column("contact_phone", N_("联系电话"), CellKind.CODE),
)


def _region_choices() -> list[tuple[str, str]]:
    """The officer's areas and what lies directly under them."""
    found = []
    for area in current_user.areas_for("enterprises.see"):
        found += [(area, regions.full_name(area)), *((r.code, r.full_name) for r in regions.children(area))]
    return found


@bp.get("/enterprises")
@requires("enterprises.see")
def index() -> ResponseReturnValue:
    page = paged(queries.listed(current_user.areas_for("enterprises.see"), _filter()))
    return render_template(
        "enterprises/index.html",
        page=page,
        rows=[_row(firm) for firm in page.items],
        counts=queries.waiting_counts(current_user.areas_for("enterprises.see")),
        states=choices(OrganisationState),
        sizes=choices(rules.FirmSize),
        regions=_region_choices(),
        waits=choices(Waiting),
        pile=offered(VERIFY),
    )


def _row(firm: Enterprise) -> dict[str, Any]:
    own = firm.organisation
    return {
        "id": firm.id,
        "name": own.name,
        "uscc": own.uscc,
        "region_code": own.region_code,
        "size": size_words(firm),
        "state": own.state,
        "is_pending": own.state is OrganisationState.PENDING,
        "updated_at": own.updated_at,
    }


@offer(bp, "/enterprises/export", permission="enterprises.see")
def export_firms() -> ExportedList:
    firms = queries.listed(current_user.areas_for("enterprises.see"), _filter())
    name = _("企业名单 %(day)s", day=clock.today().isoformat())
    return ExportedList(_("企业名单"), EXPORT, rows_of(firms, _export_rows), name, _filter_words())


def _export_rows(firms: Sequence[Enterprise]) -> Iterator[tuple[object, ...]]:
    """Titles are asked for together."""
    titles = queries.registers_of([firm.id for firm in firms])
    yield from (_export_row(firm, titles.get(firm.id, ())) for firm in firms)


def _export_row(firm: Enterprise, titles: tuple[rules.HeldTitle, ...]) -> tuple[object, ...]:
    own = firm.organisation
    held = rules.kinds_held(titles, clock.today())
    return (
        own.name,
        own.uscc,
        regions.full_name(own.region_code),
        regions.full_name(own.park_code) if own.park_code else None,
        own.industry_code,
        _(rules.FirmSize(firm.size_class).label),
        firm.size_year,
        "、".join(_(kind.label) for kind in TitleKind if kind in held),
        _(own.state.label),
        own.founded_on,
        own.legal_representative,
        own.contact_name,
        own.contact_phone,
    )


def _filter_words() -> str:
    wanted = _filter()
    said = [
        wanted.text,
        _(wanted.state.label) if wanted.state else "",
        regions.full_name(wanted.region) if wanted.region else "",
        _(wanted.size.label) if wanted.size else "",
        _("有待审材料") if wanted.waiting else "",
    ]
    return "；".join(word for word in said if word)


@bp.get("/enterprises/<uuid:enterprise_id>")
@requires("enterprises.see")
def show(enterprise_id: UUID) -> ResponseReturnValue:
    firm = queries.in_area(enterprise_id, current_user.areas_for("enterprises.see"))
    return render_template(
        "enterprises/show.html",
        firm=firm,
        organisation=firm.organisation,
        state=firm.organisation.state,
        size=size_words(firm),
        years=year_rows(queries.years_of(firm.id)),
        titles=title_rows(queries.titles_of(firm.id)),
        history=history(firm),
        in_groups=queries.named_groups_of(firm.id, clock.today()),
        may_verify=current_user.may_act("enterprises.verify", firm.organisation.region_code, firm.organisation.park_code),
        can_decide=bool(_choices(firm)),
        is_sanctioned=firm.organisation.sanctioned_until is not None and firm.organisation.sanctioned_until >= clock.today(),
    )


def _choices(firm: Enterprise, *, of_any_state: bool = False) -> list[tuple[str, str]]:
    """The decisions that can follow on the firm's state."""
    state = firm.organisation.state
    if state is OrganisationState.SUSPENDED and not of_any_state:
        return [(OrganisationState.VERIFIED.value, _("恢复使用"))]
    offered = [one for one in ORGANISATION.moves if Side.OFFICER in one.by] if of_any_state else ORGANISATION.offered(Side.OFFICER, state)
    return [(move.verb, _(move.label)) for move in offered]


@bp.route("/enterprises/<uuid:enterprise_id>/decide", methods=["GET", "POST"])
@requires("enterprises.verify")
def decide(enterprise_id: UUID) -> ResponseReturnValue:
    form = DecisionForm(shown=page_mark.mark(enterprise_id))
    firm = queries.in_area(enterprise_id, current_user.areas_for("enterprises.verify"))
    form.decision.choices = _choices(firm, of_any_state=form.is_known())
    if form.is_sent(lambda mark: page_mark.check(enterprise_id, mark)):
        seen, now = form.seen(), clock.now()
        state, reason, actor_id = OrganisationState(form.decision.data), form.reason.data or "", current_user.id
        if carried_out(
            form, lambda: identity.decide_organisation(enterprise_id, state, reason=reason, actor_id=actor_id, now=now, shown=seen)
        ):
            flash(_("已办理：%(decision)s。已通知企业。", decision=_(ORGANISATION.move(state).label)), "success")
            return redirect(url_for("enterprises.show", enterprise_id=enterprise_id))
    return render_template("enterprises/decide.html", firm=firm, form=form), form.status


@bp.route("/enterprises/<uuid:enterprise_id>/sanction", methods=["GET", "POST"])
@requires("enterprises.verify")
def sanction(enterprise_id: UUID) -> ResponseReturnValue:
    mark = page_mark.mark(enterprise_id)
    firm = queries.in_area(enterprise_id, current_user.areas_for("enterprises.verify"))
    form = SanctionForm(until=firm.organisation.sanctioned_until, shown=mark)
    if form.validate_on_submit():
        until, reason, actor_id, seen = form.until.data, form.reason.data, current_user.id, form.seen()
        if carried_out(form, lambda: identity.sanction(enterprise_id, until, reason=reason, actor_id=actor_id, shown=seen)):
            flash(_("失信限制已登记。") if until else _("失信限制已解除。"), "success")
            return redirect(url_for("enterprises.show", enterprise_id=enterprise_id))
    return render_template("enterprises/sanction.html", firm=firm, form=form), form.status


@bp.get("/enterprises/<uuid:enterprise_id>/files/<uuid:file_id>")
@requires("enterprises.see")
def firm_file(enterprise_id: UUID, file_id: UUID) -> ResponseReturnValue:
    firm = queries.in_area(enterprise_id, current_user.areas_for("enterprises.see"))
    return uploads.send(queries.file_of(file_id, firm.id))
