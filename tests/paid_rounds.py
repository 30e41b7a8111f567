"""Whom a round pays: an office or an operator, named by one officer and confirmed by another."""

from uuid import UUID

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.vouchers.payee_models import RoundPayee
from marketplace.vouchers.rules.payees import NamedPayee
from marketplace.vouchers.service import payees

_DIGITS = str.maketrans({letter: str(place % 10) for place, letter in enumerate("ABCDEFGHJKLMNPQRTUWXY")})  # of a credit code


def name_payee(round_id: UUID, *, uscc: str, name: str, by: UUID, then: UUID) -> RoundPayee:
    """One who has an account of its own, made of its credit code."""
    said = NamedPayee(uscc=uscc, name=name, bank_name="中国银行", bank_account=f"6217{uscc[9:16].translate(_DIGITS)}001")
    row = in_transaction(lambda: payees.name_payee(round_id, said, actor_id=by, now=clock.now()))
    in_transaction(lambda: payees.confirm_payee(row.id, seen_account=said.account, actor_id=then, now=clock.now()))
    return row
