"""What a document's money is for and until when; what it has left goes back or is carried over, as two persons decide."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves.service import currency_of
from marketplace.notices.service import tell
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.fund_models import FundAct
from marketplace.vouchers.fund_settings import fund_rules
from marketplace.vouchers.models import Appropriation, Round
from marketplace.vouchers.queries import fund_lists as reads
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import funds as rules
from marketplace.vouchers.rules.funds import FundActKind, FundPurpose
from marketplace.vouchers.service import funds


def bind(appropriation_id: UUID, said: FundPurpose, *, actor_id: UUID, request_key: UUID) -> Appropriation:
    """Say what a document's money may pay for and until when, from now on; what it paid stays as it is.

    Raises: RuleViolation: no reason, a word that the programme does not have, or a later last day than before.
    """
    row, paper = _of(appropriation_id)
    if not begin(Command(request_key, "appropriation.bound", actor_id, paper.id, {"said": said})):
        return paper
    known = {"regions": _under(row.area_code), "classes": _classes(row), "categories": set(category_names())}
    rules.check_purpose(said, paper.use_by, known)
    paper.bound_to, paper.use_by = said.bound_to(), said.use_by
    words = {name: "、".join(some) for name, some in paper.bound_to.items()}
    _noted("appropriation.bound", paper, row, actor_id, reason=said.reason.strip(), **words, **_day(use_by=said.use_by))
    return paper


def _of(appropriation_id: UUID) -> tuple[Round, Appropriation]:
    row = locked(Round, by_id(Appropriation, appropriation_id).round_id)
    return row, locked(Appropriation, appropriation_id)


def _under(area_code: str) -> set[str]:
    children = regions.children(area_code)
    return {area_code, *(one.code for one in children), *(two.code for one in children for two in regions.children(one.code))}


def _classes(row: Round) -> set[str]:
    return {one.name for one in spec_of(row.version_id).classes}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAct:
    """What somebody proposes about what a document has left."""

    kind: FundActKind
    reason: str
    amount_fen: int = 0  # that goes back; of no meaning for a carry-over
    part: str = ""


def propose(appropriation_id: UUID, wanted: WantedAct, *, actor_id: UUID, request_key: UUID, now: datetime) -> FundAct:
    """Propose that what a document has left goes back, or may be used longer. A repeat answers with the same row.

    Raises:
        Conflict: something is proposed already.
        RuleViolation: no reason, more than is free, nothing left, or it cannot be carried over.
    """
    row, paper = _of(appropriation_id)
    if not begin(Command(request_key, "fund_act.proposed", actor_id, paper.id, {"wanted": wanted}), now=now):
        return by_id(FundAct, request_key)
    reason = fitting(checked_reason(wanted.reason, N_("请写明原因和依据。")), 300)
    if (known := reads.open_act(paper.id)) is not None:
        raise Conflict(
            N_("已于 %(day)s 提出%(kind)s（%(number)s），请先复核。"),
            code="act_open",
            number=known.number,
            kind=known.kind.label,
            day=row.day_of(known.proposed_at).isoformat(),
        )
    act = FundAct(
        id=request_key,
        number=printed_number("JY"),
        appropriation_id=paper.id,
        kind=wanted.kind,
        part=wanted.part,
        reason=reason,
        amount_fen=wanted.amount_fen,
        proposed_by=actor_id,
        proposed_at=now,
    )
    if act.kind is FundActKind.CARRY:
        act.amount_fen, act.until_on = reads.unspent_fen(paper), _until(row, paper, now)
        if not act.amount_fen:
            raise RuleViolation(N_("这份文件的资金已用完，没有可以结转的金额。"), code="nothing_left")
    else:
        rules.check_recall(act.amount_fen, reads.recallable_fen(row, paper), row.currency)
    db.session.add(act)
    db.session.flush()
    _noted("appropriation.act_proposed", paper, row, actor_id, **_said(act), reason=reason)
    tell(
        set(identity.user_ids_with("appropriations.record", row.area_code)) - {actor_id},
        N_("请复核 %(document)s 的资金%(kind)s", document=paper.document_number, kind=act.kind.label),
        reason,
        url=f"/office/appropriations/{paper.id}",
    )
    return act


def _until(row: Round, paper: Appropriation, now: datetime) -> date:
    until = carried_until(row, paper)
    rules.check_carry(until, carried=reads.was_carried(paper.id), today=row.day_of(now))
    assert until is not None, "checked just now"
    return until


def carried_until(row: Round, paper: Appropriation) -> date | None:
    """Until when a document may be used once it is carried over; None: it has no last day."""
    return rules.carried_until(paper.use_by, fund_rules(row.area_code).carry_over.value) if paper.use_by else None


def decide(act_id: UUID, *, accepted: bool, answer: str, actor_id: UUID, request_key: UUID, now: datetime) -> FundAct:
    """A second person lets it be done, or refuses it with a reason. A repeat changes nothing.

    Raises: Denied: who proposed it. Conflict: it is decided. RuleViolation: no reason for a refusal, or the money is free no more.
    """
    row, paper = _of(by_id(FundAct, act_id).appropriation_id)
    act = locked(FundAct, act_id)
    if not begin(Command(request_key, "fund_act.decided", actor_id, act.id, {"accepted": accepted, "answer": answer}), now=now):
        return act
    if act.decided_at is not None:
        raise Conflict(N_("这一项已于 %(day)s 复核，没有重复办理。"), code="act_decided", day=row.day_of(act.decided_at).isoformat())
    rules.check_second(act.proposed_by, actor_id)
    act.answer = fitting(answer.strip() if accepted else checked_reason(answer, N_("请写明不同意的原因。")), 300)
    act.accepted, act.decided_by, act.decided_at = accepted, actor_id, now
    if accepted:
        _do(act, row, paper, now)
    event = "appropriation.act_confirmed" if accepted else "appropriation.act_refused"
    _noted(event, paper, row, actor_id, **_said(act), **({"answer": act.answer} if act.answer else {}))
    word = N_("已确认") if accepted else N_("未同意")
    title = N_("%(document)s 的资金%(kind)s%(word)s", document=paper.document_number, kind=act.kind.label, word=word)
    tell({act.proposed_by}, title, act.answer or act.reason, url=f"/office/appropriations/{paper.id}")
    return act


def _do(act: FundAct, row: Round, paper: Appropriation, now: datetime) -> None:
    if act.kind is FundActKind.CARRY:
        assert act.until_on is not None, "a constraint of the database"
        paper.use_by = act.until_on
        return
    rules.check_recall(act.amount_fen, reads.recallable_fen(row, paper), row.currency)
    wanted = funds.Recall(amount_fen=act.amount_fen, reason=act.reason, part=act.part, appropriation_id=paper.id)
    assert act.decided_by is not None, "decided just now"
    funds.recall(row.id, wanted, actor_id=act.decided_by, request_key=uuid5(act.id, "recall"), today=row.day_of(now))


def _said(act: FundAct) -> dict[str, object]:
    return {"number": act.number, "act": act.kind, "amount_fen": act.amount_fen, **_day(until_on=act.until_on)}


def _day(**days: object) -> dict[str, object]:
    return {name: day for name, day in days.items() if day}


def _noted(event: str, paper: Appropriation, row: Round, actor_id: UUID, **said: object) -> None:
    audit.record(
        event,
        actor_id=actor_id,
        subject_type="appropriation",
        subject_id=paper.id,
        book_id=row.book_id,
        document=paper.document_number,
        round=row.number,
        **said,
        **currency_of(row),
    )
