"""Drafts of programmes, as pages show them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from marketplace.identity.scope import acted_on
from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.policyfiles.problems import Complaint, Problem
from marketplace.policy import programme_draft
from marketplace.policy.programme_demands import belongs
from marketplace.policy.programme_draft import EMPTY, drafted
from marketplace.policy.programme_file import shipped
from marketplace.policy.programme_lines import PLAIN
from marketplace.policy.programme_spec import GROUPS, TABLES, ProgrammeSpec, at
from marketplace.vouchers.models import Programme, ProgrammeDraft, ProgrammeVersion
from marketplace.vouchers.queries.programmes import BASICS, SECTIONS, is_under, known_links
from marketplace.vouchers.queries.spending import spec_of


@dataclass(frozen=True, slots=True)
class EditorSection:
    """One page of the editor: the decisions under a heading of the public page."""

    number: int  # from 1
    title: str
    starts: Sequence[str]

    @property
    def plain(self) -> list[str]:
        """The values without provenance that stand here."""
        return [name for name in PLAIN if is_under(self.starts, name)]

    @property
    def tables(self) -> list[str]:
        """The decisions of which there is one."""
        return [key for key in TABLES if is_under(self.starts, key)]

    @property
    def groups(self) -> list[str]:
        """The groups of decisions that have names: classes, rates, caps."""
        return [group for group in GROUPS if is_under(self.starts, group)]

    def groups_for(self, document: Mapping[str, Any]) -> list[str]:
        """Those that a draft may have by its instrument, or has."""
        instrument = at(document, "instrument.value")
        return [group for group in self.groups if belongs(group, instrument) or document.get(group)]

    def rows(self, document: Mapping[str, Any]) -> list[str]:
        """The named decisions that a draft has here."""
        return [f"{group}.{name}" for group in self.groups for name in at(document, group) or {}]


MOST_TRIED = 20
_TAKEN = Complaint(N_("这个项目代号已有项目使用。"), N_("请换一个代号；要更新那个项目，请在它的页面起草新版本。"))
PARTS = tuple(EditorSection(number, title, starts) for number, (title, starts) in enumerate((BASICS, *SECTIONS), 1))


def section(number: int) -> EditorSection:
    """Raises: NotFound."""
    if not 1 <= number <= len(PARTS):
        raise NotFound
    return PARTS[number - 1]


def section_of(part: str) -> EditorSection:
    """Where a part of the draft is written; what has no place, with the basics."""
    return next((one for one in PARTS if part and is_under(one.starts, part)), PARTS[0])


def open_drafts(areas: Iterable[str]) -> Select[ProgrammeDraft]:
    """Drafts of the areas that are still being written, newest change first."""
    mine = acted_on(ProgrammeDraft.area_code, areas)
    return (
        select(ProgrammeDraft)
        .where(ProgrammeDraft.closed_at.is_(None), mine)
        .order_by(ProgrammeDraft.changed_at.desc(), ProgrammeDraft.id.desc())
    )


def name_of(draft: ProgrammeDraft) -> str:
    """What a draft calls its programme; empty: it does not yet, and is of none."""
    given = draft.content.get("name")
    if isinstance(given, str) and given:
        return given
    return by_id(Programme, draft.programme_id).name if draft.programme_id else ""


def draft_of(programme_id: UUID) -> ProgrammeDraft | None:
    """The draft that is being written of a programme."""
    wanted = select(ProgrammeDraft).where(ProgrammeDraft.programme_id == programme_id, ProgrammeDraft.closed_at.is_(None))
    return db.session.scalars(wanted).one_or_none()


def problems_of(draft: ProgrammeDraft, document: Mapping[str, Any]) -> list[Problem]:
    """Everything that stands in the way of publishing what is written, this document's or the draft's own."""
    found, slug = list(programme_draft.problems_of(document, known=known_links)), document.get("slug")
    if draft.programme_id is None and isinstance(slug, str) and slug_taken(slug):
        found.append(_TAKEN.at(programme_draft.FILE, "slug"))
    return found


def shipped_starts(taken: Collection[str]) -> list[ProgrammeSpec]:
    """The shipped files of programmes that nobody has brought in; `taken`: the codes of those that are there."""
    return [spec for slug, spec in shipped().items() if slug not in taken]


def shipped_file(slug: str) -> ProgrammeSpec:
    """Raises: NotFound."""
    if slug not in shipped():
        raise NotFound
    return shipped()[slug]


def slug_taken(slug: str) -> bool:
    """Whether a programme has this code."""
    return db.session.scalar(select(Programme.id).where(Programme.slug == slug)) is not None


def trial_of(draft: ProgrammeDraft) -> UUID | None:
    """The programme on whose past a draft can be tried: its own, or the one that it was copied from."""
    if draft.programme_id is not None or draft.base_id is None:
        return draft.programme_id
    return db.session.scalars(select(ProgrammeVersion.programme_id).where(ProgrammeVersion.id == draft.base_id)).one()


def written_upon(programme_id: UUID, areas: Iterable[str]) -> list[ProgrammeDraft]:
    """The open drafts that can be tried on the past of a programme, newest change first."""
    versions = select(ProgrammeVersion.id).where(ProgrammeVersion.programme_id == programme_id)
    own = or_(ProgrammeDraft.programme_id == programme_id, ProgrammeDraft.programme_id.is_(None) & ProgrammeDraft.base_id.in_(versions))
    return list(db.session.scalars(open_drafts(areas).where(own).limit(MOST_TRIED)))


@dataclass(frozen=True, slots=True)
class DraftBase:
    """What a draft is compared with."""

    document: Mapping[str, Any]
    name: str = ""  # of the programme; empty: nothing
    number: int = 0  # 0: no version, but nothing or a file that is shipped
    newest: int = 0  # of the draft's own programme; 0: it has none yet


def base_of(draft: ProgrammeDraft) -> DraftBase:
    """The version that a draft was written upon, or that it is a copy of; or the file."""
    if draft.base_file in shipped():
        file = shipped_file(draft.base_file)
        return DraftBase(drafted(file), file.name)
    if draft.base_id is None:
        return DraftBase(EMPTY)
    version, name = db.session.execute(
        select(ProgrammeVersion, Programme.name).join(Programme).where(ProgrammeVersion.id == draft.base_id)
    ).one()
    newest = 0
    if draft.programme_id is not None:
        numbers = select(ProgrammeVersion.number).where(ProgrammeVersion.programme_id == draft.programme_id)
        newest = db.session.scalars(numbers.order_by(ProgrammeVersion.number.desc()).limit(1)).one()
    return DraftBase(drafted(spec_of(version.id)), name, version.number, newest)
