"""What a firm was granted, decided again: by its application and the queue, or by the class it is in. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.recomputing.rules.checks import rechecked
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import PostedMoves, TrailEvent, last_told
from marketplace.vouchers.instruments import STRATEGIES
from marketplace.vouchers.rules import allotment, amounts, eligibility, portions
from marketplace.vouchers.rules.kept_facts import firm_then
from marketplace.vouchers.rules.parts import drawn_on
from marketplace.vouchers.rules.rights import right_of

ISSUED = "voucher.issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """The application that a voucher was granted on."""

    requested_fen: Fen
    granted_fen: int
    class_key: str
    priority_class: int
    part_name: str
    portions: Mapping[str, int]
    checks: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any] | None
    was_pooled: bool  # the parts of the budget were there for all when it was granted


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedVoucher:
    """A voucher as it lies in the database, with what the books and the trail say of it."""

    id: UUID
    number: str
    spec: ProgrammeSpec
    round_id: UUID
    area_code: str  # of the round
    currency: str
    instrument: str
    face_fen: int
    class_key: str
    part_name: str
    portions: Mapping[str, int]
    above_soft: bool
    facts: Mapping[str, Any] | None
    is_pooled: bool  # the same now
    asked: AskedFor | None  # None: it came without an application
    lifts: Sequence[tuple[datetime, str, int]]
    moved: Mapping[str, int]  # by kind of service, what came to it from the others since
    posted: PostedMoves
    told: Sequence[TrailEvent]

    @property
    def is_older(self) -> bool:
        """Than the facts that it would be decided on."""
        return self.facts is None or (self.asked is not None and self.asked.facts is None)


_FACE = N_("发放金额：按冻结规则和发放时的事实重算")
_RIGHT = N_("发放资格：按发放时的事实重判")
_CLASS = N_("企业类别：按当时的事实重判")
_PRIORITY = N_("优先类别：按当时的事实重判")
_PART = N_("配额：按冻结规则重判")
_QUOTA = N_("发放金额：不超过本类企业的上限")
_GRANTED = N_("申领核定金额：与重算的发放金额一致")
_BOOKS = N_("发放金额：与账上发放一致")
_RISEN = N_("提高后的额度：按冻结规则重算")
_PORTIONS = N_("分类额度：按冻结规则和已作的调整重算")
_TRAIL = N_("发放金额：与操作留痕一致")
_NO_TRAIL = N_("发放：有完整的操作留痕")


def regranted(one: DecidedVoucher) -> Iterator[Mismatch]:
    """A grant whose facts were kept."""
    first, class_key = one.face_fen - sum(more for _at, _before, more in one.lifts), one.lifts[0][1] if one.lifts else one.class_key
    decided = _by_application(one, one.asked, first, class_key) if one.asked else _by_right(one, first, class_key)
    yield from decided
    yield from _posted(one, first)
    if one.lifts:
        yield from unlike(_RISEN, one.face_fen, amounts.quota_fen(one.spec, one.class_key))
    else:
        yield from _portions(one, class_key)
    most = amounts.quota_fen(one.spec, one.class_key, above_soft=one.above_soft)
    if not STRATEGIES[one.instrument].in_faces and most is not None and one.face_fen > most:
        yield Mismatch(_QUOTA, one.face_fen, most)
    told = last_told(one.told, (ISSUED,))
    if told is None or not told.is_whole:
        yield Mismatch(_NO_TRAIL, None if told is None else told.action, None, is_money=False)
    else:
        yield from unlike(_TRAIL, first, told.details.get("face_fen"))


def _left(one: DecidedVoucher, asked_fen: Fen) -> Fen:
    """What was left of the money: where it was enough nobody kept it."""
    return Fen((one.facts or {}).get("left_fen", asked_fen))


def _by_application(one: DecidedVoucher, asked: AskedFor, first: int, class_key: str) -> Iterator[Mismatch]:
    firm, spec = firm_then(asked.facts or {}), one.spec
    yield from rechecked(spec, firm, one.area_code, asked.checks)
    mine = eligibility.class_of(spec, firm)
    yield from unlike(_CLASS, asked.class_key, mine.name if mine else "", is_money=False)
    yield from unlike(_CLASS, class_key, mine.name if mine else "", is_money=False)
    belongs, order = {each.name for each in eligibility.classes_of(spec, firm)}, spec.allocation.priority
    rank = next((place for place, name in enumerate(order) if name in belongs), len(order))
    yield from unlike(_PRIORITY, asked.priority_class, rank, is_money=False)
    part = spec.part_of_firm(mine.name if mine else "", firm.region_code)
    yield from unlike(_PART, asked.part_name, drawn_on(part.name if part else "", is_pooled=asked.was_pooled), is_money=False)
    yield from unlike(_PART, one.part_name, drawn_on(asked.part_name, is_pooled=one.is_pooled), is_money=False)
    again = allotment.granted_of(spec, asked.requested_fen, _left(one, asked.requested_fen))
    yield from unlike(_GRANTED, asked.granted_fen, again)
    yield from unlike(_FACE, first, again)


def _by_right(one: DecidedVoucher, first: int, class_key: str) -> Iterator[Mismatch]:
    right = right_of(one.spec, firm_then((one.facts or {})["firm"]), (one.area_code,))
    if right is None:
        yield Mismatch(_RIGHT, first, None)
        return
    yield from unlike(_CLASS, class_key, right.class_key, is_money=False)
    yield from unlike(_PART, one.part_name, drawn_on(right.part, is_pooled=one.is_pooled), is_money=False)
    yield from unlike(_FACE, first, allotment.granted_of(one.spec, right.face_fen, _left(one, right.face_fen)))


def _posted(one: DecidedVoucher, first: int) -> Iterator[Mismatch]:
    account = STRATEGIES[one.instrument].left(one.id)
    yield from unlike(_BOOKS, first, one.posted.onto(account, "voucher.issue"))
    yield from unlike(_BOOKS, one.face_fen, one.posted.onto(account, "voucher.issue", "voucher.lift"))


def _portions(one: DecidedVoucher, class_key: str) -> Iterator[Mismatch]:
    wanted = tuple((name, Fen(fen)) for name, fen in sorted(one.asked.portions.items())) if one.asked else ()
    split = portions.split(one.spec, class_key, Fen(one.face_fen), wanted)
    again = {name: fen + one.moved.get(name, 0) for name, fen in split.items()}
    yield from unlike(_PORTIONS, _said(one.portions), _said(again), is_money=False)


def _said(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {fen}" for name, fen in sorted(parts.items()))
