"""The provider's pages: what can be claimed, asking for it, seeing when money comes."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.counting import counted, first_of
from marketplace.kernel.locales import said
from marketplace.orders import queries as orders
from marketplace.settlement import queries, service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.queries import levels, recoveries
from marketplace.settlement.queries.holds import as_told, why_not_payable
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp, viewer
from marketplace.settlement.views.files import files_shown
from marketplace.settlement.views.filters import carried
from marketplace.settlement.views.onward import waiting_line
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged

URGENT = 10  # orders above the list that may be claimed now; the next ones move up


@bp.get("/claims/mine")
@requires("claims.own")
def my_claims() -> ResponseReturnValue:
    view = request.args.get("view", "")
    page = paged(queries.of_provider(current_user.organisation_id, presenter.VIEWS.get(view, ())))
    wanted = queries.claimable(current_user.organisation_id)
    waiting = first_of(wanted, URGENT)
    more = max(0, counted(wanted) - len(waiting))
    return render_template("settlement/my_claims.html", page=page, view=view, waiting=waiting, more=more, days_left=presenter.days_left)


@bp.route("/claims/of-order/<uuid:order_id>", methods=["GET", "POST"])
@requires("claims.own")
def of_order(order_id: UUID) -> ResponseReturnValue:
    """Ask for an order's redemption; where it is asked for already, its claim."""
    order, form = orders.of_provider(order_id, current_user.organisation_id), CommandForm()
    known = queries.claim_of_order(order_id)
    if known is not None and known.state is not ClaimState.RETURNED and not form.is_submitted():
        return redirect(url_for("settlement.claim", claim_id=known.id))
    if form.validate_on_submit():
        key, mine = form.key(), {"provider_id": current_user.organisation_id, "actor_id": current_user.id}
        if done := carried_out(form, lambda: service.submit(order_id, **mine, request_key=key, now=clock.now())):
            flash(_("兑付申请 %(number)s 已提交。", number=done.answer.number), "success")
            return redirect(url_for("settlement.claim", claim_id=done.answer.id))
    evidence = queries.evidence_of(order, order.day_of(clock.now()))
    return render_template(
        "settlement/submit.html", order=order, form=form, evidence=evidence, returned=known,
        complete=all(is_there for _kind, is_there in evidence), papers=orders.live_documents(order_id),
        days_left=presenter.days_left(known or order),
    ), form.status  # fmt: skip


@bp.get("/claims/<uuid:claim_id>")
@requires("claims.open")
def claim(claim_id: UUID) -> ResponseReturnValue:
    row = queries.visible(claim_id, viewer())
    lines = queries.lines_of_claim(claim_id)
    is_own = not current_user.is_staff
    firm = row.firm
    may_review = current_user.may_act("claims.review", firm.region_code, firm.park_code)
    waits = why_not_payable(row, clock.now()) if row.state in {ClaimState.APPROVED, ClaimState.BATCHED} else None
    is_other = current_user.id not in {who for _number, who in row.deciders}
    new_account = waits is not None and waits.code in {"account_changed", "account_bounced"} and is_other
    why = as_told(waits) if is_own else waits
    papers = orders.live_documents(row.order_id) if row.order_id else []
    kept = {} if is_own else carried()
    drawn, found = "" if is_own else presenter.drawn_label(row), levels.levels_of(row)
    cases = [one for one in recoveries.of_claim(row.id) if not is_own or one.decided_by]
    may_recover = may_review and presenter.is_recoverable(row, lines, cases)
    return render_template(
        "settlement/claim.html", layout=own_layout(), waits=why and said(why), drawn=drawn,
        actions=presenter.doable(row, is_own=is_own, may_review=may_review, new_account=new_account, carried=kept),
        turn=found.turn.label if found.turn else "", levels=[] if is_own else presenter.levels_shown(row, found),
        one_more="" if is_own else presenter.why_one_more(row),
        hint="" if row.account_doubted else row.bank_hint, cases=cases, may_recover=may_recover,
        waiting=waiting_line(row) if may_review else None, carried=kept, shown_files=None if is_own else files_shown(row),
        claim=row, lines=lines, steps=presenter.steps(row, lines),
        history=presenter.history(row, is_own=is_own), checks=[] if is_own else presenter.checks(row), is_own=is_own,
        batches=queries.batches_by_id(line.batch_id for line in lines), papers=papers, files=presenter.files_of(papers),
        days_left=presenter.days_left(row), split=presenter.split_rows(lines[:1]), may_appeal=is_own and presenter.may_appeal(row),
    )  # fmt: skip
