"""What the trail calls files that are asked for."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"export": N_("导出文件")},
    deeds={"produced": N_("生成")},
    details={"filters": N_("筛选")},
)
