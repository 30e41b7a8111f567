"""For everybody: what programmes bear, whether one may have a voucher, who got one."""

from uuid import UUID

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.identity import choices
from marketplace.identity.legal_forms import LegalForm
from marketplace.kernel import clock, draw
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.policy.programme_words import TitleGrade
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.forms import SelfCheckForm
from marketplace.vouchers.lot_models import Lottery
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import applications, funds, programmes, reruns
from marketplace.vouchers.queries import lots as drawn_lots
from marketplace.vouchers.queries import self_check as checking
from marketplace.vouchers.rules.states import RESULTS_KNOWN, RUNNING
from marketplace.vouchers.views.common import bp
from marketplace.web.access import public
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.get("/programmes")
@public
def public_programmes() -> ResponseReturnValue:
    running = programmes.rounds_in(RUNNING, now=clock.now())
    known = programmes.known_programmes(real_only=True)
    found = [(one, [row for row in running if row.programme_id == one.programme.id]) for one in known]
    shown = sorted(found, key=lambda pair: not pair[1])
    money = funds.appropriated_by(row.id for row in running)
    return render_template("vouchers/public_programmes.html", layout=own_layout(), programmes=shown, money=money)


@bp.get("/programmes/<slug>")
@public
def programme(slug: str) -> ResponseReturnValue:
    known = programmes.by_slug(slug)
    rounds = programmes.rounds_of(known.programme.id, public=True)
    return render_template(
        "vouchers/programme.html", layout=own_layout(), known=known, spec=known.spec, sections=programmes.sections_of(known.spec),
        rounds=rounds, categories=category_names(), classes={one.name: one.label for one in known.spec.classes}, results=RESULTS_KNOWN,
        has_reruns=reruns.has_reruns(known.programme.id), money=funds.appropriated_by(row.id for row in rounds),
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
        legal_form=LegalForm(form.legal_form.data) if form.legal_form.data else None, titles=tuple(form.titles.data or ()),
        title_grade=TitleGrade(form.title_grade.data) if form.title_grade.data else None,
    )  # fmt: skip
    facts, size = checking.facts_said(said, clock.today())
    return render_template(
        "vouchers/self_check_answer.html", layout=own_layout(), answers=checking.answers(facts, clock.now()), size=size,
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


@bp.get("/rounds/<uuid:round_id>/lots")
@public
def lots(round_id: UUID) -> ResponseReturnValue:
    """The commitment from the announcement on; the list of lots when the window is closed; seed, order and recipe when it is drawn."""
    row, lottery = by_id(Round, round_id), _lottery(round_id)
    page = paged(drawn_lots.lots_of(round_id)) if lottery.fixed_at else None
    recipe = draw.recipe(lottery.seed, lottery.commitment) if lottery.drawn_at else ""
    return render_template(
        "vouchers/lots.html",
        layout=own_layout(),
        row=row,
        lottery=lottery,
        page=page,
        recipe=recipe,
        seed=lottery.seed if lottery.drawn_at else None,
        count=drawn_lots.count_of(round_id),
    )


@bp.get("/rounds/<uuid:round_id>/lots.txt")
@public
def lots_file(round_id: UUID) -> ResponseReturnValue:
    """The same as a text that a program reads: what starts with # explains, then a line a lot."""
    row, lottery = by_id(Round, round_id), _lottery(round_id)
    if lottery.fixed_at is None:
        raise NotFound(_("签号清单在申领截止后公布。"))
    text = render_template(
        "vouchers/lots.txt",
        row=row,
        lottery=lottery,
        lots=drawn_lots.listed(round_id),
        recipe=draw.recipe(lottery.seed, lottery.commitment).splitlines() if lottery.drawn_at else (),
    )
    answer = Response(text, mimetype="text/plain")
    answer.headers["Content-Disposition"] = f'attachment; filename="{row.number}-lots.txt"'
    return answer


def _lottery(round_id: UUID) -> Lottery:
    """Raises: NotFound: the round is not announced, or nothing of it is drawn by lot."""
    found = drawn_lots.lottery_of(round_id)
    if found is None:
        raise NotFound(_("本批次不摇号。"))
    return found


@bp.get("/receipts/<number>")
@public
def check_receipt(number: str) -> ResponseReturnValue:
    """What the QR code on a receipt leads to: whether it is ours, and how the application stands. Nothing about the firm."""
    row = applications.by_number(number)
    return render_template("vouchers/check_receipt.html", layout=own_layout(), row=row)
