"""What was approved of a claim, and what was said of it before: a person's word, held to its bounds, the trail and the books. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import PostedMoves, TrailEvent, last_told
from marketplace.settlement.level_rules import one_more
from marketplace.vouchers import chart

APPROVED, REFUSED, OPINION, ANSWERED = ACTIONS = "claim.approved", "claim.refused", "claim.opinion_given", "claim.appeal_answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardOpinion:
    """What somebody said of a claim at a level."""

    id: UUID
    handed_in_at: datetime  # which hand-in it is about
    level: str
    reviewer_id: UUID
    amount_fen: int
    at: datetime
    deserved_fen: Fen | None  # by the papers of that moment; None: a title, as the register had it
    has_one_more: bool  # whether a level more was asked for, for few credit points of a party


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedClaim:
    """A claim as it lies in the database, with what it deserved by what was kept, the books and the trail."""

    id: UUID
    number: str
    currency: str
    area_code: str
    spec: ProgrammeSpec
    requested_fen: int
    approved_fen: int | None
    cut_reason: str
    deserved_fen: int | None
    deserved_again_fen: Fen | None  # None: it is older than the facts that it stands on
    asked_again_fen: Fen  # what was to be asked for
    submitted_by: UUID | None
    decided_by: UUID | None
    payee_id: UUID
    source: str  # the account that held it
    posted: PostedMoves  # about the claim
    lapsed: PostedMoves  # about the order or the application
    told: Sequence[TrailEvent]
    opinions: Sequence[HeardOpinion]

    @property
    def is_older(self) -> bool:
        """Than the facts that its amount stands on: it is held to the books and the trail all the same."""
        return self.approved_fen is not None and self.approved_fen > 0 and self.deserved_again_fen is None


_ASKED = N_("申请金额：与重算的核销（占用）金额一致")
_DESERVED = N_("按材料应得金额：按冻结规则和当时的材料重算")
_BOUND = N_("核准金额：大于 0，不超过申请金额和按材料重算的应得金额")
_REASON = N_("核减金额：写明了理由")
_OWN = N_("核准：不由提交申请的人作出")
_BOOKS = N_("核准金额：与账上应付一致")
_CUT = N_("核减金额：与账上退出一致")
_TRAIL = N_("核准金额：与操作留痕一致")
_NO_TRAIL = N_("审核决定：有决定人完整的操作留痕")


def reapproved(one: DecidedClaim) -> Iterator[Mismatch]:
    """The amounts of a claim, and the decision on it."""
    yield from unlike(_ASKED, one.requested_fen, one.asked_again_fen)
    if one.deserved_fen is not None and one.deserved_again_fen is not None:
        yield from unlike(_DESERVED, one.deserved_fen, one.deserved_again_fen)
    if one.approved_fen is not None:
        yield from _bounds(one, one.approved_fen)
        yield from _books(one, one.approved_fen)
        yield from _trail(one, one.approved_fen)


def _bounds(one: DecidedClaim, approved_fen: int) -> Iterator[Mismatch]:
    deserved = one.requested_fen if one.deserved_again_fen is None else one.deserved_again_fen
    most = min(one.requested_fen, deserved)
    if approved_fen > most:
        yield Mismatch(_BOUND, approved_fen, most)
    if approved_fen < one.requested_fen and not one.cut_reason.strip():
        yield Mismatch(_REASON, "", None, is_money=False)
    if one.decided_by is not None and one.decided_by == one.submitted_by:
        yield Mismatch(_OWN, str(one.decided_by), None, is_money=False)


def _books(one: DecidedClaim, approved_fen: int) -> Iterator[Mismatch]:
    posted = one.posted.onto(chart.PAYABLE.of(one.payee_id), "claim.approve", "claim.uphold")
    yield from unlike(_BOOKS, approved_fen, posted)
    gone = one.posted.off(one.source, "claim.approve") + one.lapsed.off(one.source, "order.forfeit", "subsidy.release")
    yield from unlike(_CUT, one.requested_fen - approved_fen, gone - posted)


def _trail(one: DecidedClaim, approved_fen: int) -> Iterator[Mismatch]:
    told, more = last_told(one.told, (APPROVED, REFUSED)), one.posted.onto(chart.PAYABLE.of(one.payee_id), "claim.uphold")
    if more:
        answer = last_told(one.told, (ANSWERED,))
        yield from unlike(_TRAIL, approved_fen, None if answer is None else answer.details.get("approved_fen"))
        approved_fen -= more  # what was decided before the appeal
    if told is None or not told.is_whole or told.actor_id != one.decided_by or (told.action == APPROVED) is not (approved_fen > 0):
        yield Mismatch(_NO_TRAIL, None if told is None else told.action, None, is_money=False)
    elif told.action == APPROVED:
        yield from unlike(_TRAIL, approved_fen, told.details.get("approved_fen"))


# Opinions


_LEVEL = N_("审核级次：按冻结规则的次序")
_ANOTHER = N_("审核意见：每一级由不同的人出具")
_NOT_ABOVE = N_("意见金额：不超过上一级，也不超过申请金额和按材料重算的应得金额")
_SAID = N_("意见金额：与操作留痕一致")
_UNSAID = N_("审核意见：有出具人完整的操作留痕")


def reheard(one: DecidedClaim) -> Iterator[tuple[HeardOpinion, tuple[Mismatch, ...]]]:
    """Each opinion on a claim, hand-in by hand-in, in the order in which they were given."""
    for _handed_in, group in groupby(one.opinions, key=lambda each: each.handed_in_at):
        given = list(group)
        for place, opinion in enumerate(given):
            yield opinion, tuple(_reheard(one, opinion, given[:place]))


def _reheard(one: DecidedClaim, opinion: HeardOpinion, before: Sequence[HeardOpinion]) -> Iterator[Mismatch]:
    levels = one.spec.claim_levels
    named = [level.value for level in (one_more(levels) if opinion.has_one_more else levels)]
    wanted = named[len(before)] if len(before) < len(named) else None
    yield from unlike(_LEVEL, opinion.level, wanted, is_money=False)
    if opinion.reviewer_id in {each.reviewer_id for each in before} | {one.submitted_by}:
        yield Mismatch(_ANOTHER, str(opinion.reviewer_id), None, is_money=False)
    deserved = one.requested_fen if opinion.deserved_fen is None else opinion.deserved_fen
    most = min([one.requested_fen, deserved, *(each.amount_fen for each in before)])
    if not 0 < opinion.amount_fen <= most:
        yield Mismatch(_NOT_ABOVE, opinion.amount_fen, most)
    is_last = wanted is not None and wanted == named[-1]
    key = "approved_fen" if is_last else "amount_fen"
    told = next((event for event in reversed(one.told) if _is_about(event, opinion, is_last=is_last)), None)
    if told is None or not told.is_whole:
        yield Mismatch(_UNSAID, str(opinion.reviewer_id), None, is_money=False)
    else:
        yield from unlike(_SAID, opinion.amount_fen, told.details.get(key))


def _is_about(event: TrailEvent, opinion: HeardOpinion, *, is_last: bool) -> bool:
    """Whether an event is the giving of an opinion: the last level's is the approval itself."""
    if event.actor_id != opinion.reviewer_id or event.at < opinion.handed_in_at:
        return False
    return event.action == APPROVED if is_last else event.action == OPINION and event.details.get("level") == opinion.level
