"""A contract of the bureau with a provider, in one line."""

from typing import Any
from uuid import uuid4

from marketplace.agreements import service
from marketplace.agreements.models import Agreement
from marketplace.agreements.rules import AgreedTerms
from marketplace.catalogue.models import Provider
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import YUAN, Fen
from marketplace.moves.service import By
from marketplace.vouchers.models import Round
from tests.factories import a_provider, an_offering


def an_agreement(round_: Round, *, yuan: int = 100, provider: Provider | None = None, **terms: Any) -> Agreement:
    """Signed today with a provider, else a new one, that has something on the shelf, as long as the round takes orders."""
    provider, today = provider or a_provider(), clock.today()
    an_offering(provider=provider)
    days = {"signed_on": today, "first_on": max(today, round_.use_from), "last_on": round_.use_until}
    said = AgreedTerms(**({"number": f"HT-{uuid4()}9", "amount_fen": Fen(yuan * YUAN), "categories": ["digital"], **days} | terms))
    by, round_id, provider_id = By(uuid4(), clock.now(), uuid4()), round_.id, provider.id
    return in_transaction(lambda: service.sign(round_id, provider_id, said, by=by))
