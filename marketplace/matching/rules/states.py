"""The states a match passes through, and why it may come to nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State, Word
from marketplace.kernel.typed import checked_reason


class Party(Word):
    """Who acts on a match."""

    LEADER = "leader", N_("链主企业")
    FIRM = "firm", N_("中小企业")
    BUREAU = "bureau", N_("主管部门")
    PLATFORM = "platform", N_("系统")  # another command does it


class MatchState(State):
    PROPOSED = "proposed", N_("待推荐"), "neutral", Party.LEADER  # by the plan or the search
    RECOMMENDED = "recommended", N_("已推荐"), "amber", Party.FIRM  # by the bureau or the leader, to both sides
    SEEN = "seen", N_("已阅知"), "blue", Party.FIRM
    CONTACTED = "contacted", N_("已联系"), "blue", Party.LEADER
    NEGOTIATING = "negotiating", N_("洽谈中"), "blue", Party.LEADER
    SAMPLED = "sampled", N_("已送样"), "blue", Party.LEADER
    QUOTED = "quoted", N_("已报价"), "blue", Party.LEADER
    CONTRACTED = "contracted", N_("已签约"), "green", Party.FIRM  # by both sides: exactly one service record is written
    DELIVERED = "delivered", N_("已交付"), "green"
    REFUSED = "refused", N_("未达成"), "red"  # by one side, with a reason
    WITHDRAWN = "withdrawn", N_("已撤回")  # the line behind it is gone


class NeedsState(State):
    DRAFT = "draft", N_("草稿"), "neutral", Party.LEADER
    PUBLISHED = "published", N_("已发布"), "green"
    REPLACED = "replaced", N_("已被新版替代")  # by a newer version
    WITHDRAWN = "withdrawn", N_("已撤回")


class SupplyState(State):
    DRAFT = "draft", N_("草稿")
    SUBMITTED = "submitted", N_("待企业确认"), "amber"  # entered by an officer, waiting for the firm's word
    PUBLISHED = "published", N_("已发布"), "green"
    REPLACED = "replaced", N_("已被新版替代")  # by a newer version


# Steps of a match that comes to something, in their order: they may be skipped forward, never back.
ON_THE_WAY = (
    MatchState.RECOMMENDED,
    MatchState.SEEN,
    MatchState.CONTACTED,
    MatchState.NEGOTIATING,
    MatchState.SAMPLED,
    MatchState.QUOTED,
)
SIGNED = (MatchState.CONTRACTED, MatchState.DELIVERED)
WAY = (MatchState.PROPOSED, *ON_THE_WAY, *SIGNED)
TELLS_AMOUNT = (MatchState.QUOTED, *SIGNED)
BETWEEN_LEADER_AND_SEARCH = (MatchState.PROPOSED, MatchState.WITHDRAWN)  # the firm never heard of it
UNDER_WAY, HAS_CONTRACT = "under_way", "signed"  # lists of them, by their names in addresses


class RefusalReason(Word):
    """Why a match came to nothing. Kept as a choice, so the search can learn from it."""

    WRONG_PRODUCT = "wrong_product", N_("产品不符")
    QUALITY = "quality", N_("质量或标准达不到")
    PRICE = "price", N_("价格谈不拢")
    QUANTITY = "quantity", N_("数量或产能不合适")
    TIME = "time", N_("交货期不合适")
    ALREADY_SUPPLIED = "already_supplied", N_("已有其他合作方")
    NO_ANSWER = "no_answer", N_("联系不上")
    OTHER = "other", N_("其他")


def check_refusal(reason: RefusalReason | None, note: str, in_words: Collection[RefusalReason]) -> None:
    """Raises: RuleViolation if a refusal gives no reason, or one that says nothing without words."""
    if reason is None:
        raise RuleViolation(N_("请选择未达成的原因。"), field="reason")
    if reason in in_words:
        checked_reason(note, N_("选择这个原因时，请写明具体情况。"), field="note")


def earlier(state: MatchState) -> tuple[MatchState, ...]:
    """The steps before a state from which it can be reached: any, for steps may be skipped."""
    return WAY[1 : WAY.index(state)]


def check_two_parties(leader_id: UUID, enterprise_id: UUID) -> None:
    """Raises: RuleViolation: nobody supplies itself."""
    if leader_id == enterprise_id:
        raise RuleViolation(N_("供需双方是同一家企业，不能作为对接推进。"))


def check_told(day: date, amount_fen: int | None, *, since: date, today: date) -> None:
    """Raises: RuleViolation beside the field: a day ahead or before the step it follows, no amount."""
    if day > today:
        raise RuleViolation(N_("日期不能晚于今天。"), field="happened_on")
    if day < since:
        raise RuleViolation(N_("日期不能早于 %(day)s。"), field="happened_on", day=since.isoformat())
    if amount_fen is None or amount_fen <= 0:
        raise RuleViolation(N_("请填写金额。"), field="amount_fen")


def check_contract(signed_on: date, amount_fen: int | None, *, has_paper: bool, proposed_on: date, today: date) -> None:
    """Raises: RuleViolation beside the field: a day ahead or before the match was proposed, no amount, no paper."""
    if signed_on > today:
        raise RuleViolation(N_("签约日期不能晚于今天。"), field="contracted_on")
    if signed_on < proposed_on:
        raise RuleViolation(
            N_("签约日期早于本次对接产生的日期 %(day)s，不能计入平台对接。"), field="contracted_on", day=proposed_on.isoformat()
        )
    if amount_fen is None or amount_fen <= 0:
        raise RuleViolation(N_("请填写合同金额。"), field="contract_fen")
    if not has_paper:
        raise RuleViolation(N_("请上传合同或签约凭证。"), field="contract")


def check_confirms_other(registered_by: UUID, by: UUID) -> None:
    """Raises: RuleViolation: who registered a contract does not confirm it too."""
    if registered_by == by:
        raise RuleViolation(N_("这份签约由贵单位登记，须由对方确认后才计入。"))


@dataclass(frozen=True, slots=True)
class Room:
    """What a supply line offers a year, in its unit, and what others have taken of it."""

    capacity: int
    contracted: Fraction
    reserved: Fraction
    unit: str

    @property
    def left(self) -> Fraction:
        return max(self.capacity - self.contracted - self.reserved, Fraction(0))


def check_room(wanted: Fraction, room: Room) -> None:
    """Raises: RuleViolation beside the quantity: a contract is larger than what others have left of the capacity."""
    if wanted > room.left:
        raise RuleViolation(
            N_(
                "合同年数量约合 %(wanted)s%(unit)s，超过可用产能 %(left)s%(unit)s（年产能 %(capacity)s，已签约 %(contracted)s，已预留 "
                "%(reserved)s）。请核对数量；产能确有增加的，请企业先更新供给清单。"
            ),
            field="quantity",
            code="room",
            unit=room.unit,
            wanted=_whole(wanted),
            left=_whole(room.left),
            capacity=f"{room.capacity:,}",
            contracted=_whole(room.contracted),
            reserved=_whole(room.reserved),
        )


def _whole(amount: Fraction) -> str:
    return f"{int(amount):,}" if amount.denominator == 1 else f"{float(amount):,.2f}"
