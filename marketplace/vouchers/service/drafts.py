"""Drafts of programmes: begun, written part by part by several officers, brought up to date, published as a version, or given up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel.clock import CST
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, NotFound, RuleViolation
from marketplace.kernel.policyfiles.reading import LARGEST_FILE
from marketplace.policy import programme_draft
from marketplace.policy.programme_draft import as_toml, document_of, mark_of, merged, with_parts
from marketplace.vouchers.models import Programme, ProgrammeDraft, ProgrammeVersion
from marketplace.vouchers.queries.drafts import shipped_file, slug_taken
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service.programmes import GivenFile, import_programme, in_turn_for, newest_version

_THESE_CHANGED = N_(
    "%(who)s 于 %(when)s 改过这里的内容。您填写的仍在页面上，还没有保存：请与下面列出的现有内容核对，再按一次即以您的为准。"
)
_DRAFT_CHANGED = N_("%(who)s 于 %(when)s 又改过这份草稿。请先查看改动，核对后再发布。")


@dataclass(frozen=True, slots=True)
class Start:
    """What a draft begins with: the newest version of its own programme, the rules of another, a file that is shipped, or nothing."""

    area_code: str = ""  # whose programme a new one is to be
    programme_id: UUID | None = None
    copy_of: UUID | None = None
    file: str = ""  # code of a shipped one


@dataclass(frozen=True, slots=True)
class Typed:
    """What a page of the editor sent: the parts it has fields for, what was typed in them, and the mark of what it had shown."""

    keys: Sequence[str]
    parts: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""


def begin_draft(start: Start, *, actor_id: UUID, request_key: UUID, now: datetime) -> ProgrammeDraft:
    """Begin a draft; nothing is checked yet.

    Raises: RuleViolation: a draft of the programme is being written already, or no such area.
    """
    programme = locked(Programme, start.programme_id) if start.programme_id else None
    if not begin(Command(request_key, "programme_draft.begun", actor_id, request_key, {"start": start})):
        return by_id(ProgrammeDraft, request_key)
    if programme:
        _check_alone(programme)
    base, document = _first_content(start)
    draft = ProgrammeDraft(
        id=request_key,
        programme_id=start.programme_id,
        base_id=base.id if base else None,
        base_file=start.file,
        document=json.dumps(document),
        area_code=programme.area_code if programme else regions.check_area(start.area_code),
        created_by=actor_id,
        created_at=now,
        changed_by=actor_id,
        changed_at=now,
    )
    db.session.add(draft)
    db.session.flush()
    _record("begun", draft, actor_id)
    return draft


def _first_content(start: Start) -> tuple[ProgrammeVersion | None, Mapping[str, Any]]:
    origin = start.programme_id or start.copy_of
    if start.file:
        return None, programme_draft.copied(shipped_file(start.file))
    if origin is None:
        return None, programme_draft.EMPTY
    base, made = _newest(origin), programme_draft.drafted if start.programme_id else programme_draft.copied
    return base, made(spec_of(base.id))


def _check_alone(programme: Programme) -> None:
    other = db.session.scalars(
        select(ProgrammeDraft).where(ProgrammeDraft.programme_id == programme.id, ProgrammeDraft.closed_at.is_(None))
    ).one_or_none()
    if other is not None:
        raise RuleViolation(
            N_("%(who)s 于 %(when)s 已开始起草这个项目的新版本。请打开那份草稿一起修改，或请其发布、放弃后再起草。"),
            code="draft_open",
            who=_name(other.created_by),
            when=_said(other.created_at),
        )


def save(draft_id: UUID, typed: Typed, *, actor_id: UUID, request_key: UUID, now: datetime) -> ProgrammeDraft:
    """Keep what was typed, right or not. Others may write other parts at the same time.

    Raises: Conflict: somebody changed these parts since the page was opened, or the draft is closed; RuleViolation: too long.
    """
    draft = locked(ProgrammeDraft, draft_id)
    if not begin(Command(request_key, "programme_draft.saved", actor_id, draft.id, {"typed": typed})):
        return draft
    _check_open(draft)
    content = draft.content
    if typed.shown != (mark := mark_of(content, typed.keys)):
        raise _changed(draft, mark, _THESE_CHANGED)
    _write(draft, with_parts(content, typed.keys, typed.parts), actor_id, now)
    return draft


def put_file(draft_id: UUID, name: str, content: bytes, *, actor_id: UUID, request_key: UUID, now: datetime) -> ProgrammeDraft:
    """Replace the whole draft by a file, which need not be finished. The code of a programme that is there already stays.

    Raises: ProgrammeFileError: it cannot be shown in the forms; Conflict: the draft is closed.
    """
    draft = locked(ProgrammeDraft, draft_id)
    if not begin(Command(request_key, "programme_draft.file_put", actor_id, draft.id, {"name": name, "content": content.hex()})):
        return draft
    _check_open(draft)
    document = document_of(content, file=name)
    if draft.programme_id is not None:
        slug = by_id(Programme, draft.programme_id).slug
        if document.get("slug", slug) != slug:
            raise RuleViolation(
                N_("这是另一个项目的文件，它的项目代号与草稿不同。请选对文件，或为那个项目另起草稿。"), field="file", code="other_slug"
            )
        document = {**document, "slug": slug}
    _write(draft, document, actor_id, now)
    return draft


def take_newest(draft_id: UUID, *, actor_id: UUID, request_key: UUID, now: datetime) -> list[str]:
    """Write the draft upon the version that was published in the meantime: what it did not change itself is taken from there.

    Returns: the keys that both changed: there the draft's stand, for the officer to see.
    """
    draft = locked(ProgrammeDraft, draft_id)
    if not begin(Command(request_key, "programme_draft.updated", actor_id, draft.id)):
        return []
    _check_open(draft)
    if draft.programme_id is None or draft.base_id is None:
        raise RuleViolation(N_("这是新项目的草稿，没有现行版可以取入。"), code="no_base")
    newest = _newest(draft.programme_id)
    base, theirs = (programme_draft.drafted(spec_of(version_id)) for version_id in (draft.base_id, newest.id))
    document, both = merged(base, draft.content, theirs)
    draft.base_id = newest.id
    _write(draft, document, actor_id, now)
    return both


@dataclass(frozen=True, slots=True)
class Publishing:
    """What an officer publishes: the draft as its page showed it, by its mark, with a note for the version."""

    shown: str
    note: str = ""
    areas: Sequence[str] = ()  # those of the officer; a programme of another area is not theirs to change


def publish(draft_id: UUID, asked: Publishing, *, actor_id: UUID, request_key: UUID, now: datetime) -> ProgrammeVersion:
    """Make a version of the draft, as an import of its file does.

    Raises:
        ProgrammeFileError: with everything that is wrong.
        Conflict: somebody changed the draft, or published another version, since.
        RuleViolation: nothing changed; another programme has its code.
    """
    draft = locked(ProgrammeDraft, draft_id)
    if not begin(Command(request_key, "programme_draft.published", actor_id, draft.id, {"shown": asked.shown, "note": asked.note})):
        assert draft.version_id is not None, "a draft that was published has its version"
        return by_id(ProgrammeVersion, draft.version_id)
    _check_open(draft)
    content = draft.content
    if asked.shown != (mark := mark_of(content)):
        raise _changed(draft, mark, _DRAFT_CHANGED)
    _check_base(draft, str(content.get("slug", "")))
    file = GivenFile(as_toml(content), f"{content.get('slug', '')}.toml", asked.note or N_("在编辑页面发布"))
    made = import_programme(file, area_code=draft.area_code, areas=asked.areas, actor_id=actor_id, now=now)
    if not made.is_new:
        raise RuleViolation(N_("草稿与现行第 %(number)s 版相同，没有需要发布的变化。"), code="same_version", number=made.version.number)
    draft.closed_at, draft.version_id, draft.changed_by, draft.changed_at = now, made.version.id, actor_id, now
    if draft.programme_id is None:
        draft.programme_id, draft.base_id = made.programme.id, draft.base_id or made.version.id
    _record("published", draft, actor_id, number=made.version.number)
    return made.version


def give_up(draft_id: UUID, *, actor_id: UUID, request_key: UUID, now: datetime) -> ProgrammeDraft:
    """Close a draft without a version. Raises: Conflict: it is closed."""
    draft = locked(ProgrammeDraft, draft_id)
    if not begin(Command(request_key, "programme_draft.given_up", actor_id, draft.id)):
        return draft
    _check_open(draft)
    draft.closed_at, draft.changed_by, draft.changed_at = now, actor_id, now
    _record("given_up", draft, actor_id)
    return draft


def _check_base(draft: ProgrammeDraft, slug: str) -> None:
    """The newest version is the one that the draft was written upon, and a new programme has a code of its own."""
    if draft.programme_id is None:
        in_turn_for(slug)
        if slug_taken(slug):
            raise RuleViolation(
                N_("项目代号“%(slug)s”已有项目使用。请在“基本情况”换一个代号；要更新那个项目，请在它的页面起草新版本。"),
                code="slug_taken",
                slug=slug,
            )
        return
    locked(Programme, draft.programme_id)  # until ours is the newest nobody makes another
    newest = _newest(draft.programme_id)
    if newest.id != draft.base_id:
        raise Conflict(
            N_("起草期间，%(who)s 于 %(when)s 发布了第 %(number)s 版。请先按“取入现行版的改动”，核对后再发布。"),
            code="stale_base",
            who=_name(newest.created_by),
            when=_said(newest.created_at),
            number=newest.number,
        )


def _check_open(draft: ProgrammeDraft) -> None:
    if draft.closed_at is not None:
        raise Conflict(
            N_("%(who)s 于 %(when)s 已发布或放弃这份草稿，不能再修改。请从项目页面另起草稿。"),
            code="draft_closed",
            who=_name(draft.changed_by),
            when=_said(draft.changed_at),
        )


def _changed(draft: ProgrammeDraft, mark: str, sentence: str) -> Conflict:
    return Conflict(sentence, code="stale", mark=mark, who=_name(draft.changed_by), when=_said(draft.changed_at))


def _write(draft: ProgrammeDraft, document: Mapping[str, Any], actor_id: UUID, now: datetime) -> None:
    if len(as_toml(document)) > LARGEST_FILE:
        raise RuleViolation(N_("草稿太长，不能保存。请删去多余的行，或缩短文字。"), code="too_long")
    draft.document, draft.changed_by, draft.changed_at = json.dumps(document), actor_id, now
    _record("saved", draft, actor_id, mark=mark_of(document))


def _newest(programme_id: UUID | None) -> ProgrammeVersion:
    found = newest_version(programme_id) if programme_id else None
    if found is None:
        raise NotFound
    return found


def _record(deed: str, draft: ProgrammeDraft, actor_id: UUID, **details: Any) -> None:
    audit.record(f"programme_draft.{deed}", actor_id=actor_id, subject_type="programme_draft", subject_id=draft.id, **details)


def _name(user_id: UUID | None) -> str:
    return identity.names_of([user_id]).get(user_id, "") if user_id else N_("系统")


def _said(moment: datetime) -> str:
    return moment.astimezone(CST).strftime("%Y-%m-%d %H:%M")
