"""Who gets a voucher when the money does not reach all: priority classes first, then the order in which the server took them in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode, Remainder
from marketplace.vouchers.rules.states import ApplicationState


@dataclass(frozen=True, slots=True)
class Applicant:
    """An application that passed its checks and waits for money."""

    application_id: UUID
    requested_fen: Fen  # greater than zero, within the firm's own caps
    sequence: int  # given by the server in one order for the whole round, or drawn by lot
    classes: frozenset[str]  # every class of the programme the firm belongs to
    part: str = ""  # of a divided budget: the part that it draws on


@dataclass(frozen=True, slots=True)
class Allotted:
    """The answer to one application."""

    application_id: UUID
    place: int  # in the queue, from 1
    state: ApplicationState  # granted, waitlisted or refused
    amount_fen: Fen  # zero unless granted
    reason: Sentence
    left_fen: Fen  # what the part of the budget that it draws on held when its turn came


@dataclass(frozen=True, slots=True)
class Allotment:
    """The answers in the order of the queue, and the money."""

    grants: tuple[Allotted, ...]
    granted_fen: Fen
    left_fen: Fen


def queue(spec: ProgrammeSpec, applicants: Iterable[Applicant]) -> tuple[Applicant, ...]:
    """Priority class, then server sequence. Without priority classes, the sequence alone."""
    waiting = sorted(applicants, key=lambda one: (_rank(spec, one), one.sequence))
    assert len({one.sequence for one in waiting}) == len(waiting), "the server gives each application its own number"
    return tuple(waiting)


def allot(spec: ProgrammeSpec, applicants: Iterable[Applicant], budget_fen: Fen | Mapping[str, Fen]) -> Allotment:
    """Grant along the queue until the first application that does not fit; nobody overtakes who draws on the same part of the budget.

    That one gets what is left, or nothing, as the programme says. Those after it wait, if there is a waitlist, or are refused.

    Args:
        budget_fen: of a divided budget what each part holds.
    """
    left = dict(budget_fen) if isinstance(budget_fen, Mapping) else {"": budget_fen}
    assert min(left.values(), default=0) >= 0, "a budget is not negative"
    whole, short, grants = sum(left.values()), set[str](), list[Allotted]()
    for number, one in enumerate(queue(spec, applicants), start=1):
        place, held = one.sequence if _has_own_place(spec) else number, left[one.part]
        amount = granted_of(spec, one.requested_fen, held) if one.part not in short else Fen(0)
        if amount != one.requested_fen:
            short.add(one.part)
        left[one.part] = Fen(left[one.part] - amount)
        grants.append(_granted(spec, one, place, amount, held) if amount else _not_granted(spec, one, place, held))
    rest = sum(left.values())
    return Allotment(tuple(grants), Fen(whole - rest), Fen(rest))


def answers_at_once(spec: ProgrammeSpec) -> bool:
    """Whether firms are answered as they come: first come, and no results to wait for."""
    return spec.has_orders and spec.allocation.mode.value is AllocationMode.FIRST_COME and not spec.allocation.results.is_set


def _has_own_place(spec: ProgrammeSpec) -> bool:
    """Whether everybody keeps the place that was told before: that of the lot, of the score, or of the arrival."""
    return spec.allocation.mode.value in {AllocationMode.LOTTERY, AllocationMode.COMPETITIVE_SCORE} or answers_at_once(spec)


def _rank(spec: ProgrammeSpec, one: Applicant) -> int:
    if spec.allocation.mode.value is not AllocationMode.PRIORITY_THEN_FIRST_COME:
        return 0
    order = spec.allocation.priority
    return next((rank for rank, name in enumerate(order) if name in one.classes), len(order))


def granted_of(spec: ProgrammeSpec, requested_fen: Fen, left_fen: Fen) -> Fen:
    """What one who asks for so much is given where so much is left."""
    if requested_fen <= left_fen:
        return requested_fen
    return left_fen if spec.allocation.remainder.value is Remainder.GRANT_PART else Fen(0)


def _granted(spec: ProgrammeSpec, one: Applicant, place: int, amount_fen: Fen, left_fen: Fen) -> Allotted:
    params = {
        "place": place,
        "amount": format_money(amount_fen, spec.currency),
        "requested": format_money(one.requested_fen, spec.currency),
    }
    whole = amount_fen == one.requested_fen
    sentence = (
        N_("排在第 %(place)s 位，获得 %(amount)s 元。")
        if whole
        else N_("排在第 %(place)s 位，申领 %(requested)s 元，资金只剩 %(amount)s 元，获得剩余部分。")
    )
    return Allotted(one.application_id, place, ApplicationState.GRANTED, amount_fen, Sentence(sentence, params), left_fen)


def _not_granted(spec: ProgrammeSpec, one: Applicant, place: int, left_fen: Fen) -> Allotted:
    waits = spec.allocation.waitlist.value
    if one.part:
        why = (
            N_("排在第 %(place)s 位，“%(part)s”的配额已排完，列入候补；有额度退回或调剂时按此顺序补发。")
            if waits
            else N_("排在第 %(place)s 位，“%(part)s”的配额已排完，本批次未获券。")
        )
    elif waits:
        why = N_("排在第 %(place)s 位，资金已排完，列入候补；有额度退回时按此顺序补发。")
    else:
        why = N_("排在第 %(place)s 位，资金已排完，本批次未获券。")
    params = {"place": place} | ({"part": spec.part_label(one.part)} if one.part else {})
    state = ApplicationState.WAITLISTED if waits else ApplicationState.REFUSED
    return Allotted(one.application_id, place, state, Fen(0), Sentence(why, params), left_fen)
