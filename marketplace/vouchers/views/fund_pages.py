"""Documents that brought money: the list, a page of each, what each is for, what goes back or is carried over."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.fund_forms import DecideFundActForm, PartRecallForm, ProposeCarryForm, PurposeForm, RecallForm
from marketplace.vouchers.fund_models import FundAct
from marketplace.vouchers.models import Appropriation, Round
from marketplace.vouchers.queries import fund_lists as reads
from marketplace.vouchers.queries import parts
from marketplace.vouchers.queries.fund_lists import FundFilter, FundWait
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.funds import BARRED, BOUND, FundActKind
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import fund_acts as service
from marketplace.vouchers.trail import SOURCES
from marketplace.vouchers.views.common import bp, managed_round, may_manage, place, seen_round
from marketplace.vouchers.views.funds import part_choices
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, in_currency
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_text

WHAT = {
    "regions": N_("只能用于这些地区的企业"),
    "classes": N_("只能用于这些企业类别"),
    "categories": N_("只能用于这些服务类别"),
    BARRED: N_("不能用于这些服务类别"),
}


@bp.get("/office/appropriations")
@requires("rounds.see")
def appropriations() -> ResponseReturnValue:
    asked = request.args.get("wait", "")
    wait = FundWait(asked) if asked in set(FundWait) else FundWait.NONE
    areas = current_user.areas_for("appropriations.record") if wait else current_user.areas_read("rounds.see")
    today = clock.today()
    page = paged(reads.listed(areas, FundFilter(wait=wait, text=asked_text("q"), viewer_id=current_user.id), today))
    waits = [(FundWait.CONFIRM, _("待复核")), (FundWait.OVER, _("已过使用期限未用完"))]
    shown = {"page": page, "wait": wait, "waits": waits, "left": reads.left_on(page.items), "sources": SOURCES, "today": today}
    return render_template("vouchers/appropriations.html", **shown)


def _seen(appropriation_id: UUID) -> tuple[Appropriation, Round]:
    paper = by_id(Appropriation, appropriation_id)
    return paper, seen_round(paper.round_id)


def _managed(appropriation_id: UUID) -> tuple[Appropriation, Round]:
    paper = by_id(Appropriation, appropriation_id)
    return paper, managed_round(paper.round_id, "appropriations.record")


@bp.get("/office/appropriations/<uuid:appropriation_id>")
@requires("rounds.see")
def appropriation(appropriation_id: UUID) -> ResponseReturnValue:
    """What a document brought, what it is for and until when, and what was decided about it."""
    paper, row = _seen(appropriation_id)
    acts = reads.acts_of(paper.id)
    may_fund = current_user.can("appropriations.record") and may_manage("appropriations.record", row.programme, row)
    shown = {
        "paper": paper,
        "row": row,
        "standing": reads.standing_of(paper),
        "acts": acts,
        "bound": _bound(paper, row),
        "names": identity.names_of({who for one in acts for who in (one.proposed_by, one.decided_by) if who}),
        "source": SOURCES.get(paper.source, paper.source),
        "may_fund": may_fund,
        "sees_book": current_user.areas_read("ledger.see") is None or current_user.may_act("ledger.see", row.programme.area_code),
        "is_open": any(one.decided_by is None for one in acts),
        "is_over": paper.use_by is not None and paper.use_by < row.day_of(clock.now()),
        "may_decide": {one.id for one in acts if may_fund and one.decided_by is None and one.proposed_by != current_user.id},
        "may_carry": paper.use_by is not None and not reads.was_carried(paper.id),
    }
    return render_template("vouchers/appropriation.html", **shown)


def _bound(paper: Appropriation, row: Round) -> list[tuple[str, str]]:
    """What a document's money is for, in words."""
    named = dict(_choices(row))
    words = [(name, paper.bound_to.get(name, [])) for name in (*BOUND, BARRED)]
    return [(_(WHAT[name]), "、".join(dict(named[name]).get(one, one) for one in some)) for name, some in words if some]


def _choices(row: Round) -> list[tuple[str, list[tuple[str, str]]]]:
    """What money of a round may be bound to, with its words."""
    children = [two for one in regions.children(row.area_code) for two in (one, *regions.children(one.code))]
    places = [(row.area_code, place(row.area_code)), *((one.code, one.full_name) for one in children)]
    classes, names = [(one.name, one.label) for one in spec_of(row.version_id).classes], category_names()
    kinds = [(code, _(name)) for code, name in names.items()]
    return [("regions", places), ("classes", classes), ("categories", kinds), (BARRED, kinds)]


@bp.route("/office/appropriations/<uuid:appropriation_id>/purpose", methods=["GET", "POST"])
@requires("appropriations.record")
def bind_appropriation(appropriation_id: UUID) -> ResponseReturnValue:
    """Finance says what a document's money may pay for, and until when."""
    paper, row = _managed(appropriation_id)
    form = PurposeForm(use_by=paper.use_by, **paper.bound_to)
    for name, words in _choices(row):
        form[name].choices = words
    if form.validate_on_submit():
        wanted, actor_id, key = form.said(), current_user.id, form.key()
        if carried_out(form, lambda: service.bind(paper.id, wanted, actor_id=actor_id, request_key=key), _("已保存，今后的付款按此办理。")):
            return redirect(url_for("vouchers.appropriation", appropriation_id=appropriation_id))
    return render_template("vouchers/bind_appropriation.html", paper=paper, row=row, form=form), form.status


@bp.route("/office/appropriations/<uuid:appropriation_id>/recall", methods=["GET", "POST"])
@requires("appropriations.record")
def propose_recall(appropriation_id: UUID) -> ResponseReturnValue:
    """Finance proposes that what a document has left goes back to the treasury."""
    paper, row = _managed(appropriation_id)
    standing = parts.standing(row) if row.state is not RoundState.DRAFT else []
    shape: type[RecallForm] = PartRecallForm if standing else RecallForm
    form = in_currency(shape, row.currency)()
    if isinstance(form, PartRecallForm):
        form.part.choices = part_choices(standing, row.currency)
    if form.validate_on_submit():
        part = str(form.part.data) if isinstance(form, PartRecallForm) else ""
        wanted = service.WantedAct(kind=FundActKind.RECALL, reason=str(form.reason.data), amount_fen=form.amount.data or 0, part=part)
        if _proposed(form, paper.id, wanted):
            return redirect(url_for("vouchers.appropriation", appropriation_id=appropriation_id))
    most_fen = reads.recallable_fen(row, paper)
    return render_template("vouchers/propose_recall.html", paper=paper, row=row, form=form, most_fen=most_fen), form.status


@bp.route("/office/appropriations/<uuid:appropriation_id>/carry", methods=["GET", "POST"])
@requires("appropriations.record")
def propose_carry(appropriation_id: UUID) -> ResponseReturnValue:
    """Finance proposes that what a document has left may be used in the next year's first months."""
    (paper, row), form = _managed(appropriation_id), ProposeCarryForm()
    if form.validate_on_submit():
        wanted = service.WantedAct(kind=FundActKind.CARRY, reason=str(form.reason.data))
        if _proposed(form, paper.id, wanted):
            return redirect(url_for("vouchers.appropriation", appropriation_id=appropriation_id))
    left_fen, until = reads.unspent_fen(paper), service.carried_until(row, paper)
    return render_template("vouchers/propose_carry.html", paper=paper, row=row, form=form, left_fen=left_fen, until=until), form.status


def _proposed(form: RecallForm | ProposeCarryForm, paper_id: UUID, wanted: service.WantedAct) -> bool:
    actor_id, key = current_user.id, form.key()
    said = _("已提出，请另一位财政人员复核。")
    return bool(carried_out(form, lambda: service.propose(paper_id, wanted, actor_id=actor_id, request_key=key, now=clock.now()), said))


@bp.route("/office/fund-acts/<uuid:act_id>/decide", methods=["GET", "POST"])
@requires("appropriations.record")
def decide_fund_act(act_id: UUID) -> ResponseReturnValue:
    """A second person of finance lets it be done, or refuses it."""
    act = by_id(FundAct, act_id)
    (paper, row), form = _managed(act.appropriation_id), DecideFundActForm()
    if act.decided_by is not None and not form.is_submitted():
        return redirect(url_for("vouchers.appropriation", appropriation_id=paper.id))
    if form.validate_on_submit():
        accepted, answer, actor_id, key = form.decision.data == "yes", form.answer.data or "", current_user.id, form.key()
        if carried_out(
            form,
            lambda: service.decide(act_id, accepted=accepted, answer=answer, actor_id=actor_id, request_key=key, now=clock.now()),
            _("已办理。") if accepted else _("已退回，提出人会收到通知。"),
        ):
            return redirect(url_for("vouchers.appropriation", appropriation_id=paper.id))
    who = identity.names_of({act.proposed_by}).get(act.proposed_by, "")
    return render_template("vouchers/decide_fund_act.html", act=act, paper=paper, row=row, form=form, who=who), form.status
