"""Why an approved claim is not paid yet (按下不付), and what lifts it: the payee's account and standing, signals, its public notice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, Denied
from marketplace.policy import terms
from marketplace.publicity import queries as publicity
from marketplace.publicity.models import PublicNoticeState
from marketplace.publicity.queries import Announced
from marketplace.risk.models import RiskSignal, Severity, SignalState
from marketplace.settlement.lifecycle import ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentLine

_OUT = {ProviderState.SUSPENDED: N_("暂停服务"), ProviderState.REMOVED: N_("移出服务机构库")}


class Withheld(Denied):
    """An approved claim is not paid yet. Who tries all the same leaves a row in the trail."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What stands about some claims, read at once: payees, providers, serious signals, notices and objections."""

    payees: Mapping[UUID, Organisation]
    providers: Mapping[UUID, ProviderState]
    signals: Mapping[UUID, RiskSignal]  # by subject; open and serious
    notices: Mapping[UUID, list[Announced]] = field(default_factory=dict)  # by claim


def grounds_of(claims: Sequence[Claim], *, lock: bool = False) -> Grounds:
    """Read it, over sets.

    Args:
        lock: keep the payees as they are until the transaction ends: who changes an account comes before or after.
    """
    payee_ids, claim_ids = {one.payee_id for one in claims}, {one.id for one in claims}
    wanted = select(Organisation).where(Organisation.id.in_(payee_ids)).order_by(Organisation.id)
    if lock:
        wanted = wanted.with_for_update(of=Organisation).execution_options(populate_existing=True)
    payees = {one.id: one for one in db.session.scalars(wanted).unique()}
    states = db.session.execute(select(Provider.id, Provider.state).where(Provider.id.in_(payee_ids)))
    subjects = payee_ids | claim_ids | {one.cause.id for one in claims}
    serious = select(RiskSignal).where(
        RiskSignal.subject_id.in_(subjects), RiskSignal.state == SignalState.OPEN, RiskSignal.severity == Severity.SERIOUS
    )
    return Grounds(
        payees=payees, providers={key: ProviderState(state) for key, state in states},
        signals={one.subject_id: one for one in db.session.scalars(serious.order_by(RiskSignal.raised_at.desc()))},
        notices=publicity.announced(claim_ids),
    )  # fmt: skip


def of_claims(claims: Sequence[Claim], now: datetime, *, lock: bool = False) -> dict[UUID, Withheld]:
    """The claims that are on hold, with why and what lifts it."""
    grounds = grounds_of(claims, lock=lock)
    found = {one.id: _hold(one, grounds, now) for one in claims}
    return {claim_id: why for claim_id, why in found.items() if why is not None}


def why_not_payable(claim: Claim, now: datetime) -> Withheld | None:
    """Why an approved claim cannot be paid yet; None if it can."""
    return of_claims([claim], now).get(claim.id)


def of_lines(lines: Iterable[PaymentLine], now: datetime, *, lock: bool = False) -> dict[UUID, Withheld]:
    """The lines that wait for the bank and must not go to it: their claim is on hold, or they name an account that is no longer there."""
    waiting = [line for line in lines if line.state is LineState.WAITING]
    claims = [line.claim for line in waiting]
    grounds = grounds_of(claims, lock=lock)
    found: dict[UUID, Withheld] = {}
    for line in waiting:
        payee = grounds.payees[line.claim.payee_id]
        why = _hold(line.claim, grounds, now)
        if why is None and (line.payee_bank, line.payee_account) != (payee.bank_name, payee.bank_account):
            why = Withheld(
                N_("制单后收款账号变更：原 %(old)s，现 %(new)s。请退回批次，或登记为付款失败，再重新列入批次。"),
                code="account_changed",
                old=f"{line.payee_bank} {line.payee_account}",
                new=f"{payee.bank_name} {payee.bank_account}",
            )
        if why is not None:
            found[line.id] = why
    return found


def as_told(why: Withheld | None) -> Withheld | None:
    """A hold as a party to the claim is told of it: what a signal says stays in the house."""
    if why is not None and why.code == "serious_signal":
        return Withheld(N_("主管部门正在核查，核查清楚后付款；需要您配合的会另行通知。"), code=why.code)
    return why


def waits_for_account(claim: Claim, payee: Organisation) -> bool:
    """Whether the account is another than when the claim was approved, or the bank sent money back from it, and nobody has confirmed it."""
    if claim.state not in {ClaimState.APPROVED, ClaimState.BATCHED}:
        return False
    return claim.account_doubted or _has_changed(claim, payee)


def _has_changed(claim: Claim, payee: Organisation) -> bool:
    return bool(claim.payee_account) and (claim.payee_bank, claim.payee_account) != (payee.bank_name, payee.bank_account)


def _hold(claim: Claim, grounds: Grounds, now: datetime) -> Withheld | None:
    payee = grounds.payees[claim.payee_id]
    found = _account(claim, payee) or _standing(claim, payee, grounds, now) or _signal(claim, grounds)
    return found or _notice(claim, grounds, now) or _appeal(claim, now)


def _account(claim: Claim, payee: Organisation) -> Withheld | None:
    if not payee.bank_account or not payee.bank_name:
        return Withheld(N_("%(name)s 没有填写开户银行和账号，请通知其补充。"), code="no_account", name=payee.name)
    changed = _has_changed(claim, payee)
    said = {"name": payee.name, "old": f"{claim.payee_bank} {claim.payee_account}", "new": f"{payee.bank_name} {payee.bank_account}"}
    if payee.state not in {OrganisationState.VERIFIED, OrganisationState.SUSPENDED}:
        sentence = (
            N_("%(name)s 变更了收款账号：原 %(old)s，现 %(new)s，尚未核实。主管部门核实并确认新账号后才能付款。")
            if changed
            else N_("%(name)s 的资料（含收款账号 %(new)s）尚未核实。主管部门核实后才能付款。")
        )
        return Withheld(sentence, code="account_unverified", **said)
    if changed:
        sentence = N_("核准后 %(name)s 的收款账号变更：原 %(old)s，现 %(new)s。请审核人以外的人员在申请页面确认新账号后付款。")
        return Withheld(sentence, code="account_changed", **said)
    if claim.account_doubted:
        sentence = N_("银行退汇（%(why)s），收款账号仍是 %(new)s。请与 %(name)s 核对，由审核人以外的人员在申请页面确认账号后重新付款。")
        return Withheld(sentence, code="account_bounced", why=claim.bank_hint.rstrip("。"), **said)
    return None


def _standing(claim: Claim, payee: Organisation, grounds: Grounds, now: datetime) -> Withheld | None:
    if payee.state is OrganisationState.SUSPENDED:
        return Withheld(N_("收款单位 %(name)s 已被停用，恢复使用后才能付款。"), code="payee_suspended", name=payee.name)
    state = grounds.providers.get(claim.payee_id)
    if state in _OUT:
        sentence = N_("收款单位 %(name)s 已被%(what)s，恢复入库后才能付款；不再恢复的，请由主管部门处理。")
        return Withheld(sentence, code="payee_out", name=payee.name, what=_OUT[state])
    if payee.sanctioned_until is not None and payee.sanctioned_until >= claim.day_of(now):
        sentence = N_("收款单位 %(name)s 在失信名单有效期内（至 %(day)s），期满或移出名单后才能付款。")
        return Withheld(sentence, code="payee_sanctioned", name=payee.name, day=payee.sanctioned_until.isoformat())
    return None


def _signal(claim: Claim, grounds: Grounds) -> Withheld | None:
    for subject_id in (claim.id, claim.cause.id, claim.payee_id):
        if subject_id in grounds.signals:
            sentence = N_("有严重风险提示待核查：%(reason)s。核查说明清楚后才能付款。")
            return Withheld(sentence, code="serious_signal", reason=grounds.signals[subject_id].reason.rstrip("。"))
    return None


def _appeal(claim: Claim, now: datetime) -> Withheld | None:
    """What was cut is paid once its asker has been answered, or can appeal no more."""
    if claim.state is not ClaimState.APPROVED or claim.due_on is None:
        return None
    if claim.appeal_waits:
        return Withheld(N_("申请人对核减提出了申诉，答复后付款。"), code="appeal_waits")
    if claim.appealed_at is not None or terms.is_over(claim, claim.day_of(now)):
        return None
    return Withheld(N_("核减后申请人可以申诉，申诉期到 %(day)s 结束，期满付款。"), code="may_appeal", day=claim.due_on.isoformat())


def _notice(claim: Claim, grounds: Grounds, now: datetime) -> Withheld | None:
    for one in grounds.notices.get(claim.id, []):
        notice = one.notice
        if one.row is not None and one.row.outcome is not None:
            return Withheld(N_("公示中异议成立：%(why)s"), code="notice_stopped", why=one.row.outcome)
        if notice.state is PublicNoticeState.OPEN and notice.day_of(now) <= notice.last_day:
            return Withheld(N_("正在公示，公示期到 %(day)s 结束。"), code="in_notice", day=notice.last_day.isoformat())
        if notice.state is PublicNoticeState.OPEN and one.contested:
            return Withheld(N_("公示期内收到异议，处理完才能支付。"), code="objection_waits")
        if notice.state is PublicNoticeState.STOPPED:
            return Withheld(N_("公示中异议成立：%(why)s"), code="notice_stopped", why=notice.outcome)
    return None
