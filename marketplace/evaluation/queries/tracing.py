"""The rows behind a figure, as a page and an Excel sheet show them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import DossierItem, Expert, ProviderStaff
from marketplace.evaluation.models import Judgement
from marketplace.evaluation.rowref import RowKind, RowRef
from marketplace.evaluation.rules import Verdict, value_text
from marketplace.identity import queries as identity
from marketplace.kernel.clock import civil_date
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY
from marketplace.kernel.sheets import CellKind, Column
from marketplace.orders.models import Order, Review
from marketplace.policy.dossier import AnswerKind, DossierKind, OrganisationKind, answer_of
from marketplace.records.models import ServiceRecord
from marketplace.records.platform_models import PlatformMember

CHUNK = 500  # ids in one question to the database


@dataclass(frozen=True, slots=True)
class RowView:
    """One row behind a figure."""

    id: UUID
    kind: str  # what it is, marked with N_
    day: date
    title: str
    who: str  # the firm served, the provider, the person who judged
    facts: tuple[str, ...] = ()  # words, some of them marked with N_
    fee_fen: int | None = None
    currency: str = CNY
    person_times: int | None = None
    is_record: bool = False  # a service record has a page of its own
    file_id: UUID | None = None
    judgement_id: UUID | None = None


def rows_behind(rows: Iterable[RowRef]) -> list[RowView]:
    """The rows that a figure names, oldest first within their kind."""
    return list(views_behind(rows))


def views_behind(rows: Iterable[RowRef]) -> Iterator[RowView]:
    """The same, read in pieces."""
    by_kind: dict[RowKind, list[UUID]] = defaultdict(list)
    for row in rows:
        kind, row_id = row.parts()
        by_kind[kind].append(row_id)
    for kind, ids in by_kind.items():
        for start in range(0, len(ids), CHUNK):
            yield from _LOADERS[kind](ids[start : start + CHUNK])


def _records(ids: Sequence[UUID]) -> list[RowView]:
    found = db.session.scalars(
        select(ServiceRecord).where(ServiceRecord.id.in_(ids)).order_by(ServiceRecord.delivered_on, ServiceRecord.id)
    )
    return [_record(row) for row in found]


def _record(row: ServiceRecord) -> RowView:
    words = (
        row.provider.name,
        row.activity,
        row.function.label,
        row.mode.label,
        row.fee_kind.label,
        row.source_kind.label,
        row.source_number,
        row.evidence_grade.label,
    )
    return RowView(
        id=row.id,
        kind=N_("服务记录"),
        day=row.delivered_on,
        title=row.title,
        who=row.enterprise.name,
        facts=tuple(word for word in words if word),
        fee_fen=row.fee_fen,
        currency=row.currency,
        person_times=row.person_times,
        is_record=True,
    )


def _dossier(ids: Sequence[UUID]) -> list[RowView]:
    found = db.session.scalars(select(DossierItem).where(DossierItem.id.in_(ids)).order_by(DossierItem.dated_on, DossierItem.id))
    return [
        RowView(
            id=row.id,
            kind=N_("年度档案"),
            day=row.dated_on,
            title=DossierKind(row.kind).label,
            who=row.issuer,
            facts=tuple(word for word in (_answer(row), row.state.label, row.state_reason) if word),
            file_id=row.file_id,
        )
        for row in found
    ]


def _answer(row: DossierItem) -> str:
    match answer_of(DossierKind(row.kind)):
        case AnswerKind.AMOUNT_FEN:
            return value_text(row.number, "fen")
        case AnswerKind.WORD:
            known = row.title in set(OrganisationKind)
            return OrganisationKind(row.title).label if known else row.title
        case AnswerKind.YES_NO:
            return N_("没有") if row.number == 0 else N_("有")
        case _:
            return row.title


def _staff(ids: Sequence[UUID]) -> list[RowView]:
    found = db.session.scalars(select(ProviderStaff).where(ProviderStaff.id.in_(ids)).order_by(ProviderStaff.name, ProviderStaff.id))
    return [
        RowView(
            id=row.id,
            kind=N_("服务人员"),
            day=row.from_on,
            title=row.name,
            who=row.position,
            facts=(row.degree.label, row.title_level.label, row.state.label),
            file_id=row.file_id,
        )
        for row in found
    ]


def _experts(ids: Sequence[UUID]) -> list[RowView]:
    found = db.session.scalars(select(Expert).where(Expert.id.in_(ids)).order_by(Expert.name, Expert.id))
    return [
        RowView(
            id=row.id,
            kind=N_("专家"),
            day=civil_date(row.created_at),
            title=row.name,
            who=row.organisation_name,
            facts=tuple(word for word in (row.field, row.title, row.state.label) if word),
        )
        for row in found
    ]


def _members(ids: Sequence[UUID]) -> list[RowView]:
    found = db.session.scalars(select(PlatformMember).where(PlatformMember.id.in_(ids)).order_by(PlatformMember.from_on)).unique()
    return [
        RowView(
            id=row.id,
            kind=N_("集聚服务机构"),
            day=row.from_on,
            title=row.provider.name,
            who=row.agreement,
            facts=(row.state.label, *((f"— {row.until_on.isoformat()}",) if row.until_on else ())),
            file_id=row.file_id,
        )
        for row in found
    ]


def _reviews(ids: Sequence[UUID]) -> list[RowView]:
    statement = select(Review, Order.number).join(Order, Order.id == Review.order_id).where(Review.id.in_(ids))
    found = db.session.execute(statement.order_by(Review.created_at)).all()
    names = {one: identity.organisation(one).name for one in {review.enterprise_id for review, _number in found}}
    return [
        RowView(
            id=review.id,
            kind=N_("企业评价"),
            day=civil_date(review.created_at),
            title=f"{'★' * review.score}{'☆' * (5 - review.score)}",
            who=names[review.enterprise_id],
            facts=tuple(word for word in (number, review.comment) if word),
        )
        for review, number in found
    ]


def _judgements(ids: Sequence[UUID]) -> list[RowView]:
    found = db.session.scalars(select(Judgement).where(Judgement.id.in_(ids)).order_by(Judgement.created_at)).all()
    names = identity.names_of(row.actor_id for row in found)
    return [
        RowView(
            id=row.id,
            kind=N_("评议、测评"),
            day=civil_date(row.created_at),
            title=row.opinion,
            who=names.get(row.actor_id, ""),
            facts=(value_text(row.value, "bp") if row.value is not None else Verdict(row.verdict).label,),
            judgement_id=row.id if row.file_id else None,
        )
        for row in found
    ]


_LOADERS: dict[RowKind, Callable[[Sequence[UUID]], list[RowView]]] = {
    RowKind.SERVICE_RECORD: _records,
    RowKind.DOSSIER_ITEM: _dossier,
    RowKind.STAFF: _staff,
    RowKind.EXPERT: _experts,
    RowKind.MEMBER: _members,
    RowKind.REVIEW: _reviews,
    RowKind.JUDGEMENT: _judgements,
}

COLUMNS: tuple[Column, ...] = (
    Column("kind", N_("类型")),
    Column("day", N_("日期"), CellKind.DATE),
    Column("title", N_("内容"), width=36),
    Column("who", N_("对象"), width=30),
    Column("fee_fen", N_("服务收费"), CellKind.YUAN),
    Column("person_times", N_("服务人次"), CellKind.INTEGER),
    Column("facts", N_("说明"), width=60),
    Column("id", N_("行号"), CellKind.CODE, width=38),
)


def cells(view: RowView) -> list[object]:
    """A row behind a figure, as a line of a sheet."""
    return [
        view.kind,
        view.day,
        view.title,
        view.who,
        in_sheet(view.fee_fen, view.currency),
        view.person_times,
        " · ".join(view.facts),
        str(view.id),
    ]
