"""Where a unit's registration stands, said on its home: what to do, with whom it is, or why it came back."""

from dataclasses import dataclass, field
from typing import Any

from marketplace.identity import queries as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.roles import Role
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Line


@dataclass(frozen=True, slots=True)
class Registration:
    """What the home says first while a unit is not verified, and what the unit has to do, if anything."""

    tone: str
    title: str  # marked with N_
    text: str  # marked with N_
    params: dict[str, Any] = field(default_factory=dict)
    task: Line | None = None


_NEXT = {
    Role.SME: N_("核实通过后可以领券、下单。"),
    Role.PROVIDER: N_("核实并入库后可以上架服务、接单。"),
    Role.CHAIN_LEADER: N_("核实通过后可以发布需求清单。"),
}
_TEXTS: dict[OrganisationState, tuple[str, str, str]] = {
    OrganisationState.DRAFT: ("amber", N_("登记资料还没有提交"), N_("请填写并提交登记资料，由%(bureau)s核实。%(next)s")),
    OrganisationState.PENDING: ("blue", N_("登记资料已提交，正由%(bureau)s核实"), N_("%(next)s在此期间可以先补全其他资料。")),
    OrganisationState.RETURNED: ("amber", N_("登记资料被退回"), N_("退回原因：%(reason)s。请按原因补正后重新提交，由%(bureau)s核实。")),
    OrganisationState.SUSPENDED: ("red", N_("本单位账号已停用"), N_("停用原因：%(reason)s。有疑问请联系%(bureau)s。")),
}
_TASKS = {OrganisationState.DRAFT: N_("填写并提交登记资料"), OrganisationState.RETURNED: N_("按退回原因补正登记资料")}


def registration(own: Organisation, roles: frozenset[Role]) -> Registration | None:
    """What to say of a unit that is not verified; None once it is."""
    if own.state is OrganisationState.VERIFIED:
        return None
    tone, title, text = _TEXTS[own.state]
    bureau = identity.bureau_for(own.region_code, own.park_code)
    role = next((one for one in (Role.SME, Role.PROVIDER, Role.CHAIN_LEADER) if one in roles), Role.SME)
    endpoint = "catalogue.own" if role is Role.PROVIDER else "enterprises.own"
    sentence = _TASKS.get(own.state)
    params = {
        "bureau": bureau.name if bureau else N_("所在地主管部门"), "next": _NEXT[role], "reason": own.state_reason.rstrip("。") or "—",
    }  # fmt: skip
    return Registration(tone, title, text, params, Line(sentence, {}, endpoint, {}, params["bureau"]) if sentence else None)
