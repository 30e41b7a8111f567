"""Who decides on money soon after a new password was set for the account: a reason to look whether it was the owner."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.identity.models import PasswordCode, Purpose
from marketplace.identity.queries import names_of
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.risk import service as risk
from marketplace.risk.models import Severity
from marketplace.risk.service import Signal

KIND = "decided_after_reset"
MONEY = (
    "appropriation.recorded", "application.approved", "claim.approved", "batch.prepared", "batch.submitted", "batch.approved",
    "round.announced", "role.granted", "organisation.verified",
)  # fmt: skip


def watch(now: datetime, *, hours: int) -> int:
    """Raise a signal for each new password after which its account decided on money within so many hours. How many are new."""
    wanted = (
        select(PasswordCode.id, PasswordCode.user_id, PasswordCode.used_at, func.count(), func.min(AuditEvent.action))
        .join(AuditEvent, (AuditEvent.actor_id == PasswordCode.user_id) & (AuditEvent.at >= PasswordCode.used_at))
        .where(PasswordCode.used_at > now - timedelta(hours=hours), PasswordCode.purpose != Purpose.INVITED, AuditEvent.action.in_(MONEY))
        .group_by(PasswordCode.id, PasswordCode.user_id, PasswordCode.used_at)
    )
    rows = db.session.execute(wanted).all()
    names = names_of([row.user_id for row in rows])
    raised = 0
    for code_id, user_id, used_at, count, action in rows:
        reason = N_("%(name)s 的密码刚重新设置，随后办理了 %(count)s 项资金或授权事项。请向本人核实。", name=names[user_id], count=count)
        evidence = {"user": str(user_id), "set_at": str(used_at), "events": count, "first": action}
        raised += risk.raise_signal(Signal(KIND, Severity.WARNING, "password_code", code_id, reason, evidence), now=now)
    return raised
