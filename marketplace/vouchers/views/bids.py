"""Pages of the providers that a round chooses (批量采购): a provider's own bids, the officers' choice, and the list for everybody."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import page_mark
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Fen
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.lifecycle import BID
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import bids as reads
from marketplace.vouchers.queries.asking import BidWait, asking_rounds, waiting
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import bids as rules
from marketplace.vouchers.rules.states import BidSide, RoundState
from marketplace.vouchers.service import bids as service
from marketplace.vouchers.views.bid_forms import AllotmentForm, BidForm, ConcludeForm, EndBidForm, ScoreBidForm, WithdrawBidForm
from marketplace.vouchers.views.common import bp, managed_round, may_manage, note, seen_round
from marketplace.web.access import public, requires
from marketplace.web.forms import carried_out, in_currency
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.get("/my/bids")
@requires("orders.fulfil")
def my_bids() -> ResponseReturnValue:
    """A provider's bids with what was drawn on each, and the rounds that it may ask to be chosen for."""
    page = paged(reads.of_provider(current_user.organisation_id))
    asked = {one.round_id for one in page.items}
    open_rounds = [row for row in asking_rounds(clock.now()) if row.id not in asked]
    return render_template("vouchers/my_bids.html", page=page, drawn=reads.drawn_on(page.items), rounds=open_rounds)


@bp.route("/my/bids/new/<uuid:round_id>", methods=["GET", "POST"])
@requires("orders.fulfil")
def submit_bid(round_id: UUID) -> ResponseReturnValue:
    """A provider asks to be chosen, or says its offer anew."""
    row, form = _asked(round_id), BidForm()
    known = reads.in_round(round_id, current_user.organisation_id)
    if not form.is_submitted() and known is not None:
        form.plan.data = known.plan
    if form.validate_on_submit():
        by, mine, plan = By(current_user.id, clock.now()), current_user.organisation_id, form.plan.data or ""
        if carried_out(form, lambda: service.submit(round_id, mine, plan, by=by), _("申报已提交。")):
            made = reads.in_round(round_id, mine)
            assert made is not None, "it was submitted"
            return redirect(url_for("vouchers.my_bid", bid_id=made.id))
    spec = spec_of(row.version_id)
    return render_template("vouchers/bid_form.html", row=row, form=form, spec=spec, last=reads.last_day(spec, row)), form.status


@bp.get("/my/bids/<uuid:bid_id>")
@requires("orders.fulfil")
def my_bid(bid_id: UUID) -> ResponseReturnValue:
    bid = reads.own(bid_id, current_user.organisation_id)
    return _bid_page(bid, "layouts/firm.html", BidSide.PROVIDER)


@bp.route("/my/bids/<uuid:bid_id>/withdraw", methods=["GET", "POST"])
@requires("orders.fulfil")
def withdraw_bid(bid_id: UUID) -> ResponseReturnValue:
    bid, form = reads.own(bid_id, current_user.organisation_id), WithdrawBidForm()
    if form.validate_on_submit():
        by, mine = By(current_user.id, clock.now()), current_user.organisation_id
        if carried_out(form, lambda: service.withdraw(bid_id, mine, by=by), _("申报已撤回。")):
            return redirect(url_for("vouchers.my_bid", bid_id=bid_id))
    return render_template("vouchers/withdraw_bid.html", bid=bid, form=form), form.status


@bp.get("/office/bids")
@requires("rounds.manage")
def waiting_bids() -> ResponseReturnValue:
    """Bids that wait for the officer: for a score, or for the choice."""
    asked = request.args.get("wait", "")
    wait = BidWait(asked) if asked in set(BidWait) else BidWait.SCORE
    page = paged(waiting(current_user.areas_for("rounds.manage"), current_user, wait, clock.now()))
    waits = [(BidWait.SCORE, _("待评分")), (BidWait.SETTLE, _("待确定结果"))]
    return render_template("vouchers/waiting_bids.html", page=page, wait=wait, waits=waits)


@bp.get("/office/rounds/<uuid:round_id>/bids")
@requires("rounds.see")
def bids(round_id: UUID) -> ResponseReturnValue:
    """Who asked to be chosen for a round, who was, and what was drawn on each."""
    row = seen_round(round_id)
    spec, page = _choosing(row), paged(reads.of_round(round_id))
    manages = current_user.can("rounds.manage") and may_manage("rounds.manage", row.programme, row)
    last = reads.last_day(spec, row)
    may_settle = manages and last is not None and row.day_of(clock.now()) > last
    shown = {"row": row, "spec": spec, "page": page, "drawn": reads.drawn_on(page.items), "may_settle": may_settle, "last": last}
    shown["scores"] = {key: rules.said(one) for key, one in reads.scores_of(spec, page.items).items()}
    return render_template("vouchers/bids.html", most_fen=rules.most_fen(spec), **shown)


@bp.get("/office/bids/<uuid:bid_id>")
@requires("rounds.see")
def office_bid(bid_id: UUID) -> ResponseReturnValue:
    bid = by_id(ProviderBid, bid_id)
    seen_round(bid.round_id)
    return _bid_page(bid, "layouts/officer.html", BidSide.OFFICER)


@bp.route("/office/bids/<uuid:bid_id>/score", methods=["GET", "POST"])
@requires("rounds.manage")
def score_bid(bid_id: UUID) -> ResponseReturnValue:
    bid, form = _managed(bid_id), ScoreBidForm(shown=page_mark.mark(bid_id))
    if form.validate_on_submit():
        by, points, opinion = By(current_user.id, clock.now(), shown=form.seen()), int(form.points.data or 0), form.opinion.data or ""
        if carried_out(form, lambda: service.score(bid_id, points, opinion, by=by), _("评分已保存。")):
            return redirect(url_for("vouchers.bids", round_id=bid.round_id))
    scorers = rules.scorers(spec_of(bid.round.version_id))
    return render_template("vouchers/score_bid.html", bid=bid, form=form, scorers=scorers), form.status


@bp.route("/office/rounds/<uuid:round_id>/bids/conclude", methods=["GET", "POST"])
@requires("rounds.manage")
def conclude_bids(round_id: UUID) -> ResponseReturnValue:
    """Settle who is chosen: the best by score, each with the same allotment."""
    row = managed_round(round_id, "rounds.manage")
    spec, form = spec_of(row.version_id), in_currency(ConcludeForm, row.currency)()
    rules.check_wanted(spec)
    if form.validate_on_submit():
        by, amount_fen = By(current_user.id, clock.now()), Fen(form.amount.data or 0)
        if carried_out(form, lambda: service.conclude(round_id, amount_fen, by=by), _("遴选结果已确定，已通知各申报机构。")):
            return redirect(url_for("vouchers.bids", round_id=round_id))
    page = paged(reads.of_round(round_id))
    shown = {"row": row, "spec": spec, "page": page, "form": form}
    shown["scores"] = {key: rules.said(one) for key, one in reads.scores_of(spec, page.items).items()}
    return render_template("vouchers/conclude_bids.html", most_fen=rules.most_fen(spec), **shown), form.status


@bp.route("/office/bids/<uuid:bid_id>/amount", methods=["GET", "POST"])
@requires("rounds.manage")
def change_allotment(bid_id: UUID) -> ResponseReturnValue:
    bid = _managed(bid_id)
    form = in_currency(AllotmentForm, bid.currency)(shown=page_mark.mark(bid_id))
    if form.validate_on_submit():
        by, amount_fen, why = By(current_user.id, clock.now(), shown=form.seen()), Fen(form.amount.data or 0), form.reason.data or ""
        if carried_out(form, lambda: service.change(bid_id, amount_fen, why, by=by), _("额度已调整。")):
            return redirect(url_for("vouchers.office_bid", bid_id=bid_id))
    most_fen, drawn = rules.most_fen(spec_of(bid.round.version_id)), reads.drawn_on([bid]).get(bid.id)
    return render_template("vouchers/change_allotment.html", bid=bid, form=form, most_fen=most_fen, drawn=drawn), form.status


@bp.route("/office/bids/<uuid:bid_id>/end", methods=["GET", "POST"])
@requires("rounds.manage")
def end_bid(bid_id: UUID) -> ResponseReturnValue:
    bid, form = _managed(bid_id), EndBidForm(shown=page_mark.mark(bid_id))
    if form.validate_on_submit():
        by, why = By(current_user.id, clock.now(), shown=form.seen()), form.reason.data or ""
        if carried_out(form, lambda: service.end(bid_id, why, by=by), _("选定已终止，已下的订单照常进行。")):
            return redirect(url_for("vouchers.office_bid", bid_id=bid_id))
    return render_template("vouchers/end_bid.html", bid=bid, form=form, drawn=reads.drawn_on([bid]).get(bid.id)), form.status


@bp.get("/rounds/<uuid:round_id>/chosen")
@public
def chosen_providers(round_id: UUID) -> ResponseReturnValue:
    """From whom firms may order in a round that chooses."""
    row = _asked(round_id)
    spec, page = spec_of(row.version_id), paged(reads.of_round(round_id, chosen_only=True))
    shown = {"row": row, "spec": spec, "page": page, "drawn": reads.drawn_on(page.items)}
    return render_template("vouchers/chosen_providers.html", layout=own_layout(), last=reads.last_day(spec, row), **shown)


def _asked(round_id: UUID) -> Round:
    """Raises: NotFound: no such round, one that nobody announced, or one that chooses nobody."""
    row = by_id(Round, round_id)
    _choosing(row)
    if row.state is RoundState.DRAFT:
        raise NotFound
    return row


def _choosing(row: Round) -> ProgrammeSpec:
    """The rules of a round that chooses its providers. Raises: NotFound: it chooses nobody."""
    spec = spec_of(row.version_id)
    if not spec.chooses_providers:
        raise NotFound
    return spec


def _managed(bid_id: UUID) -> ProviderBid:
    """Raises: NotFound; Forbidden: another area's."""
    bid = by_id(ProviderBid, bid_id)
    managed_round(bid.round_id, "rounds.manage")
    return bid


def _bid_page(bid: ProviderBid, layout: str, side: BidSide) -> ResponseReturnValue:
    row = bid.round
    is_own = side is BidSide.PROVIDER or (current_user.can("rounds.manage") and may_manage("rounds.manage", row.programme, row))
    offered = BID.offered(side, bid.state) if is_own else ()
    spec, sheets = spec_of(row.version_id), reads.sheets_of([bid.id])[bid.id]
    is_office, score = side is BidSide.OFFICER, reads.scores_of(spec, [bid])[bid.id]
    may_read = score is not None if is_office else bid.decided_at is not None
    return render_template(
        "vouchers/bid.html",
        layout=layout,
        bid=bid,
        is_office=is_office,
        score=rules.said(score if may_read else None),
        sheets=[one for one in sheets if may_read or (is_office and one.scorer_id == current_user.id)],
        scored=(len(sheets), rules.scorers(spec)),
        may_change=bid.state in BID.move("submit_bid").by.get(side, ()),
        drawn=reads.drawn_on([bid]).get(bid.id),
        actions=presenter.buttons(BID, offered, blueprint="vouchers", bid_id=bid.id),
        history=presenter.history(bid.id, [BID], note),
    )
