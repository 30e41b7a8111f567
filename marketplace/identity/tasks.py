"""What waits for administrators."""

from marketplace.identity import queries
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Task

OFFICE = (
    Task(N_("确认密码申请"), "identity.password_requests",
         lambda asker, _areas: queries.password_requests(open_only=True, second_id=asker.id), {"view": "mine"}),
    Task(N_("打印密码设置单"), "identity.password_requests",
         lambda asker, _areas: queries.password_requests(open_only=True, printer_id=asker.id), {"view": "print"},
         door="identity.password_slip"),
)  # fmt: skip
