"""Approve together what is green: list it, read it, say why, follow it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import url_for
from flask_login import current_user
from sqlalchemy import Select

from marketplace.kernel.counting import counted
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.piles import pages
from marketplace.piles.work import PileDecision, PileRow, PileWork
from marketplace.settlement import service
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import approvals
from marketplace.settlement.views.blueprint import bp
from marketplace.settlement.views.filters import carried, filters_of
from marketplace.settlement.views.onward import reviewer
from marketplace.web.forms import CommandForm


def green_button(kind: str = "") -> dict[str, object] | None:
    """How many of the list may be approved together, and what lists them; None: nobody here may, or there are none."""
    if not current_user.can(GREEN.permission):
        return None
    count = counted(approvals.green_for(reviewer(), filters_of(kind)))
    key, url = CommandForm().request_key.data, url_for("settlement.approve_together", **carried(kind))
    return {"count": count, "key": key, "url": url} if count else None


def _matching(ticked: Sequence[UUID] | None) -> Select[Claim]:
    wanted = approvals.green_for(reviewer(), filters_of())
    return wanted if ticked is None else wanted.where(Claim.id.in_(ticked))


def _rows(ids: Sequence[UUID], _decision: str) -> Mapping[UUID, PileRow]:
    return {one.id: PileRow(one.number, url_for("settlement.claim", claim_id=one.id), _cells(one)) for one in approvals.some(ids)}


def _cells(claim: Claim) -> tuple[str, ...]:
    return claim.asker.name, claim.firm.name, claim.about, format_money(claim.requested_fen, claim.currency)


def _refusal(said: Sentence, code: str) -> Sentence:
    """A check that turned is named; what one approval would ask is not asked of a list."""
    if code != "not_explained":
        return said
    return N_("预览之后，“%(check)s”不再是绿色，请单独审核。", check=said.params["check"])


GREEN = PileWork(
    kind="settlement.approve",
    permission="claims.review",
    title=N_("批量核准"),
    columns=(N_("申请单位"), N_("企业"), N_("申请事项"), N_("申请金额")),
    decisions={
        "approve": PileDecision(
            N_("核准名单中的申请"),
            N_("已核准"),
            (N_("每一笔按申请金额核准，成为应付；核准后不能撤回。"), N_("每一笔仍逐一核对人员回避、地区和最新的检查结果。")),
        )
    },
    back="settlement.review_queue",
    key=Claim.id,
    money=(Claim.requested_fen, Claim.currency),
    matching=_matching,
    rows=_rows,
    decide=service.approve_listed,
    left_out=service.look_at_checks,
    refusal=_refusal,
    reason_help=N_("作为每一笔的审核意见保存。"),
)
pages.add_pages(bp, "/claims/together", GREEN)
