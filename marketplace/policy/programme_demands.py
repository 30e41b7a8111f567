"""Which tables of a programme file belong to which instrument, in one place: the reader and the checks ask here."""

from collections.abc import Mapping

from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.policy.programme_words import Instrument

# How a subsidy follows from a cost.
_COST = frozenset({"partial", "cost", "rates", "bonuses", "bonus_ceiling", "own_share", "caps", "cycle", "services"})
_PORTIONS = frozenset({"portions", "portion_moves"})
# What is said of orders: a programme without orders has none of it.
_ORDERS = frozenset(
    {"base", "paper_terms", "pooling", "class_day", "contract", "acceptance", "offerings", "providers"}
    | {"times.order", "times.accept", "times.contract_upload", "times.service", "times.acceptance", "times.evaluation"}
    | {"times.claim_window", "unused", "settlement.not_granted", "evidence", "checks.split"}
    | _PORTIONS
)
# What is said of a queue for vouchers.
_QUEUE = frozenset(
    {"allocation.priority", "allocation.review_levels", "allocation.waitlist", "allocation.results"}
    | {"criteria", "allocation.scorers", "allocation.least_score", "allocation.releases"}
)

_EVIDENCE = frozenset({"evidence_fields", "month_counts"})
_PARTS = frozenset({"parts", "parts_unused"})
_AGREEMENTS = frozenset({"agreements"})
_AMOUNTS = frozenset({"faces", "allocation.remainder"})

# What is said between an order and its acceptance, and of a voucher that waits to be used: at a till there is neither.
_ON_THE_WAY = frozenset(
    {"pooling", "times.order", "times.contract_upload", "times.service", "times.acceptance", "contract", "acceptance", "evidence.contract"}
)

WITHOUT_ORDERS = frozenset({Instrument.AWARD, Instrument.POST_SUBSIDY, Instrument.FEE_OFFSET})  # firms apply for money
BY_AGREEMENT = frozenset({Instrument.PURCHASE})  # what a bureau agreed with a provider pays for orders
ON_TITLES = frozenset({Instrument.AWARD})  # these stand on a title of the firm, the others without orders on evidence
_ONLY_OF = {"selection": Instrument.PROVIDER_WHOLESALE}  # tables of one instrument alone
_NOT_OF: Mapping[str, frozenset[str]] = {
    Instrument.AWARD.value: _ORDERS | _COST | _QUEUE | _EVIDENCE | _PARTS | _AGREEMENTS,
    Instrument.POST_SUBSIDY.value: _ORDERS | _QUEUE | _AMOUNTS | _PARTS | _AGREEMENTS,
    Instrument.FEE_OFFSET.value: _ORDERS | _QUEUE | _AMOUNTS | _PARTS | _AGREEMENTS,
    Instrument.QUOTA.value: _EVIDENCE | _AGREEMENTS,
    Instrument.FACE_VALUE.value: _EVIDENCE | _PORTIONS | _AGREEMENTS,  # a face is one sum
    Instrument.INSTANT_DEDUCT.value: _EVIDENCE | _QUEUE | _AMOUNTS | _ON_THE_WAY | _PORTIONS | _AGREEMENTS,
    Instrument.PURCHASE.value: _EVIDENCE | _PARTS | _PORTIONS | {"pooling"},
}


class OfInstrument:
    """What the instrument of a programme says of it."""

    instrument: Setting[Instrument]

    @property
    def has_orders(self) -> bool:
        """Whether firms order something; else money is paid on a firm's application."""
        return self.instrument.value not in WITHOUT_ORDERS

    @property
    def deducts_at_once(self) -> bool:
        """Whether an order is redeemed with the provider's invoice, without contract, delivery and acceptance."""
        return self.instrument.value is Instrument.INSTANT_DEDUCT

    @property
    def chooses_providers(self) -> bool:
        """Whether firms draw on allotments of providers that are chosen for each round."""
        return self.instrument.value is Instrument.PROVIDER_WHOLESALE

    @property
    def offsets_fees(self) -> bool:
        """Whether money without an order is for a fee of an office, which may be paid itself."""
        return self.instrument.value is Instrument.FEE_OFFSET

    @property
    def by_agreement(self) -> bool:
        """Whether orders are paid by what the bureau agreed with a provider."""
        return self.instrument.value in BY_AGREEMENT

    @property
    def on_titles(self) -> bool:
        """Whether money without an order stands on a title of the firm; else on evidence of a cost."""
        return self.instrument.value in ON_TITLES


def belongs(path: str, instrument: object) -> bool:
    """Whether a table, by its dotted path, is one that programmes of an instrument have. One that is not known is read as one of orders."""
    parts = path.split(".")
    if _ONLY_OF.get(parts[0], instrument) != instrument:
        return False
    ways = {".".join(parts[: count + 1]) for count in range(len(parts))}
    return not ways & _NOT_OF.get(str(instrument), _EVIDENCE | _AGREEMENTS)
