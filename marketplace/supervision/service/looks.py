"""What a night's look finds becomes signals, each with its reason and the distribution against which it stands out."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.jobs import Job, enqueue
from marketplace.kernel.money import percent
from marketplace.kernel.texts.alike import WHOLE_BP
from marketplace.risk import service as risk
from marketplace.risk.rules import Severity
from marketplace.risk.service import Signal
from marketplace.supervision.queries import looks
from marketplace.supervision.settings import SupervisionSettings, supervision

KIND = "supervision.look"


def ask_nightly(today: date) -> bool:
    """Ask for the look of a day, once. Whether it was asked for now."""
    key = f"{KIND}:{today.isoformat()}"
    if db.session.scalar(select(Job.id).where(Job.dedupe_key == key)) is not None:
        return False
    enqueue(KIND, {}, title=N_("风险筛查"), dedupe_key=key)
    return True


def look(*, now: datetime) -> int:
    """Every kind once; how many signals are new."""
    found, today = supervision(), clock.civil_date(now)
    return sum(risk.raise_signal(one, now=now) for kind in _LOOKS for one in kind(found, today))


def _prices(found: SupervisionSettings, today: Any) -> Iterator[Signal]:
    for order_id, number, region, currency, price, median, high, many in looks.above_peers(found, today):
        said = {name: format_money(fen, currency) for name, fen in {"price": price, "median": median, "high": high}.items()}
        reason = N_("合同价 %(price)s 元；同类服务 %(many)s 笔，中位数 %(median)s 元，九成不超过 %(high)s 元。", many=many, **said)
        evidence = {"number": number, **said, "many": many, "spread": [int(median), int(high), int(price)], "currency": currency}
        yield Signal("price_above_peers", Severity.WARNING, "order", order_id, reason, evidence, region)


def _bursts(found: SupervisionSettings, today: Any) -> Iterator[Signal]:
    for provider_id, region, day, many, days, total in looks.bursts(found, today):
        reason = N_(
            "%(day)s 一天有 %(many)s 件服务；近一段时间共 %(total)s 件，分布在 %(days)s 天。", day=day, many=many, total=total, days=days
        )
        evidence = {"day": str(day), "many": many, "total": int(total), "days": days}
        yield Signal("burst", Severity.NOTE, "provider", provider_id, reason, evidence, region, str(day))


def _concentrated(found: SupervisionSettings, today: Any) -> Iterator[Signal]:
    for provider_id, region, enterprise_id, firm, fen, total, orders in looks.concentrated(found, today):
        share = percent(int(fen) * 10_000 // int(total))
        reason = N_("补贴金额的 %(share)s 来自同一家企业“%(firm)s”，共 %(orders)s 笔订单。", share=share, firm=firm, orders=orders)
        evidence = {"firm": firm, "share": share, "orders": int(orders)}
        yield Signal("concentration", Severity.NOTE, "provider", provider_id, reason, evidence, region, str(enterprise_id))


def _same_files(found: SupervisionSettings, today: Any) -> Iterator[Signal]:
    for order_id, number, region, other, share_bp, *papers, file, twin in looks.same_deliverables(found, today):
        said = {"other": other, "mine": file, "theirs": twin, "share": percent(share_bp)}
        reason = N_("交付成果“%(mine)s”与另一家企业订单 %(other)s 的“%(theirs)s”约有 %(share)s 相同。", **said)
        evidence = {"number": number, **said, "papers": [str(one) for one in papers]}
        severity = Severity.SERIOUS if share_bp == WHOLE_BP else Severity.WARNING
        yield Signal("same_deliverable", severity, "order", order_id, reason, evidence, region)


def _too_fast(found: SupervisionSettings, today: Any) -> Iterator[Signal]:
    for order_id, number, region, day, cycle in looks.too_fast(found, today):
        reason = N_("合同签订当天（%(day)s）即交付，该服务标明的周期为 %(cycle)s 天。", day=day, cycle=cycle)
        yield Signal(
            "delivered_too_fast", Severity.NOTE, "order", order_id, reason, {"number": number, "day": str(day), "cycle": cycle}, region
        )


def _conflicts(found: SupervisionSettings, today: Any) -> Iterator[Signal]:
    for claim_id, number, region, who, whose in looks.conflicts(found, today):
        reason = N_("审核人 %(who)s 的姓名或电话与“%(whose)s”登记的相同，请核实是否应当回避。", who=who, whose=whose)
        yield Signal(
            "reviewer_conflict", Severity.SERIOUS, "claim", claim_id, reason, {"number": number, "who": who, "whose": whose}, region
        )


_TIES = {
    "person": N_("法定代表人相同"),
    "phone": N_("联系电话相同"),
    "address": N_("地址相同"),
    "account": N_("银行账号相同"),
    "holding": N_("存在控股关系"),
}


def _related(found: SupervisionSettings, today: Any) -> Iterator[Signal]:
    told = set()
    for order_id, number, region, firm, near, third, far, provider in looks.related(found, today):
        if order_id in told:
            continue
        told.add(order_id)
        reason = N_(
            "“%(firm)s”与“%(third)s”%(near)s，“%(third)s”与“%(provider)s”%(far)s。",
            firm=firm,
            third=third,
            provider=provider,
            near=_TIES[near],
            far=_TIES[far],
        )
        evidence = {"number": number, "path": [firm, _TIES[near], third, _TIES[far], provider]}
        yield Signal("related_path", Severity.WARNING, "order", order_id, reason, evidence, region)


_LOOKS: tuple[Callable[[SupervisionSettings, Any], Iterator[Signal]], ...] = (
    _prices,
    _bursts,
    _concentrated,
    _same_files,
    _too_fast,
    _conflicts,
    _related,
)
