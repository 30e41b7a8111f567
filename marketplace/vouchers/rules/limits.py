"""Limit accounts: the caps and quotas an order or an issue touches, by the codes under which the ledger holds them.

A limit account stands beside the money, in the same book, and is moved in the same entry. It is opened with its cap; what is left is
its balance. Caps for different classes of firm share one account, so a firm that rises a class keeps what it has used: the ledger then
lifts the account to the new cap.
"""

import hashlib
from collections.abc import Iterable
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
from marketplace.policy.programme_words import CAPS_OF_A_FIRM, CAPS_OF_ONE_ORDER, CAPS_PER_CYCLE, CapScope
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


@dataclass(frozen=True, slots=True)
class LimitAccount:
    """One account of the ledger: its code, the cap it is opened with, and what people call it."""

    code: AccountCode
    cap_fen: Fen
    label: Sentence
    provenance: Provenance | None  # None: the limit is the voucher's own


def limits_of_order(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> tuple[LimitAccount, ...]:
    """What an order uses. Where unused vouchers count against the limit, the firm's own limits were used by the grant."""
    assert parties.provider_id is not None, "an order has a provider"
    assert parties.category is not None, "an order has a category"
    used = AT_ISSUE if spec.unused_counts.value else frozenset[CapScope]()
    return _accounts(spec, firm_class, parties, frozenset(CapScope) - used - CAPS_OF_ONE_ORDER)


def limits_of_issue(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> tuple[LimitAccount, ...]:
    """What granting a voucher uses: the firm's own limits, if unused vouchers count; otherwise nothing."""
    return _accounts(spec, firm_class, parties, AT_ISSUE if spec.unused_counts.value else frozenset())


def firm_limits(spec: ProgrammeSpec, firm_class: str, parties: LimitParties) -> tuple[LimitAccount, ...]:
    """The firm's own limits, whenever they are used: what grows when the firm rises a class."""
    return _accounts(spec, firm_class, parties, AT_ISSUE)


def own_limit(instrument: Strategy, voucher_id: UUID, granted_fen: Fen) -> LimitAccount:
    """What a voucher itself allows: its quota, or the money that stands on it."""
    return LimitAccount(instrument.left(voucher_id), granted_fen, Sentence(instrument.left_label), None)


def _accounts(spec: ProgrammeSpec, firm_class: str, parties: LimitParties, scopes: Iterable[CapScope]) -> tuple[LimitAccount, ...]:
    """One account per code; where two caps fall on the same code, the lower one holds."""
    found: dict[AccountCode, LimitAccount] = {}
    for cap in spec.caps:
        if cap.scope not in set(scopes) or not cap.applies(firm_class, parties.category) or not _is_there(cap, parties):
            continue
        span = _span(spec, cap, parties)
        said = Sentence(_SENTENCES[cap.scope], {"first": span} if cap.scope in CAPS_PER_CYCLE else {"year": parties.on.year})
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
