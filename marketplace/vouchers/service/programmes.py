"""Programmes: a file becomes a frozen version; assumed values are signed or replaced in a newer one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import func, select

from marketplace.audit import service as audit
from marketplace.identity import regions
from marketplace.identity.scope import may_act
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, in_turn, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.ledger import service as ledger
from marketplace.policy.programme_file import Value, check_links, parse_programme, signed, with_signatures_of, with_value
from marketplace.policy.programme_lines import titles_of
from marketplace.policy.programme_spec import ProgrammeSpec, at
from marketplace.vouchers.models import Programme, ProgrammeVersion, SignedValue
from marketplace.vouchers.queries.programmes import known_links, version_of
from marketplace.vouchers.queries.spending import spec_of

LINKS = UUID(int=0x51AC)  # whose turn it is to make a version that names other programmes


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file."""

    programme: Programme
    version: ProgrammeVersion
    is_new: bool  # False: the newest version says exactly this already


@dataclass(frozen=True, slots=True)
class ShownValues:
    """Assumed values that somebody answers for, as a version showed them. What was changed or signed since is not answered for."""

    keys: Sequence[str]
    version: int | None = None  # its number; None: as they stand


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A programme file as somebody brings it in."""

    content: bytes
    name: str
    note: str = ""  # of the version that it makes


@dataclass(frozen=True, slots=True)
class NewValue:
    """What one decision of the rules is to say, by which document (none: assumed), and why."""

    key: str
    content: Mapping[str, Value]
    source: Source | None
    reason: str


def import_programme(
    file: GivenFile, *, area_code: str, actor_id: UUID | None, now: datetime, areas: Sequence[str] | None = None
) -> Imported:
    """Bring in a programme file: a new programme with its book, or a new version of one we know. The same file twice changes nothing.

    What an officer has signed in the newest version stays signed where it did not change.

    Args:
        area_code: whose programme a new one is.
        areas: the areas of who brings it in; a programme of another area is not theirs to change. None: the house itself.

    Raises:
        ProgrammeFileError: with every problem of the file.
        RuleViolation: the programme belongs to another area, or the file is equal to an older version.
    """
    spec = parse_programme(file.content, file=file.name)
    in_turn_for(spec.slug)
    programme = db.session.scalars(select(Programme).where(Programme.slug == spec.slug).with_for_update()).one_or_none()
    if programme is None:
        programme = _open(spec, regions.check_area(area_code), actor_id=actor_id, now=now)
    else:
        _check_mine(programme, areas)
    newest = newest_version(programme.id)
    if newest is not None:
        spec = with_signatures_of(spec, spec_of(newest.id))
    if newest is not None and newest.sha256 == spec.version_hash:
        return Imported(programme, newest, is_new=False)
    programme.name, programme.kind = spec.name, spec.kind.value
    return Imported(programme, _freeze(programme, spec, note=file.note or file.name, actor_id=actor_id), is_new=True)


def in_turn_for(slug: str) -> None:
    """Who brings in a programme of the same code comes one after the other: a new one is opened once."""
    in_turn(uuid5(NAMESPACE_OID, slug))


def newest_version(programme_id: UUID) -> ProgrammeVersion | None:
    """The version rounds are opened under."""
    wanted = select(ProgrammeVersion).where(ProgrammeVersion.programme_id == programme_id).order_by(ProgrammeVersion.number.desc())
    return db.session.scalars(wanted.limit(1)).one_or_none()


def _open(spec: ProgrammeSpec, area_code: str, *, actor_id: UUID | None, now: datetime) -> Programme:
    book = ledger.open_book(spec.slug, spec.name, now=now, currency=spec.currency)
    programme = Programme(
        slug=spec.slug, name=spec.name, kind=spec.kind.value, area_code=area_code, book_id=book.id, currency=book.currency
    )
    db.session.add(programme)
    db.session.flush()
    audit.record("programme.opened", actor_id=actor_id, subject_type="programme", subject_id=programme.id, book_id=book.id, slug=spec.slug)
    return programme


def _check_mine(programme: Programme, areas: Sequence[str] | None) -> None:
    if areas is not None and not may_act(areas, programme.area_code):
        raise RuleViolation(
            N_("项目“%(name)s”由%(area)s管理，请由该地区主管部门导入新版本。"),
            field="file",
            name=programme.name,
            area=regions.region(programme.area_code).full_name,
        )


def _freeze(
    programme: Programme, spec: ProgrammeSpec, *, note: str, actor_id: UUID | None, version_id: UUID | None = None
) -> ProgrammeVersion:
    """Raises: RuleViolation if an older version says exactly the same: it would have two numbers."""
    if spec.currency != programme.currency:
        said = N_("项目的账本以 %(currency)s 记账，新版本不能换成 %(other)s。请另建项目。")
        raise RuleViolation(said, field="file", code="other_currency", currency=programme.currency, other=str(spec.currency))
    same = select(ProgrammeVersion.number).where(
        ProgrammeVersion.programme_id == programme.id, ProgrammeVersion.sha256 == spec.version_hash
    )
    if number := db.session.scalar(same):
        raise RuleViolation(
            N_("这份规则与第 %(number)s 版完全相同，没有需要保存的变化。"), field="file", code="same_version", number=number
        )
    _check_links(programme, spec)
    last = db.session.scalar(select(func.max(ProgrammeVersion.number)).where(ProgrammeVersion.programme_id == programme.id)) or 0
    version = ProgrammeVersion(
        programme_id=programme.id,
        number=last + 1,
        spec=spec.frozen(),
        sha256=spec.version_hash,
        note=fitting(note, 300, field="note"),
        created_by=actor_id,
    )
    if version_id is not None:
        version.id = version_id
    db.session.add(version)
    db.session.flush()
    audit.record(
        "programme.version_frozen", actor_id=actor_id, subject_type="programme", subject_id=programme.id, book_id=programme.book_id,
        number=version.number, sha256=version.sha256, note=version.note,
    )  # fmt: skip
    return version


def _check_links(programme: Programme, spec: ProgrammeSpec) -> None:
    """Raises: ProgrammeFileError: the rules name a programme that there is not, or wait for one that waits for them."""
    if spec.beneficiaries.links.named:
        in_turn(LINKS)  # two that would name each other come one after the other
        check_links(spec, known_links(), file=f"{programme.slug}.toml")


def sign_values(
    programme_id: UUID, keys: Sequence[str], *, signer: str, reason: str, actor_id: UUID, request_key: UUID
) -> ProgrammeVersion:
    """Answer for assumed values as they stand now, whatever was shown. Raises as `sign_shown` does."""
    return sign_shown(programme_id, ShownValues(keys), signer=signer, reason=reason, actor_id=actor_id, request_key=request_key)


def sign_shown(programme_id: UUID, shown: ShownValues, *, signer: str, reason: str, actor_id: UUID, request_key: UUID) -> ProgrammeVersion:
    """An officer answers for assumed values as they were shown: one new version, whatever their number.

    Raises:
        RuleViolation: none chosen, no reason, or one that is not assumed.
        Conflict: some are not as they were shown; it names them.
    """
    programme = locked(Programme, programme_id)
    keys = shown.keys
    content = {"keys": list(keys), "signer": signer, "reason": reason} | ({"seen": shown.version} if shown.version else {})
    if not begin(Command(request_key, "programme.value_signed", actor_id, programme.id, content)):
        return by_id(ProgrammeVersion, request_key)
    if not keys:
        raise RuleViolation(N_("请先勾选要签认的设定值。"), field="keys")
    _check_reason(reason)
    before = _newest_spec(programme)
    if shown.version is not None:
        _check_as_shown(programme, before, keys, shown.version)
    values = {one.key: one.value_text for one in before.assumed_values()}
    for key in keys:
        if key not in values:
            raise RuleViolation(N_("“%(name)s”不是设定值，不需要签认。"), field="keys", name=titles_of(before.document).get(key, key))
    spec = signed(before, keys, by=signer, reason=reason)
    note = N_("签认 %(count)s 项设定值", count=len(keys))
    version = _freeze(programme, spec, note=note, actor_id=actor_id, version_id=request_key)
    for key in keys:
        _note_value(version, key, "signed", values[key], reason, actor_id)
    return version


def _check_as_shown(programme: Programme, newest: ProgrammeSpec, keys: Sequence[str], seen: int) -> None:
    """Raises: Conflict that names what was changed or signed since."""
    shown = spec_of(version_of(programme.id, seen).id)
    moved = [key for key in keys if at(shown.document, key) != at(newest.document, key)]
    if moved:
        titles = titles_of(newest.document) | titles_of(shown.document)
        raise Conflict(
            N_("打开页面以后，以下设定值已经改动或由他人签认：%(names)s。请核对下面的现行内容后重新签认。"),
            field="keys",
            code="stale",
            names="、".join(titles.get(key, key) for key in moved),
        )


def replace_value(programme_id: UUID, wanted: NewValue, *, signer: str, actor_id: UUID, request_key: UUID) -> ProgrammeVersion:
    """Replace one decision of the rules: by a published document, or by another assumed value that the officer signs.

    Raises: ProgrammeFileError: the new value does not fit; RuleViolation: no reason.
    """
    programme, key, source, reason = locked(Programme, programme_id), wanted.key, wanted.source, wanted.reason
    content = dict(wanted.content)
    said = {"key": key, "content": content, "source": source, "signer": signer, "reason": reason}
    if not begin(Command(request_key, "programme.value_replaced", actor_id, programme.id, said)):
        return by_id(ProgrammeVersion, request_key)
    _check_reason(reason)
    signed_by, before = None if source else signer, _newest_spec(programme)
    spec = with_value(before, key, content, source=source, signed_by=signed_by, reason="" if source else reason)
    note = N_("替换设定值：%(name)s", name=titles_of(before.document).get(key, key))
    version = _freeze(programme, spec, note=note, actor_id=actor_id, version_id=request_key)
    _note_value(version, key, "replaced", str(content), reason, actor_id)
    return version


def _newest_spec(programme: Programme) -> ProgrammeSpec:
    newest = newest_version(programme.id)
    assert newest is not None, "a programme has a version"
    return spec_of(newest.id)


def _check_reason(reason: str) -> None:
    checked_reason(reason, N_("请写明理由，审计时以此为据。"))


def _note_value(version: ProgrammeVersion, key: str, action: str, value: str, reason: str, actor_id: UUID) -> None:
    said = fitting(reason, 300)
    db.session.add(SignedValue(version_id=version.id, key=key, action=action, value=value[:200], reason=said, actor_id=actor_id))
    audit.record(
        f"programme.value_{action}", actor_id=actor_id, subject_type="programme", subject_id=version.programme_id,
        version=version.number, key=key, value=value[:200], reason=reason.strip(),
    )  # fmt: skip
