"""What the caps that a grant uses itself still allow: of the firm, and of those that it is associated with."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.money import MAX_AMOUNT_FEN, Fen
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.associates import associates_of, shared_label
from marketplace.vouchers.queries.caps import cap_standings
from marketplace.vouchers.rules import limits
from marketplace.vouchers.rules.grant_caps import CapsLeft
from marketplace.vouchers.rules.limits import CapStanding, LimitAccount, LimitParties

Caps = dict[str, LimitAccount]  # of a firm, by the name of each


def limits_left(
    spec: ProgrammeSpec, round_: Round, enterprise_id: UUID, class_key: str, today: date, *, above_soft: bool = False
) -> CapsLeft:
    """The caps that a grant itself uses, and what they still allow."""
    above = {enterprise_id} if above_soft else frozenset[UUID]()
    return limits_left_of(spec, round_, {enterprise_id: class_key}, today, above_soft=above)[enterprise_id]


def limits_left_of(
    spec: ProgrammeSpec, round_: Round, classes: Mapping[UUID, str], today: date, *, above_soft: Collection[UUID] = ()
) -> dict[UUID, CapsLeft]:
    """The same for many firms, by their class.

    Args:
        above_soft: firms of which an officer said why more is granted than a soft cap allows.
    """
    parties = {key: LimitParties(key, round_.id, today, simulated=round_.simulated, above_soft=key in above_soft) for key in classes}
    accounts = {key: limits.limits_of_issue(spec, class_key, parties[key]) for key, class_key in classes.items()}
    found = associates_of(classes, spec.beneficiaries.associated_firms, today) if spec.unused_counts.value else {}
    groups = {key: found[key] for key in classes if found.get(key)}
    shared = {key: [_named(spec, classes[key], parties[key], one) for one in (key, *sorted(others))] for key, others in groups.items()}
    codes = {one.code for some in accounts.values() for one in some}
    codes |= {one.code for some in shared.values() for caps in some for one in caps.values()}
    known = cap_standings(round_.programme.book_id, codes)
    return {key: _caps_left(some, shared.get(key, ()), known, groups.get(key, frozenset())) for key, some in accounts.items()}


def _named(spec: ProgrammeSpec, class_key: str, parties: LimitParties, enterprise_id: UUID) -> Caps:
    return limits.shared_caps_of_issue(spec, class_key, replace(parties, enterprise_id=enterprise_id))


def _caps_left(
    accounts: tuple[LimitAccount, ...], shared: Collection[Caps], known: Mapping[str, CapStanding], others: frozenset[UUID]
) -> CapsLeft:
    found = [(limits.cap_left(one, known.get(one.code)), one.label) for one in accounts]
    if others:
        mine, *theirs = shared
        for name, account in mine.items():
            used = sum(caps[name].cap_fen - limits.cap_left(caps[name], known.get(caps[name].code)) for caps in theirs)
            left = max(0, limits.cap_left(account, known.get(account.code)) - used)
            if used:
                found.append((Fen(left), shared_label(account.label)))
    left_fen, binds = min(found, key=lambda one: one[0], default=(Fen(MAX_AMOUNT_FEN), Sentence(N_("本企业上限"))))
    return CapsLeft(accounts, Fen(left_fen), binds, others)
