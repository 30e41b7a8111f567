"""Several firms buy one service together (联合用券): one proposes, all confirm, and every part is placed as an order or none is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from marketplace.agreements import queries as agreements
from marketplace.audit import service as audit
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Offering
from marketplace.identity import queries as identity
from marketplace.kernel import commands
from marketplace.kernel.commands import Command
from marketplace.kernel.db import by_id, db, locked, locked_all
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import fitting
from marketplace.moves.service import By
from marketplace.notices import service as notices
from marketplace.orders import joint_rules as rules
from marketplace.orders.joint_models import JointOrder, JointPart
from marketplace.orders.joint_rules import JointShare
from marketplace.orders.models import Order
from marketplace.orders.queries import joint as reads
from marketplace.orders.service import placing
from marketplace.orders.service.budget import wait_for_turn
from marketplace.orders.service.common import given_reason
from marketplace.orders.service.ending import give_up
from marketplace.risk import queries as risk
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.spending import of_enterprise, spec_of


@dataclass(frozen=True, slots=True)
class JointWish:
    """What a firm proposes to buy with others, and its own voucher."""

    offering_id: UUID
    voucher_id: UUID
    shares: Sequence[JointShare]  # its own among them
    requirement: str = ""


def propose(joint_id: UUID, wanted: JointWish, *, enterprise_id: UUID, actor_id: UUID, now: datetime) -> JointOrder:
    """A firm proposes to buy something together; it has confirmed its own part by that.

    Args:
        joint_id: made with the form: it is the request's key.

    Raises: NotFound: no such offering, or not this firm's voucher. RuleViolation: the programme does not let firms pool, too few or
        too many firms, or the parts are not the price.
    """
    content = {"offering": wanted.offering_id, "voucher": wanted.voucher_id, "requirement": wanted.requirement}
    content |= {"shares": sorted((str(one.enterprise_id), one.amount_fen) for one in wanted.shares)}
    if not commands.begin(Command(joint_id, "joint.proposed", actor_id, joint_id, content), now=now):
        return reads.of_member(joint_id, enterprise_id)
    offering, voucher = catalogue.orderable(wanted.offering_id), of_enterprise(wanted.voucher_id, enterprise_id)
    rules.check_shares(spec_of(voucher.round.version_id), offering.price_fen, wanted.shares, currency=offering.currency)
    row = JointOrder(
        id=joint_id,
        number=printed_number("LH"),
        programme_id=voucher.programme_id,
        offering_id=offering.id,
        lead_id=enterprise_id,
        price_fen=offering.price_fen,
        requirement=fitting(wanted.requirement.strip(), 1_000, field="requirement"),
        created_at=now,
        created_by=actor_id,
        end_reason="",
    )
    row.parts = [JointPart(id=uuid4(), enterprise_id=one.enterprise_id, amount_fen=one.amount_fen) for one in wanted.shares]
    db.session.add(row)
    db.session.flush()
    _confirm(row, voucher, actor_id, now)
    _record("joint.proposed", row, actor_id, price_fen=row.price_fen)
    _tell(
        row,
        N_("请确认联合订单：%(number)s", number=row.number),
        N_("核对您承担的金额，选好用哪张券再确认；全部确认后才下单。"),
        enterprise_id,
    )
    return row


def confirm(joint_id: UUID, voucher_id: UUID, *, enterprise_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> JointOrder:
    """A firm confirms its part with one of its vouchers. With the last one every part is placed, or nothing is.

    Raises: NotFound: not a member, or not its voucher. RuleViolation: it is over, another programme's voucher, or a part cannot be placed.
        InsufficientBalance: somebody was faster; nothing is written.
    """
    row = locked(JointOrder, reads.of_member(joint_id, enterprise_id).id)
    command = Command(request_key, "joint.confirmed", actor_id, joint_id, {"voucher": voucher_id})
    if not commands.begin(command, now=now):
        return row
    _check_open(row)
    voucher = of_enterprise(voucher_id, enterprise_id)
    if voucher.programme_id != row.programme_id:
        raise RuleViolation(N_("请选择同一项目的券：%(name)s。", name=row.programme.name), field="voucher_id", code="other_programme")
    rules.check_pooled(spec_of(voucher.round.version_id))
    _confirm(row, voucher, actor_id, now)
    _record("joint.confirmed", row, actor_id)
    if all(part.confirmed_at for part in row.parts):
        _place(row, now)
    return row


def leave(joint_id: UUID, reason: str, *, enterprise_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> JointOrder:
    """A member does not take part: nothing is bought, and everybody is told why.

    Raises: NotFound: not a member. RuleViolation: no reason, or it is placed or over already.
    """
    row = locked(JointOrder, reads.of_member(joint_id, enterprise_id).id)
    if not commands.begin(Command(request_key, "joint.ended", actor_id, joint_id, {"reason": reason}), now=now):
        return row
    _check_open(row)
    _end(row, given_reason(reason), actor_id, now)
    return row


def end_broken(joint_id: UUID, *, now: datetime) -> int:
    """A part ended before every contract was signed: the others that are under way end too, and give back what they hold. How many."""
    row = locked(JointOrder, joint_id)
    orders = locked_all(Order, [part.order_id for part in row.parts if part.order_id])
    if row.ended_at is not None or not rules.is_broken([one.state for one in orders]):
        return 0
    reason = N_("联合订单有一方在全部签约前退出，其余各方的订单一并终止。")
    ended = [one for one in orders if give_up(one, reason, now=now)]
    _end(row, reason, None, now)
    return len(ended)


def end_stale(joint_id: UUID, *, now: datetime) -> int:
    """A voucher with which somebody confirmed is over before all have: nothing comes of it any more. Whether it ended now."""
    row = locked(JointOrder, joint_id)
    if not row.is_open or not any(part.voucher is not None and part.voucher.state in reads.GONE for part in row.parts):
        return 0
    _end(row, N_("已确认的一方的券已用完或失效，联合订单终止，可以换券重新发起。"), None, now)
    return 1


def _check_open(row: JointOrder) -> None:
    if row.ended_at is not None:
        raise RuleViolation(N_("这笔联合订单已经终止：%(why)s", why=row.end_reason), code="joint_ended")
    if row.placed_at is not None:
        raise RuleViolation(N_("这笔联合订单各方都已确认，已经下单；要退出请取消本企业的订单。"), code="joint_placed")


def _confirm(row: JointOrder, voucher: Voucher, actor_id: UUID, now: datetime) -> None:
    offering = by_id(Offering, row.offering_id)
    risk.check_may_order((voucher.enterprise_id, offering.provider_id), row.price_fen, offering.currency, voucher.day_of(now))
    part = next(one for one in row.parts if one.enterprise_id == voucher.enterprise_id)
    part.voucher_id, part.confirmed_by, part.confirmed_at = voucher.id, actor_id, now


def _place(row: JointOrder, now: datetime) -> None:
    """Every part as an order, on vouchers locked in one order; whatever stands in the way of one stands in the way of all."""
    offering = catalogue.orderable(row.offering_id)
    if offering.price_fen != row.price_fen:
        raise RuleViolation(N_("这项服务的标价已有变动，请重新发起联合订单。"), code="price_changed")
    vouchers = [by_id(Voucher, part.voucher_id) for part in row.parts if part.voucher_id]
    for voucher in sorted(vouchers, key=lambda one: one.round_id):
        wait_for_turn(voucher)
    locked_all(Voucher, [voucher.id for voucher in vouchers])
    for part in sorted(row.parts, key=lambda one: str(one.voucher_id)):
        assert part.voucher_id is not None and part.confirmed_by is not None, "all have confirmed"
        today = by_id(Voucher, part.voucher_id).day_of(now)
        sale = replace(agreements.sale_of(offering, today), base_fen=Fen(part.amount_fen))
        try:
            order = placing.place_part(offering, sale, part.voucher_id, row.requirement, asked=By(part.confirmed_by, now))
        except RuleViolation as refusal:
            firm, why = part.enterprise.organisation.name, Sentence(refusal.message, refusal.params)
            raise RuleViolation(N_("%(firm)s 的部分不能下单：%(why)s"), code="joint_part", firm=firm, why=why) from None
        part.order_id = order.id
    row.placed_at = now
    db.session.flush()
    _record("joint.placed", row, None)
    _tell(row, N_("联合订单已下单：%(number)s", number=row.number), N_("各方都已确认，券额已占用，等服务机构接单。"), None)


def _end(row: JointOrder, reason: str, actor_id: UUID | None, now: datetime) -> None:
    row.ended_at, row.end_reason = now, fitting(str(reason), 500)
    _record("joint.ended", row, actor_id, reason=reason)
    _tell(row, N_("联合订单已终止：%(number)s", number=row.number), reason, None)


def _record(event: str, row: JointOrder, actor_id: UUID | None, **details: Any) -> None:
    audit.record(event, actor_id=actor_id, subject_type="joint", subject_id=row.id, number=row.number, **details)


def _tell(row: JointOrder, title: str, body: str, but: UUID | None) -> None:
    for part in row.parts:
        if part.enterprise_id != but:
            notices.tell(identity.user_ids_of(part.enterprise_id), title, body, f"/orders/joint/{row.id}")
