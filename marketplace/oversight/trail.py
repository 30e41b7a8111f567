"""What the trail calls the verification of the books."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"verification": N_("账本核验")},
    details={"faults": N_("问题数")},
    signals={
        "calendar_unconfirmed": N_("工作日历未确认"), "decided_after_reset": N_("重设密码后不久即办理资金事项"),
        "decision_mismatch": N_("复算发现差异"),
        "ledger_mismatch": N_("账本核验发现问题"), "message_unsent": N_("通知发不出去"), "sweep_fault": N_("自动处理受阻"),
    },
)  # fmt: skip
