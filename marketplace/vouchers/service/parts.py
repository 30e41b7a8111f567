"""The parts of a round's budget (配额): drawn up with the round, opened at its announcement, moved by an officer or on their day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update

from marketplace.audit import service as audit
from marketplace.kernel import commands, sweeping
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.rules import AccountCode, EntryCommand
from marketplace.moves.service import By, currency_of
from marketplace.vouchers import chart, money
from marketplace.vouchers.models import Application, Appropriation, Round, Voucher
from marketplace.vouchers.part_models import PartShift, RoundPart, RoundRelease
from marketplace.vouchers.queries import parts as reads
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import parts as rules
from marketplace.vouchers.rules import releases as release_rules
from marketplace.vouchers.rules.parts import COMMON, ShiftWanted
from marketplace.vouchers.rules.rounds import RoundPlan
from marketplace.vouchers.rules.states import ApplicationState, RoundState


def draw_up(row: Round, plan: RoundPlan) -> None:
    """Write down how the budget of a draft is to be divided, and when it is to be given out."""
    for model in (RoundPart, RoundRelease):
        db.session.execute(delete(model).where(model.round_id == row.id))
    db.session.add_all(RoundPart(round_id=row.id, name=name, amount_fen=amount) for name, amount in (plan.parts or {}).items())
    db.session.add_all(RoundRelease(round_id=row.id, at=one.at, amount_fen=one.amount_fen) for one in plan.releases or ())


def open_all(row: Round, *, now: datetime) -> None:
    """Divide the pool of a round that is announced.

    Raises: RuleViolation: parts or releases are not those of its rules, or not its whole money.
    """
    spec, amounts, given_out, book_id = spec_of(row.version_id), reads.planned(row.id), reads.releases_of(row.id), row.programme.book_id
    pool_fen = ledger_queries.balance_fen(book_id, chart.POOL.of(row.id))
    release_rules.check(spec, given_out, (row.apply_from_at, row.apply_until_at))
    if given_out:
        release_rules.check_sum(spec, given_out, pool_fen)
    rules.check_amounts(spec, amounts, row.area_code)
    if not spec.parts:
        return
    rules.check_sum(spec, amounts, pool_fen)
    codes = {chart.PART.of(row.id, name): amount for name, amount in (amounts | {COMMON: 0}).items()}
    command = EntryCommand("part.open", f"part.open:{row.id}", None, "round", row.id, {"amounts": amounts})
    money.open_parts(book_id, codes, command, today=row.day_of(now))


def arrived(row: Round, paper: Appropriation) -> AccountCode:
    """Money comes to a round whose budget is divided: it belongs to no part until an officer gives it to one. Its account."""
    _note(row, ShiftWanted(source="", target=COMMON, amount_fen=paper.amount_fen, reason=paper.document_number), paper.recorded_by)
    return chart.PART.of(row.id, COMMON)


def taken(row: Round, name: str, amount_fen: int, reason: str, *, actor_id: UUID) -> AccountCode | None:
    """Money of a round goes back to the treasury: out of which part, where its budget is divided. Its account.

    Raises: RuleViolation: no such part, or more than is free in it.
    """
    free = reads.parts_free_fen(row) if row.state is not RoundState.DRAFT else {}
    if not free:
        return None
    if name not in free:
        raise RuleViolation(N_("请选择从哪一项配额收回。"), field="part", code="part_unknown")
    rules.check_free(spec_of(row.version_id), name, amount_fen, free[name])
    _note(row, ShiftWanted(source=name, target="", amount_fen=amount_fen, reason=reason.strip()), actor_id)
    return chart.PART.of(row.id, name)


def shift(round_id: UUID, wanted: ShiftWanted, by: By) -> PartShift:
    """An officer moves money between parts of a running round, or gives to one what belongs to none (调剂). A repeat changes nothing.

    Raises: RuleViolation: no reason, the round is not running, the rules do not let it, or what is moved is granted already.
    """
    assert by.key is not None, "asked once"
    row = locked(Round, round_id)
    assert by.now is not None, "who moves money tells the time"
    if not commands.begin(commands.Command(by.key, "part.shifted", by.actor_id, row.id, {"wanted": wanted}), now=by.now):
        return by_id(PartShift, by.key)
    if row.state in {RoundState.DRAFT, RoundState.FINISHED}:
        raise RuleViolation(N_("批次当前为“%(now)s”，不能调剂配额。"), code="round_state", now=row.state.label)
    checked_reason(wanted.reason, N_("请写明调剂的原因和依据。"))
    rules.check_shift(spec_of(row.version_id), wanted, reads.parts_free_fen(row))
    return _shifted(row, wanted, by)


def _shifted(row: Round, wanted: ShiftWanted, by: By) -> PartShift:
    book_id, spec = row.programme.book_id, spec_of(row.version_id)
    assert by.now is not None
    made = _note(row, wanted, by.actor_id, key=by.key)
    command = EntryCommand("part.shift", f"part.shift:{made.id}", by.actor_id, "round", row.id, {"amount_fen": wanted.amount_fen})
    source, target = (chart.PART.of(row.id, name) for name in (wanted.source, wanted.target))
    money.shift_part(book_id, source, target, wanted.amount_fen, command, today=row.day_of(by.now))
    source_label, target_label = (spec.part_label(name) for name in (wanted.source, wanted.target))
    audit.record(
        "part.shifted",
        actor_id=by.actor_id,
        subject_type="round",
        subject_id=row.id,
        book_id=book_id,
        number=row.number,
        part=source_label,
        to_part=target_label,
        amount_fen=wanted.amount_fen,
        reason=made.reason,
        **currency_of(row),
    )
    sweeping.wake()  # somebody may have waited for it
    return made


def _note(row: Round, wanted: ShiftWanted, actor_id: UUID | None, *, key: UUID | None = None) -> PartShift:
    between, reason = {"source": wanted.source, "target": wanted.target}, fitting(wanted.reason, 300)
    made = PartShift(round_id=row.id, **between, amount_fen=wanted.amount_fen, reason=reason, actor_id=actor_id)
    if key is not None:
        made.id = key
    db.session.add(made)
    db.session.flush()
    return made


def pool(round_id: UUID, *, now: datetime) -> int:
    """From the day on that the round set, what its parts did not use is there for all; what comes back to one later follows. How often
    something was moved. Safe to repeat.
    """
    row = locked(Round, round_id)
    if row.pooled_at is None:
        row.pooled_at = now
        waits = (Application.round_id == row.id) & Application.state.in_(WAITING) & (Application.part_name != "")
        for model, mine in ((Voucher, (Voucher.round_id == row.id) & (Voucher.part_name != "")), (Application, waits)):
            db.session.execute(update(model).where(mine).values(part_name=COMMON).execution_options(synchronize_session="fetch"))
    left = {name: fen for name, fen in reads.left_fen(row).items() if fen and name != COMMON}
    for name, fen in left.items():
        _shifted(row, ShiftWanted(source=name, target=COMMON, amount_fen=fen, reason=N_("到统筹日，未用配额归各类统筹使用")), By(None, now))
    return len(left)


WAITING = (ApplicationState.SUBMITTED, ApplicationState.REVIEWING, ApplicationState.RETURNED, ApplicationState.WAITLISTED)
