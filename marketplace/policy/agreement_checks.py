"""What a programme must say whose orders are paid by what the bureau agreed with providers."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import CAPS_OF_ONE_ORDER, AllocationMode, Payee

Found = Iterator[tuple[str, Complaint]]


def agreement_problems(spec: ProgrammeSpec) -> Found:
    """Keys and complaints; nothing if the programme can be run, or has no agreements."""
    if not spec.by_agreement:
        return
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT:
        wrong = N_("资金按合同划给服务机构，企业的名额不占资金，不需要申领。")
        yield "allocation.mode.value", Complaint(wrong, N_('请改为 "auto_credit"。'))
    if spec.payee.value is not Payee.PROVIDER:
        yield "settlement.payee.value", Complaint(N_("合同的款项付给签约的服务机构。"), N_('请改为 "provider"。'))
    cap = spec.agreements.cap
    for one in spec.caps:
        if cap and one.scope in CAPS_OF_ONE_ORDER and one.amount_fen > cap.value:
            params: dict[str, object] = {"whole": f"{cap.key}.amount_fen"}
            wrong = N_("每笔订单的上限高于一家服务机构的限额（%(whole)s）。")
            yield f"{one.key}.amount_fen", Complaint(wrong, N_("请核对两处金额。"), params)
