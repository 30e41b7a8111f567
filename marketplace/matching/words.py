"""Words and tones for states on the matching's pages."""

from marketplace.kernel.errors import N_
from marketplace.matching.models import ListState
from marketplace.matching.rules import MatchState

LIST_LABELS = {
    ListState.DRAFT: N_("草稿"),
    ListState.SUBMITTED: N_("待企业确认"),
    ListState.PUBLISHED: N_("已发布"),
    ListState.REPLACED: N_("已被新版替代"),
    ListState.WITHDRAWN: N_("已撤回"),
}
LIST_TONES = {
    ListState.DRAFT: "neutral",
    ListState.SUBMITTED: "amber",
    ListState.PUBLISHED: "green",
    ListState.REPLACED: "neutral",
    ListState.WITHDRAWN: "neutral",
}
CONTRACT_LABELS = {  # what the trail says of contracts, in words
    "match.contract_registered": N_("登记签约，待对方确认"),
    "match.contract_declined": N_("退回签约登记"),
    "match.contract_voided": N_("作废签约"),
}
MATCH_TONES = {
    MatchState.PROPOSED: "neutral",
    MatchState.RECOMMENDED: "amber",
    MatchState.CONTACTED: "blue",
    MatchState.NEGOTIATING: "blue",
    MatchState.CONTRACTED: "green",
    MatchState.REFUSED: "red",
    MatchState.WITHDRAWN: "neutral",
}
