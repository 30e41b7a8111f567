"""What a programme must say that chooses providers: how, when, and what each may be drawn on at most."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_wholesale import OF_THE_PROVIDER
from marketplace.policy.programme_words import Payee


def wholesale_problems(spec: ProgrammeSpec) -> Iterator[tuple[str, Complaint]]:
    """Keys and complaints; nothing if the programme can be run, or chooses nobody."""
    if not spec.chooses_providers:
        return
    for name, given in (("selection.providers", spec.selection.providers), ("selection.window", spec.selection.window)):
        if given is None:
            yield name, Complaint(N_("批量采购没有写明怎样选定服务机构。"), N_("请补上 [selection.providers] 和 [selection.window]。"))
    if spec.payee.value is Payee.SME:
        yield "settlement.payee.value", Complaint(N_("批量采购的资金付给选定的服务机构。"), N_('请改为 "provider" 或 "agency"。'))
    if not any(one.scope in OF_THE_PROVIDER for one in spec.caps):
        remedy = N_("请补一条 [caps.名称]，scope 为 provider_year、provider_cycle 或 provider_life。")
        yield "caps", Complaint(N_("批量采购没有写明每家服务机构的上限。"), remedy)
