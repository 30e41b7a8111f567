"""What a programme says of providers that are chosen by competition, on whose allotments firms then draw (批量采购)."""

from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import Whole
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import key, one
from marketplace.policy.programme_words import CAPS_OF_A_PROVIDER, CapScope, Format

_SECOND = Format.PROGRAMME_2
OF_THE_PROVIDER = CAPS_OF_A_PROVIDER - {CapScope.PAIR}  # each of these is the most of an allotment
_COUNT = Whole(N_("家数"), 1, 999, show=lambda count: f"每个批次最多选定 {count} 家")
_SCORERS = Whole(N_("评分人数"), 1, 9, show=lambda count: f"每份申报 {count} 人评分，取平均分")
_DAYS = Whole(N_("天数"), 1, 366, show=lambda days: f"公告后 {days} 个自然日")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """How providers of a round are chosen; what each may be drawn on at most, and in which period, is a cap of the provider."""

    providers: Setting[int] | None = key(one(_COUNT, label=N_("最多选定的服务机构"), required=False), since=_SECOND)
    window: Setting[int] | None = key(  # counted from the announcement
        one(_DAYS, main="days", label=N_("服务机构申报的时间"), required=False), since=_SECOND
    )
    scorers: Setting[int] | None = key(one(_SCORERS, label=N_("申报的评分人数"), required=False), since=_SECOND)  # None: one
