"""Money of a round: it arrives by a document, and what is not issued can be called back."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.kernel import commands, typed
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, locked, locked_all
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.files import checksum
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import split_pro_rata
from marketplace.kernel.typed import checked_reason
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import EntryCommand
from marketplace.moves.service import currency_of
from marketplace.vouchers import money
from marketplace.vouchers.fund_money import NO_DRAWS, Draws
from marketplace.vouchers.models import Appropriation, Round
from marketplace.vouchers.queries.funds import free_fen
from marketplace.vouchers.queries.sources import left_of_round
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.amounts import CARRIED_OVER, FundDocument
from marketplace.vouchers.rules.rounds import check_area
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import parts


def record_appropriation(
    round_id: UUID, paper: FundDocument, *, actor_id: UUID, request_key: UUID, today: date, file_id: UUID | None = None
) -> Appropriation:
    """Book money into the pool of a round. A repeat answers with the same row.

    Raises:
        RuleViolation: a source the programme does not know, a date in the future, a finished round, one outside its programme's area.
        Conflict: this document is booked already for this source.
    """
    row = locked(Round, round_id)
    content = {**_body(paper), "round": row.id, "file": checksum(file_id)}
    if not commands.begin(commands.Command(request_key, "appropriation.recorded", actor_id, request_key, content)):
        return by_id(Appropriation, request_key)
    command = EntryCommand(
        "appropriation.record", f"appropriation.record:{request_key}", actor_id, "appropriation", request_key, _body(paper)
    )
    _check(row, paper, today=today)
    entry = Appropriation(
        id=request_key, number=printed_number("ZJ"), programme_id=row.programme_id, round_id=row.id, source=paper.source,
        document_number=paper.document_number.strip(), dated_on=paper.dated_on, amount_fen=paper.amount_fen, file_id=file_id,
        recorded_by=actor_id, use_by=paper.use_by, **paper.codes(),
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    part = parts.arrived(row, entry) if row.state is not RoundState.DRAFT and spec_of(row.version_id).parts else None
    money.appropriate(entry, row.programme.book_id, command, today=today, part=part)
    audit.record(
        "appropriation.recorded", actor_id=actor_id, subject_type="appropriation", subject_id=entry.id, book_id=row.programme.book_id,
        round=row.number, source=paper.source, document=entry.document_number, dated_on=paper.dated_on, amount_fen=paper.amount_fen,
        **paper.codes(), **_until(paper), **currency_of(row),
    )  # fmt: skip
    return entry


def _body(paper: FundDocument) -> dict[str, object]:
    return {
        "source": paper.source, "document": paper.document_number.strip(), "dated_on": paper.dated_on.isoformat(),
        "amount_fen": paper.amount_fen, **paper.codes(), **_until(paper),
    }  # fmt: skip


def _until(paper: FundDocument) -> dict[str, str]:
    return {"use_by": paper.use_by.isoformat()} if paper.use_by else {}


def _check(row: Round, paper: FundDocument, *, today: date) -> None:
    check_area(row.programme.area_code, row.area_code)
    if row.state is RoundState.FINISHED:
        raise RuleViolation(N_("批次已经结项，不能再登记资金。"), code="round_state")
    allowed = {source.value for source in spec_of(row.version_id).appropriations.value} | {CARRIED_OVER}
    if paper.source not in allowed:
        raise RuleViolation(N_("本项目的规则没有这一资金来源，请核对，或先更新项目规则。"), field="source")
    if paper.dated_on > today:
        raise RuleViolation(N_("文件日期不能晚于今天。"), field="dated_on")
    if paper.use_by and paper.use_by < max(paper.dated_on, today):
        raise RuleViolation(N_("使用期限不能早于文件日期，也不能已过。"), field="use_by")
    if paper.amount_fen <= 0:
        raise RuleViolation(N_("金额必须大于 0。"), field="amount")
    for name, code in paper.codes().items():
        if not typed.is_digits(code):
            raise RuleViolation(N_("科目编码只写数字，例如 2150805。"), field=name)
    same = select(Appropriation.number).where(
        Appropriation.round_id == row.id,
        Appropriation.source == paper.source,
        Appropriation.document_number == paper.document_number.strip(),
    )
    if number := db.session.scalar(same):
        raise Conflict(
            N_("这份文件的这一来源已经登记过（编号 %(number)s），没有重复记账。"),
            field="document_number",
            code="document_known",
            number=number,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What is to go back to the treasury, and why."""

    amount_fen: int
    reason: str
    part: str = ""  # of a divided budget: out of which of its parts
    appropriation_id: UUID | None = None  # which document's money; None: of all that are in the round, pro rata

    def content(self) -> dict[str, object]:
        """As a command keeps it."""
        said = {"amount_fen": self.amount_fen, "reason": self.reason}
        more = {"part": self.part, "appropriation": self.appropriation_id}
        return said | {name: value for name, value in more.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """What a round that hands out again takes over from the earlier one."""

    amount_fen: int
    document_number: str
    reason: str
    part: str = ""  # of the earlier round's budget, where that is divided


def carry_over(round_id: UUID, wanted: Carry, *, actor_id: UUID, request_key: UUID, today: date) -> Appropriation:
    """Money that a round did not use goes to the one that hands it out again (补发): called back there, and recorded here as carried over.

    Raises: RuleViolation: the round supplements none, more than is free in the earlier one, or no reason; Conflict: known document.
    """
    row = by_id(Round, round_id)
    if row.supplements_id is None:
        raise RuleViolation(N_("本批次没有接续其他批次，请按资金下达文件登记资金。"), code="supplements")
    locked_all(Round, [row.id, row.supplements_id])  # in one order for everybody
    back = Recall(amount_fen=wanted.amount_fen, reason=wanted.reason, part=wanted.part)
    recall(row.supplements_id, back, actor_id=actor_id, request_key=uuid5(request_key, "recall"), today=today)
    paper = FundDocument(source=CARRIED_OVER, document_number=wanted.document_number, dated_on=today, amount_fen=wanted.amount_fen)
    return record_appropriation(round_id, paper, actor_id=actor_id, request_key=request_key, today=today)


def recall(round_id: UUID, wanted: Recall, *, actor_id: UUID, request_key: UUID, today: date) -> Entry:
    """Unissued money goes back to the treasury.

    Raises: RuleViolation: no reason, more than is free, or firms are using the pool now.
    """
    row, amount_fen, reason = locked(Round, round_id), wanted.amount_fen, wanted.reason
    book_id = row.programme.book_id
    commands.begin(commands.Command(request_key, "pool.recalled", actor_id, row.id, wanted.content()))
    command = EntryCommand("pool.recall", f"pool.recall:{request_key}", actor_id, "round", row.id, {"amount_fen": amount_fen})
    if (known := ledger.replayed(book_id, command)) is not None:
        return known
    checked_reason(reason, N_("请写明收回资金的原因和依据。"))
    free = free_fen(row)
    if not 0 < amount_fen <= free:
        said = format_money(free, row.currency)
        raise RuleViolation(N_("可收回的资金为 %(free)s 元，请核对金额。"), field="amount", code="recall", free=said)
    part = parts.taken(row, wanted.part, amount_fen, reason, actor_id=actor_id)
    draws = {wanted.appropriation_id: amount_fen} if wanted.appropriation_id else _recalled_of(row, amount_fen)
    out_of = money.RecalledFrom(part, draws)
    entry = money.recall(book_id, row.id, amount_fen, command, today=today, out_of=out_of)
    audit.record(
        "pool.recalled", actor_id=actor_id, subject_type="round", subject_id=row.id, book_id=book_id, amount_fen=amount_fen,
        reason=reason.strip(), **({"part": spec_of(row.version_id).part_label(wanted.part)} if part else {}), **currency_of(row),
    )  # fmt: skip
    return entry


def _recalled_of(row: Round, amount_fen: int) -> Draws:
    """Of which documents money goes back: the free ones give pro rata to what they have left. None: the book does not say it yet."""
    left = {str(one.id): fen for one, fen in left_of_round(row.id)}
    known = {key: fen for key, fen in left.items() if fen is not None}
    return {UUID(key): fen for key, fen in split_pro_rata(amount_fen, known).items()} if len(known) == len(left) else NO_DRAWS
