"""What the trail calls the register of services."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.records.rules import AcceptedBy

TRAIL = Words(
    nouns={"record": N_("服务台账"), "report": N_("服务填报")},
    subjects={"service_record": N_("服务台账"), "service_report": N_("服务填报")},
    deeds={"written": N_("登记")},
    details={"corrects_id": N_("更正的记录"), "delivered_on": N_("交付日期"), "is_void": N_("作废")},
    values={"accepted_by": AcceptedBy.labels()},
)
