"""An order as its page shows it: steps, history, papers, what can be done by whoever looks."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_
from marketplace.kernel.files import StoredFile
from marketplace.kernel.locales import said as translated
from marketplace.moves import presenter
from marketplace.orders import queries, rules
from marketplace.orders.lifecycle import OPEN, ORDER, OrderState, Side
from marketplace.orders.models import Order, OrderProposal, Review
from marketplace.orders.queries.proposals import bargaining, proposals_of
from marketplace.orders.queries.terms import deducts_at_once, last_rating, silence_of
from marketplace.policy.programme_words import Silence
from marketplace.records.rules import AcceptedBy
from marketplace.vouchers.queries.spending import calendar_of
from marketplace.web.formats import dialled


def days_left(order: Order, side: Side = Side.STAFF) -> int | None:
    """Working days until the order's day, in the firm's region; negative when it has passed. None when nobody has to act.

    After acceptance the day is the last to ask for payment: the provider's matter, until it has asked.
    """
    to_ask = order.state is OrderState.REDEEMED and side is Side.PROVIDER and order.subsidy_fen > 0 and order.closed_at is None
    if order.due_on is None or not (order.state in OPEN or to_ask):
        return None
    return calendar_of(order.version_id).working_days_left(order.day_of(clock.now()), order.due_on, order.region_code)


def steps(order: Order) -> list[dict[str, Any]]:
    """The progress of an order: what is done, who has it now and until when, where it stopped."""
    shown, reached, skipped = [], False, rules.ON_THE_WAY if deducts_at_once(order) else {"deduct"}
    for move in ORDER.moves:
        if not move.step or move.verb in skipped:
            continue
        at: datetime | None = getattr(order, move.stamps)
        state = "done" if at else "todo"
        if not at and not reached:
            reached, state = True, "stopped" if order.state.has_ended else "current"
        who = _who(order) if state == "current" else ""
        shown.append({"label": _(move.step), "state": state, "at": at and order.day_of(at).isoformat(), "who": who, "due": _due(order)})
    return shown


def _who(order: Order) -> str:
    side = order.state.waits_for
    if side == Side.STAFF:
        return _(Side.STAFF.label)
    return str((order.enterprise if side == Side.FIRM else order.provider).organisation.name)


def silence(order: Order) -> dict[str, Any] | None:
    """What a firm that says nothing brings about, while it can still say something."""
    meant = silence_of(order)
    if order.state is not OrderState.DELIVERED or order.due_on is None or meant is Silence.LAPSE:
        return None
    return {"day": order.due_on, "meant": meant.label}


def _rating_is_over(order: Order) -> bool:
    last = last_rating(order)
    return last is not None and last < order.day_of(clock.now())


def accepted(order: Order) -> str:
    """Who accepted, where it was not the firm itself."""
    return "" if order.accepted_by is AcceptedBy.FIRM else _(order.accepted_by.label)


def _due(order: Order) -> str:
    if order.due_on is None:
        return ""
    return _("截止 %(day)s", day=order.due_on.isoformat()) + (_("（暂定）") if order.due_provisional else "")


def history(order: Order) -> list[dict[str, Any]]:
    """What happened to an order, newest first."""
    return presenter.history(order.id, [ORDER], partial(_note, order.currency))


def _note(currency: str, details: dict[str, Any]) -> str:
    said = [str(details[name]) for name in ("reason", "note") if details.get(name)]
    if details.get("proposed_fen") is not None:
        said.append(translated(N_("金额 %(amount)s 元", amount=format_money(details["proposed_fen"], currency))))
    if details.get("released_fen"):
        said.append(translated(N_("退回券额 %(amount)s 元", amount=format_money(details["released_fen"], currency))))
    if details.get("kept_fen"):
        said.append(translated(N_("差额 %(amount)s 元按规则不退回服务券", amount=format_money(details["kept_fen"], currency))))
    if details.get("score"):
        said.append(_("%(score)s 分", score=details["score"]))
    return "；".join(said)


def papers(order: Order, *, may_replace: bool) -> list[dict[str, Any]]:
    """The papers of an order that count, with where to fetch them."""
    documents = queries.live_documents(order.id)
    names = identity.names_of(one.uploaded_by for one in documents)
    shown = []
    for one in documents:
        file = by_id(StoredFile, one.file_id)
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


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """One proposal as the page of an order shows it."""

    row: OrderProposal
    kind: str
    side: str
    outcome: str


def proposals(order: Order) -> list[ShownProposal]:
    """What the two sides proposed to each other, newest first."""
    words = (rules.ProposalKind, Side, rules.ProposalOutcome)
    told = [(one, (one.kind, one.side, one.outcome)) for one in proposals_of(order)]
    return [ShownProposal(one, *(word(said).label for word, said in zip(words, all_said, strict=True))) for one, all_said in told]


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
    gone = rules.gone(
        closed=order.closed_at is not None, reviewed=review is not None, answered=review is not None and review.answered_at is not None,
        silence_counts=silence_of(order) is not Silence.LAPSE, may_rate=not _rating_is_over(order),
        at_once=deducts_at_once(order),
    )  # fmt: skip
    gone |= bargaining(order).gone(side, contracted=order.state is OrderState.CONTRACTED)
    found = [move for move in ORDER.offered(side, order.state) if move.verb not in gone and current_user.can(move.permission)]
    return presenter.buttons(ORDER, found, is_second=claim_first, blueprint="orders", order_id=order.id)
