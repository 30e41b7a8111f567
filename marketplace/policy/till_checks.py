"""What a programme of instant deduction must say: nobody applies, the provider is paid, and an invoice is there at the till."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode, Base, DocumentKind, Payee

Found = Iterator[tuple[str, Complaint]]


def till_problems(spec: ProgrammeSpec) -> Found:
    """Keys and complaints; nothing if the programme can be run."""
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT:
        yield "allocation.mode.value", Complaint(N_("即时抵扣不用申领。"), N_('请改为 "auto_credit"。'))
    if spec.payee.value is Payee.SME:
        yield "settlement.payee.value", Complaint(N_("即时抵扣时企业只付自付部分，资金不拨付给企业。"), N_('请改为 "provider"。'))
    if spec.base.value is not Base.INVOICE:
        yield "base.value", Complaint(N_("即时抵扣没有合同，按发票金额计算。"), N_('请改为 "invoice"。'))
    if DocumentKind.INVOICE not in spec.evidence.delivery.value:
        yield "evidence.delivery.value", Complaint(N_("即时抵扣凭发票核销，结算时的材料中没有发票。"), N_('请加上 "invoice"。'))
