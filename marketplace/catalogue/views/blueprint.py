"""The blueprint, and the history of a row in words."""

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _

from marketplace.audit import queries as trail
from marketplace.identity import queries as identity
from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_yuan
from marketplace.policy.service_categories import category_names

bp = Blueprint("catalogue", __name__)

ACTIONS: dict[str, str] = {
    "organisation.registered": N_("单位登记"),
    "organisation.changed": N_("修改单位信息"),
    "organisation.submitted": N_("提交单位信息核实"),
    "organisation.verified": N_("单位信息核实通过"),
    "organisation.returned": N_("单位信息退回补正"),
    "organisation.suspended": N_("单位停用"),
    "provider.opened": N_("建立机构资料"),
    "provider.profile_saved": N_("修改机构介绍"),
    "provider.applied": N_("提交入库申请"),
    "provider.returned": N_("入库申请退回补正"),
    "provider.refused": N_("不予入库"),
    "provider.noticed": N_("审核通过，开始公示"),
    "provider.admitted": N_("入库或恢复服务"),
    "provider.suspended": N_("暂停服务"),
    "provider.removed": N_("出库"),
    "provider.entered": N_("按已有文件录入在库"),
    "offering.drafted": N_("新建服务"),
    "offering.changed": N_("修改服务"),
    "offering.submitted": N_("提交上架"),
    "offering.listed": N_("审核通过，上架"),
    "offering.returned": N_("退回修改"),
    "offering.delisted": N_("下架"),
    "price.proposed": N_("申请调价"),
    "price.accepted": N_("调价通过"),
    "price.refused": N_("调价未通过"),
}


@bp.app_template_filter("category")
def category_name(code: str) -> str:
    """知识产权 for ip; a category dropped since stays a code."""
    return category_names().get(code, code)


def history(subject_ids: Iterable[UUID], *, for_public: bool = False) -> list[dict[str, object]]:
    """What happened, newest first, as a timeline shows it. Firms see that the bureau decided, not which person."""
    events = [event for event in trail.of_subjects(list(subject_ids)) if event.action in ACTIONS]
    names = {} if for_public else identity.names_of(event.actor_id for event in events)
    shown = []
    for event in reversed(events):
        details = trail.details_of(event)
        note = str(details.get("reason") or details.get("answer") or "")
        if event.action.startswith("price."):
            note = _("价格 %(yuan)s 元", yuan=format_yuan(details["price_fen"])) + (f"　{note}" if note else "")
        who = names.get(event.actor_id, "") if event.actor_id else _("系统")
        shown.append({"at": event.at, "what": _(ACTIONS[event.action]), "who": who, "note": note})
    return shown
