"""What each role finds in its navigation. Endpoints that are not there yet are left out, so a room may come later."""

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import gettext
from flask_login import current_user

from marketplace.kernel.errors import N_


@dataclass(frozen=True, slots=True)
class Item:
    """One link of the navigation: shown to who holds the permission (None: everybody)."""

    label: str
    endpoint: str
    permission: str | None
    group: str = ""
    icon: str = "dot"


FIRM = N_("企业")
SERVE = N_("服务")
CHAIN = N_("产业链")
MONEY = N_("资金")
AUDIT = N_("监督")
SYSTEM = N_("系统")

ITEMS: tuple[Item, ...] = (
    Item(N_("首页"), "reporting.home", "home.see", "", "house"),
    Item(N_("找服务"), "catalogue.offerings", None, "", "search"),
    Item(N_("服务券"), "vouchers.wallet", "vouchers.own", "", "ticket-perforated"),
    Item(N_("券政策"), "vouchers.public_programmes", None, "", "journal-bookmark"),
    Item(N_("我的订单"), "orders.mine", "orders.buy", "", "bag-check"),
    Item(N_("我的供给"), "matching.supplies", "supplies.own", "", "box-seam"),
    Item(N_("需求清单"), "matching.needs", "needs.own", "", "list-check"),
    Item(N_("供需对接"), "matching.matches", "matches.own", "", "link-45deg"),
    Item(N_("企业资料"), "enterprises.own", "enterprise.own", "", "building"),
    Item(N_("接单"), "orders.incoming", "orders.fulfil", SERVE, "inbox"),
    Item(N_("服务产品"), "catalogue.my_offerings", "offerings.own", SERVE, "grid"),
    Item(N_("兑付申请"), "settlement.my_claims", "claims.own", SERVE, "cash-stack"),
    Item(N_("服务台账"), "records.mine", "records.own", SERVE, "journal-text"),
    Item(N_("示范平台自查"), "evaluation.self_check", "evaluation.own", SERVE, "clipboard-check"),
    Item(N_("机构资料"), "catalogue.own", "provider.own", SERVE, "bank"),
    Item(N_("企业"), "enterprises.index", "enterprises.see", FIRM, "building"),
    Item(N_("服务机构"), "catalogue.admissions", "providers.see", FIRM, "bank"),
    Item(N_("服务产品"), "catalogue.review_queue", "offerings.review", FIRM, "grid"),
    Item(N_("导入"), "enterprises.imports", "enterprises.import", FIRM, "upload"),
    Item(N_("政策与批次"), "vouchers.programmes", "programmes.see", MONEY, "journal-bookmark"),
    Item(N_("申领审核"), "vouchers.applications", "vouchers.review", MONEY, "ticket-perforated"),
    Item(N_("订单"), "orders.index", "orders.see", MONEY, "bag-check"),
    Item(N_("兑付审核"), "settlement.review_queue", "claims.see", MONEY, "check2-square"),
    Item(N_("拨付批次"), "settlement.batches", "payments.see", MONEY, "cash-stack"),
    Item(N_("资金统计"), "reporting.spending", "spending.see", MONEY, "bar-chart"),
    Item(N_("产业链"), "matching.chains", "chains.see", CHAIN, "diagram-3"),
    Item(N_("供给摸排"), "matching.campaigns", "supplies.survey", CHAIN, "clipboard-data"),
    Item(N_("供需对接"), "matching.all_matches", "matches.see", CHAIN, "link-45deg"),
    Item(N_("服务台账"), "records.index", "records.see", CHAIN, "journal-text"),
    Item(N_("示范平台"), "evaluation.index", "evaluation.see", CHAIN, "award"),
    Item(N_("账本"), "oversight.books", "ledger.see", AUDIT, "journal-check"),
    Item(N_("操作留痕"), "oversight.trail", "trail.see", AUDIT, "clock-history"),
    Item(N_("风险提示"), "oversight.signals", "risk.see", AUDIT, "flag"),
    Item(N_("公示"), "publicity.index", None, "", "megaphone"),
    Item(N_("工作日历"), "policy.calendar", "calendar.see", SYSTEM, "calendar3"),
    Item(N_("用户"), "identity.users", "users.manage", SYSTEM, "people"),
    Item(N_("密码申请"), "identity.password_requests", "passwords.confirm", SYSTEM, "key"),
    Item(N_("授权"), "identity.grants", "roles.grant", SYSTEM, "key"),
    Item(N_("本单位用户"), "identity.colleagues", "users.manage_own", SYSTEM, "people"),
)


def _seen(item: Item) -> bool:
    if item.endpoint not in current_app.view_functions:
        return False
    if item.permission is None:
        return True
    return bool(current_user.is_authenticated and current_user.can(item.permission))


def navigation() -> list[dict[str, object]]:
    """The links for this user: label, url, group, icon, active."""
    blueprint = request.endpoint or ""
    return [
        {
            "label": gettext(item.label),
            "url": url_for(item.endpoint),
            "group": gettext(item.group) if item.group else "",
            "icon": item.icon,
            "active": item.endpoint == blueprint,
            "count": None,
        }
        for item in ITEMS
        if _seen(item)
    ]
