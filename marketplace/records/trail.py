"""What the trail calls the register of services."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.records.rules import AcceptedBy

TRAIL = Words(
    nouns={"platform": N_("公共服务平台"), "record": N_("服务台账"), "report": N_("服务填报"), "year": N_("年度台账")},
    subjects={"closed_year": N_("年度台账"), "service_record": N_("服务台账"), "service_report": N_("服务填报")},
    deeds={
        "close_asked": N_("申请封存"),
        "kept": N_("封存"),
        "member_accepted": N_("确认成员机构"),
        "member_ended": N_("成员机构终止"),
        "member_proposed": N_("提出成员机构"),
        "member_refused": N_("不予确认成员机构"),
        "written": N_("登记"),
    },
    details={
        "attribution": N_("服务归属"),
        "corrects_id": N_("更正的记录"),
        "delivered_on": N_("交付日期"),
        "is_void": N_("作废"),
        "member_id": N_("成员机构"),
        "providers": N_("服务机构"),
        "services": N_("服务次数"),
    },
    values={"accepted_by": AcceptedBy.labels()},
)
