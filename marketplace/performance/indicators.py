"""The measures that a target can be set for. Each is counted in the ledger or from rows; none is typed."""

from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word


class IndicatorUnit(Word):
    """What a value is in."""

    FEN = "fen", N_("元")
    COUNT = "count", N_("个")
    BASIS_POINTS = "basis_points", "%"


class Indicator(Word):
    """What can be counted of a programme in a span of days."""

    unit: IndicatorUnit
    says: str

    PAID = "paid", N_("兑付金额"), IndicatorUnit.FEN, N_("银行付出的款项，减去退汇")
    REDEEMED = "redeemed", N_("核销和核定金额"), IndicatorUnit.FEN, N_("企业验收核销的券和核定的补助")
    FIRMS = "firms", N_("受益企业数"), IndicatorUnit.COUNT, N_("有核销或核定的企业，一家计一次")
    SERVICES = "services", N_("服务和补助笔数"), IndicatorUnit.COUNT, N_("核销的订单和核定的补助")
    EXECUTION = (
        "execution",
        N_("预算执行率"),
        IndicatorUnit.BASIS_POINTS,
        N_("当年兑付 ÷ 当年可用资金（结转加下达，减已上缴）；扣除追回的另列"),
    )
    TIMELY = "timely", N_("兑付及时率"), IndicatorUnit.BASIS_POINTS, N_("期限内付清的申请 ÷ 拨付期限到了的申请")
    SATISFACTION = "satisfaction", N_("满意度"), IndicatorUnit.BASIS_POINTS, N_("企业评价的平均分 ÷ 满分")

    def __new__(cls, value: str, label: str = "", unit: IndicatorUnit = IndicatorUnit.COUNT, says: str = "") -> "Indicator":
        word = str.__new__(cls, value)
        word._value_, word.label, word.unit, word.says = value, label, unit, says
        return word

    @property
    def is_rate(self) -> bool:
        """Whether it is as high in the middle of a year as at its end."""
        return self.unit is IndicatorUnit.BASIS_POINTS


@dataclass(frozen=True, slots=True)
class IndicatorTarget:
    """What is to be reached, and what that weighs."""

    indicator: Indicator
    value: int  # in the indicator's unit
    weight: int  # of a hundred
