"""For everybody: what programmes bear, whether one may have a voucher, who got one."""

from uuid import UUID

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.identity import choices
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.forms import SelfCheckForm
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import applications, programmes, reruns
from marketplace.vouchers.queries import self_check as checking
from marketplace.vouchers.rules.states import RESULTS_KNOWN
from marketplace.vouchers.views.common import bp
from marketplace.web.access import public
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.get("/programmes")
@public
def public_programmes() -> ResponseReturnValue:
    found = [(one, programmes.rounds_of(one.programme.id, public=True)) for one in programmes.known_programmes(real_only=True)]
    shown = sorted(found, key=lambda pair: not any(one.state in checking.CURRENT for one in pair[1]))
    return render_template("vouchers/public_programmes.html", layout=own_layout(), programmes=shown, current=checking.CURRENT)


@bp.get("/programmes/<slug>")
@public
def programme(slug: str) -> ResponseReturnValue:
    known = programmes.by_slug(slug)
    rounds = programmes.rounds_of(known.programme.id, public=True)
    return render_template(
        "vouchers/programme.html", layout=own_layout(), known=known, spec=known.spec, sections=programmes.sections_of(known.spec),
        rounds=rounds, categories=category_names(), classes={one.name: one.label for one in known.spec.classes}, results=RESULTS_KNOWN,
        has_reruns=reruns.has_reruns(known.programme.id),
    )  # fmt: skip


@bp.get("/self-check")
@public
def self_check() -> ResponseReturnValue:
    """我能领券吗: answered from the address alone, so nothing about the firm is stored."""
    form = _self_check_form()
    is_asked = "region_code" in request.args
    if not is_asked or not form.validate():
        return render_template("vouchers/self_check.html", layout=own_layout(), form=form), 422 if is_asked else 200
    said = checking.Said(
        region_code=form.region_code.data, park_code=form.park_code.data or None, industry_code=form.industry_code.data,
        employees=form.employees.data, revenue_fen=form.revenue.data, assets_fen=form.assets.data, founded_on=form.founded_on.data,
        titles=tuple(form.titles.data or ()),
    )  # fmt: skip
    facts, size = checking.facts_said(said, clock.today())
    return render_template(
        "vouchers/self_check_answer.html", layout=own_layout(), answers=checking.answers(facts), size=size,
        size_label=size.size.label,
        again=request.query_string.decode(),
    )  # fmt: skip


def _self_check_form() -> SelfCheckForm:
    form = SelfCheckForm(request.args)
    areas = current_app.config["SERVED_AREAS"]
    form.region_code.choices = {_("请选择"): [("", _("请选择"))], **choices.counties(areas)}
    form.park_code.choices = choices.parks(areas, empty=_("不在园区"))
    form.industry_code.choices = {_("请选择"): [("", _("请选择"))], **choices.industry_classes()}
    return form


@bp.get("/rounds/<uuid:round_id>/results")
@public
def results(round_id: UUID) -> ResponseReturnValue:
    row = by_id(Round, round_id)
    if row.state not in RESULTS_KNOWN:
        raise NotFound(_("本批次的结果还没有公布。"))
    page = paged(applications.results_of(round_id))
    rows = [(one.application, applications.masked(one.firm)) for one in applications.filed(page.items)]
    return render_template("vouchers/results.html", layout=own_layout(), row=row, rows=rows, page=page)


@bp.get("/receipts/<number>")
@public
def check_receipt(number: str) -> ResponseReturnValue:
    """What the QR code on a receipt leads to: whether it is ours, and how the application stands. Nothing about the firm."""
    row = applications.by_number(number)
    return render_template("vouchers/check_receipt.html", layout=own_layout(), row=row)
