"""What the trail calls the calendar."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"calendar": N_("工作日历")},
    deeds={"day_set": N_("设定日期"), "day_cleared": N_("清除日期"), "year_confirmed": N_("确认全年")},
    details={"day": N_("日期"), "days": N_("天数"), "is_working": N_("是否上班"), "layer": N_("适用地区")},
)
