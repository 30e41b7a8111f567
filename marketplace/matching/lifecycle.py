"""The lives of a needs list and of a match: who publishes, who follows it to a contract, and what a history says of it."""

from collections.abc import Mapping

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move
from marketplace.matching.rules.states import ON_THE_WAY, SIGNED, MatchState, NeedsState, Party, earlier

_PROPOSED, _TALKS = MatchState.PROPOSED, MatchState.NEGOTIATING
_CHANGED = N_("对接“%(need)s — %(supply)s”：%(state)s")


def _followed(*states: MatchState) -> Mapping[str, tuple[MatchState, ...]]:
    """Either side, or a bureau for what lies in its area; a firm hears of a match when it is recommended."""
    later = tuple(state for state in states if state is not _PROPOSED)
    return {Party.LEADER: states, Party.BUREAU: states, **({Party.FIRM: later} if later else {})}


def _by_sides(*states: MatchState) -> Mapping[str, tuple[MatchState, ...]]:
    """Either side alone: nobody signs for them."""
    return {Party.LEADER: states, Party.FIRM: states}


def _step(verb: str, to: MatchState, label: str) -> Move:
    """A step that any earlier one may lead to."""
    return Move(
        verb=verb,
        event=f"match.{to.value}",
        by=_followed(*earlier(to)),
        to=(to,),
        permission="matching.follow",
        label=label,
        past=to.label,
        message=_CHANGED,
    )


_LISTED = (NeedsState.PUBLISHED,)

NEEDS = Life(
    noun=N_("需求清单"), subject="needs_list", address="/needs/%s", sides=Party,
    moves=(
        Move(verb="draft", event="needs.drafted", to=(NeedsState.DRAFT,), past=N_("建立清单")),
        Move(verb="publish_needs", event="needs.published", by={Party.LEADER: (NeedsState.DRAFT,)}, to=_LISTED, permission="needs.own",
             label=N_("发布清单"), past=N_("发布清单"), tone="green", stamps="published_at"),
        Move(verb="run_matching", event="matching.run", by={Party.LEADER: _LISTED, Party.BUREAU: _LISTED}, permission="matching.run",
             label=N_("开始匹配"), past=N_("运行匹配")),
        Move(verb="withdraw_needs", event="needs.withdrawn", by={Party.LEADER: _LISTED}, to=(NeedsState.WITHDRAWN,),
             permission="needs.own", label=N_("撤回清单"), past=N_("撤回清单")),
        Move(verb="replace", event="needs.replaced", by={Party.PLATFORM: _LISTED}, to=(NeedsState.REPLACED,), past=N_("被新版替代")),
    ),
)  # fmt: skip

MATCH = Life(
    noun=N_("对接"), subject="match", address="/matches/%s", sides=Party,
    moves=(
        Move(verb="withdraw", event="match.withdrawn", by={Party.PLATFORM: (_PROPOSED,)}, to=(MatchState.WITHDRAWN,), past=N_("推荐撤下")),
        Move(verb="recommend", event="match.recommended", by=_followed(_PROPOSED), to=(MatchState.RECOMMENDED,),
             permission="matching.follow", label=N_("推荐给双方"), past=N_("已推荐"), message=_CHANGED),
        Move(verb="see", event="match.seen", by={Party.FIRM: (MatchState.RECOMMENDED,)}, to=(MatchState.SEEN,),
             permission="matching.follow", label=N_("已看到，愿意了解"), past=N_("已阅知"), message=_CHANGED),
        _step("contact", MatchState.CONTACTED, N_("登记：已联系对方")),
        _step("negotiate", _TALKS, N_("登记：正在洽谈")),
        _step("sample", MatchState.SAMPLED, N_("登记：已送样")),
        _step("quote", MatchState.QUOTED, N_("登记报价")),
        Move(verb="contract", event="match.contract_registered", by=_by_sides(*ON_THE_WAY), permission="matching.sign",
             label=N_("登记签约"), past=N_("登记签约，待对方确认"), message=N_("对方登记了“%(need)s — %(supply)s”的签约，请核对后确认")),
        Move(verb="deliver", event="match.delivered", by=_by_sides(MatchState.CONTRACTED), to=(MatchState.DELIVERED,),
             permission="matching.sign", label=N_("登记交付"), past=N_("已交付"), tone="green", message=_CHANGED),
        Move(verb="refuse", event="match.refused", by=_followed(_PROPOSED, *ON_THE_WAY), to=(MatchState.REFUSED,),
             permission="matching.follow", label=N_("未达成"), past=N_("未达成"), tone="red", message=_CHANGED),
        Move(verb="message", event="match.message", by=_followed(*ON_THE_WAY, *SIGNED, MatchState.REFUSED), past=N_("留言"),
             permission="matching.follow", message=N_("“%(need)s — %(supply)s”有新的留言")),
        # These are of a contract, whose own buttons stand beside it.
        Move(verb="confirm_contract", event="match.contracted", by=_by_sides(*ON_THE_WAY), to=(MatchState.CONTRACTED,), past=N_("已签约"),
             tone="green", message=N_("对方已确认“%(need)s — %(supply)s”的签约，已计入服务台账")),
        Move(verb="decline_contract", event="match.contract_declined", by=_by_sides(*ON_THE_WAY), past=N_("退回签约登记"), tone="amber",
             message=N_("“%(need)s — %(supply)s”的签约登记被退回，请核对后重新登记")),
        Move(verb="correct_contract", event="match.contract_corrected", by={Party.BUREAU: SIGNED}, past=N_("更正签约"), tone="amber",
             message=N_("“%(need)s — %(supply)s”的签约金额或数量已更正")),
        Move(verb="void_contract", event="match.contract_voided", by={Party.BUREAU: SIGNED}, to=(_TALKS,),
             past=N_("作废签约"), tone="red", message=N_("“%(need)s — %(supply)s”的签约已被作废")),
    ),
)  # fmt: skip
