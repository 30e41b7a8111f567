"""The life of an organisation: registered, submitted, verified, returned or suspended."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class Side(Word):
    """From where somebody acts on an organisation."""

    MEMBER = "member", N_("单位")
    OFFICER = "officer", N_("主管部门")


class OrganisationState(State):
    DRAFT = "draft", N_("资料未提交")  # registered, nothing submitted yet
    PENDING = "pending", N_("待核实"), "amber", Side.OFFICER
    VERIFIED = "verified", N_("已核实"), "green"
    RETURNED = "returned", N_("已退回"), "red"
    SUSPENDED = "suspended", N_("已停用"), "red"


_MEMBER, _OFFICER = Side
_DRAFT, _PENDING, _VERIFIED, _RETURNED, _SUSPENDED = OrganisationState

ORGANISATION = Life(
    noun=N_("单位"), subject="organisation", address="/organisations/%s/registration", page="enterprises.decide", sides=Side,
    moves=(
        Move(verb="registered", event="organisation.registered", to=(_PENDING, _DRAFT), past=N_("单位登记")),
        Move(verb="changed", event="organisation.changed", past=N_("修改单位信息")),  # what had been verified is verified again
        Move(verb="contact_changed", event="organisation.contact_changed", past=N_("修改对外联系方式")),
        Move(verb="profile_changed", event="enterprise.profile_changed", past=N_("修改企业简介")),
        Move(verb="submitted", event="organisation.submitted", by={_MEMBER: (_DRAFT, _RETURNED)}, to=(_PENDING,),
             past=N_("提交单位信息核实")),
        Move(verb="verified", event="organisation.verified", by={_OFFICER: (_PENDING, _SUSPENDED)}, to=(_VERIFIED,),
             permission="enterprises.verify", label=N_("核实通过"), past=N_("单位信息核实通过"), tone="green",
             message=N_("单位资料已核实")),
        Move(verb="returned", event="organisation.returned", by={_OFFICER: (_PENDING, _VERIFIED)}, to=(_RETURNED,),
             permission="enterprises.verify", label=N_("退回补正"), past=N_("单位信息退回补正"), tone="amber",
             message=N_("单位资料已退回，请补正")),
        Move(verb="suspended", event="organisation.suspended", by={_OFFICER: (_PENDING, _RETURNED, _VERIFIED)}, to=(_SUSPENDED,),
             permission="enterprises.verify", label=N_("停用"), past=N_("单位停用"), tone="red", message=N_("单位已被停用")),
        Move(verb="sanctioned", event="organisation.sanctioned", past=N_("登记失信限制"), tone="red"),
        Move(verb="sanction_lifted", event="organisation.sanction_lifted", past=N_("解除失信限制")),
    ),
)  # fmt: skip
