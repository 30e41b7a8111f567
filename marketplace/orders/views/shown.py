"""An order as its page shows it: steps, history, papers, what can be done by whoever looks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.audit import queries as audit
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import got
from marketplace.kernel.errors import N_
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import format_yuan
from marketplace.orders import queries, rules
from marketplace.orders.models import Order, Review
from marketplace.orders.queries.terms import last_rating, silence_of
from marketplace.orders.rules import ACCEPTED_LABELS, ACTION_LABELS, ENDED, OPEN, STEPS, AcceptedBy, Action, OrderState, Side
from marketplace.policy.queries import working_calendar
from marketplace.policy.vocabulary import Silence
from marketplace.web.formats import dialled

EVENTS: dict[str, tuple[str, str]] = {
    "order.placed": (N_("企业下单"), ""),
    "order.taken": (N_("服务机构接单"), "blue"),
    "order.declined": (N_("服务机构未接单"), "red"),
    "order.contracted": (N_("上传合同"), "blue"),
    "order.delivered": (N_("提交交付"), "blue"),
    "order.returned": (N_("企业退回交付"), "amber"),
    "order.redeemed": (N_("企业验收，券已核销"), "green"),
    "order.redeemed_by_default": (N_("企业逾期未验收，视为验收，券已核销"), "amber"),
    "order.disputed": (N_("企业提出争议"), "amber"),
    "order.put_to_officer": (N_("企业逾期未验收，转主管部门裁定"), "amber"),
    "order.dispute_decided": (N_("主管部门裁定"), "blue"),
    "order.cancelled": (N_("订单取消"), ""),
    "order.lapsed": (N_("超过期限，订单失效"), ""),
    "order.due_moved": (N_("工作日历有调整，期限改变"), ""),
    "order.reminded": (N_("提醒办理"), "amber"),
    "order.paper_added": (N_("补充材料"), ""),
    "order.claimed": (N_("服务机构提交兑付申请"), "blue"),
    "order.claim_returned": (N_("兑付申请退回补正"), "amber"),
    "order.reviewed": (N_("企业评价"), "green"),
    "order.review_answered": (N_("服务机构回复评价"), ""),
}


def days_left(order: Order, side: Side = Side.STAFF) -> int | None:
    """Working days until the order's day, in the firm's region; negative when it has passed. None when nobody has to act.

    After acceptance the day is the last to ask for payment: the provider's matter, until it has asked.
    """
    to_ask = order.state is OrderState.REDEEMED and side is Side.PROVIDER and order.subsidy_fen > 0 and order.closed_at is None
    if order.due_on is None or not (order.state in OPEN or to_ask):
        return None
    return working_calendar().working_days_left(clock.today(), order.due_on, order.region_code)


def steps(order: Order) -> list[dict[str, Any]]:
    """The progress of an order: what is done, who has it now and until when, where it stopped."""
    shown, reached = [], False
    for label, during, moment in STEPS:
        at: datetime | None = getattr(order, moment)
        state = "done" if at else "todo"
        if not at and not reached:
            reached, state = True, "stopped" if order.state in ENDED else "current"
        who = _who(order, during) if state == "current" else ""
        shown.append({"label": _(label), "state": state, "at": at and clock.civil_date(at).isoformat(), "who": who, "due": _due(order)})
    return shown


def _who(order: Order, during: OrderState) -> str:
    side = rules.WAITS_FOR[OrderState.DISPUTED if order.state is OrderState.DISPUTED else during]
    if side is Side.STAFF:
        return _(rules.SIDE_LABELS[side])
    return str((order.enterprise if side is Side.FIRM else order.provider).organisation.name)


def silence(order: Order) -> dict[str, Any] | None:
    """What a firm that says nothing brings about, while it can still say something."""
    meant = silence_of(order)
    if order.state is not OrderState.DELIVERED or order.due_on is None or meant is Silence.LAPSE:
        return None
    return {"day": order.due_on, "meant": meant.label}


def _rating_is_over(order: Order) -> bool:
    last = last_rating(order)
    return last is not None and last < clock.today()


def accepted(order: Order) -> str:
    """Who accepted, where it was not the firm itself."""
    return "" if order.accepted_by is AcceptedBy.FIRM else _(ACCEPTED_LABELS[order.accepted_by])


def _due(order: Order) -> str:
    if order.due_on is None:
        return ""
    return _("截止 %(day)s", day=order.due_on.isoformat()) + (_("（暂定）") if order.due_provisional else "")


def history(order: Order) -> list[dict[str, Any]]:
    """What happened to an order, newest first."""
    events = audit.of_subject(order.id)
    names = identity.names_of(event.actor_id for event in events)
    return [
        {
            "at": event.at,
            "what": _(EVENTS[event.action][0]),
            "tone": EVENTS[event.action][1],
            "who": names.get(event.actor_id, _("系统")) if event.actor_id else _("系统"),
            "note": _note(audit.details_of(event)),
        }
        for event in reversed(events)
        if event.action in EVENTS
    ]


def _note(details: dict[str, Any]) -> str:
    said = [str(details[name]) for name in ("reason", "note") if details.get(name)]
    if details.get("released_fen"):
        said.append(_("退回券额 %(amount)s 元", amount=format_yuan(details["released_fen"])))
    if details.get("score"):
        said.append(_("%(score)s 分", score=details["score"]))
    return "；".join(said)


def papers(order: Order, *, may_replace: bool) -> list[dict[str, Any]]:
    """The papers of an order that count, with where to fetch them."""
    documents = queries.live_documents(order.id)
    names = identity.names_of(one.uploaded_by for one in documents)
    shown = []
    for one in documents:
        file = got(StoredFile, one.file_id)
        better = may_replace and one.kind in rules.NEEDS_AMOUNT
        replace = url_for("orders.papers", order_id=order.id, kind=one.kind.value, replaces=one.id) if better else ""
        shown.append(
            {
                "kind": one.kind.label, "number": one.number, "amount_fen": one.amount_fen, "dated_on": one.dated_on, "name": file.name,
                "url": url_for("orders.document", document_id=one.id), "size_text": f"{max(1, file.size_bytes // 1024)} KB",
                "who": names.get(one.uploaded_by, ""), "at": one.created_at, "replace_url": replace, "note": one.note,
            }
        )  # fmt: skip
    return shown


def contacts(order: Order, side: Side) -> list[dict[str, str]]:
    """Who can be phoned about an order, on either side: the two parties see it from the moment the order was taken."""
    if side is Side.STAFF or order.state not in rules.CONTACTS_SHOWN:
        return []
    found = []
    for organisation in (order.enterprise.organisation, order.provider.organisation):
        name, phone = organisation.contact_name, organisation.contact_phone
        found.append({"organisation": organisation.name, "name": name, "phone": phone, "dial": dialled(phone)})
    return found


def doable(order: Order, side: Side, review: Review | None, *, claim_first: bool) -> list[dict[str, str]]:
    """What whoever looks may do now, the main thing first, unless a claim comes before it."""
    found: Sequence[Action] = rules.actions(
        side, order.state, closed=order.closed_at is not None, reviewed=review is not None,
        answered=review is not None and review.answered_at is not None, silence_counts=silence_of(order) is not Silence.LAPSE,
    )  # fmt: skip
    return [
        {
            "label": _(ACTION_LABELS[one]),
            "url": url_for(f"orders.{one.value}", order_id=order.id),
            "name": one.value,
            "tone": "secondary" if place or claim_first or one in rules.UNDOING else "primary",
        }
        for place, one in enumerate(found)
        if (one is not Action.DECIDE or current_user.can("orders.decide")) and not (one is Action.REVIEW and _rating_is_over(order))
    ]
