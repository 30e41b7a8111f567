"""The search for services, narrowed to what the firm's own vouchers may pay for."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue.views.public import search_page
from marketplace.kernel import clock
from marketplace.orders.queries.payable import payable as payable_now
from marketplace.orders.views.blueprint import bp
from marketplace.vouchers.models import Voucher
from marketplace.web.access import requires


@bp.get("/services")
@requires("orders.place")
def payable() -> ResponseReturnValue:
    found = payable_now(current_user.organisation_id, clock.now())
    return search_page("orders.payable", {key: _called(voucher) for key, voucher in found.items()})


def _called(voucher: Voucher) -> str:
    """As the page of an order calls it."""
    mark = _("（模拟）") if voucher.round.simulated else ""
    return f"{voucher.programme.name}{mark}（{voucher.number}）"
