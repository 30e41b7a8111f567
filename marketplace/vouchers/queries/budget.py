"""How much of a round's money is held or used, read off the ledger."""

from sqlalchemy import and_, func, select

from marketplace.kernel.db import db
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import account_id
from marketplace.policy.programme_guards import Stops
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers import chart
from marketplace.vouchers.models import Appropriation, Round
from marketplace.vouchers.rules import budget
from marketplace.vouchers.rules.budget import BudgetUse


def use_of(round_: Round) -> BudgetUse:
    """The money that came for a round, without what went back to the treasury; what of it is no longer in the pool is held or used."""
    book_id = round_.programme.book_id
    balance = select(func.sum(Account.credits_fen - Account.debits_fen)).where(Account.book_id == book_id)
    recalled = (
        select(func.sum(Transfer.amount_fen))
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .where(Entry.book_id == book_id, Entry.subject_id == round_.id, Entry.verb == "pool.recall")
        .where(Transfer.debit_account_id == account_id(book_id, chart.POOL.of(round_.id)))  # of a divided budget a part moves beside it
    )
    came = select(func.sum(Appropriation.amount_fen)).where(Appropriation.round_id == round_.id)
    parts = (
        came,
        recalled,
        balance.where(Account.code == chart.VOIDED.of(round_.id)),
        balance.where(Account.code == chart.POOL.of(round_.id)),
    )
    row = db.session.execute(select(*(part.scalar_subquery() for part in parts))).one()
    appropriated, back, voided, pool = (int(fen or 0) for fen in row)
    whole = appropriated - back - voided
    return BudgetUse(whole, whole - pool)


def check(round_: Round, spec: ProgrammeSpec, what: Stops) -> None:
    """Raises: RuleViolation: the money of the round is used up to where this stops."""
    if budget.stops(spec, what):
        budget.check_budget(spec, what, use_of(round_))
