"""Pages of the voucher desk: for everybody, for firms, for officers."""

from marketplace.vouchers.views import (
    applications,
    bids,
    drafts,
    firm,
    firm_lists,
    fund_pages,
    funds,
    holdings,
    payees,
    portions,
    programmes,
    public,
    rounds,
    values,
)
from marketplace.vouchers.views.common import bp

__all__ = [
    "applications",
    "bids",
    "bp",
    "drafts",
    "firm",
    "firm_lists",
    "fund_pages",
    "funds",
    "holdings",
    "payees",
    "portions",
    "programmes",
    "public",
    "rounds",
    "values",
]
