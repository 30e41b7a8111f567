"""What a programme may say of orders: a price that both sides agree on, by when work is done, what an end pays, how old papers are."""

from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.groups import NamedTables
from marketplace.kernel.policyfiles.kinds import Choice, Whole
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import decision, key, one
from marketplace.policy.programme_decisions import PaperTerm
from marketplace.policy.programme_words import AgreedPrice, DocumentKind, Format, Termination

_SECOND = Format.PROGRAMME_2
_MONTHS = Whole(N_("月数"), 1, 120, show=lambda months: f"券生效后 {months} 个月内完成服务")


@dataclass(frozen=True, kw_only=True)
class OfAgreements:
    """The tables of a programme that say it; rules without them are as before: the contract says the price, and an end gives all back."""

    agreed_price: Setting[AgreedPrice] | None = key(
        one(Choice(N_("实际价格的确认"), AgreedPrice), required=False), name="contract.price", since=_SECOND
    )
    termination: Setting[Termination] | None = key(
        one(Choice(N_("签约后终止"), Termination), required=False), name="contract.termination", since=_SECOND
    )
    completion_months: Setting[int] | None = key(  # counted from the first good day of the voucher, whenever its contract is signed
        one(_MONTHS, main="months", label=N_("领券后完成服务时限"), required=False), name="contract.completion", since=_SECOND
    )

    paper_terms: tuple[PaperTerm, ...] = key(
        NamedTables(decision(N_("材料有效期"), PaperTerm, main="months", required=False)), since=_SECOND
    )

    def months_of(self, paper: DocumentKind) -> int | None:
        """How old a paper may be; None: as old as it is."""
        return min((one.months for one in self.paper_terms if paper in one.papers), default=None)

    @property
    def both_confirm(self) -> bool:
        """Whether a price other than the listed one counts only once both sides have confirmed it."""
        return self.agreed_price is not None and self.agreed_price.value is AgreedPrice.BOTH

    @property
    def pays_what_was_earned(self) -> bool:
        """Whether an order that ends after its contract is split into what was done and what goes back."""
        return self.termination is not None and self.termination.value is Termination.EARNED
