"""What the trail calls cases."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.supervision.rules import AppealAnswer, CaseSource, MeasureKind

TRAIL = Words(
    nouns={"case": N_("监督案件"), "spot_draw": N_("抽查")},
    subjects={"supervision_case": N_("监督案件")},
    details={
        "target": N_("所涉编号"),
        "outcome": N_("处理结果"),
        "commitment": N_("种子的 SHA-256"),
        "digest": N_("名单的 SHA-256"),
        "drawn": N_("抽中件数"),
    },
    values={
        "source": CaseSource.labels(),
        "kind": MeasureKind.labels(),
        "outcome": AppealAnswer.labels(),
        "finding": {"established": N_("认定成立"), "not_established": N_("认定不成立")},
    },
)
