"""What of a firm's own share is given in kind: declared with the order, shown by its papers, and counted of it now."""

from dataclasses import dataclass

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.orders import queries
from marketplace.orders.models import Order
from marketplace.policy.programme_words import DocumentKind
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.amounts import with_in_kind


@dataclass(frozen=True, slots=True)
class InKind:
    """Amounts of one order."""

    declared_fen: int
    shown_fen: int  # by papers; may be more than was declared
    counted_fen: Fen  # beside the contract as it stands: of what was declared until it is accepted, of what was shown from then on
    words: Sentence


def in_kind_of(order: Order) -> InKind | None:
    """None where everything is paid in money."""
    if not order.in_kind_fen or order.version_id is None:
        return None
    documents = queries.live_documents(order.id)
    shown = queries.total_fen(documents, DocumentKind.IN_KIND_RECORD) or 0
    valid = order.in_kind_fen if order.redeemed_at is None else queries.shown_in_kind_fen(documents, order.in_kind_fen)
    counted = Fen(with_in_kind(spec_of(order.version_id), Fen(order.contract_fen), valid) - order.contract_fen)
    amounts = {"declared": order.in_kind_fen, "shown": shown, "counted": counted}
    said = {name: format_money(fen, order.currency) for name, fen in amounts.items()}
    words = N_("实物或人工投入：申报 %(declared)s 元，已有证明 %(shown)s 元，计入 %(counted)s 元。验收时没有证明的部分不计入。", **said)
    return InKind(order.in_kind_fen, shown, counted, words)
