"""Whether what a base is reckoned from is there: papers that meter, invoices that say their tax, papers of a term that a step asks for."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_demands import belongs
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import Base, DocumentKind, EvidenceStep

Found = Iterator[tuple[str, Complaint]]


def base_problems(spec: ProgrammeSpec) -> Found:
    """Keys and complaints of a programme with orders."""
    at_once = not belongs("evidence.contract", spec.instrument.value.value)
    asked = {paper for step in EvidenceStep if not (at_once and step is EvidenceStep.CONTRACT) for paper in spec.evidence.at(step)}
    if at_once and (spec.base.is_net or spec.base.value is Base.METERED):
        yield "base", Complaint(N_("即时抵扣按发票的价税合计计算。"), N_("请把 value 改为 invoice，并删去 tax。"))
    if spec.base.value is Base.METERED and DocumentKind.METERING_LOG not in asked:
        yield "base.value", Complaint(N_("按用量计算补贴，却没有要求计量记录。"), N_("请在 [evidence.claim] 中加上 metering_log。"))
    if spec.base.is_net and DocumentKind.INVOICE not in asked:
        yield "base.tax", Complaint(N_("按不含税金额计算补贴，却没有要求发票。"), N_("请在 [evidence.claim] 中加上 invoice。"))
    for one in spec.paper_terms:
        for paper in one.papers:
            if paper not in asked:
                said: dict[str, object] = {"paper": paper.label}
                yield (
                    f"{one.key}.papers",
                    Complaint(N_("没有环节要求“%(paper)s”，有效期不起作用。"), N_("请在 [evidence] 中要求它，或删去。"), said),
                )
