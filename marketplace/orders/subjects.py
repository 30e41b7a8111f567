"""The column by which people know an order, and which are of simulated rounds."""

from sqlalchemy import select

from marketplace.orders.joint_models import JointOrder
from marketplace.orders.models import Order
from marketplace.vouchers.queries.reruns import is_simulated

NAMES = {"order": (Order.id, Order.number), "joint": (JointOrder.id, JointOrder.number)}
SIMULATED = {"order": select(Order.id).where(is_simulated(Order.round_id))}
PARTIES = {"order": (Order.id, (Order.provider_id, Order.enterprise_id))}  # whom a case may be about
