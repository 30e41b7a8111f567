"""Orders of every kind of end: each row of data/orders.csv is one story, from placing to payment or to its early end."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from marketplace.catalogue.models import Offering
from marketplace.demo import money, papers
from marketplace.demo.catalogue import name_of
from marketplace.demo.days import Days
from marketplace.demo.known_ids import Deal, KnownIds, key_of, rows
from marketplace.demo.programmes import voucher_of
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.kernel.db import by_id
from marketplace.kernel.money import Fen, format_yuan
from marketplace.orders import queries
from marketplace.orders import service as orders
from marketplace.orders.models import Order
from marketplace.orders.service import Handover, Paper, Purchase, Rating, SignedContract
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.web import uploads

_ENDS_EARLY = {
    "declined": "近期项目已排满，无法在您要求的时间内完成，建议另选机构。",
    "cancelled": "改用自有团队建设网站，不再采购。",
}
_LONGEST = 20  # natural days from contract to delivery in the demo, whatever the offering says


def trade(ids: KnownIds, days: Days) -> list[Story]:
    """One story per order."""
    sellers = {row["title"]: row["provider"] for row in rows("offerings")}
    return [
        _order(ids, days, Deal(number, row, row["firm"], sellers[row["offering"]], key_of("order", number)))
        for number, row in enumerate(rows("orders"), start=1)
    ]


def _order(ids: KnownIds, days: Days, deal: Deal) -> Story:
    placed = days.near(int(deal.row["placed"]))
    yield Step(deal.when(placed, 0), partial(_place, ids, deal))
    if deal.fate in {"placed", "lapsed"}:  # the nightly sweep lets the latter lapse
        return
    taken = days.after(placed, 1)
    if deal.fate == "declined":
        yield Step(deal.when(taken, 1), partial(_decline, ids, deal))
        return
    yield Step(deal.when(taken, 1), partial(_take, ids, deal))
    if deal.fate == "cancelled":
        yield Step(deal.when(days.after(taken, 1), 2), partial(_cancel, ids, deal))
        return
    if deal.fate != "taken":
        yield from _fulfil(ids, days, deal, taken)


def _fulfil(ids: KnownIds, days: Days, deal: Deal, taken: date) -> Story:
    contracted = days.after(taken, 1 if deal.is_fast else 2)
    yield Step(deal.when(contracted, 2), partial(_contract, ids, deal))
    if deal.fate == "contracted":
        return
    delivered = _delivery_day(ids, days, deal, contracted)
    yield Step(deal.when(delivered, 3), partial(_deliver, ids, deal))
    if deal.fate == "delivered":
        return
    looked_at = days.after(delivered, 1 if deal.is_fast else 2)
    if deal.fate == "disputed":
        yield Step(deal.when(looked_at, 4), partial(_dispute, ids, deal))
        return
    if deal.fate == "returned":
        yield Step(deal.when(looked_at, 4), partial(_send_back, ids, deal))
        return
    yield Step(deal.when(looked_at, 4), partial(_pay, ids, deal))
    if deal.fate == "silent":  # nobody says anything, and one night that is acceptance
        return
    yield Step(deal.when(looked_at, 5), partial(_accept, ids, deal))
    if deal.fate == "reviewed":
        yield Step(deal.when(looked_at, 6), partial(_review, ids, deal))
    if deal.row["claim"]:
        yield from money.claim(ids, days, deal, looked_at)


def _delivery_day(ids: KnownIds, days: Days, deal: Deal, contracted: date) -> date:
    if deal.is_fast:
        return days.after(contracted, 1)
    cycle = min(_LONGEST, int(next(row["cycle_days"] for row in rows("offerings") if row["title"] == deal.row["offering"])))
    return min(days.near((contracted - days.today).days + cycle), days.ago(1))


def _place(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    offering = by_id(Offering, ids.offerings[deal.row["offering"]])
    voucher = voucher_of(ids, deal.row["round"], deal.firm) if deal.row["round"] else None
    assert voucher is not None or not deal.row["round"], f"{deal.firm} has no voucher of {deal.row['round']}"
    requirement = f"希望在 {offering.cycle_days} 天内完成：{offering.summary}。"
    wanted, enterprise_id = Purchase(offering.id, voucher.id if voucher else None, requirement=requirement), ids.organisations[deal.firm]
    orders.place(deal.order_id, wanted, enterprise_id=enterprise_id, actor_id=ids.person_of(deal.firm), now=moment.now)


def _by_provider(ids: KnownIds, deal: Deal, verb: str) -> dict[str, UUID]:
    return {
        "provider_id": ids.organisations[deal.provider],
        "actor_id": ids.person_of(deal.provider),
        "request_key": key_of(verb, deal.order_id),
    }


def _by_firm(ids: KnownIds, deal: Deal, verb: str) -> dict[str, UUID]:
    return {
        "enterprise_id": ids.organisations[deal.firm],
        "actor_id": ids.person_of(deal.firm),
        "request_key": key_of(verb, deal.order_id),
    }


def _take(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    orders.take(deal.order_id, **_by_provider(ids, deal, "take"), now=moment.now)


def _decline(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    orders.decline(deal.order_id, **_by_provider(ids, deal, "decline"), reason=_ENDS_EARLY["declined"], now=moment.now)


def _cancel(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    orders.cancel(
        deal.order_id, organisation_id=ids.organisations[deal.firm], actor_id=ids.person_of(deal.firm),
        request_key=key_of("cancel", deal.order_id), reason=_ENDS_EARLY["cancelled"], now=moment.now,
    )  # fmt: skip


def _contract(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    order = by_id(Order, deal.order_id)
    price = _contract_fen(order, deal)
    number = f"演示合同-{moment.today.year}-{deal.number:03d}"
    kinds = queries.required_papers(order, EvidenceStep.CONTRACT)
    files = [_paper(ids, deal, deal.provider, _Printed(kind, number, price, moment.today)) for kind in kinds]
    signed = SignedContract(number, price, moment.today, files)
    orders.contract(deal.order_id, signed, **_by_provider(ids, deal, "contract"), now=moment.now)


def _contract_fen(order: Order, deal: Deal) -> Fen:
    """The listed price, less a discount in whole yuan."""
    percent = round(float(deal.row["discount"] or 1) * 100)
    return Fen(order.price_fen * percent // 10_000 * 100)


def _deliver(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    order = by_id(Order, deal.order_id)
    kinds = queries.required_papers(order, EvidenceStep.DELIVERY) or (DocumentKind.DELIVERABLE,)
    files = [_paper(ids, deal, deal.provider, _Printed(kind)) for kind in kinds]
    if deal.number % 4 == 0:
        files.append(_photo(ids, deal))
    note = f"已按合同完成，交付：{order.offering.deliverables}。"
    orders.deliver(deal.order_id, Handover(note, files), **_by_provider(ids, deal, "deliver"), now=moment.now)


def _send_back(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    reason = "库位条码与现场不一致，操作手册缺少盘点部分，请补齐后再交付。"
    orders.send_back(deal.order_id, **_by_firm(ids, deal, "send_back"), reason=reason, now=moment.now)


def _dispute(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    reason = "报告抽样点与约定不一致，机构不同意重测，请主管部门裁定。"
    orders.dispute(deal.order_id, **_by_firm(ids, deal, "dispute"), reason=reason, now=moment.now)


def _pay(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    """Invoice and payment come before the acceptance: some programmes count by the invoice."""
    order = by_id(Order, deal.order_id)
    own_share = Fen(order.contract_fen - order.subsidy_fen)
    invoice = _Printed(DocumentKind.INVOICE, f"2654{deal.number:016d}", Fen(order.contract_fen), moment.today)
    slip = _Printed(DocumentKind.BANK_TRANSFER_SLIP, f"HD{moment.today:%Y%m%d}{deal.number:04d}", own_share, moment.today)
    for printed, side in ((invoice, deal.provider), (slip, deal.firm)):
        mine = {"organisation_id": ids.organisations[side], "actor_id": ids.person_of(side)}
        key = key_of(printed.kind, deal.order_id)
        orders.add_paper(deal.order_id, _paper(ids, deal, side, printed), **mine, request_key=key, now=moment.now)


def _accept(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    orders.accept(deal.order_id, **_by_firm(ids, deal, "accept"), now=moment.now)


def _review(ids: KnownIds, deal: Deal, moment: Moment) -> None:
    score = int(deal.row["score"])
    orders.review(deal.order_id, Rating(score, deal.row["comment"]), **_by_firm(ids, deal, "review"), now=moment.now)
    if score <= 3:
        text = "感谢您的反馈，我们已安排专人跟进改进。"
        orders.answer(deal.order_id, **_by_provider(ids, deal, "answer"), text=text, now=moment.now)


@dataclass(frozen=True, slots=True)
class _Printed:
    """What is printed on a paper."""

    kind: DocumentKind
    number: str = ""
    amount_fen: Fen | None = None
    dated_on: date | None = None


def _paper(ids: KnownIds, deal: Deal, by: str, printed: _Printed) -> Paper:
    """A paper of an order as a small PDF that says what it is."""
    kind, number, amount_fen, dated_on = printed.kind, printed.number, printed.amount_fen, printed.dated_on
    lines = [f"服务：{deal.row['offering']}", f"企业：{name_of(ids, deal.firm)}", f"服务机构：{name_of(ids, deal.provider)}"]
    lines += [f"编号：{number}"] if number else []
    lines += [f"金额：{format_yuan(amount_fen)} 元"] if amount_fen is not None else []
    lines += [f"日期：{dated_on.isoformat()}"] if dated_on else []
    content = papers.pdf([f"{kind.label}（演示）", f"第 {deal.number} 笔", *lines])
    actor = ids.person_of(by)
    kept = papers.keep(f"{kind.label}-{deal.number}.pdf", content, organisation_id=ids.organisations[by], actor_id=actor)
    return Paper(kind, kept.facts.sha256, lambda: uploads.store(kept), number=number, amount_fen=amount_fen, dated_on=dated_on)


def _photo(ids: KnownIds, deal: Deal) -> Paper:
    actor, owner = ids.person_of(deal.provider), ids.organisations[deal.provider]
    kept = papers.keep(f"现场照片-{deal.number}.png", papers.png(deal.number), organisation_id=owner, actor_id=actor)
    return Paper(DocumentKind.PHOTO, kept.facts.sha256, lambda: uploads.store(kept), note="交付现场")
