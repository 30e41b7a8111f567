"""Who gets a voucher when the money does not reach all: priority classes first, then the order in which the server took them in."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen, format_yuan
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode, Remainder
from marketplace.vouchers.rules.states import ApplicationState


@dataclass(frozen=True, slots=True)
class Applicant:
    """An application that passed its checks and waits for money."""

    application_id: UUID
    requested_fen: Fen  # greater than zero, within the firm's own caps
    sequence: int  # given by the server in one order for the whole round
    classes: frozenset[str]  # every class of the programme the firm belongs to


@dataclass(frozen=True, slots=True)
class Allotted:
    """The answer to one application."""

    application_id: UUID
    place: int  # in the queue, from 1
    state: ApplicationState  # granted, waitlisted or refused
    amount_fen: Fen  # zero unless granted
    reason: Sentence


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


def allot(spec: ProgrammeSpec, applicants: Iterable[Applicant], budget_fen: Fen) -> Allotment:
    """Grant along the queue until the first application that does not fit; nobody overtakes.

    That one gets what is left, or nothing, as the programme says. Those after it wait, if there is a waitlist, or are refused.
    """
    assert budget_fen >= 0, "a budget is not negative"
    left, open_, grants = budget_fen, True, list[Allotted]()
    for place, one in enumerate(queue(spec, applicants), start=1):
        amount = _amount(spec, one.requested_fen, left) if open_ else Fen(0)
        open_ = open_ and amount == one.requested_fen
        left = Fen(left - amount)
        grants.append(_granted(one, place, amount) if amount else _not_granted(spec, one, place))
    return Allotment(tuple(grants), Fen(budget_fen - left), left)


def _rank(spec: ProgrammeSpec, one: Applicant) -> int:
    if spec.allocation.mode.value is not AllocationMode.PRIORITY_THEN_FIRST_COME:
        return 0
    order = spec.allocation.priority
    return next((rank for rank, name in enumerate(order) if name in one.classes), len(order))


def _amount(spec: ProgrammeSpec, requested_fen: Fen, left_fen: Fen) -> Fen:
    if requested_fen <= left_fen:
        return requested_fen
    return left_fen if spec.allocation.remainder.value is Remainder.GRANT_PART else Fen(0)


def _granted(one: Applicant, place: int, amount_fen: Fen) -> Allotted:
    params = {"place": place, "amount": format_yuan(amount_fen), "requested": format_yuan(one.requested_fen)}
    whole = amount_fen == one.requested_fen
    sentence = (
        N_("排在第 %(place)s 位，获得 %(amount)s 元。")
        if whole
        else N_("排在第 %(place)s 位，申领 %(requested)s 元，资金只剩 %(amount)s 元，获得剩余部分。")
    )
    return Allotted(one.application_id, place, ApplicationState.GRANTED, amount_fen, Sentence(sentence, params))


def _not_granted(spec: ProgrammeSpec, one: Applicant, place: int) -> Allotted:
    if spec.allocation.waitlist.value:
        sentence = Sentence(N_("排在第 %(place)s 位，资金已排完，列入候补；有额度退回时按此顺序补发。"), {"place": place})
        return Allotted(one.application_id, place, ApplicationState.WAITLISTED, Fen(0), sentence)
    sentence = Sentence(N_("排在第 %(place)s 位，资金已排完，本批次未获券。"), {"place": place})
    return Allotted(one.application_id, place, ApplicationState.REFUSED, Fen(0), sentence)
