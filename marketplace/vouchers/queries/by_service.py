"""What a firm's vouchers bear by kind of service: the same wallet, asked the other way round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.ledger.rules import AccountCode
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.portions import portions_left
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.queries.wallet import Holding


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """What a voucher bears of one kind of service: its share of a price, and the most that is left for it."""

    voucher: Voucher
    rate_bp: int
    left_fen: int


def portion_left(one: Holding, spec: ProgrammeSpec, category: str, left: Mapping[AccountCode, int]) -> int:
    """What a voucher has left for a kind of service; `left`: of its parts, by their accounts."""
    part = spec.portion_for(one.voucher.class_key, category)
    of_part = left[one.voucher.portion_accounts[part.name]] if part and left else one.standing.left_fen
    return min(of_part, one.standing.left_fen)


def by_service(found: Sequence[Holding]) -> list[tuple[str, list[ServiceLine]]]:
    """By category, in the catalogue's order, each voucher that can be used for it today, the one with the largest share first. The same
    money may stand under several kinds of service."""
    usable = [one for one in found if one.why_not is None and one.standing.left_fen]
    parts = portions_left([one.voucher for one in usable])
    lines: dict[str, list[ServiceLine]] = {}
    for one in usable:
        spec, left = spec_of(one.voucher.round.version_id), parts.get(one.voucher, {})
        for category in spec.services.value:
            if fen := portion_left(one, spec, category, left):
                rate_bp = spec.whole_rate_bp(one.voucher.class_key, category)
                lines.setdefault(category, []).append(ServiceLine(one.voucher, rate_bp, fen))
    ordered = [*(code for code in category_names() if code in lines), *sorted(lines.keys() - category_names().keys())]
    return [(code, sorted(lines[code], key=lambda line: -line.rate_bp)) for code in ordered]
