"""Vouchers come into being: one per firm and round, with the entry that moves the money or opens the quota."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number, uuid7
from marketplace.kernel.money import MAX_AMOUNT_FEN, Fen, format_yuan
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.rules import Command
from marketplace.notices import service as notices
from marketplace.policy import queries as policy
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers import money
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries.facts import facts_of, facts_of_many
from marketplace.vouchers.queries.funds import LIVING
from marketplace.vouchers.rules import limits
from marketplace.vouchers.rules import rounds as round_rules
from marketplace.vouchers.rules.limits import LimitAccount, LimitParties
from marketplace.vouchers.rules.rights import Right, right_of
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.spending import refresh_state, spec_of


def valid_until(spec: ProgrammeSpec, round_: Round, today: date) -> date:
    """The last day to order: by the programme's time limit for it, never after the round's use window."""
    calendar = policy.working_calendar()
    limit = round_rules.due(spec.times.order, today, calendar, region=round_.area_code, round_day=round_.use_until)
    return min(limit.on, round_.use_until) if limit else round_.use_until


def limits_left(spec: ProgrammeSpec, round_: Round, enterprise_id: UUID, class_key: str, today: date) -> tuple[list[LimitAccount], Fen]:
    """The caps that a grant itself uses, and what they still allow."""
    accounts = list(limits.limits_of_issue(spec, class_key, LimitParties(enterprise_id, round_.id, today.year)))
    codes = [one.code for one in accounts]
    open_codes = ledger_queries.opened(round_.programme.book_id, codes)
    balances = ledger_queries.balances_fen(round_.programme.book_id, codes)
    left = [balances[one.code] if one.code in open_codes else one.cap_fen for one in accounts]
    return accounts, Fen(min(left, default=MAX_AMOUNT_FEN))


def issue(
    round_: Round, enterprise_id: UUID, right: Right, *, actor_id: UUID | None, today: date, application: Application | None = None
) -> Voucher:
    """Issue a voucher in a round that the caller has locked. A firm that has one keeps it.

    Raises: RuleViolation: the round is over, or a cap of the firm leaves too little; InsufficientBalance: the pool does.
    """
    known = select(Voucher).where(Voucher.round_id == round_.id, Voucher.enterprise_id == enterprise_id)
    if (row := db.session.scalars(known).unique().one_or_none()) is not None:
        return row
    if today > round_.use_until:
        raise RuleViolation(N_("本批次用券期已过，不能再发放。"), code="round_state")
    spec = spec_of(round_.version_id)
    accounts, left = limits_left(spec, round_, enterprise_id, right.class_key, today)
    if right.face_fen > left:
        raise RuleViolation(N_("企业本年度上限只剩 %(left)s 元，不够发放。"), code="limit_short", left=format_yuan(left))
    voucher = Voucher(
        id=uuid7(), number=printed_number("Q"), programme_id=round_.programme_id, round_id=round_.id, enterprise_id=enterprise_id,
        application_id=application.id if application else None, instrument=spec.instrument.value.value, face_fen=right.face_fen,
        class_key=right.class_key, valid_from=max(round_.use_from, today),
        valid_until=valid_until(spec, round_, max(round_.use_from, today)), state=VoucherState.AVAILABLE,
    )  # fmt: skip
    voucher.round, voucher.programme = round_, round_.programme
    db.session.add(voucher)
    db.session.flush()
    book_id = round_.programme.book_id
    money.open_limits(book_id, [money.LimitUse(one.code, one.cap_fen) for one in accounts], today=today)
    key = f"voucher.issue:{round_.id}:{enterprise_id}"
    command = Command("voucher.issue", key, actor_id, "voucher", voucher.id, {"face_fen": right.face_fen})
    money.issue(voucher, book_id, [one.code for one in accounts], command, today=today)
    _tell_issued(voucher, actor_id)
    return voucher


def _tell_issued(voucher: Voucher, actor_id: UUID | None) -> None:
    audit.record(
        "voucher.issued", actor_id=actor_id, subject_type="voucher", subject_id=voucher.id, book_id=voucher.programme.book_id,
        number=voucher.number, enterprise=voucher.enterprise_id, face_fen=voucher.face_fen, round=voucher.round.number,
    )  # fmt: skip
    title = N_("您有一张新的服务券：%(name)s") % {"name": voucher.programme.name}
    body = N_("额度 %(amount)s 元，%(day)s 前下单有效。") % {
        "amount": format_yuan(voucher.face_fen),
        "day": voucher.valid_until.isoformat(),
    }
    notices.tell(identity.user_ids_of(voucher.enterprise_id), title, body, f"/wallet/{voucher.id}")


def credit(round_id: UUID, enterprise_ids: list[UUID], *, actor_id: UUID | None, today: date) -> list[Voucher]:
    """Give firms of a round what is theirs: by itself (auto_credit) or by an officer's hand (admin_push).

    Firms that have a voucher keep it; firms that do not meet the rules, or whose yearly cap is used, are passed over.
    """
    round_ = locked(Round, round_id)
    spec = spec_of(round_.version_id)
    have = set(db.session.scalars(select(Voucher.enterprise_id).where(Voucher.round_id == round_id)))
    issued = []
    for enterprise_id, facts in facts_of_many([one for one in enterprise_ids if one not in have], today).items():
        right = right_of(spec, facts, (round_.area_code,))
        if right is not None and right.face_fen <= limits_left(spec, round_, enterprise_id, right.class_key, today)[1]:
            issued.append(issue(round_, enterprise_id, right, actor_id=actor_id, today=today))
    return issued


def rise(voucher_id: UUID, *, today: date) -> bool:
    """Lift a quota whose firm rose to a better class: the quota and the yearly cap grow, what was used stays used."""
    voucher = locked(Voucher, voucher_id)
    spec = spec_of(voucher.round.version_id)
    right = right_of(spec, facts_of(voucher.enterprise_id, today), (voucher.round.area_code,))
    if right is None or voucher.instrument != "quota" or right.face_fen <= voucher.face_fen or voucher.state not in LIVING:
        return False
    more, book_id = right.face_fen - voucher.face_fen, voucher.programme.book_id
    parties = LimitParties(voucher.enterprise_id, voucher.round_id, today.year)
    uses = [money.LimitUse(one.code, one.cap_fen) for one in limits.firm_limits(spec, right.class_key, parties)]
    money.lift_limits(book_id, uses, today=today)
    counted, left = limits_left(spec, voucher.round, voucher.enterprise_id, right.class_key, today)
    if more > left:  # another round has used the firm's cap
        return False
    money.open_limits(book_id, [money.LimitUse(one.code, one.cap_fen) for one in counted], today=today)
    command = Command("voucher.lift", f"voucher.lift:{voucher.id}:{right.face_fen}", None, "voucher", voucher.id, {"more_fen": more})
    money.lift(voucher, book_id, more, [one.code for one in counted], command, today=today)
    before, voucher.face_fen, voucher.class_key = voucher.class_key, right.face_fen, right.class_key
    refresh_state(voucher)
    audit.record(
        "voucher.lifted", actor_id=None, subject_type="voucher", subject_id=voucher.id, book_id=book_id, number=voucher.number,
        before=before, now=right.class_key, more_fen=more,
    )  # fmt: skip
    title = N_("您的服务券额度提高了 %(amount)s 元") % {"amount": format_yuan(more)}
    notices.tell(identity.user_ids_of(voucher.enterprise_id), title, voucher.programme.name, f"/wallet/{voucher.id}")
    return True
