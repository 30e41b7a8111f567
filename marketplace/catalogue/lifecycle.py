"""The lives of a provider in the register and of an offering on the shelf; the states of what else is decided on."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class Side(Word):
    """From where somebody acts on the catalogue."""

    PROVIDER = "provider", N_("服务机构")
    OFFICER = "officer", N_("主管部门")
    PLATFORM = "platform", N_("系统")  # the end of a notice does it


_PROVIDER, _OFFICER, _PLATFORM = Side


class ProviderState(State):
    DRAFT = "draft", N_("未提交"), "neutral", Side.PROVIDER
    APPLIED = "applied", N_("待审核"), "amber", Side.OFFICER
    RETURNED = "returned", N_("退回补正"), "amber", Side.PROVIDER
    NOTICED = "noticed", N_("公示中"), "blue"  # reviewed, in its public notice
    ADMITTED = "admitted", N_("在库"), "green"  # in the register (在库)
    SUSPENDED = "suspended", N_("暂停服务"), "amber"
    REMOVED = "removed", N_("已出库"), "red"
    REFUSED = "refused", N_("不予入库"), "red"


class OfferingState(State):
    DRAFT = "draft", N_("草稿"), "neutral", Side.PROVIDER
    SUBMITTED = "submitted", N_("待审核"), "amber", Side.OFFICER
    RETURNED = "returned", N_("退回修改"), "amber", Side.PROVIDER
    LISTED = "listed", N_("已上架"), "green"
    DELISTED = "delisted", N_("已下架")


class PriceState(State):
    PROPOSED = "proposed", N_("待审核"), "amber", Side.OFFICER
    ACCEPTED = "accepted", N_("已生效"), "green"
    REFUSED = "refused", N_("未通过")


class DossierState(State):
    DECLARED = "declared", N_("待核实"), "amber", Side.OFFICER
    ACCEPTED = "accepted", N_("已核实"), "green"
    RETURNED = "returned", N_("退回补正"), "red", Side.PROVIDER


_APPLIED, _NOTICED, _ADMITTED = ProviderState.APPLIED, ProviderState.NOTICED, ProviderState.ADMITTED
_SUSPENDED, _REMOVED, _REFUSED = ProviderState.SUSPENDED, ProviderState.REMOVED, ProviderState.REFUSED

PROVIDER = Life(
    noun=N_("服务机构"), subject="provider", address="/admissions/%s", sides=Side,
    moves=(
        Move(verb="opened", event="provider.opened", to=(ProviderState.DRAFT,), past=N_("建立机构资料")),
        Move(verb="changed", event="provider.profile_saved", past=N_("修改机构介绍")),
        Move(verb="entered", event="provider.entered", by={_OFFICER: (ProviderState.DRAFT,)}, to=(_ADMITTED,), stamps="admitted_at",
             past=N_("按已有文件录入在库")),
        Move(verb="apply", event="provider.applied", to=(_APPLIED,), permission="provider.own", label=N_("提交入库申请"),
             by={_PROVIDER: (ProviderState.DRAFT, ProviderState.RETURNED, _REMOVED, _REFUSED)},  # removed: once the ban is over
             past=N_("提交入库申请"), stamps="applied_at"),
        Move(verb="decide", event="provider.noticed", by={_OFFICER: (_APPLIED,)}, to=(_NOTICED,), permission="providers.review",
             label=N_("审核"), past=N_("审核通过，开始公示"), message=N_("入库申请已通过审核，正在公示")),
        Move(verb="return", event="provider.returned", by={_OFFICER: (_APPLIED,)}, to=(ProviderState.RETURNED,),
             past=N_("入库申请退回补正"), tone="amber", message=N_("入库申请已退回，请补正后重新提交")),
        Move(verb="refuse", event="provider.refused", by={_OFFICER: (_APPLIED, _NOTICED), _PLATFORM: (_NOTICED,)}, to=(_REFUSED,),
             past=N_("不予入库"), tone="red", message=N_("入库申请未通过")),
        Move(verb="suspend", event="provider.suspended", by={_OFFICER: (_ADMITTED,)}, to=(_SUSPENDED,), past=N_("暂停服务"),
             tone="amber", message=N_("服务已被暂停")),
        Move(verb="lift", event="provider.admitted", by={_OFFICER: (_SUSPENDED,)}, to=(_ADMITTED,), past=N_("恢复服务"), tone="green",
             message=N_("服务已恢复")),
        Move(verb="admit", event="provider.admitted", by={_PLATFORM: (_NOTICED,)}, to=(_ADMITTED,), past=N_("入库或恢复服务"),
             tone="green", stamps="admitted_at", message=N_("公示期满，贵单位已入库")),
        Move(verb="remove", event="provider.removed", by={_OFFICER: (_ADMITTED, _SUSPENDED)}, to=(_REMOVED,),
             permission="providers.review", label=N_("出库"), past=N_("出库"), tone="red", message=N_("机构已出库")),
        Move(verb="reinstate", event="provider.reinstated", by={_OFFICER: (_REMOVED,)}, to=(_ADMITTED,), past=N_("出库决定撤销，恢复在库"),
             tone="green", message=N_("出库决定已撤销，恢复在库")),
    ),
)  # fmt: skip

_EDITABLE = (OfferingState.DRAFT, OfferingState.RETURNED, OfferingState.DELISTED)  # a listed one is what firms were promised
_SUBMITTED, _LISTED, _DELISTED = OfferingState.SUBMITTED, OfferingState.LISTED, OfferingState.DELISTED

OFFERING = Life(
    noun=N_("服务产品"), subject="offering", address="/provider/offerings/%s", sides=Side,
    moves=(
        Move(verb="drafted", event="offering.drafted", to=(OfferingState.DRAFT,), past=N_("新建服务")),
        Move(verb="submit_offering", event="offering.submitted", by={_PROVIDER: _EDITABLE}, to=(_SUBMITTED,),
             permission="offerings.own", label=N_("提交上架审核"), past=N_("提交上架"), message=N_("服务上架待审核：%(title)s")),
        Move(verb="edit_offering", event="offering.changed", by={_PROVIDER: _EDITABLE}, permission="offerings.own", label=N_("修改"),
             past=N_("修改服务")),
        Move(verb="decide_listing", event="offering.listed", by={_OFFICER: (_SUBMITTED,)}, to=(_LISTED,),
             permission="offerings.review", label=N_("审核"), past=N_("审核通过，上架"), tone="green", stamps="listed_at",
             message=N_("服务已上架")),
        Move(verb="returned", event="offering.returned", by={_OFFICER: (_SUBMITTED,)}, to=(OfferingState.RETURNED,),
             past=N_("退回修改"), tone="amber", message=N_("服务上架申请已退回")),
        Move(verb="propose_price", event="price.proposed", by={_PROVIDER: (_LISTED,)}, permission="offerings.own",
             label=N_("申请调价"), past=N_("申请调价"), message=N_("调价待审核：%(title)s")),
        Move(verb="decide_price", event="price.accepted", by={_OFFICER: (_LISTED,)}, permission="offerings.review", label=N_("调价审核"),
             past=N_("调价通过"), tone="green", message=N_("调价申请已通过")),
        Move(verb="refuse_price", event="price.refused", past=N_("调价未通过"), tone="red", message=N_("调价申请未通过")),
        Move(verb="delist_offering", event="offering.delisted", by={_PROVIDER: (_LISTED,)}, to=(_DELISTED,),
             permission="offerings.own", label=N_("下架"), past=N_("下架")),
        Move(verb="take_off", event="offering.delisted", by={_OFFICER: (_LISTED,)}, to=(_DELISTED,), permission="offerings.review",
             label=N_("下架"), past=N_("下架"), message=N_("服务已被下架")),
    ),
)  # fmt: skip
