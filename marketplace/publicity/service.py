"""Every change of public notices and objections."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, in_turn, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.files import checksum
from marketplace.kernel.ids import printed_number, uuid7
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.kernel.zones import CHINA
from marketplace.moves import service as moves
from marketplace.notices import service as notices
from marketplace.publicity import queries, rules, settings
from marketplace.publicity.models import NoticeFile, NoticeRow, Objection, ObjectionFile, ObjectionState, PublicNotice, PublicNoticeState
from marketplace.publicity.rules import Issuer

FLOOD_WINDOW = timedelta(hours=24)
MOST_PER_ADDRESS = 10  # an office shares one address


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is put up for objection."""

    kind: str
    title: str
    body: str
    subject_type: str
    subject_id: UUID
    area_code: str
    simulated: bool = False  # about a simulated round: whoever has its link may read it, no public list names it
    time_zone: str = CHINA


@dataclass(frozen=True, slots=True)
class Supplement:
    """What a bureau adds to a notice; empty: not given."""

    document_number: str = ""
    title_bo: str = ""
    title_ug: str = ""
    title_mn: str = ""


@dataclass(frozen=True, slots=True)
class NoticePeriod:
    """How long a notice lasts, or until when, and how long that is in words, where somebody else has counted."""

    working_days: int = 0
    last_day: date | None = None
    term: str = ""


@dataclass(frozen=True, slots=True)
class NamedObjection:
    """Who objects, how to be reached, and why (实名异议)."""

    name: str
    contact: str
    grounds: str


@dataclass(frozen=True, slots=True)
class ObjectionProof:
    """To which row somebody objects, none for the whole notice, and what proves it."""

    row_id: UUID | None = None
    file_ids: tuple[UUID, ...] = ()
    evidence: str = ""  # where it can be checked, where no file shows it

    def content(self) -> dict[str, object]:
        """Of what is given, what the key of the request binds."""
        told = {"evidence": self.evidence, "row": self.row_id, "files": [checksum(one) for one in self.file_ids]}
        return {name: one for name, one in told.items() if one}


NO_PROOF = ObjectionProof()


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One thing that a notice announces beside others."""

    subject_type: str
    subject_id: UUID
    number: str
    party: str
    partner: str
    about: str
    amount_fen: int
    currency: str


def publish_in_table(
    announced: Announcement, line: NoticeLine, period: NoticePeriod, *, calendar: WorkingCalendar, actor_id: UUID | None, today: date
) -> PublicNotice:
    """Announce something in the table of the notice of the day: what is decided about one subject on one day, by one bureau and with one
    period, is one notice. Once the day is over nothing joins it.

    Raises: RuleViolation: as `publish`.
    """
    in_turn(announced.subject_id)
    issuer = rules.check_issuer(_issuer(actor_id, announced.area_code))
    last = period.last_day or rules.last_day(today, period.working_days, calendar, announced.area_code)
    row = queries.joinable(announced.kind, announced.subject_id, announced.area_code, today, last, issuer.name)
    row = row or publish(uuid7(), announced, period, calendar=calendar, actor_id=actor_id, today=today)
    position = queries.count_rows(row.id) + 1
    facts = {**asdict(line), "party": line.party[:120], "partner": line.partner[:120], "about": line.about[:200]}
    db.session.add(NoticeRow(notice_id=row.id, position=position, added_by=actor_id, **facts))
    db.session.flush()
    audit.record(
        "notice.row_added", actor_id=actor_id, subject_type="public_notice", subject_id=row.id, about=line.subject_id, number=line.number
    )
    return row


def publish(
    notice_id: UUID, announced: Announcement, period: NoticePeriod, *, calendar: WorkingCalendar, actor_id: UUID | None, today: date
) -> PublicNotice:
    """Publish something for objection. `notice_id` is the key of the command that asks: the same again is answered with the same notice.

    Raises:
        RuleViolation: the end of the period is not certain yet, or the bureau has not said whom the public phones.
        Conflict: the key was used for another notice.
    """
    known, about = db.session.get(PublicNotice, notice_id), announced.subject_id
    if known is not None:
        if (known.kind, known.subject_id) != (announced.kind, about):
            raise Conflict(N_("这个页面已经提交过另一份公示，请刷新后重新办理。"))
        return known
    issuer = rules.check_issuer(_issuer(actor_id, announced.area_code))
    last_day = period.last_day or rules.last_day(today, period.working_days, calendar, announced.area_code)
    facts = {**asdict(announced), **asdict(period), "title": announced.title[:200], "last_day": last_day}
    facts |= {**asdict(issuer), "issuer": issuer.name}
    facts.pop("name")
    row = PublicNotice(id=notice_id, number=printed_number("GS"), published_on=today, created_by=actor_id, **facts)
    db.session.add(row)
    db.session.flush()
    audit.record("notice.published", actor_id=actor_id, subject_type="public_notice", subject_id=row.id, about=about, last_day=last_day)
    return row


def _issuer(actor_id: UUID | None, area_code: str) -> Issuer | None:
    row = identity.issuer_for(actor_id, area_code)
    return None if row is None else Issuer(row.name, row.contact_name, row.contact_phone, row.oversight_phone, row.contact_hours)


def supplement(
    notice_id: UUID, given: Supplement, *, file_id: UUID | None, actor_id: UUID, request_key: UUID, now: datetime
) -> PublicNotice:
    """The bureau adds to an open notice what it had no place for when it was published: a document number, titles in other languages, a
    file. What stands there once is not changed.

    Raises: RuleViolation: the notice is over, something stands there already, or nothing was given.
    """
    row = locked(PublicNotice, notice_id)
    given_texts = {name: text.strip() for name, text in asdict(given).items() if text.strip()}
    content = {**given_texts, "file": checksum(file_id)}
    if not begin(Command(request_key, "notice.supplemented", actor_id, row.id, content), now=now):
        return row
    rules.check_supplement(row.state)
    changed = {name: text for name, text in given_texts.items() if getattr(row, name) != text}
    for name, text in changed.items():
        if getattr(row, name):
            raise RuleViolation(N_("已经公布的“%(old)s”不能更改；确有错误的，请终止本公示后重新公示。"), old=getattr(row, name), field=name)
        setattr(row, name, fitting(text, 60 if name == "document_number" else 300, field=name))
    if not changed and file_id is None:
        raise RuleViolation(N_("请填写文号、标题，或选择附件。"), field="document_number")
    if file_id is not None:
        db.session.add(NoticeFile(notice_id=row.id, file_id=file_id, added_by=actor_id, added_at=now))
    db.session.flush()
    audit.record("notice.supplemented", actor_id=actor_id, subject_type="public_notice", subject_id=row.id, **changed, file=file_id)
    return row


def withdraw(notice_id: UUID, *, reason: str, actor_id: UUID | None, now: datetime) -> PublicNotice:
    """Stop a notice because what it announces will not happen. A notice that is over stays as it is.

    Raises: RuleViolation: no reason.
    """
    row = locked(PublicNotice, notice_id)
    checked_reason(reason, N_("请写明终止公示的原因。"))
    if row.state is PublicNoticeState.OPEN:
        _stop(row, fitting(reason, 500), actor_id=actor_id, now=now)
    return row


def _stop(row: PublicNotice, reason: str, *, actor_id: UUID | None, now: datetime) -> None:
    row.state, row.outcome, row.closed_at = PublicNoticeState.STOPPED, Sentence(reason), now
    audit.record("notice.stopped", actor_id=actor_id, subject_type="public_notice", subject_id=row.id, reason=row.outcome)


def close_if_ended(notice_id: UUID, *, now: datetime) -> bool:
    """Close a notice whose period is over and whose objections are all decided. Whether it was closed now."""
    row = locked(PublicNotice, notice_id)
    states = db.session.scalars(select(Objection.state).where(Objection.notice_id == notice_id)).all()
    if not rules.has_ended(row.state, row.last_day, states, today=row.day_of(now)):
        return False
    row.state, row.closed_at = PublicNoticeState.CLOSED, now
    audit.record("notice.closed", actor_id=None, subject_type="public_notice", subject_id=row.id, objections=len(states))
    return True


def recount(notice_id: UUID, *, calendar: WorkingCalendar) -> bool:
    """Count the last day of an open notice again after the calendar changed, and tell whom it concerns if it moved. Whether it did."""
    row = locked(PublicNotice, notice_id)
    if not row.working_days or row.time_zone != CHINA:  # no calendar moves it, or not that of China
        return False
    last = calendar.add_working_days(row.published_on, row.working_days, row.area_code).on
    if row.state is not PublicNoticeState.OPEN or last == row.last_day:
        return False
    before, row.last_day = row.last_day, last
    audit.record(
        "notice.last_day_moved", actor_id=None, subject_type="public_notice", subject_id=row.id, about=row.subject_id, before=before,
        after=last,
    )  # fmt: skip
    people = set(identity.user_ids_with("publicity.manage", row.area_code)) | set(identity.user_ids_of(row.subject_id))
    said = {"before": before.isoformat(), "after": last.isoformat()}
    body = N_("工作日历有调整，公示截止日由 %(before)s 改为 %(after)s。", **said)
    notices.tell(people, N_("公示截止日有变动：%(title)s", title=row.title), body, f"/publicity/{row.id}")
    return True


def raise_objection(
    notice_id: UUID, said: NamedObjection, *, address: str, request_key: UUID, now: datetime, proof: ObjectionProof = NO_PROOF
) -> Objection:
    """Somebody objects to a notice, or to one row of it.

    Raises: RuleViolation: outside the period, without evidence, of no row, or too many from one address; Conflict: the key was used before.
    """
    notice = locked(PublicNotice, notice_id)
    content = asdict(said)
    asked = {"notice": notice_id, **content, **proof.content()}
    if not begin(Command(request_key, "objection.raised", None, request_key, asked), now=now):
        return by_id(Objection, request_key)
    today = notice.day_of(now)
    rules.check_may_object(notice.state, notice.published_on, notice.last_day, today=today)
    rules.check_evidence(proof.evidence, len(proof.file_ids))
    check_flood(address, now=now)
    line = queries.row_of(notice_id, proof.row_id) if proof.row_id else None
    if line is not None and line.stopped_by:
        raise RuleViolation(N_("这一项已经终止公示，不必再提异议。"), field="row")
    due_on = today + timedelta(days=settings.publicity(notice.area_code).objection_answer.value)
    content["evidence"] = proof.evidence
    about = {"row_id": proof.row_id, "published_by": notice.created_by if line is None else line.added_by, "due_on": due_on}
    row = Objection(
        id=request_key, number=printed_number("YY"), notice_id=notice_id, **content, **about, address=address[:45], created_at=now
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all(ObjectionFile(objection_id=row.id, file_id=one) for one in proof.file_ids)
    db.session.flush()
    audit.record(
        "objection.raised", actor_id=None, subject_type="objection", subject_id=row.id, notice=notice_id, about=line and line.number
    )
    officers = set(identity.user_ids_with("publicity.manage", notice.area_code)) - {row.published_by}
    title = N_("公示收到异议：%(title)s", title=notice.title)
    body = N_("异议编号 %(number)s，请在 %(day)s 前核实答复。", number=row.number, day=due_on.isoformat())
    notices.tell(officers, title, body, f"/objections/{row.id}")
    return row


def check_flood(address: str, *, now: datetime) -> None:
    """Raises: RuleViolation: too many objections came from one address lately."""
    recent = select(func.count()).select_from(Objection).where(Objection.address == address, Objection.created_at > now - FLOOD_WINDOW)
    if address and (db.session.scalar(recent) or 0) >= MOST_PER_ADDRESS:
        raise RuleViolation(N_("您所在的网络今天提交的异议较多，请明天再试，或按公示中的联系方式书面提出。"), code="throttled")


def decide_objection(
    objection_id: UUID, decision: ObjectionState, *, answer: str, actor_id: UUID, request_key: UUID, now: datetime
) -> Objection:
    """An officer finds an objection justified, which stops the notice, or not, with an answer.

    Of a table one row is stopped, the others go on.

    Raises: RuleViolation: no decision or answer; Conflict: it was decided on already; Denied: by whoever decided on what is announced.
    """
    notice_id = db.session.scalar(select(Objection.notice_id).where(Objection.id == objection_id))
    notice = locked(PublicNotice, notice_id) if notice_id else None
    row = locked(Objection, objection_id)
    assert notice is not None, "an objection names its notice"
    if not begin(Command(request_key, f"objection.{decision}", actor_id, row.id, {"answer": answer}), now=now):
        return row
    if row.state is not ObjectionState.RAISED:
        raise moves.decided_already(N_("异议"), row.state, row.decided_by, row.decided_at)
    rules.check_decision(decision, answer)
    _check_another(queries.who_published(notice, row), actor_id)
    row.state, row.answer, row.decided_by, row.decided_at = decision, answer.strip(), actor_id, now
    audit.record(
        f"objection.{decision.value}", actor_id=actor_id, subject_type="objection", subject_id=row.id, answer=row.answer, key=request_key
    )
    if decision is ObjectionState.UPHELD and row.row_id is not None:
        _stop_row(row.row_id, row, actor_id=actor_id)
    elif decision is ObjectionState.UPHELD and notice.state is PublicNoticeState.OPEN:
        _stop(notice, N_("异议 %(number)s 成立：%(answer)s", number=row.number, answer=row.answer), actor_id=actor_id, now=now)
    return row


def _check_another(published_by: Collection[UUID], actor_id: UUID) -> None:
    if actor_id in published_by:
        raise Denied(N_("您是公示事项的经办人，异议须由另一位工作人员处理。"), code="own_notice")


def obstacle(row: Objection, published_by: Collection[UUID], *, actor_id: UUID) -> Sentence | None:
    """Why somebody could not decide on an objection, before it is tried."""
    if row.state is not ObjectionState.RAISED:
        return N_("当前为“%(state)s”，不需要处理。", state=row.state.label)
    try:
        _check_another(published_by, actor_id)
    except Denied as refusal:
        return Sentence(refusal.message, refusal.params)
    return None


def _stop_row(row_id: UUID, objection: Objection, *, actor_id: UUID) -> None:
    line = by_id(NoticeRow, row_id)
    line.stopped_by = objection.number
    audit.record("notice.row_stopped", actor_id=actor_id, subject_type="public_notice", subject_id=line.notice_id, number=line.number)
