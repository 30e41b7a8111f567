"""What is asked of the two sides of a match, and why it may come to nothing: config/settings/following.toml."""

from dataclasses import dataclass

from marketplace.kernel.policyfiles.kinds import Choices, Whole
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import Root, decision, key, one
from marketplace.kernel.policyfiles.settings import settings
from marketplace.matching.rules import MatchState, RefusalReason

WORKING_DAYS = one(Whole("", 1, 365), main="working_days")


@dataclass(frozen=True, kw_only=True)
class Refusals(Decision):
    offered: tuple[RefusalReason, ...] = key(Choices("", RefusalReason))
    against: tuple[RefusalReason, ...] = key(Choices("", RefusalReason, may_be_empty=True))
    in_words: tuple[RefusalReason, ...] = key(Choices("", RefusalReason, may_be_empty=True))


@dataclass(frozen=True, kw_only=True)
class FollowingSettings(Root):
    FORMAT = "following/1"

    answer: Setting[int] = key(WORKING_DAYS)
    talks: Setting[int] = key(WORKING_DAYS)
    comparing: Setting[int] = key(WORKING_DAYS)
    delivery: Setting[int] = key(WORKING_DAYS)
    refusals: Refusals = key(decision("", Refusals))

    def working_days(self, state: MatchState) -> int | None:
        """How long a step may wait for an answer; None: nobody has to act."""
        return {
            MatchState.RECOMMENDED: self.answer.value,
            MatchState.SEEN: self.answer.value,
            MatchState.CONTACTED: self.talks.value,
            MatchState.NEGOTIATING: self.talks.value,
            MatchState.SAMPLED: self.comparing.value,
            MatchState.QUOTED: self.comparing.value,
            MatchState.CONTRACTED: self.delivery.value,
        }.get(state)


def following(area_code: str | None = None) -> FollowingSettings:
    """The settings of an area, those of the whole country without one."""
    return settings(FollowingSettings, area_code)
