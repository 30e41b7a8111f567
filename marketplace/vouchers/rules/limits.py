"""Limit accounts: the caps and quotas an order or an issue touches, by the codes under which the ledger holds them.

A limit account stands beside the money, in the same book, and is moved in the same entry. It is opened with its cap; what is left is
its balance. Caps for different classes of firm, and of different versions of the rules, share one account, so what was used stays used: who
uses it under another cap first brings it to that one, up or down.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.identity import regions
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.policyfiles.provenance import Provenance
from marketplace.kernel.sentences import Sentence
from marketplace.ledger.rules import AccountCode
from marketplace.policy.programme_decisions import Cap
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import CAPS_OF_A_FIRM, CAPS_OF_A_PROVIDER, CAPS_OF_ONE_ORDER, CAPS_PER_CYCLE, CapScope
from marketplace.policy.service_categories import category_names
from marketplace.vouchers import chart
from marketplace.vouchers.instruments import Strategy

AT_ISSUE = CAPS_OF_A_FIRM  # where unused vouchers count, these are used by the grant itself
_OF_A_ROUND = frozenset({CapScope.CATEGORY, CapScope.ROUND, CapScope.REGION})  # caps that no other round shares

_SENTENCES: dict[CapScope, str] = {
    CapScope.ENTERPRISE_YEAR: N_("本企业 %(year)s 年上限"),
    CapScope.PROVIDER_YEAR: N_("该服务机构 %(year)s 年上限"),
    CapScope.PAIR: N_("本企业与该服务机构 %(year)s 年上限"),
    CapScope.CATEGORY: N_("该类服务本批次上限"),
    CapScope.ROUND: N_("本企业本批次上限"),
    CapScope.ENTERPRISE_CYCLE: N_("本企业 %(first)s 起的周期上限"),
    CapScope.ENTERPRISE_LIFE: N_("本企业累计上限"),
    CapScope.PROVIDER_CYCLE: N_("该服务机构 %(first)s 起的周期上限"),
    CapScope.PROVIDER_LIFE: N_("该服务机构累计上限"),
    CapScope.REGION: N_("企业所在地区本批次上限"),
}


@dataclass(frozen=True, slots=True)
class LimitParties:
    """Whom a limit is about. The provider and category of an issue are not known yet."""

    enterprise_id: UUID
    round_id: UUID
    on: date  # of the order, or of the grant; China civil date
    provider_id: UUID | None = None
    category: str | None = None
    simulated: bool = False  # of a simulated round: it uses up nobody's real caps
    region: str | None = None  # of the firm
    above_soft: bool = False  # an officer said why more is granted than a soft cap allows


@dataclass(frozen=True, slots=True)
class LimitAccount:
    """One account of the ledger: its code, the cap it is opened with, and what people call it."""

    code: AccountCode
    cap_fen: Fen
    label: Sentence
    provenance: Provenance | None  # None: the limit is the voucher's own


@dataclass(frozen=True, slots=True)
class CapStanding:
    """A limit account that is open: what stands on it, and to which amount it was brought when it was opened, lifted or lowered last."""

    left_fen: Fen
    level_fen: Fen | None  # None: no cap of the rules, but a part of a voucher, which is what stands on it


def cap_left(account: LimitAccount, standing: CapStanding | None) -> Fen:
    """What a cap still allows: its amount by the rules that ask, less all that was used of it, under older rules too. One that nobody used
    yet is whole."""
    if standing is None:
        return account.cap_fen
    if standing.level_fen is None:
        return standing.left_fen
    return Fen(max(0, account.cap_fen - (standing.level_fen - standing.left_fen)))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most of each order, which no order uses up: it has no account."""

    label: Sentence
    provenance: Provenance | None


def limits_of_order(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> tuple[LimitAccount, ...]:
    """What an order uses. Where unused vouchers count against the limit, the firm's own limits were used by the grant."""
    assert parties.provider_id is not None, "an order has a provider"
    assert parties.category is not None, "an order has a category"
    used = AT_ISSUE if spec.unused_counts.value else frozenset[CapScope]()
    return _accounts(spec, firm_class, parties, frozenset(CapScope) - used - CAPS_OF_ONE_ORDER)


def limits_of_issue(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> tuple[LimitAccount, ...]:
    """What granting a voucher uses: the firm's own limits, if unused vouchers count; otherwise nothing."""
    return _accounts(spec, firm_class, parties, AT_ISSUE if spec.unused_counts.value else frozenset())


def limits_of_subsidy(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> tuple[LimitAccount, ...]:
    """What money without an order uses: every cap but those about a provider or one order."""
    return _accounts(spec, firm_class, parties, frozenset(CapScope) - CAPS_OF_ONE_ORDER - CAPS_OF_A_PROVIDER)


def firm_limits(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> tuple[LimitAccount, ...]:
    """The firm's own limits, whenever they are used: what grows when the firm rises a class."""
    return _accounts(spec, firm_class, parties, AT_ISSUE)


def shared_caps(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> dict[str, LimitAccount]:
    """The caps of a firm that an order uses, by the name of each: the same names for every firm of a group."""
    used = AT_ISSUE if spec.unused_counts.value else frozenset[CapScope]()
    return _named(spec, firm_class, parties, CAPS_OF_A_FIRM - used | {CapScope.PAIR})


def shared_caps_of_issue(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> dict[str, LimitAccount]:
    """The same of a grant, where unused vouchers count."""
    return _named(spec, firm_class, parties, AT_ISSUE if spec.unused_counts.value else frozenset())


def _named(spec: ProgrammeSpec, firm_class: str, parties: LimitParties, scopes: Collection[CapScope]) -> dict[str, LimitAccount]:
    found = dict[str, LimitAccount]()
    for cap in spec.caps:
        if cap.scope in scopes and cap.applies(firm_class, parties.category):
            for account in _accounts(spec, firm_class, parties, {cap.scope}):
                if account.code == _code(cap, parties, _span(spec, cap, parties)):
                    found[cap.key] = account
    return found


def own_limit(instrument: Strategy, voucher_id: UUID, granted_fen: Fen) -> LimitAccount:
    """What a voucher itself allows: its quota, or the money that stands on it."""
    return LimitAccount(instrument.left(voucher_id), granted_fen, Sentence(instrument.left_label), None)


@dataclass(frozen=True, slots=True)
class Granted:
    """A voucher, and what was granted of it by kind of service."""

    voucher_id: UUID
    portions: Mapping[str, int]


def portion_limit(spec: ProgrammeSpec, firm_class: str, of: Granted, category: str) -> tuple[LimitAccount, ...]:
    """The part of a voucher that an order of a category counts against; nothing where its rules know no parts."""
    part = spec.portion_for(firm_class, category)
    if part is None:
        return ()
    called = category_names()
    said = Sentence(N_("本券“%(services)s”额度"), {"services": "、".join(called.get(code, code) for code in part.categories)})
    return (LimitAccount(chart.PORTION.of(of.voucher_id, part.name), Fen(of.portions.get(part.name, 0)), said, part.provenance),)


def _accounts(spec: ProgrammeSpec, firm_class: str, parties: LimitParties, scopes: Iterable[CapScope]) -> tuple[LimitAccount, ...]:
    """One account per code; where two caps fall on the same code, the lower one holds."""
    found: dict[AccountCode, LimitAccount] = {}
    for cap in spec.caps:
        if cap.scope not in set(scopes) or not cap.applies(firm_class, parties.category) or not _is_there(cap, parties):
            continue
        if cap.soft and parties.above_soft:
            continue
        span = _span(spec, cap, parties)
        said = Sentence(_SENTENCES[cap.scope], {"first": span} if cap.scope in CAPS_PER_CYCLE else {"year": parties.on.year})
        said = Sentence(N_("%(cap)s（软上限）"), {"cap": said}) if cap.soft else said
        account = LimitAccount(_code(cap, parties, span), cap.amount_fen, said, cap.provenance)
        if account.code not in found or account.cap_fen < found[account.code].cap_fen:
            found[account.code] = account
    return tuple(found[code] for code in sorted(found))


def _is_there(cap: Cap, parties: LimitParties) -> bool:
    """Whether the firm is registered where a cap is about; a cap that names no regions is about all."""
    return not cap.regions or (parties.region is not None and any(regions.covers(code, parties.region) for code in cap.regions))


def _span(spec: ProgrammeSpec, cap: Cap, parties: LimitParties) -> object:
    """The year, or the first day of the cycle, that a cap counts in."""
    return spec.cycle.begins(parties.on).isoformat() if spec.cycle and cap.scope in CAPS_PER_CYCLE else parties.on.year


def _code(cap: Cap, parties: LimitParties, span: object) -> AccountCode:
    """The account of a cap, with the category at the end where the cap is for some categories only. Caps that reach beyond a round are
    apart for simulated ones."""
    subject: tuple[object, ...] = {
        CapScope.ENTERPRISE_YEAR: (parties.enterprise_id, span),
        CapScope.PROVIDER_YEAR: (parties.provider_id, span),
        CapScope.PAIR: (parties.enterprise_id, parties.provider_id, span),
        CapScope.CATEGORY: (parties.round_id, parties.category),
        CapScope.ROUND: (parties.round_id, parties.enterprise_id),
        CapScope.ENTERPRISE_CYCLE: (parties.enterprise_id, span),
        CapScope.ENTERPRISE_LIFE: (parties.enterprise_id,),
        CapScope.PROVIDER_CYCLE: (parties.provider_id, span),
        CapScope.PROVIDER_LIFE: (parties.provider_id,),
        CapScope.REGION: (parties.round_id, *_group(cap.regions)),
    }[cap.scope]
    group = () if cap.scope is CapScope.CATEGORY else _group(cap.categories)
    return chart.cap(cap.scope, *subject, *group, simulated=parties.simulated and cap.scope not in _OF_A_ROUND)


def _group(names: tuple[str, ...]) -> tuple[str, ...]:
    """Several categories or regions share one account; a hash keeps the code short."""
    if len(names) < 2:
        return tuple(names)
    return (hashlib.sha256(",".join(sorted(names)).encode()).hexdigest()[:12],)
