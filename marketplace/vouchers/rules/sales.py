"""Whether vouchers of a programme may pay for a service: what is asked of who sells it, and of what is sold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import CNY, Fen
from marketplace.kernel.sentences import Sentence, listed
from marketplace.policy.programme_decisions import ProviderTerm
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules.amounts import LimitLeft
from marketplace.vouchers.rules.limits import Ceiling

OFFERING_CAP = N_("该服务产品用券上限")  # the line of a calculation that says the most of each order, as orders keep it


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a bureau agreed with the provider of an offering, in a round."""

    agreement_id: UUID
    round_id: UUID
    price_fen: Fen  # for the offering
    classes: tuple[str, ...]  # of firms that it serves; none named: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a firm would order, as the rules see it."""

    provider_id: UUID
    category: str
    base_fen: Fen
    fee_kind: str
    voucher_cap_fen: Fen | None = None  # of the offering; None: none settled
    currency: str = CNY
    in_kind_fen: Fen | None = None  # what of its own share the firm gives in kind, beside the price; None: nothing
    agreed: Mapping[UUID, Agreed] = field(default_factory=dict)  # by round: what runs on that day


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """What the accepted dossier of a provider says: papers with their last day (None: no end is printed), and numbers."""

    papers: Mapping[str, date | None]
    numbers: Mapping[str, int]


def check_sale(spec: ProgrammeSpec, sale: Sale, provider: ProviderFacts, *, today: date) -> None:
    """Raises: RuleViolation: the provider or the offering is not one that the programme pays for; it says for want of what."""
    for term in spec.providers:
        if term.applies(sale.category) and not _has(provider, term, today):
            raise RuleViolation(
                N_("此服务机构不符合本项目的条件：%(why)s请改选其他机构。"), field="voucher_id", code="provider_unfit", why=_asked(term)
            )
    check_offering(spec, sale)


def check_offering(spec: ProgrammeSpec, sale: Sale) -> None:
    """Raises: RuleViolation: the offering is not one that the programme pays for."""
    if sale.currency != spec.currency:
        said = N_("这项服务以 %(offered)s 标价，本项目以 %(paid)s 结算，不能用券。请选择以 %(paid)s 标价的服务。")
        raise RuleViolation(said, field="voucher_id", code="other_currency", offered=str(sale.currency), paid=str(spec.currency))
    kinds = spec.fee_kinds
    if kinds and sale.fee_kind not in kinds.value:
        labels = listed(kind.label for kind in kinds.value)
        raise RuleViolation(N_("本项目只支持%(kinds)s的服务。"), field="voucher_id", code="fee_kind", kinds=labels)
    if spec.is_capped and spec.is_capped.value and sale.voucher_cap_fen is None:
        raise RuleViolation(N_("本项目按服务产品核定用券上限，这项服务还没有核定，暂不能用券。"), field="voucher_id", code="no_voucher_cap")


def agreed_for(sale: Sale, round_id: UUID, firm_class: str) -> Agreed:
    """What a bureau agreed with the provider, where that pays for an order.

    Raises: RuleViolation: nothing that runs covers the offering, or not for firms of this class.
    """
    found = sale.agreed.get(round_id)
    if found is None:
        why = N_("本批次没有正在履行、包含这项服务的合同，请改选合同内的服务机构和服务。")
        raise RuleViolation(why, field="voucher_id", code="no_agreement")
    if found.classes and firm_class not in found.classes:
        raise RuleViolation(N_("服务机构的合同不面向您所属的企业类别，请改选其他机构。"), field="voucher_id", code="agreement_class")
    return found


def offering_limits(spec: ProgrammeSpec, sale: Sale) -> tuple[LimitLeft, ...]:
    """The most that one order of the offering may draw; nothing where the programme does not ask."""
    if not spec.is_capped or not spec.is_capped.value or sale.voucher_cap_fen is None:
        return ()
    ceiling = Ceiling(Sentence(OFFERING_CAP), spec.is_capped.provenance)
    return (LimitLeft(ceiling, sale.voucher_cap_fen),)


def _has(provider: ProviderFacts, term: ProviderTerm, today: date) -> bool:
    if term.measure is not None:
        return provider.numbers.get(term.measure, 0) >= (term.at_least or 0)
    return any(kind in provider.papers and ((last := provider.papers[kind]) is None or last >= today) for kind in term.papers)


def _asked(term: ProviderTerm) -> Sentence:
    if term.measure is not None:
        return Sentence(N_("%(measure)s须经核实不低于 %(least)s。"), {"measure": term.measure.label, "least": term.at_least})
    return Sentence(N_("须持有下列经核实、在有效期内的资质之一：%(papers)s。"), {"papers": listed(kind.label for kind in term.papers)})
