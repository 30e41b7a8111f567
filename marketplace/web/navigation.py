"""What each role finds in its navigation: of these items, those whose pages it may open."""

from dataclasses import dataclass

from flask import request, url_for

from marketplace.kernel.errors import N_
from marketplace.kernel.locales import spoken
from marketplace.web.access import may_open


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """One link of the navigation."""

    label: str
    endpoint: str
    group: str = ""
    icon: str = "dot"


FIRM = N_("企业")
SERVE = N_("服务")
CHAIN = N_("产业链")
MONEY = N_("资金")
AUDIT = N_("监督")
SYSTEM = N_("系统")

ITEMS: tuple[NavigationLink, ...] = (
    NavigationLink(N_("首页"), "reporting.home", "", "house"),
    NavigationLink(N_("找服务"), "catalogue.offerings", "", "search"),
    NavigationLink(N_("服务券"), "vouchers.wallet", "", "ticket-perforated"),
    NavigationLink(N_("券政策"), "vouchers.public_programmes", "", "journal-bookmark"),
    NavigationLink(N_("我的订单"), "orders.mine", "", "bag-check"),
    NavigationLink(N_("奖励和补助"), "settlement.my_subsidies", "", "award"),
    NavigationLink(N_("我的供给"), "matching.supplies", "", "box-seam"),
    NavigationLink(N_("需求清单"), "matching.needs", "", "list-check"),
    NavigationLink(N_("供需对接"), "matching.matches", "", "link-45deg"),
    NavigationLink(N_("企业资料"), "enterprises.own", "", "building"),
    NavigationLink(N_("接单"), "orders.incoming", SERVE, "inbox"),
    NavigationLink(N_("服务产品"), "catalogue.my_offerings", SERVE, "grid"),
    NavigationLink(N_("政府购买合同"), "agreements.mine", SERVE, "file-earmark-text"),
    NavigationLink(N_("批量采购"), "vouchers.my_bids", SERVE, "check2-square"),
    NavigationLink(N_("兑付申请"), "settlement.my_claims", SERVE, "cash-stack"),
    NavigationLink(N_("服务台账"), "records.mine", SERVE, "journal-text"),
    NavigationLink(N_("示范平台自查"), "evaluation.self_check", SERVE, "clipboard-check"),
    NavigationLink(N_("机构资料"), "catalogue.own", SERVE, "bank"),
    NavigationLink(N_("企业"), "enterprises.index", FIRM, "building"),
    NavigationLink(N_("账款清欠"), "arrears.index", FIRM, "cash-stack"),
    NavigationLink(N_("服务机构"), "catalogue.admissions", FIRM, "bank"),
    NavigationLink(N_("服务产品"), "catalogue.review_queue", FIRM, "grid"),
    NavigationLink(N_("导入"), "enterprises.imports", FIRM, "upload"),
    NavigationLink(N_("政策与批次"), "vouchers.programmes", MONEY, "journal-bookmark"),
    NavigationLink(N_("申领审核"), "vouchers.applications", MONEY, "ticket-perforated"),
    NavigationLink(N_("订单"), "orders.index", MONEY, "bag-check"),
    NavigationLink(N_("兑付审核"), "settlement.review_queue", MONEY, "check2-square"),
    NavigationLink(N_("奖励和补助"), "settlement.office_subsidies", MONEY, "award"),
    NavigationLink(N_("资金来源"), "vouchers.appropriations", MONEY, "cash-coin"),
    NavigationLink(N_("拨付批次"), "settlement.batches", MONEY, "cash-stack"),
    NavigationLink(N_("银行对账"), "settlement.bank_statements", MONEY, "file-earmark-spreadsheet"),
    NavigationLink(N_("追回"), "settlement.recoveries", MONEY, "arrow-counterclockwise"),
    NavigationLink(N_("资金统计"), "reporting.spending", MONEY, "bar-chart"),
    NavigationLink(N_("绩效"), "performance.index", MONEY, "clipboard-data"),
    NavigationLink(N_("产业链"), "matching.chains", CHAIN, "diagram-3"),
    NavigationLink(N_("供给摸排"), "matching.campaigns", CHAIN, "clipboard-data"),
    NavigationLink(N_("供需对接"), "matching.all_matches", CHAIN, "link-45deg"),
    NavigationLink(N_("服务台账"), "records.index", CHAIN, "journal-text"),
    NavigationLink(N_("示范平台"), "evaluation.index", CHAIN, "award"),
    NavigationLink(N_("查资金去向"), "oversight.find", AUDIT, "search"),
    NavigationLink(N_("账本"), "oversight.books", AUDIT, "journal-check"),
    NavigationLink(N_("操作留痕"), "oversight.trail", AUDIT, "clock-history"),
    NavigationLink(N_("风险提示"), "oversight.signals", AUDIT, "flag"),
    NavigationLink(N_("抽查"), "supervision.checks", AUDIT, "list-check"),
    NavigationLink(N_("社会监督员"), "supervision.social_supervisors", AUDIT, "people"),
    NavigationLink(N_("举报线索"), "supervision.tips", AUDIT, "megaphone"),
    NavigationLink(N_("监督案件"), "supervision.cases", AUDIT, "clipboard-check"),
    NavigationLink(N_("公示"), "publicity.index", "", "megaphone"),
    NavigationLink(N_("工作日历"), "policy.calendar", SYSTEM, "calendar3"),
    NavigationLink(N_("用户"), "identity.users", SYSTEM, "people"),
    NavigationLink(N_("密码申请"), "identity.password_requests", SYSTEM, "key"),
    NavigationLink(N_("授权"), "identity.grants", SYSTEM, "key"),
    NavigationLink(N_("本单位用户"), "identity.colleagues", SYSTEM, "people"),
)


def navigation() -> list[dict[str, object]]:
    """The links for this user: label, url, group, icon, active."""
    blueprint = request.endpoint or ""
    return [
        {
            "label": spoken(item.label),
            "url": url_for(item.endpoint),
            "group": spoken(item.group) if item.group else "",
            "icon": item.icon,
            "active": item.endpoint == blueprint,
            "count": None,
        }
        for item in ITEMS
        if may_open(item.endpoint)
    ]
