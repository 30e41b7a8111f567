"""A contract of the bureau is signed, terminated, over: its money is set aside, and what is left goes back."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.agreements import queries, rules
from marketplace.agreements.lifecycle import AGREEMENT, AgreementState, Side
from marketplace.agreements.models import Agreement
from marketplace.agreements.rules import AgreedTerms, Around
from marketplace.catalogue.models import Provider
from marketplace.kernel import commands
from marketplace.kernel.commands import Command
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, InsufficientBalance, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.risk import queries as risk
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.spending import phase_of, spec_of
from marketplace.vouchers.service import spending


def sign(round_id: UUID, provider_id: UUID, terms: AgreedTerms, *, by: By) -> Agreement:
    """Put down a contract that the bureau signed, and set its money aside. A repeat answers with the same row.

    Args:
        by: its key is the row's id.

    Raises:
        NotFound: no such provider.
        RuleViolation: not in the register or kept away, outside the rules of the programme, the days of the round or the money of its pool.
        Conflict: the number was used, or the provider has a contract that runs.
    """
    assert by.key is not None and by.actor_id is not None and by.now is not None, "an officer signs on a page"
    row, provider = locked(Round, round_id), by_id(Provider, provider_id)
    today = row.day_of(by.now)
    content = {"round": round_id, "provider": provider_id, **terms.content()}
    if not commands.begin(Command(by.key, "agreement.signed", by.actor_id, by.key, content), now=by.now):
        return by_id(Agreement, by.key)
    around = Around(phase_of(row, today=today), row.use_from, row.redeem_until, queries.running_in(round_id))
    rules.check_terms(spec_of(row.version_id), terms, around, today=today)
    rules.check_party(provider.state)
    risk.check_not_barred((provider.id,), today)
    rules.check_prices(terms, queries.listed(provider.id, row.currency))
    made = _made(row, provider.id, terms, by.key, by.actor_id, by.now)
    act = moves.begun(AGREEMENT, "sign", made, Side.OFFICER, By(by.actor_id, by.now))
    _set_aside(row, made, by.actor_id, today)
    moves.done(act, amount_fen=made.amount_fen, provider=provider.organisation.name, last_on=made.last_on)
    said = {"amount": format_money(terms.amount_fen, row.currency), "day": terms.last_on}
    moves.tell(act, [provider.id], N_("合同金额 %(amount)s 元，到 %(day)s 为止。", **said))
    return made


def _made(row: Round, provider_id: UUID, terms: AgreedTerms, key: UUID, actor_id: UUID, now: datetime) -> Agreement:
    """The row. Raises: Conflict."""
    made = Agreement(
        id=key,
        number=terms.number.strip(),
        number_key=plain_number(terms.number),
        programme_id=row.programme_id,
        round_id=row.id,
        simulated=row.simulated,
        provider_id=provider_id,
        amount_fen=terms.amount_fen,
        signed_on=terms.signed_on,
        first_on=terms.first_on,
        last_on=terms.last_on,
        categories=sorted(terms.categories),
        classes=sorted(terms.classes),
        prices={str(one): fen for one, fen in terms.prices.items()},
        state=AgreementState.RUNNING,
        signed_by=actor_id,
        created_at=now,
    )
    _store(made)
    return made


def _store(made: Agreement) -> None:
    """Raises: Conflict."""
    try:
        with db.session.begin_nested():
            db.session.add(made)
            db.session.flush()
    except IntegrityError:
        raise Conflict(N_("这个合同编号已登记过，或这家机构在本批次已有履行中的合同。"), field="number", code="agreement_known") from None


def _set_aside(row: Round, made: Agreement, actor_id: UUID, today: date) -> None:
    try:
        spending.agree(row, made.id, Fen(made.amount_fen), actor_id=actor_id, today=today)
    except InsufficientBalance:
        raise RuleViolation(N_("本批次资金池的余额不够这份合同，请改小金额，或先登记资金。"), field="amount", code="pool") from None


def terminate(agreement_id: UUID, *, reason: str, by: By) -> Agreement:
    """The officer ends a contract before its day: nothing more is ordered on it; orders that are under way go on.

    Raises: RuleViolation: no reason, or it is over.
    """
    act = moves.begun(AGREEMENT, "terminate", locked(Agreement, agreement_id), Side.OFFICER, replace(by, content={"reason": reason}))
    if act.is_repeat:
        return act.row
    act.row.state_reason = checked_reason(reason, N_("请写明终止合同的原因，服务机构会看到。"))
    return _over(act)


def end(agreement_id: UUID, *, now: datetime) -> bool:
    """Time ends a contract after its last day. Whether it did now."""
    row = locked(Agreement, agreement_id)
    if row.state is not AgreementState.RUNNING or not rules.is_over(row.last_on, row.day_of(now)):
        return False
    _over(moves.begun(AGREEMENT, "end", row, Side.PLATFORM, By(None, now)))
    return True


def hand_back(agreement_id: UUID, *, now: datetime) -> bool:
    """An order ended after its contract: what came back goes where the rest went. Whether there was something."""
    row = locked(Agreement, agreement_id)
    if row.state is AgreementState.RUNNING:
        return False
    act = moves.begun(AGREEMENT, "hand_back", row, Side.PLATFORM, By(None, now))
    back_fen = spending.hand_back(row.round, row.id, actor_id=None, today=act.today)
    if back_fen:
        moves.done(act, released_fen=back_fen)
    return bool(back_fen)


def _over(act: Act[Agreement]) -> Agreement:
    row = act.row
    moves.entered(act)
    back_fen = spending.hand_back(row.round, row.id, actor_id=act.actor_id, today=act.today)
    moves.done(act, released_fen=back_fen, reason=row.state_reason)
    moves.tell(act, [row.provider_id], row.state_reason or N_("不再接受新的订单，已下的订单照常进行。"))
    return row
