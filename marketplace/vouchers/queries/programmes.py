"""Programmes and their versions, as pages show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from marketplace.identity import industries, regions
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.policy.programme_spec import AssumedValue, ProgrammeSpec, table_at, tables_of, value_text
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.models import Programme, ProgrammeVersion, Round, SignedValue
from marketplace.vouchers.queries.reruns import is_real, is_real_programme
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import RoundState


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


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision of the rules, as people read it."""

    key: str
    label: str
    value: str
    origin: str
    is_assumed: bool
    signed_by: str


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """One decision that differs between two versions."""

    key: str
    label: str
    before: str
    after: str
    origin_before: str
    origin_after: str


SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("谁可以用"), ("beneficiaries.", "class_order", "classes.")),
    (N_("怎么发放"), ("instrument", "allocation.", "faces.", "unused.")),
    (N_("补贴多少"), ("rates.", "bonuses.", "bonus_ceiling", "own_share", "caps.", "cycle", "base", "cost.", "partial")),
    (N_("支持哪些服务"), ("services",)),
    (N_("时限"), ("times.", "contract.", "acceptance.")),
    (N_("材料和兑付"), ("evidence.", "settlement.", "appropriations")),
    (N_("核查"), ("checks.",)),
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
    row = db.session.scalars(wanted).one_or_none()
    if row is None:
        raise NotFound
    return row


def signatures_of(programme_id: UUID) -> list[tuple[SignedValue, int]]:
    """What officers signed or replaced, with the version it made, newest first."""
    rows = db.session.execute(
        select(SignedValue, ProgrammeVersion.number)
        .join(ProgrammeVersion, ProgrammeVersion.id == SignedValue.version_id)
        .where(ProgrammeVersion.programme_id == programme_id)
        .order_by(ProgrammeVersion.number.desc(), SignedValue.key)
    )
    return [(row, number) for row, number in rows]


def rounds_of(programme_id: UUID, *, public: bool = False) -> list[Round]:
    """The rounds of a programme, newest first; the public sees none that is a draft, and simulated ones on their own page."""
    wanted = select(Round).where(Round.programme_id == programme_id)
    if public:
        wanted = wanted.where(Round.state != RoundState.DRAFT, is_real(Round.id))
    return list(db.session.scalars(wanted.order_by(Round.use_from.desc(), Round.id.desc())).unique())


def lines_of(spec: ProgrammeSpec) -> list[DecisionLine]:
    """Every decision of the rules, in the order of the schema."""
    names = _names(spec)
    return [_line(key, table, content, names) for key, table, content in tables_of(spec.document)]


def sections_of(spec: ProgrammeSpec) -> list[tuple[str, list[DecisionLine]]]:
    """The decisions under the headings people look for."""
    lines = lines_of(spec)
    found = [(title, [one for one in lines if one.key.startswith(starts)]) for title, starts in SECTIONS]
    return [(title, group) for title, group in found if group]


def changes(before: ProgrammeSpec, after: ProgrammeSpec) -> list[DecisionChange]:
    """What differs between two versions, value or origin."""
    old, new = ({one.key: one for one in lines_of(spec)} for spec in (before, after))
    keys = [*new, *(key for key in old if key not in new)]
    return [_change(key, old.get(key), new.get(key)) for key in keys if _said(old.get(key)) != _said(new.get(key))]


def _said(line: DecisionLine | None) -> tuple[str, str] | None:
    return (line.value, line.origin) if line else None


def _change(key: str, before: DecisionLine | None, after: DecisionLine | None) -> DecisionChange:
    one = after or before
    assert one is not None
    return DecisionChange(
        key, one.label, before.value if before else "", after.value if after else "", before.origin if before else "",
        after.origin if after else "",
    )  # fmt: skip


def _names(spec: ProgrammeSpec) -> Mapping[str, str]:
    """What the codes of these rules are called: categories, classes of firms, places, industries."""
    firms = spec.beneficiaries
    places = [*firms.regions.value, *(firms.parks.value if firms.parks else ())]
    trades = [code for setting in (firms.industries_include, firms.industries_exclude) if setting for code in setting.value]
    return {
        **category_names(),
        **{one.name: one.label for one in spec.classes},
        **{code: regions.region(code).full_name for code in places if regions.exists(code)},
        **{code: industries.industry(code).name for code in trades if industries.exists(code)},
    }


def _line(key: str, table: Any, content: Mapping[str, Any], names: Mapping[str, str]) -> DecisionLine:
    signed = content.get("signed", {}).get("by", "")
    if "assumed" in content:
        origin = f"{content['assumed']['author']}：{content['assumed']['reason']}"
    else:
        origin = Source(content["source"]["document"], content["source"]["clause"], content["source"].get("via", "")).text()
    return DecisionLine(key, table.label, value_text(table, content, names), origin, "assumed" in content, signed)


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


def open_rounds(states: Iterable[RoundState], *, real_only: bool = False) -> list[Round]:
    """Rounds of every programme in some states, those that end first in front; `real_only`: for what is recommended to firms."""
    wanted = select(Round).where(Round.state.in_(list(states)), *((is_real(Round.id),) if real_only else ()))
    return list(db.session.scalars(wanted.order_by(Round.use_until, Round.id)).unique())
