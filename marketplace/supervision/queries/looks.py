"""What looks for reasons to open a file: one statement for each kind, with the distribution beside what stands out."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, and_, cast, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import Offering
from marketplace.identity.models import Organisation, User
from marketplace.kernel import clock
from marketplace.kernel.db import db, uuid_text
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import CNY
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderDocument
from marketplace.policy.programme_words import DocumentKind
from marketplace.records import queries as records
from marketplace.records.models import ServiceRecord
from marketplace.risk.models import RiskSignal
from marketplace.settlement.models import Claim
from marketplace.supervision.settings import SupervisionSettings
from marketplace.supervision.text_models import AlikeText
from marketplace.vouchers.queries.reruns import is_real

MOST = 500  # of a kind in one night; the others come the next
Looked = Sequence[Any]


def _new(kind: str, subject: Any, cause: Any = "") -> ColumnElement[bool]:
    """SQL condition: nobody was told of it, for this cause, before."""
    return ~exists().where(RiskSignal.kind == kind, RiskSignal.subject_id == subject, RiskSignal.cause == cause)


def _rows(statement: Select[*tuple[Any, ...]]) -> Looked:
    return db.session.execute(statement.limit(MOST)).all()


def _paid_orders(since: date) -> ColumnElement[bool]:
    """SQL condition: accepted orders with public money in them, of a real round, since a day."""
    recent = Order.redeemed_at >= clock.day_begins(since)
    return and_(Order.state == OrderState.REDEEMED, Order.voucher_id.is_not(None), is_real(Order.round_id), recent)


def above_peers(found: SupervisionSettings, today: date) -> Looked:
    """Orders whose contract lies far above the middle of their kind of service: id, number, place, price, median, ninth decile, count."""
    kind = (Order.category, Order.currency)
    ranked = (
        select(
            Order.id,
            Order.number,
            Order.region_code,
            *kind,
            Order.contract_fen,
            func.row_number().over(partition_by=kind, order_by=Order.contract_fen).label("place"),
            func.count().over(partition_by=kind).label("many"),
        )
        .where(_paid_orders(today - timedelta(days=found.look_back.value)))
        .cte("ranked")
    )
    one = ranked.c
    middle = (
        select(
            one.category,
            one.currency,
            func.max(one.many).label("many"),
            func.max(one.contract_fen).filter(one.place * 2 <= one.many + 1).label("median"),
            func.max(one.contract_fen).filter(one.place * 10 <= one.many * 9).label("high"),
        )
        .group_by(one.category, one.currency)
        .cte("middle")
    )
    wanted = select(one.id, one.number, one.region_code, one.currency, one.contract_fen, middle.c.median, middle.c.high, middle.c.many)
    wanted = wanted.join(middle, and_(middle.c.category == one.category, middle.c.currency == one.currency))
    stands_out = one.contract_fen * 10_000 > middle.c.median * found.price_ratio_bp.value
    return _rows(wanted.where(middle.c.many >= found.least_peers.value, stands_out, _new("price_above_peers", one.id)).order_by(one.id))


def bursts(found: SupervisionSettings, today: date) -> Looked:
    """Providers with many services on one day: id, place, the day, how many then, on how many days, how many in all."""
    day = (
        select(ServiceRecord.provider_id, ServiceRecord.delivered_on, func.count().label("many"))
        .where(
            records.is_current(), ServiceRecord.delivered_on >= today - timedelta(days=found.look_back.value), ServiceRecord.activity == ""
        )
        .group_by(ServiceRecord.provider_id, ServiceRecord.delivered_on)
        .cte("day")
    )
    told = select(
        day.c.provider_id,
        day.c.delivered_on,
        day.c.many,
        func.count().over(partition_by=day.c.provider_id).label("days"),
        func.sum(day.c.many).over(partition_by=day.c.provider_id).label("total"),
        func.row_number().over(partition_by=day.c.provider_id, order_by=(day.c.many.desc(), day.c.delivered_on)).label("place"),
    ).subquery()
    wanted = select(told.c.provider_id, Organisation.region_code, told.c.delivered_on, told.c.many, told.c.days, told.c.total)
    wanted = wanted.join(Organisation, Organisation.id == told.c.provider_id)
    busy = and_(told.c.place == 1, told.c.many >= found.burst.value)
    return _rows(wanted.where(busy, _new("burst", told.c.provider_id, cast(told.c.delivered_on, String))).order_by(told.c.provider_id))


def concentrated(found: SupervisionSettings, today: date) -> Looked:
    """Providers most of whose public money comes from one firm: id, place, the firm and its name, its money, all of it, orders."""
    pair = (
        select(Order.provider_id, Order.enterprise_id, func.sum(Order.subsidy_fen).label("fen"), func.count().label("many"))
        .where(_paid_orders(today - timedelta(days=found.look_back.value)), Order.currency == CNY)
        .group_by(Order.provider_id, Order.enterprise_id)
        .cte("pair")
    )
    told = select(
        pair.c.provider_id,
        pair.c.enterprise_id,
        pair.c.fen,
        func.sum(pair.c.fen).over(partition_by=pair.c.provider_id).label("total"),
        func.sum(pair.c.many).over(partition_by=pair.c.provider_id).label("orders"),
    ).subquery()
    firm, provider = aliased(Organisation), aliased(Organisation)
    wanted = select(told.c.provider_id, provider.region_code, firm.id, firm.name, told.c.fen, told.c.total, told.c.orders)
    wanted = wanted.join(firm, firm.id == told.c.enterprise_id).join(provider, provider.id == told.c.provider_id)
    heavy = and_(told.c.orders >= found.least_orders.value, told.c.fen * 10_000 >= told.c.total * found.share_bp.value)
    return _rows(
        wanted.where(heavy, _new("concentration", told.c.provider_id, uuid_text(told.c.enterprise_id))).order_by(told.c.provider_id)
    )


def same_deliverables(found: SupervisionSettings, today: date) -> Looked:
    """Orders delivered with what an earlier order of another firm got: id, number, place, the other's number, how much of both is the same,
    the papers and their names. Of each order the one that is most alike."""
    mine, theirs = aliased(OrderDocument), aliased(OrderDocument)
    file, twin, first = aliased(StoredFile), aliased(StoredFile), aliased(Order)
    nearest = func.row_number().over(partition_by=Order.id, order_by=(AlikeText.share_bp.desc(), first.placed_at, theirs.id))
    told = (
        select(
            Order.id.label("order_id"),
            Order.number,
            Order.region_code,
            first.number.label("other"),
            AlikeText.share_bp,
            mine.id.label("mine"),
            theirs.id.label("theirs"),
            file.name.label("file"),
            twin.name.label("twin"),
            nearest.label("place"),
        )
        .join(mine, and_(mine.order_id == Order.id, mine.kind == DocumentKind.DELIVERABLE))
        .join(file, file.id == mine.file_id)
        .join(AlikeText, and_(AlikeText.sha256 == file.sha256, AlikeText.share_bp >= found.alike_bp.value))
        .join(twin, and_(twin.sha256 == AlikeText.other, twin.id != file.id))
        .join(theirs, and_(theirs.file_id == twin.id, theirs.kind == DocumentKind.DELIVERABLE))
        .join(first, and_(first.id == theirs.order_id, first.enterprise_id != Order.enterprise_id, first.placed_at < Order.placed_at))
        .where(_paid_orders(today - timedelta(days=found.look_back.value)), _new("same_deliverable", Order.id))
        .subquery()
    )
    one = told.c
    wanted = select(one.order_id, one.number, one.region_code, one.other, one.share_bp, one.mine, one.theirs, one.file, one.twin)
    return _rows(wanted.where(one.place == 1).order_by(one.order_id))


def too_fast(found: SupervisionSettings, today: date) -> Looked:
    """Orders delivered on the day of their contract though the service takes long: id, number, place, day, days it takes."""
    wanted = (
        select(Order.id, Order.number, Order.region_code, Order.contract_on, Offering.cycle_days)
        .join(ServiceRecord, ServiceRecord.source_id == Order.id)
        .join(Offering, Offering.id == Order.offering_id)
        .where(_paid_orders(today - timedelta(days=found.look_back.value)), Offering.cycle_days >= found.least_cycle.value)
        .where(ServiceRecord.delivered_on <= Order.contract_on, _new("delivered_too_fast", Order.id))
    )
    return _rows(wanted.order_by(Order.id))


def conflicts(found: SupervisionSettings, today: date) -> Looked:
    """Claims decided by somebody whose phone or name is a party's: id, number, place, who, whose."""
    party = aliased(Organisation)
    same = or_(and_(User.phone != "", User.phone == party.contact_phone), User.name == party.legal_representative)
    wanted = (
        select(Claim.id, Claim.number, party.region_code, User.name, func.min(party.name))
        .join(User, User.id == Claim.decided_by)
        .join(party, or_(party.id == Claim.provider_id, party.id == Claim.enterprise_id, party.id == Claim.payee_id))
        .where(Claim.decided_at >= clock.day_begins(today - timedelta(days=found.look_back.value)), same, is_real(Claim.round_id))
        .where(_new("reviewer_conflict", Claim.id))
        .group_by(Claim.id, Claim.number, party.region_code, User.name)
    )
    return _rows(wanted.order_by(Claim.id))


TIES = {
    "person": Organisation.legal_representative,
    "phone": Organisation.contact_phone,
    "address": Organisation.address,
    "account": Organisation.bank_account,
}


def _marks() -> CTE:
    """What organisations may share: who, of what kind, what; a controlling firm is its own mark."""
    parts: list[Any] = [
        select(Organisation.id, literal(kind).label("kind"), column.label("mark")).where(column != "") for kind, column in TIES.items()
    ]
    parts.append(
        select(Organisation.id, literal("holding").label("kind"), Organisation.group_uscc.label("mark")).where(
            Organisation.group_uscc.is_not(None)
        )
    )
    parts.append(select(Organisation.id, literal("holding").label("kind"), Organisation.uscc.label("mark")))
    return union_all(*parts).cte("marks")


def related(found: SupervisionSettings, today: date) -> Looked:
    """Orders whose two sides are tied by a third organisation: id, number, place, firm, tie, third, tie, provider.

    A mark that many share, as the address of a park, ties nobody.
    """
    marks = _marks()
    few = (
        select(marks.c.kind, marks.c.mark)
        .group_by(marks.c.kind, marks.c.mark)
        .having(func.count() > 1, func.count() <= found.most_sharing.value)
        .cte("few")
    )
    of_enterprise, of_third, to_third, of_provider = (marks.alias() for _ in range(4))
    near, far = few.alias(), few.alias()
    firm, third, provider = (aliased(Organisation) for _ in range(3))
    wanted = (
        select(Order.id, Order.number, Order.region_code, firm.name, of_enterprise.c.kind, third.name, of_provider.c.kind, provider.name)
        .join(firm, firm.id == Order.enterprise_id)
        .join(provider, provider.id == Order.provider_id)
        .join(of_enterprise, of_enterprise.c.id == Order.enterprise_id)
        .join(near, and_(near.c.kind == of_enterprise.c.kind, near.c.mark == of_enterprise.c.mark))
        .join(of_third, and_(of_third.c.kind == near.c.kind, of_third.c.mark == near.c.mark, of_third.c.id != Order.enterprise_id))
        .join(third, and_(third.id == of_third.c.id, third.id != Order.provider_id))
        .join(to_third, to_third.c.id == third.id)
        .join(far, and_(far.c.kind == to_third.c.kind, far.c.mark == to_third.c.mark))
        .join(of_provider, and_(of_provider.c.kind == far.c.kind, of_provider.c.mark == far.c.mark, of_provider.c.id == Order.provider_id))
        .where(_paid_orders(today - timedelta(days=found.look_back.value)), _new("related_path", Order.id))
    )
    return _rows(wanted.order_by(Order.id, third.name))
