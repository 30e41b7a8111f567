"""Reads of what firms buy together."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import aliased

from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db, found_by
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.orders.joint_models import JointOrder, JointPart
from marketplace.orders.joint_rules import UNSIGNED
from marketplace.orders.lifecycle import ENDED
from marketplace.orders.models import Order
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.rules.states import ENDS, VoucherState


def of_member(joint_id: UUID, enterprise_id: UUID) -> JointOrder:
    """One in which a firm takes part. Raises: NotFound."""
    mine = exists().where(JointPart.joint_id == JointOrder.id, JointPart.enterprise_id == enterprise_id)
    return found_by(select(JointOrder).where(JointOrder.id == joint_id, mine))


def of_order(order_id: UUID) -> JointOrder | None:
    """What an order is a part of; None: it stands alone."""
    wanted = select(JointOrder).join(JointPart, JointPart.joint_id == JointOrder.id).where(JointPart.order_id == order_id)
    return db.session.scalars(wanted).unique().one_or_none()


def not_bought_with(order_id: UUID) -> ColumnElement[bool]:
    """SQL condition: an order is no other part of what this one is a part of; those have a contract and papers in common."""
    joint = select(JointPart.joint_id).where(JointPart.order_id == order_id).scalar_subquery()
    return ~exists().where(JointPart.order_id == Order.id, JointPart.joint_id == joint)


def member_of(uscc: str, *, field: str) -> Enterprise:
    """A registered firm by its credit code. Raises: RuleViolation beside the field: there is none."""
    wanted = select(Enterprise).join(Organisation, Organisation.id == Enterprise.id).where(Organisation.uscc == uscc.strip().upper())
    firm = db.session.scalars(wanted).unique().one_or_none()
    if firm is None:
        raise RuleViolation(N_("没有登记这家企业，请核对统一社会信用代码，或请对方先注册。"), field=field, code="unknown_firm")
    return firm


MOST_LISTED = 50
GONE = ENDS | {VoucherState.USED_UP}  # a voucher that pays for nothing any more


def newest(enterprise_id: UUID) -> list[JointOrder]:
    """Those in which a firm takes part, newest first; as many as a page shows."""
    mine = exists().where(JointPart.joint_id == JointOrder.id, JointPart.enterprise_id == enterprise_id)
    wanted = select(JointOrder).where(mine).order_by(JointOrder.created_at.desc(), JointOrder.id.desc())
    return list(db.session.scalars(wanted.limit(MOST_LISTED)).unique())


def to_confirm(enterprise_id: UUID) -> Select[JointOrder]:
    """Those that wait for this firm, the oldest first."""
    own = (JointPart.joint_id == JointOrder.id, JointPart.enterprise_id == enterprise_id, JointPart.confirmed_at.is_(None))
    waits = (JointOrder.placed_at.is_(None), JointOrder.ended_at.is_(None))
    return select(JointOrder).where(exists().where(*own), *waits).order_by(JointOrder.created_at, JointOrder.id)


def broken() -> list[UUID]:
    """Those of which a part ended while another has no contract yet."""
    gone, unsigned = aliased(Order), aliased(Order)

    placed = (JointOrder.placed_at.is_not(None), JointOrder.ended_at.is_(None))
    left = exists().where(JointPart.joint_id == JointOrder.id, JointPart.order_id == gone.id, gone.state.in_(ENDED))
    waits = exists().where(JointPart.joint_id == JointOrder.id, JointPart.order_id == unsigned.id, unsigned.state.in_(UNSIGNED))
    wanted = select(JointOrder.id).where(*placed, left, waits)
    return list(db.session.scalars(wanted.order_by(JointOrder.id)))


def stale() -> list[UUID]:
    """Those that wait for somebody while a voucher with which another has confirmed is over."""
    over = exists().where(JointPart.joint_id == JointOrder.id, Voucher.id == JointPart.voucher_id, Voucher.state.in_(GONE))
    waits = (JointOrder.placed_at.is_(None), JointOrder.ended_at.is_(None))
    return list(db.session.scalars(select(JointOrder.id).where(over, *waits).order_by(JointOrder.id)))


def check_whole(order: Order) -> None:
    """Raises: RuleViolation: of those who buy together, one has left: nothing is signed with the others."""
    row = of_order(order.id)
    if row is not None and any(part.order is not None and part.order.state.has_ended for part in row.parts):
        raise RuleViolation(
            N_("联合订单 %(number)s 有一方已退出，不能签约，各方的订单将一并终止。"), code="joint_broken", number=row.number
        )
