"""Lists of orders: the firm's, the provider's queue, and staff's with its export."""

from functools import partial
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, each, offer, rows_of
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.counting import counted
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.orders import queries
from marketplace.orders.lifecycle import ENDED, OPEN, OrderState, Side
from marketplace.orders.models import Order
from marketplace.orders.queries import Filters
from marketplace.orders.views.blueprint import bp, viewer
from marketplace.orders.views.presenter import days_left
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.queries.reruns import simulated_ids
from marketplace.web.access import requires
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_days, asked_key, asked_text, asked_word


def _waits_for(side: Side) -> tuple[OrderState, ...]:
    return tuple(state for state in OrderState if state.waits_for == side)


_VIEWS: dict[str, tuple[OrderState, ...]] = {"open": OPEN, "done": (OrderState.REDEEMED,), "ended": ENDED}
_FIRM_VIEWS = {"waiting": _waits_for(Side.FIRM), **_VIEWS}
_PROVIDER_VIEWS = {
    "waiting": _waits_for(Side.PROVIDER),
    "accepting": (OrderState.DELIVERED, OrderState.DISPUTED),
    **_VIEWS,
}


def _filters(states: tuple[OrderState, ...] = (), *, sort: str = "") -> Filters:
    """What the URL narrows a list to; what cannot be read narrows nothing."""
    state, (since, until) = asked_word("state", OrderState), asked_days("since", "until")
    wanted, sort = (state,) if state else states, request.args.get("sort") or sort
    return Filters(text=asked_text("q"), states=wanted, programme_id=asked_key("programme"), since=since, until=until, sort=sort)


def _counted(views: dict[str, tuple[OrderState, ...]], counts: dict[OrderState, int]) -> dict[str, int]:
    found = {name: sum(counts.get(state, 0) for state in states) for name, states in views.items()}
    return {"": sum(counts.values()), **found}


@bp.get("/mine")
@requires("orders.buy")
def mine() -> ResponseReturnValue:
    enterprise_id, view = current_user.organisation_id, request.args.get("view", "")
    unrated = queries.unrated(enterprise_id, clock.today())
    page = paged(unrated if view == "unrated" else queries.mine(enterprise_id, _filters(_FIRM_VIEWS.get(view, ()))))
    counts = _counted(_FIRM_VIEWS, queries.counts_of_enterprise(enterprise_id)) | {"unrated": counted(unrated)}
    return render_template("orders/mine.html", page=page, view=view, counts=counts, days_left=days_left)


@bp.get("/incoming")
@requires("orders.fulfil")
def incoming() -> ResponseReturnValue:
    provider_id, view = current_user.organisation_id, request.args.get("view", "waiting")
    filters = _filters(_PROVIDER_VIEWS.get(view, ()), sort="due" if view == "waiting" else "")
    page = paged(queries.incoming(provider_id, filters))
    counts = _counted(_PROVIDER_VIEWS, queries.counts_of_provider(provider_id))
    left = partial(days_left, side=Side.PROVIDER)
    return render_template("orders/incoming.html", page=page, view=view, counts=counts, days_left=left)


@bp.get("")
@requires("orders.see")
def index() -> ResponseReturnValue:
    page = paged(queries.seen(viewer(), _filters()))
    programmes = [(str(row.id), row.name) for row in queries.programmes_used(viewer())]
    states = [(state.value, _(state.label)) for state in OrderState]
    return render_template("orders/index.html", page=page, states=states, programmes=programmes, days_left=days_left)


COLUMNS = (
    Column("number", N_("订单编号"), CellKind.CODE),
    Column("state", N_("状态"), CellKind.CHOICE, choices={state.value: state.label for state in OrderState}),
    Column("enterprise", N_("企业")),
    Column("enterprise_uscc", N_("企业统一社会信用代码"), CellKind.USCC),
    Column("provider", N_("服务机构")),
    Column("title", N_("服务产品")),
    Column("category", N_("服务类别"), CellKind.CHOICE, choices=dict(category_names())),
    Column("programme", N_("服务券项目")),
    Column("region", N_("所在地区"), width=28),
    Column("price", N_("标价"), CellKind.YUAN),
    Column("contract", N_("合同金额"), CellKind.YUAN),
    Column("subsidy", N_("券抵扣"), CellKind.YUAN),
    Column("own", N_("企业自付"), CellKind.YUAN),
    Column("placed", N_("下单时间"), CellKind.DATE),
    Column("redeemed", N_("核销时间"), CellKind.DATE),
    Column("due", N_("当前期限"), CellKind.DATE),
    Column("reason", N_("原因")),
    Column("simulated", N_("模拟"), CellKind.YES_NO),
)


@offer(bp, "/export", permission="orders.see", areas=lambda who: who.areas_for("orders.open"))
def export() -> ExportedList:
    filters, name = _filters(), _("订单-%(day)s", day=clock.today().isoformat())
    played = simulated_ids()
    rows = rows_of(queries.seen(viewer(), filters), each(lambda order: _row(order, order.round_id in played)))
    return ExportedList(_("订单"), COLUMNS, rows, name, _in_words(filters))


def _row(order: Order, is_simulated: bool) -> tuple[Any, ...]:
    firm, ended = order.enterprise.organisation, order.state.has_ended
    contract = order.contract_fen if order.contracted_at else None  # until then the listed price stands there
    shares: tuple[int | None, ...] = (
        (None, None) if ended else (order.subsidy_fen, order.own_share_fen)
    )  # nothing was paid, and nothing is held
    return (
        order.number, order.state.value, firm.name, firm.uscc, order.provider.organisation.name, order.offering.title, order.category,
        order.voucher.programme.name if order.voucher else "", regions.full_name(order.region_code),
        *(in_sheet(fen, order.currency) for fen in (order.price_fen, contract, *shares)),
        order.placed_at, order.redeemed_at, order.due_on, order.state_reason, is_simulated,
    )  # fmt: skip


def _in_words(filters: Filters) -> str:
    said = [
        _("关键词 %(text)s", text=filters.text) if filters.text else "",
        _("状态 %(states)s", states="、".join(_(state.label) for state in filters.states)) if filters.states else "",
        _("下单 %(day)s 起", day=filters.since.isoformat()) if filters.since else "",
        _("至 %(day)s", day=filters.until.isoformat()) if filters.until else "",
    ]
    return "；".join(one for one in said if one)
