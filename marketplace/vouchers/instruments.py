"""What instruments do with money, so that nobody else asks which one it is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.ledger.rules import AccountCode
from marketplace.policy.programme_demands import BY_AGREEMENT
from marketplace.policy.programme_words import Instrument
from marketplace.vouchers import chart
from marketplace.vouchers.chart import Place


@dataclass(frozen=True, slots=True)
class Strategy:
    """How the vouchers of an instrument hold value."""

    word: str  # as vouchers keep it
    holds: Place  # the accounts that say what is left
    left_label: str
    sets_aside: bool  # money leaves the pool when a voucher is issued; else when an order is placed
    in_faces: bool  # amounts are denominations of the programme; else a quota that follows the firm's class

    def left(self, voucher_id: object) -> AccountCode:
        """What is left of a voucher."""
        return self.holds.of(voucher_id)

    def filled_from(self, voucher_id: object, round_id: object) -> AccountCode:
        """Where what is left came from, and goes when the voucher ends."""
        return chart.POOL.of(round_id) if self.sets_aside else chart.used(self.left(voucher_id))

    def payer(self, voucher_id: object, round_id: object) -> AccountCode:
        """Where an order's money comes from and goes back to."""
        return self.left(voucher_id) if self.sets_aside else chart.POOL.of(round_id)

    def own_limits(self, voucher_id: object) -> tuple[AccountCode, ...]:
        """The limit of its own that an order moves beside the money."""
        return () if self.sets_aside else (self.left(voucher_id),)


FACE_VALUE = Strategy(Instrument.FACE_VALUE.value, chart.VOUCHER, N_("本券余额"), sets_aside=True, in_faces=True)
QUOTA = Strategy(Instrument.QUOTA.value, chart.VOUCHER_LIMIT, N_("本券额度"), sets_aside=False, in_faces=False)
STRATEGIES: Mapping[str, Strategy] = {one.word: one for one in (FACE_VALUE, QUOTA)}
# By the programme's word: a deduction at once is a quota too, and so is what a firm may draw of an agreement or on an allotment.
_HELD_AS = {
    **STRATEGIES,
    **dict.fromkeys((Instrument.INSTANT_DEDUCT.value, Instrument.PROVIDER_WHOLESALE.value, *BY_AGREEMENT), QUOTA),
}
SETTING_ASIDE = tuple(one.word for one in STRATEGIES.values() if one.sets_aside)
BY_CLASS = tuple(one.word for one in STRATEGIES.values() if not one.in_faces)


def strategy_of(instrument: Instrument) -> Strategy:
    """How the vouchers of a programme hold value."""
    return _HELD_AS[instrument.value]


def left_codes(voucher_id: Any) -> dict[str, Any]:
    """By instrument, the code of what is left, out of an expression for a voucher's id: for a CASE over instruments."""
    return {one.word: one.holds.around(voucher_id) for one in STRATEGIES.values()}
