"""The life of an agreement: signed, and over by its day or before."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class Side(Word):
    """From where somebody acts on an agreement."""

    OFFICER = "officer", N_("主管部门")
    PLATFORM = "platform", N_("系统")  # time does it


class AgreementState(State):
    RUNNING = "running", N_("履行中"), "green", Side.OFFICER
    ENDED = "ended", N_("已到期")
    TERMINATED = "terminated", N_("已终止"), "red"


AGREEMENT = Life(
    noun=N_("合同"), subject="agreement", address="/agreements/%s", sides=Side,
    moves=(
        Move(verb="sign", event="agreement.signed", to=(AgreementState.RUNNING,), past=N_("登记合同，划出资金"), tone="green",
             message=N_("合同 %(number)s 已登记，可以接单")),
        Move(verb="terminate", event="agreement.terminated", by={Side.OFFICER: (AgreementState.RUNNING,)}, to=(AgreementState.TERMINATED,),
             permission="rounds.manage", label=N_("终止合同"), past=N_("终止合同，收回余额"), tone="red", stamps="ended_at",
             message=N_("合同 %(number)s 已终止")),
        Move(verb="end", event="agreement.ended", by={Side.PLATFORM: (AgreementState.RUNNING,)}, to=(AgreementState.ENDED,),
             past=N_("合同到期，收回余额"), stamps="ended_at", message=N_("合同 %(number)s 已到期")),
        Move(verb="hand_back", event="agreement.returned", past=N_("到期后退回的金额，收回余额")),
    ),
)  # fmt: skip
