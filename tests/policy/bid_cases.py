"""What reads the keys of a programme that chooses its providers."""

from typing import Any
from uuid import UUID

from marketplace.policy.programme_file import PROGRAMMES, load_programme
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules import bids
from marketplace.vouchers.rules.bids import Bid
from tests.policy.amount_cases import START, Case

HAIDIAN = load_programme(PROGRAMMES / "haidian_model_voucher.toml")


def chosen(spec: ProgrammeSpec) -> Any:
    asked = [Bid(UUID(int=place), score, place) for place, score in enumerate((70, 90, 80))]
    return [one.int for one in bids.chosen(spec, asked, already=0)]


BIDS: dict[str, Case] = {
    "selection.providers.value": Case("selection.providers", {"value": 2}, {"value": 1}, chosen, HAIDIAN),
    "selection.scorers.value": Case("selection.scorers", {"value": 2}, {"value": 3}, lambda spec: str(bids.mean(spec, [70, 81])), HAIDIAN),
    "selection.window.days": Case("selection.window", {"days": 7}, {"days": 8}, lambda spec: bids.last_day(spec, START), HAIDIAN),
}
