"""Every change of SME profiles, yearly figures and titles."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.enterprises import queries, rules
from marketplace.enterprises.models import Enterprise, EnterpriseYear, FirmGroup, FirmGroupEntry, ReviewState, Title
from marketplace.enterprises.rules import Figures, FirmProfile, GroupChange, GroupWords, TitleFacts
from marketplace.identity import queries as identity_queries
from marketplace.identity import service as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation, OrganisationFacts
from marketplace.identity.page_mark import check as check_shown
from marketplace.identity.scope import may_act
from marketplace.kernel.clock import civil_date
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, in_turn, locked, locked_all
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.files import checksum
from marketplace.kernel.ids import printed_number
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.notices import service as notices
from marketplace.policy.programme_words import TitleKind

Declared = TypeVar("Declared", EnterpriseYear, Title)


def profile_of(organisation_id: UUID) -> Enterprise:
    """The organisation's row as an SME, made when it is first needed.

    Raises: NotFound: no such organisation.
    """
    row = db.session.get(Enterprise, organisation_id, populate_existing=True)
    if row is None:
        row = Enterprise(id=identity_queries.organisation(organisation_id).id)
        db.session.add(row)
        db.session.flush()
    return row


def save_profile(
    organisation_id: UUID, facts: OrganisationFacts, profile: FirmProfile, *, seen_version: int, actor_id: UUID, now: datetime
) -> Enterprise:
    """Keep what a firm says of itself.

    Raises: Conflict: changed by somebody else since the form was opened; RuleViolation: a wrong place, industry or group code.
    """
    identity.change_organisation(organisation_id, facts, seen_version=seen_version, actor_id=actor_id, now=now)
    return keep_profile(organisation_id, profile, actor_id=actor_id)


def keep_profile(organisation_id: UUID, profile: FirmProfile, *, actor_id: UUID) -> Enterprise:
    """The firm's part of it, after the organisation's: a new industry may mean another size class."""
    row = profile_of(organisation_id)
    changed = {name: getattr(profile, name) for name in profile.__slots__ if getattr(row, name) != getattr(profile, name)}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        audit.record("enterprise.profile_changed", actor_id=actor_id, subject_type="enterprise", subject_id=row.id, **changed)
    _resize(row)
    return row


def submit(organisation_id: UUID, *, actor_id: UUID) -> Organisation:
    """Ask to be verified. Raises: RuleViolation: something is missing."""
    profile_of(organisation_id)
    return identity.submit_organisation(organisation_id, actor_id=actor_id)


def verify_many(organisation_ids: list[UUID], *, actor_id: UUID, now: datetime) -> int:
    """Verify several firms at once; how many changed.

    Raises: RuleViolation: one of them does not wait for it.
    """
    waiting = [i for i in sorted(organisation_ids) if identity_queries.organisation(i).state is not OrganisationState.VERIFIED]
    for organisation_id in waiting:
        identity.decide_organisation(organisation_id, OrganisationState.VERIFIED, reason="", actor_id=actor_id, now=now)
    return len(waiting)


def declare_year(
    enterprise_id: UUID, figures: Figures, *, file_id: UUID | None, actor_id: UUID, request_key: UUID, today: date
) -> EnterpriseYear:
    """A firm declares its figures of a year that is over; declared again while nobody accepted them, they replace the first.

    Raises: RuleViolation: the year is not over or before the firm was founded; Conflict: the year's figures are accepted.
    """
    _lock_firm(enterprise_id)
    content, row = {"figures": figures, "file": checksum(file_id)}, _year_row(enterprise_id, figures.year)
    if not begin(Command(request_key, "enterprise_year.declared", actor_id, enterprise_id, content)) and row is not None:
        return row
    _check_year(figures.year, identity_queries.organisation(enterprise_id), today)
    if row is not None and row.state is ReviewState.ACCEPTED:
        raise Conflict(N_("%(year)s 年的数据已采信。如有错误，请联系主管部门退回后再改。"), field="year", year=figures.year)
    row = row or EnterpriseYear(id=request_key, enterprise_id=enterprise_id)
    _write_figures(row, figures)
    row.state, row.state_reason, row.file_id, row.decided_by = ReviewState.DECLARED, "", file_id or row.file_id, None
    db.session.add(row)
    db.session.flush()
    _note(row, "enterprise_year.declared", actor_id, year=row.year)
    _tell_officers(enterprise_id, N_("待审：%(year)s 年度数据", year=row.year), f"/enterprises/{enterprise_id}/years/{row.id}")
    return row


def decide_year(year_id: UUID, *, accept: bool, reason: str, actor_id: UUID, shown: str | None = None) -> EnterpriseYear:
    """An officer accepts a year's figures, from which the size class follows, or returns them with a reason.

    Raises: Conflict: the page is older than the row, or it stands so already. RuleViolation: a return without a reason.
    """
    row = locked(EnterpriseYear, year_id)
    _decide(row, accept=accept, reason=reason, actor_id=actor_id, shown=shown)
    row.state_reason = "" if accept else reason.strip()
    db.session.flush()
    _note(row, f"enterprise_year.{row.state.value}", actor_id, year=row.year, reason=row.state_reason)
    firm = profile_of(row.enterprise_id)
    _resize(firm)
    words = N_("规模判定为“%(size)s”。", size=rules.FirmSize(firm.size_class).label) if accept else row.state_reason
    title = N_("%(year)s 年度数据已采信", year=row.year) if accept else N_("%(year)s 年度数据已退回", year=row.year)
    _tell_firm(row.enterprise_id, title, words)
    return row


def declare_title(enterprise_id: UUID, facts: TitleFacts, *, file_id: UUID | None, actor_id: UUID, request_key: UUID) -> Title:
    """A firm declares a title it holds, with the certificate.

    Raises: RuleViolation: the dates contradict each other; Conflict: the title with this beginning stands in the register.
    """
    _lock_firm(enterprise_id)
    content, row = {"facts": facts, "file": checksum(file_id)}, _title_row(enterprise_id, facts)
    if not begin(Command(request_key, "title.declared", actor_id, enterprise_id, content)) and row is not None:
        return row
    rules.check_title(rules.HeldTitle(facts.kind, facts.valid_from, facts.valid_until))
    if row is not None and row.state is not ReviewState.RETURNED:
        raise Conflict(N_("这项称号（同一起始日期）已经填报过，不必重复填报。"), field="kind")
    row = row or Title(id=request_key, organisation_id=enterprise_id)
    _write_title(row, facts)
    row.state, row.file_id, row.decided_by = ReviewState.DECLARED, file_id or row.file_id, None
    db.session.add(row)
    db.session.flush()
    _note(row, "title.declared", actor_id, kind=row.kind, number=row.number)
    _tell_officers(enterprise_id, N_("待审：称号“%(title)s”", title=facts.kind.label), f"/enterprises/{enterprise_id}/titles/{row.id}")
    return row


def decide_title(title_id: UUID, *, accept: bool, reason: str, actor_id: UUID, shown: str | None = None) -> Title:
    """An officer enters a declared title in the register, or returns it with a reason.

    Raises: Conflict: the page is older than the row, or it stands so already. RuleViolation: a return without a reason.
    """
    row = locked(Title, title_id)
    _decide(row, accept=accept, reason=reason, actor_id=actor_id, shown=shown)
    db.session.flush()
    label = TitleKind(row.kind).label
    _note(row, f"title.{row.state.value}", actor_id, kind=row.kind, reason=reason.strip())
    title = N_("称号“%(title)s”已采信", title=label) if accept else N_("称号“%(title)s”已退回", title=label)
    _tell_firm(row.organisation_id, title, reason.strip())
    return row


def revoke_title(title_id: UUID, on: date, *, reason: str, actor_id: UUID) -> Title:
    """A decision takes a title away: from a day on it no longer counts. What it brought before that day stays.

    Raises: RuleViolation: it does not stand in the register, or begins later.
    """
    row = locked(Title, title_id)
    if row.state is not ReviewState.ACCEPTED or row.revoked_on is not None:
        raise RuleViolation(N_("这项称号没有采信，或已撤销，不能再撤销。"), field="target", code="title_gone")
    rules.check_title(rules.HeldTitle(TitleKind(row.kind), row.valid_from, row.valid_until, on))
    row.revoked_on = on
    db.session.flush()
    _note(row, "title.revoked", actor_id, kind=row.kind, reason=reason)
    _tell_firm(row.organisation_id, N_("称号“%(title)s”已被撤销", title=TitleKind(row.kind).label), reason)
    return row


def restore_title(title_id: UUID, *, reason: str, actor_id: UUID) -> None:
    """The decision that took a title away was itself taken back."""
    row = locked(Title, title_id)
    row.revoked_on = None
    db.session.flush()
    _note(row, "title.restored", actor_id, kind=row.kind, reason=reason)
    _tell_firm(row.organisation_id, N_("称号“%(title)s”恢复有效", title=TitleKind(row.kind).label), reason)


def register_title(organisation_id: UUID, facts: TitleFacts, *, actor_id: UUID) -> bool:
    """Enter a title of the authority's own register; whether that changed anything.

    Raises: RuleViolation: the dates contradict each other.
    """
    rules.check_title(rules.HeldTitle(facts.kind, facts.valid_from, facts.valid_until))
    row = _title_row(organisation_id, facts)
    if row is not None and facts.grade is None:
        facts = replace(facts, grade=row.grade)  # a list that does not say the grade leaves it
    if row is not None and row.state is ReviewState.ACCEPTED and _title_facts(row) == facts:
        return False
    row = row or Title(organisation_id=organisation_id)
    _write_title(row, facts)
    row.state, row.decided_by = ReviewState.ACCEPTED, actor_id
    db.session.add(row)
    db.session.flush()
    _note(row, "title.registered", actor_id, kind=row.kind, number=row.number)
    return True


def register_year(enterprise_id: UUID, figures: Figures, *, actor_id: UUID, today: date) -> bool:
    """Enter a year's figures from the authority's own lists, accepted at once; whether that changed anything.

    Raises: RuleViolation: the year is not over or before the firm was founded.
    """
    _check_year(figures.year, identity_queries.organisation(enterprise_id), today)
    row = _year_row(enterprise_id, figures.year)
    if row is not None and row.state is ReviewState.ACCEPTED and _same_figures(row, figures):
        return False
    row = row or EnterpriseYear(enterprise_id=enterprise_id)
    _write_figures(row, figures)
    row.state, row.state_reason, row.decided_by = ReviewState.ACCEPTED, "", actor_id
    db.session.add(row)
    db.session.flush()
    _note(row, "enterprise_year.registered", actor_id, year=row.year)
    _resize(profile_of(enterprise_id))
    return True


def _lock_firm(enterprise_id: UUID) -> None:
    """One declaration of a firm at a time: two for the same year would be two rows."""
    locked(Organisation, enterprise_id)
    profile_of(enterprise_id)


def _firm_of(row: EnterpriseYear | Title) -> UUID:
    return row.enterprise_id if isinstance(row, EnterpriseYear) else row.organisation_id


def _check_year(year: int, organisation: Organisation, today: date) -> None:
    if year >= today.year:
        raise RuleViolation(N_("%(year)s 年还没有结束，请填报已结束的年度。"), field="year", year=year)
    if organisation.founded_on and year < organisation.founded_on.year:
        raise RuleViolation(N_("%(year)s 年早于单位成立的年份，请核对。"), field="year", year=year)


def _year_row(enterprise_id: UUID, year: int) -> EnterpriseYear | None:
    statement = select(EnterpriseYear).where(EnterpriseYear.enterprise_id == enterprise_id, EnterpriseYear.year == year)
    return db.session.scalars(statement).one_or_none()


def _title_row(organisation_id: UUID, facts: TitleFacts) -> Title | None:
    statement = select(Title).where(Title.organisation_id == organisation_id, Title.kind == facts.kind)
    return db.session.scalars(statement.where(Title.valid_from == facts.valid_from)).one_or_none()


def _write_figures(row: EnterpriseYear, figures: Figures) -> None:
    for name in figures.__slots__:
        setattr(row, name, getattr(figures, name))


def _same_figures(row: EnterpriseYear, figures: Figures) -> bool:
    return all(getattr(row, name) == getattr(figures, name) for name in figures.__slots__)


def _write_title(row: Title, facts: TitleFacts) -> None:
    for name in facts.__slots__:
        setattr(row, name, getattr(facts, name))


def _title_facts(row: Title) -> TitleFacts:
    values = {name: getattr(row, name) for name in TitleFacts.__slots__}
    return TitleFacts(**(values | {"kind": TitleKind(row.kind)}))


_KINDS: dict[type, tuple[str, str]] = {EnterpriseYear: (N_("年度数据"), "enterprise_year"), Title: (N_("称号"), "title")}  # noun, subject


def _decide(row: EnterpriseYear | Title, *, accept: bool, reason: str, actor_id: UUID, shown: str | None) -> None:
    """Accept or return what was declared."""
    wanted = ReviewState.ACCEPTED if accept else ReviewState.RETURNED
    check_shown(row.id, shown)
    if row.state is wanted:
        noun, subject = _KINDS[type(row)]
        deeds = (wanted.value, "registered") if accept else (wanted.value,)
        raise moves.stands_already(noun, row, *(f"{subject}.{deed}" for deed in deeds))
    if not accept:
        checked_reason(reason, N_("请写明退回的原因和需要补正的内容。"))
    if accept and row.state is ReviewState.RETURNED:
        raise RuleViolation(N_("已退回的材料要由企业改好再报，不能直接采信。"))
    row.state, row.decided_by = wanted, actor_id


def _resize(firm: Enterprise) -> None:
    """The size class from the newest accepted figures and today's industry; without figures it stays as it was told."""
    newest = select(EnterpriseYear).where(EnterpriseYear.enterprise_id == firm.id, EnterpriseYear.state == ReviewState.ACCEPTED)
    year = db.session.scalars(newest.order_by(EnterpriseYear.year.desc()).limit(1)).one_or_none()
    if year is None:
        known = db.session.scalar(select(EnterpriseYear.id).where(EnterpriseYear.enterprise_id == firm.id).limit(1))
        if known is not None:
            firm.size_class, firm.size_year = rules.FirmSize.UNKNOWN.value, None
        return
    industry = identity_queries.organisation(firm.id).industry_code
    verdict = rules.size_class(industry, year.employees, year.revenue_fen, year.assets_fen)
    firm.size_class, firm.size_year = verdict.size.value, year.year


def _note(row: EnterpriseYear | Title, action: str, actor_id: UUID, **details: Any) -> None:
    audit.record(action, actor_id=actor_id, subject_type=_KINDS[type(row)][1], subject_id=row.id, enterprise=_firm_of(row), **details)


def _tell_officers(enterprise_id: UUID, title: str, url: str) -> None:
    organisation = identity_queries.organisation(enterprise_id)
    officers = identity_queries.user_ids_with("enterprises.verify", organisation.region_code, organisation.park_code)
    notices.tell(officers, title, organisation.name, url)


def _tell_firm(enterprise_id: UUID, title: str, body: str) -> None:
    notices.tell(identity_queries.user_ids_of(enterprise_id), title, body, "/enterprise")


def make_group(said: GroupWords, areas: tuple[str, ...], *, actor_id: UUID, request_key: UUID, now: datetime) -> FirmGroup:
    """An officer names organisations of the own areas that are associated. A repeat answers with the same group.

    Raises: RuleViolation beside the field.
    """
    if not begin(Command(request_key, "firm_group.made", actor_id, request_key, {"said": said}), now=now):
        return by_id(FirmGroup, request_key)
    rules.check_members(said.codes)
    rules.check_group_day(said.on_day, today=civil_date(now))
    members = [_member(code, areas, field="codes") for code in dict.fromkeys(said.codes)]
    _hold(one.id for one in members)
    row = FirmGroup(id=request_key, number=printed_number("GL"), region_code=members[0].region_code, made_by=actor_id, made_at=now)
    row.name = fitting(checked_reason(said.name, N_("请填写名称。"), field="name"), 120, field="name")
    row.reason = fitting(checked_reason(said.reason, N_("请写明认定关联的理由。"), field="reason"), 500, field="reason")
    row.evidence = fitting(checked_reason(said.evidence, N_("请写明认定的依据材料。"), field="evidence"), 500, field="evidence")
    db.session.add(row)
    db.session.flush()
    words = f"{row.reason}（{row.evidence}）"
    audit.record(
        "firm_group.made", actor_id=actor_id, subject_type="firm_group", subject_id=row.id, number=row.number, name=row.name, reason=words
    )
    for one in members:
        _enter(row, one, GroupChange(code=one.uscc, joins=True, on_day=said.on_day, reason=row.reason), actor_id=actor_id, now=now)
    return row


def change_group(
    group_id: UUID, said: GroupChange, areas: tuple[str, ...], *, actor_id: UUID, request_key: UUID, now: datetime
) -> FirmGroup:
    """An officer lets an organisation join a group or leave it. What was said before stays; what was ordered stays as it was.

    Raises: RuleViolation beside the field.
    """
    in_turn(group_id)
    row = by_id(FirmGroup, group_id)
    if not begin(Command(request_key, "firm_group.changed", actor_id, group_id, {"said": said}), now=now):
        return row
    member = _member(said.code, areas, field="code")
    rules.check_group_day(said.on_day, today=civil_date(now))
    known = queries.last_entry(group_id, member.id)
    rules.check_change(said, (known.joins, known.on_day) if known else None)
    checked = replace(said, reason=fitting(checked_reason(said.reason, N_("请写明原因。"), field="reason"), 500, field="reason"))
    _hold({member.id, *queries.members_of([group_id], civil_date(now))[group_id]})
    _enter(row, member, checked, actor_id=actor_id, now=now)
    return row


def _member(code: str, areas: tuple[str, ...], *, field: str) -> Organisation:
    row = identity_queries.by_uscc(code.strip().upper())
    if row is None or row.is_authority or not may_act(areas, row.region_code, row.park_code):
        raise RuleViolation(N_("本地区没有信用代码为 %(uscc)s 的单位，请核对。"), field=field, code="unknown_firm", uscc=code)
    return row


def _hold(organisation_ids: Iterable[UUID]) -> None:
    """Orders and grants of these firms come before or after, never between."""
    firms = select(Enterprise.id).where(Enterprise.id.in_(list(organisation_ids)))
    locked_all(Enterprise, list(db.session.scalars(firms)), beside_new=True)


def _enter(row: FirmGroup, member: Organisation, said: GroupChange, *, actor_id: UUID, now: datetime) -> None:
    what = {"joins": said.joins, "on_day": said.on_day, "reason": said.reason}
    db.session.add(FirmGroupEntry(group_id=row.id, organisation_id=member.id, made_by=actor_id, made_at=now, **what))
    db.session.flush()
    event = "firm_group.joined" if said.joins else "firm_group.left"
    audit.record(
        event,
        actor_id=actor_id,
        subject_type="firm_group",
        subject_id=row.id,
        number=row.number,
        organisation=member.id,
        from_on=said.on_day,
        reason=said.reason,
    )
