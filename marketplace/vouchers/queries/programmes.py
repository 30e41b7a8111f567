"""Programmes and their versions, as pages show them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db, found_by
from marketplace.kernel.errors import N_, NotFound
from marketplace.policy.programme_file import PROGRAMMES, links_in
from marketplace.policy.programme_lines import PLAIN, DecisionChange, DecisionLine, lines_of, titles_of
from marketplace.policy.programme_spec import AssumedValue, ProgrammeSpec, table_at, tables_of
from marketplace.policy.programme_stacking import Links
from marketplace.vouchers.models import Programme, ProgrammeVersion, Round, SignedValue
from marketplace.vouchers.queries.reruns import is_real, is_real_programme
from marketplace.vouchers.queries.spending import phase_at, spec_of
from marketplace.vouchers.rules.states import RUNNING, RoundState


@dataclass(frozen=True, slots=True)
class KnownProgramme:
    """A programme with its newest rules."""

    programme: Programme
    version: ProgrammeVersion
    spec: ProgrammeSpec
    rounds: int

    @property
    def unsigned(self) -> tuple[AssumedValue, ...]:
        """What an officer still has to settle."""
        return self.spec.unsigned_values()


T = TypeVar("T")
BASICS = (N_("基本情况"), tuple(f"{name}." for name in PLAIN))
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("谁可以用"), ("beneficiaries.", "class_order", "class_day", "classes.", "lists.")),
    (
        N_("怎么发放"),
        (
            "instrument",
            "agreements.",
            "selection.",
            "allocation.",
            "criteria.",
            "faces.",
            "parts.",
            "parts_unused",
            "portions.",
            "portion_moves",
            "unused.",
        ),
    ),
    (
        N_("补贴多少"),
        (
            "rates.",
            "bonuses.",
            "bonus_ceiling",
            "own_share",
            "pooling",
            "caps.",
            "cycle",
            "order_counts.",
            "month_counts.",
            "base",
            "cost.",
            "partial",
        ),
    ),
    (N_("支持哪些服务"), ("services", "offerings.", "providers.")),
    (N_("时限"), ("times.", "contract.", "acceptance.")),
    (N_("材料和兑付"), ("evidence.", "paper_terms.", "evidence_fields.", "redemption.", "settlement.", "appropriations")),
    (N_("核查"), ("checks.", "budget.")),
)


def known_programmes(*, real_only: bool = False) -> list[KnownProgramme]:
    """Every programme with its newest rules, by name; `real_only`: none that is there for simulated rounds only."""
    any_version = aliased(ProgrammeVersion)
    newest = select(func.max(any_version.number)).where(any_version.programme_id == Programme.id).scalar_subquery()
    counts = dict(db.session.execute(select(Round.programme_id, func.count()).group_by(Round.programme_id)).all())
    rows = db.session.execute(
        select(Programme, ProgrammeVersion)
        .join(ProgrammeVersion, ProgrammeVersion.programme_id == Programme.id)
        .where(ProgrammeVersion.number == newest, *((is_real_programme(),) if real_only else ()))
        .order_by(Programme.area_code.desc(), Programme.name)
    )
    return [KnownProgramme(programme, version, spec_of(version.id), counts.get(programme.id, 0)) for programme, version in rows]


def known_links() -> dict[str, Links]:
    """What every programme says of others by its newest rules; of those that are shipped and not brought in, by their files."""
    return links_in(PROGRAMMES) | {one.programme.slug: one.spec.beneficiaries.links for one in known_programmes()}


def facts_of(programme_id: UUID) -> KnownProgramme:
    """Raises: NotFound."""
    found = next((one for one in known_programmes() if one.programme.id == programme_id), None)
    if found is None:
        raise NotFound
    return found


def by_slug(slug: str) -> KnownProgramme:
    """Raises: NotFound."""
    found = next((one for one in known_programmes() if one.programme.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def versions_of(programme_id: UUID) -> list[ProgrammeVersion]:
    """Newest first."""
    wanted = select(ProgrammeVersion).where(ProgrammeVersion.programme_id == programme_id)
    return list(db.session.scalars(wanted.order_by(ProgrammeVersion.number.desc())))


def version_of(programme_id: UUID, number: int) -> ProgrammeVersion:
    """Raises: NotFound."""
    wanted = select(ProgrammeVersion).where(ProgrammeVersion.programme_id == programme_id, ProgrammeVersion.number == number)
    return found_by(wanted)


def signatures_of(programme_id: UUID) -> list[tuple[SignedValue, int, str]]:
    """What officers signed or replaced, with the version it made and what it is called there, newest first."""
    rows = db.session.execute(
        select(SignedValue, ProgrammeVersion.number)
        .join(ProgrammeVersion, ProgrammeVersion.id == SignedValue.version_id)
        .where(ProgrammeVersion.programme_id == programme_id)
        .order_by(ProgrammeVersion.number.desc(), SignedValue.key)
    )
    titles = cache(lambda version_id: titles_of(spec_of(version_id).document))
    return [(row, number, titles(row.version_id).get(_decision(row.key), row.key)) for row, number in rows]


def _decision(key: str) -> str:
    """The decision that a key names, or one field of."""
    return key if table_at(key) else key.rpartition(".")[0]


def rounds_of(programme_id: UUID, *, public: bool = False) -> list[Round]:
    """The rounds of a programme, newest first; the public sees none that is a draft, and simulated ones on their own page."""
    wanted = select(Round).where(Round.programme_id == programme_id)
    if public:
        wanted = wanted.where(Round.state != RoundState.DRAFT, is_real(Round.id))
    return list(db.session.scalars(wanted.order_by(Round.use_from.desc(), Round.id.desc())).unique())


def sections_of(spec: ProgrammeSpec) -> list[tuple[str, list[DecisionLine]]]:
    """The decisions under the headings people look for."""
    lines = lines_of(spec.document)
    return _under_headings([(one.key, one) for one in lines])


def under_headings(found: Sequence[DecisionChange]) -> list[tuple[str, list[DecisionChange]]]:
    """What differs between two sets of rules, under the same headings; what has no provenance comes first."""
    return _under_headings([(one.line.key, one) for one in found])


def _under_headings(keyed: Sequence[tuple[str, T]]) -> list[tuple[str, list[T]]]:
    found = [(title, [one for key, one in keyed if is_under(starts, key)]) for title, starts in (BASICS, *SECTIONS)]
    return [(title, group) for title, group in found if group]


def is_under(starts: Sequence[str], key: str) -> bool:
    """Whether a decision stands under a heading."""
    return f"{key}.".startswith(tuple(starts))


def table_of(key: str) -> Any:
    """The shape of a decision. Raises: NotFound."""
    table = table_at(key)
    if table is None:
        raise NotFound
    return table


def content_of(spec: ProgrammeSpec, key: str) -> Mapping[str, Any]:
    """A decision's own content. Raises: NotFound."""
    found = next((content for one, _table, content in tables_of(spec.document) if one == key), None)
    if found is None:
        raise NotFound
    return found


def rounds_in(phases: Collection[RoundState], *, now: datetime) -> list[Round]:
    """Real rounds of every programme that stand in some phases by the clock, those that end first in front: doors open on the second,
    also where nobody has written it down yet."""
    wanted = select(Round).where(Round.state.in_(RUNNING | frozenset(phases)), is_real(Round.id)).order_by(Round.use_until, Round.id)
    return [row for row in db.session.scalars(wanted).unique() if phase_at(row, now) in phases]


def announced_rounds() -> list[Round]:
    """Every round that was announced, simulated ones too, those that end first in front."""
    wanted = select(Round).where(Round.state != RoundState.DRAFT).order_by(Round.use_until, Round.id)
    return list(db.session.scalars(wanted).unique())
