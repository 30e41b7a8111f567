"""What reads the limits of agreements: a contract with a provider, and two contents of a table for each key."""

from datetime import date
from typing import Any

from marketplace.agreements.rules import AgreedTerms, Around, check_terms
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_file import PROGRAMMES, load_programme
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules.states import RoundState
from tests.policy.amount_cases import START, Case, refused

PURCHASE = load_programme(PROGRAMMES / "xizang_service_purchase.toml")
AROUND = Around(RoundState.IN_USE, use_from=START, redeem_until=date(2028, 1, 1), running=2)
TERMS = AgreedTerms(
    number="HT-1", amount_fen=Fen(1_000 * YUAN), signed_on=START, first_on=START, last_on=date(2026, 12, 31), categories=["digital"]
)


def signed(spec: ProgrammeSpec) -> Any:
    return refused(lambda: check_terms(spec, TERMS, AROUND, today=START))


AGREEMENTS: dict[str, Case] = {
    "agreements.providers.value": Case("agreements.providers", {"value": 2}, {"value": 3}, signed, PURCHASE),
    "agreements.cap.amount_fen": Case("agreements.cap", {"amount_fen": 99_999}, {"amount_fen": 100_000}, signed, PURCHASE),
    "agreements.period.months": Case("agreements.period", {"months": 9}, {"months": 10}, signed, PURCHASE),
}
