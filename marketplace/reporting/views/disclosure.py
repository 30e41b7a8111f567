"""Income and spending for everybody: the page, and its providers as a workbook."""

from collections.abc import Sequence

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.exports.offers import ExportedList, as_file, short_list
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.locales import called
from marketplace.kernel.money import CNY
from marketplace.kernel.sheets import CellKind, Column
from marketplace.reporting.queries import disclosure, spent
from marketplace.reporting.views.blueprint import bp
from marketplace.web.access import public
from marketplace.web.formats import moment
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.get("/disclosure")
@public
def disclosure_page() -> ResponseReturnValue:
    """Income and spending for everybody: real rounds alone, by programme and by provider."""
    found, years = disclosure.programmes(), disclosure.years()
    currencies = sorted({row.currency for row in found}, key=lambda one: (one != CNY, one))
    currency, year = _disclosed(currencies, years)
    page = paged(disclosure.providers(currency, year))
    return render_template(
        "reporting/disclosure.html",
        layout=own_layout(),
        programmes=found,
        currencies=[(one, called(one)) for one in currencies],
        currency=currency,
        years=[str(one) for one in years],
        year=year,
        as_of=spent.as_of(),
        whole=disclosure.whole(currency, year),
        direct=disclosure.direct(currency, year),
        page=page,
        rows=disclosure.accounts_of(page.items, currency, year),
    )


def _disclosed(currencies: Sequence[str], years: Sequence[int]) -> tuple[str, int | None]:
    """The currency and the year that the address asks for; without one that there is, yuan and all years."""
    currency = next((one for one in currencies if one == request.args.get("currency")), CNY)
    return currency, next((one for one in years if str(one) == request.args.get("year")), None)


@bp.get("/disclosure.xlsx")
@public
def disclosure_sheet() -> ResponseReturnValue:
    """The same by provider for everybody to take away: no more lines than a list may have at once."""
    currency, year = _disclosed([row.currency for row in disclosure.programmes()], disclosure.years())
    rows = [
        *disclosure.first_accounts(currency, year, current_app.config["EXPORT_ROWS"]),
        disclosure.direct(currency, year),
        disclosure.whole(currency, year),
    ]
    names = [*(one.name for one in rows[:-2]), _("奖励和补助（没有服务机构）"), _("合计")]
    columns = (
        Column("name", _("服务机构"), width=40),
        Column("orders", _("订单和补助笔数"), kind=CellKind.INTEGER),
        Column("redeemed", _("已核销或核定（元）"), CellKind.YUAN),
        Column("cut", _("核减和失效（元）"), CellKind.YUAN, negative=True),
        Column("paid", _("已兑付（元）"), CellKind.YUAN, negative=True),
    )
    amounts = [[in_sheet(fen, currency) for fen in (row.redeemed_fen, row.cut_fen, row.paid_fen)] for row in rows]
    lines = short_list([(name, row.orders, *cells) for name, row, cells in zip(names, rows, amounts, strict=True)])
    note = [_("年度：%(year)s", year=year) if year else _("全部年度"), _("币种：%(currency)s", currency=called(currency))]
    note.append(_("数据截至 %(at)s", at=moment(spent.as_of() or clock.now())))
    return as_file(ExportedList(_("收支公开"), columns, lines, _("收支公开"), "；".join(note)))
