"""The draw of a claim at its submission, and what a second officer found on the spot."""

from datetime import datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.kernel.db import db, got, locked
from marketplace.kernel.errors import N_
from marketplace.notices import service as notices
from marketplace.orders.models import Order
from marketplace.risk import service as risk
from marketplace.risk.rules import Severity
from marketplace.settlement import queries, rules, spot_rules
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import ClaimState
from marketplace.settlement.spot_rules import DRAWN_LABELS, FINDING_LABELS, DrawnBy, SpotFinding
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import spending
from marketplace.vouchers.service.rounds import commit_to_seed


def draw(claim: Claim, order: Order, *, now: datetime) -> None:
    """Draw a claim when it is first submitted: claims of a round come one after the other. Asked for again, it is checked again."""
    if claim.drawn_by is not None:
        claim.spot_checked_by = claim.spot_checked_at = claim.spot_finding = None
        claim.spot_report = ""
        return
    assert order.round_id, "a claim is for a voucher"
    round_ = locked(Round, order.round_id)
    commit_to_seed(round_, now=now)
    assert round_.draw_seed is not None
    with db.session.no_autoflush:
        before = queries.drawn_so_far(round_.id)
    rule = spending.spec_of(round_.version_id).sample
    why = spot_rules.drawn_by(rule, round_.draw_seed, claim.number, claim.requested_fen, before.drawn)
    claim.drawn_by, claim.draw_place = why, before.entered + 1
    if why is DrawnBy.NONE:
        return
    db.session.flush()
    details = {"number": claim.number, "why": why.value, "place": claim.draw_place}
    audit.record("claim.drawn", actor_id=None, subject_type="claim", subject_id=claim.id, book_id=claim.book_id, **details)
    officers = identity.user_ids_with("claims.review", order.region_code, order.enterprise.organisation.park_code)
    title = N_("兑付申请 %(number)s 被抽中抽查", number=claim.number)
    notices.tell(officers, title, DRAWN_LABELS[why], f"/claims/{claim.id}")


def record_spot_check(claim_id: UUID, *, finding: SpotFinding, report: str, actor_id: UUID, now: datetime) -> Claim:
    """A second officer says what was checked on the spot and found. What is bad is a serious signal: nothing is paid before it is answered.

    Raises:
        RuleViolation: not drawn, not waiting for a decision, too few words, or a party to the claim.
        Conflict: somebody recorded it before.
    """
    locked(Order, got(Claim, claim_id).order_id)
    claim = locked(Claim, claim_id)
    report = report.strip()[:2000]
    if (claim.spot_checked_by, claim.spot_finding, claim.spot_report) == (actor_id, finding.value, report):
        return claim
    rules.check_waiting(claim.state, ClaimState.APPROVED)
    spot_rules.check_report(claim.drawn_by, claim.spot_checked_by, report)
    order = claim.order
    rules.check_two_people(claim.submitted_by, actor_id, N_("不能抽查自己提交的申请，请由其他人员办理。"))
    parties = (order.enterprise_id, order.provider_id, claim.payee_id)
    rules.check_no_party(identity.organisation_id_of(actor_id), parties, N_("不能抽查本单位参与的申请，请由其他单位的人员办理。"))
    claim.spot_checked_by, claim.spot_checked_at, claim.spot_finding, claim.spot_report = actor_id, now, finding, report
    audit.record(
        "claim.spot_checked", actor_id=actor_id, subject_type="claim", subject_id=claim.id, book_id=claim.book_id, number=claim.number,
        finding=finding.value, reason=report,
    )  # fmt: skip
    if finding is SpotFinding.BAD:
        risk.raise_signal(
            "spot_check", Severity.SERIOUS, subject_type="claim", subject_id=claim.id, reason=report, evidence={"number": claim.number},
            region_code=order.region_code, now=now,
        )  # fmt: skip
    people = set(identity.user_ids_with("claims.review", order.region_code, order.enterprise.organisation.park_code)) - {actor_id}
    notices.tell(people, N_("兑付申请 %(number)s 的抽查已登记", number=claim.number), FINDING_LABELS[finding], f"/claims/{claim.id}")
    return claim
