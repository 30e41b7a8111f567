"""Pages of the voucher desk: for everybody, for firms, for officers."""

from marketplace.vouchers.views import applications, firm, funds, holdings, programmes, public, rounds, values
from marketplace.vouchers.views.common import bp

__all__ = ["applications", "bp", "firm", "funds", "holdings", "programmes", "public", "rounds", "values"]
