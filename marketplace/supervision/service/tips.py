"""A tip comes in, is taken up, becomes a case or not, and earns a reward: who handles it never learns who sent it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Denied, NotFound, RuleViolation
from marketplace.kernel.ids import printed_number, uuid7
from marketplace.kernel.money import Fen
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.supervision import tip_rules
from marketplace.supervision.lifecycle import TIP, CaseSide, CaseState
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries import parties
from marketplace.supervision.queries import tips as reads
from marketplace.supervision.rules import CaseSource
from marketplace.supervision.service.cases import Cause, open_case
from marketplace.supervision.settings import supervision
from marketplace.supervision.tip_models import Tip

A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTip:
    """What somebody wrote."""

    about: str  # credit code or name of an organisation, or an official's name
    area_code: str
    facts: str
    claim_number: str = ""
    sender_name: str = ""
    sender_contact: str = ""


def receive_tip(said: TypedTip, *, request_key: UUID, sent_from: str, now: datetime) -> tuple[Tip, str]:
    """Somebody sends a tip; it and the code with which it is followed up. The same key again answers the same.

    Args:
        sent_from: keyed hash of network and day; empty: not known.

    Raises: RuleViolation beside the field, or too many from one place; Conflict: the key was used for something else.
    """
    code, logged = tip_rules.code_of(request_key), tip_rules.logged_key(request_key)
    if not begin(Command(logged, "tip.received", None, logged, asdict(said)), now=now):
        known = reads.by_code(code)
        assert known is not None, "the key made it"
        return known, code
    if sent_from and reads.sent_since(sent_from, now - A_DAY) >= supervision().tips_a_day.value:
        raise RuleViolation(N_("您所在的网络今天提交的举报较多，请明天再试，或书面寄送主管部门。"), code="throttled")
    row = _row(said, code, sent_from, now)
    db.session.add(row)
    db.session.flush()
    moves.done(moves.begun(TIP, "received", row, CaseSide.PLATFORM, By(None, now)))
    _tell(row)
    return row, code


def _row(said: TypedTip, code: str, sent_from: str, now: datetime) -> Tip:
    claim = parties.claim_numbered(said.claim_number) if said.claim_number.strip() else None
    if said.claim_number.strip() and claim is None:
        raise RuleViolation(N_("没有这个编号的兑付申请，请核对，或留空。"), field="claim_number", code="unknown_number")
    about = checked_reason(said.about, N_("请写明举报的是谁。"), field="about")
    party = reads.organisation_called(about)
    return Tip(
        id=uuid7(),
        number=printed_number("XS"),
        code_hash=tip_rules.code_hash(code),
        region_code=party.region_code if party else said.area_code,
        about=about,
        organisation_id=party.id if party else None,
        claim_id=claim.id if claim else None,
        facts=tip_rules.check_facts(said.facts),
        sender_name=said.sender_name.strip(),
        sender_contact=said.sender_contact.strip(),
        sent_from=sent_from,
        received_at=now,
    )


def _tell(row: Tip) -> None:
    """Officers of the area learn that something came; those whom it is about do not."""
    officers = reads.shown_among(row.id, identity.user_ids_with("cases.handle", row.region_code))
    notices.tell(officers, N_("举报线索 %(number)s 待受理", number=row.number), "", f"/tips/{row.id}")


def _begun(verb: str, tip_id: UUID, side: CaseSide, asked: By) -> Act[Tip]:
    row = locked(Tip, tip_id)
    if asked.actor_id is None or not reads.is_shown_to(tip_id, asked.actor_id):
        raise NotFound
    return moves.begun(TIP, verb, row, side, asked)


def _of_handler(verb: str, tip_id: UUID, asked: By) -> Act[Tip]:
    act = _begun(verb, tip_id, CaseSide.OFFICER, asked)
    if not act.is_repeat and act.row.handled_by != asked.actor_id:
        raise Denied(N_("这条线索由另一位工作人员受理，请由其办理。"), code="not_handler")
    return act


def _of_lead(verb: str, tip_id: UUID, asked: By) -> Act[Tip]:
    act = _begun(verb, tip_id, CaseSide.DECIDER, asked)
    assert asked.actor_id is not None, "asked before"
    tip_rules.check_not_handler(asked.actor_id, act.row.handled_by)
    return act


def take_tip(tip_id: UUID, *, asked: By) -> Tip:
    """An officer takes a tip up. Raises: NotFound: it is about that officer. Conflict: it is taken already."""
    act = _begun("take_tip", tip_id, CaseSide.OFFICER, asked)
    if not act.is_repeat:
        act.row.handled_by = asked.actor_id
        moves.entered(act)
        moves.done(act)
    return act.row


def refuse_tip(tip_id: UUID, answer: str, *, asked: By) -> Tip:
    """The handler finds nothing to investigate, and says why to the sender. Raises: RuleViolation: no reason."""
    act = _of_handler("refuse_tip", tip_id, asked)
    if not act.is_repeat:
        act.row.answer = checked_reason(answer, N_("请写明不予立案的理由，举报人凭回执可以看到。"), field="answer")
        moves.entered(act)
        moves.done(act)
    return act.row


def open_of_tip(tip_id: UUID, party: str, reason: str, *, asked: By) -> SupervisionCase:
    """The handler opens a case about an organisation. Its reason is the handler's, and says nothing of the sender.

    Raises: RuleViolation beside the field: nobody has that name or code; Denied: about the own organisation.
    """
    act = _of_handler("open_of_tip", tip_id, asked)
    row = act.row
    if act.is_repeat:
        return by_id(SupervisionCase, _case_id(row))
    found = reads.organisation_called(party)
    if found is None or asked.actor_id is None or asked.now is None:
        raise RuleViolation(N_("没有唯一的单位使用这个名称或信用代码，请填写统一社会信用代码。"), field="party", code="unknown_party")
    subject = ("claim", row.claim_id) if row.claim_id else (parties.ORGANISATION, found.id)
    cause = Cause(
        organisation_id=found.id,
        reason=reason,
        source=CaseSource.TIP,
        source_id=row.id,
        subject_type=subject[0],
        subject_id=subject[1],
    )
    case = open_case(uuid7(), cause, actor_id=asked.actor_id, now=asked.now)
    row.organisation_id, row.case_id = found.id, case.id
    moves.entered(act)
    moves.done(act)
    return case


def _case_id(row: Tip) -> UUID:
    assert row.case_id is not None, "an opened tip has its case"
    return row.case_id


def see_sender(tip_id: UUID, reason: str, *, asked: By) -> Tip:
    """Another officer than the handler looks at who sent a tip, and says why; the trail keeps that, not whom.

    Raises: Denied: the handler. RuleViolation: no reason.
    """
    act = _of_lead("see_sender", tip_id, asked)
    if not act.is_repeat:
        moves.done(act, reason=checked_reason(reason, N_("请写明为什么需要查看举报人。"), field="reason"))
    return act.row


def reward_tip(tip_id: UUID, *, asked: By) -> Tip:
    """Another officer than the handler grants what the rules give for a case that was established and is closed.

    Raises: Denied: the handler. RuleViolation: the case is not closed, or nothing was established.
    """
    act = _of_lead("reward_tip", tip_id, asked)
    row = act.row
    if act.is_repeat:
        return row
    case = by_id(SupervisionCase, _case_id(row))
    if case.state is not CaseState.CLOSED or not case.is_established or not reads.stands(case.id):
        raise RuleViolation(N_("案件 %(number)s 结案且问题成立后才能确认奖励。"), code="not_established", number=case.number)
    rule = supervision(row.region_code)
    row.reward_fen = tip_rules.reward_fen(
        reads.found_fen(case.id),
        share_bp=rule.reward_bp.value,
        least_fen=Fen(rule.least_reward.value),
        most_fen=Fen(rule.most_reward.value),
    )
    row.rewarded_by = asked.actor_id
    moves.entered(act)
    moves.done(act, reward_fen=row.reward_fen)
    return row
