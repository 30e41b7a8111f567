"""A soft cap: somebody decides on what is above it, and another cap is."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import CAPS_OF_A_FIRM, AllocationMode

Found = Iterator[tuple[str, Complaint]]


def soft_problems(spec: ProgrammeSpec) -> Found:
    """Soft is a cap of a firm whose quota is reviewed, under a higher one of the same scope for the same firms."""
    is_reviewed = spec.allocation.mode.value is AllocationMode.REVIEW and not spec.faces
    for cap in (one for one in spec.caps if one.soft):
        higher = [
            one
            for one in spec.caps
            if not one.soft
            and (one.scope, one.classes, one.categories) == (cap.scope, cap.classes, cap.categories)
            and one.amount_fen > cap.amount_fen
        ]
        if not is_reviewed:
            remedy = N_('请把 [allocation.mode] 改为 "review"，或删去 soft。')
            yield f"{cap.key}.soft", Complaint(N_("额度不经审核，没有人能同意超过软上限。"), remedy)
        elif cap.scope not in CAPS_OF_A_FIRM or cap.categories:
            remedy = N_("请把 scope 改为 enterprise_year、enterprise_cycle、enterprise_life 或 round，不写 categories；或删去 soft。")
            yield f"{cap.key}.soft", Complaint(N_("只有企业自己的上限可以是软上限。"), remedy)
        elif not higher:
            remedy = N_("请补一条 scope 和 classes 相同、金额更高、不写 soft 的 [caps.名称]，或删去 soft。")
            yield f"{cap.key}.soft", Complaint(N_("软上限之上没有更高的上限。"), remedy)
