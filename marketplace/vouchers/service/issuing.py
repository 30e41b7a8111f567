"""Vouchers come into being: one per firm and round, with the entry that moves the money or opens the quota."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import select

from marketplace.audit import queries as trail
from marketplace.audit import service as audit
from marketplace.enterprises.models import Enterprise
from marketplace.identity import queries as identity
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db, locked, locked_all
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number, uuid7
from marketplace.kernel.money import MAX_AMOUNT_FEN, Fen
from marketplace.ledger.rules import AccountCode, EntryCommand
from marketplace.ledger.service import BatchItem
from marketplace.moves.service import currency_of
from marketplace.notices import service as notices
from marketplace.notices.service import Message
from marketplace.policy import queries as policy
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.risk.queries import barred_of
from marketplace.vouchers import money
from marketplace.vouchers.instruments import strategy_of
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries.associates import with_associates
from marketplace.vouchers.queries.facts import facts_of, facts_of_many
from marketplace.vouchers.queries.funds import LIVING
from marketplace.vouchers.queries.grant_caps import limits_left, limits_left_of
from marketplace.vouchers.queries.parts import budgets
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import allotment, amounts, limits, portions
from marketplace.vouchers.rules import rounds as round_rules
from marketplace.vouchers.rules.allotment import Allotted, Applicant
from marketplace.vouchers.rules.grant_caps import Together
from marketplace.vouchers.rules.kept_facts import Kept, kept_firm
from marketplace.vouchers.rules.limits import LimitParties
from marketplace.vouchers.rules.parts import drawn_on
from marketplace.vouchers.rules.rights import Right, right_of
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import caps
from marketplace.vouchers.service.firm_messages import tell_firms
from marketplace.vouchers.service.spending import refresh_state


def valid_until(spec: ProgrammeSpec, round_: Round, today: date) -> date:
    """The last day to order: by the programme's time limit for it, never after the round's use window."""
    if spec.deducts_at_once:
        return round_.use_until
    calendar = policy.calendar_of(spec.calendar)
    limit = round_rules.due(spec.times.order, today, calendar, region=round_.area_code, round_day=round_.use_until)
    return min(limit.on, round_.use_until) if limit else round_.use_until


def soft_left(spec: ProgrammeSpec, row: Application, today: date) -> Fen | None:
    """The most that may be granted on an application without a word why; None where no soft cap is about it."""
    if not any(cap.soft and cap.applies(row.class_key, None) for cap in spec.caps):
        return None
    quota = amounts.quota_fen(spec, row.class_key)
    assert quota is not None, "a soft cap is one of the firm's own"
    return min(quota, limits_left(spec, row.round, row.enterprise_id, row.class_key, today).left_fen)


@dataclass(frozen=True, slots=True)
class Award:
    """A firm is to have a voucher."""

    enterprise_id: UUID
    right: Right
    application: Application | None = None
    stands_on: Kept | None = None  # the facts that it was decided on and that nothing else keeps: the voucher keeps them

    @property
    def above_soft(self) -> str:
        """Why it is above a soft cap; empty where it is not."""
        return self.application.above_soft if self.application else ""


def issue_all(round_: Round, awards: Sequence[Award], *, actor_id: UUID | None, today: date) -> list[Voucher]:
    """Issue vouchers in a round that the caller has locked, all of them or none; in the order of the awards. A firm that has one keeps it.

    Raises: RuleViolation: the round is over, or a cap of a firm leaves too little; InsufficientBalance: the pool does.
    """
    firms = [award.enterprise_id for award in awards]
    known = select(Voucher).where(Voucher.round_id == round_.id, Voucher.enterprise_id.in_(firms))
    vouchers = {voucher.enterprise_id: voucher for voucher in db.session.scalars(known).unique()}
    new = {award.enterprise_id: award for award in awards if award.enterprise_id not in vouchers}
    vouchers |= _issued(round_, list(new.values()), actor_id=actor_id, today=today)
    return [vouchers[enterprise_id] for enterprise_id in firms]


def _issued(round_: Round, awards: Sequence[Award], *, actor_id: UUID | None, today: date) -> dict[UUID, Voucher]:
    """New vouchers by firm, with their money."""
    if awards and today > round_.use_until:
        raise RuleViolation(N_("本批次用券期已过，不能再发放。"), code="round_state")
    spec, book_id = spec_of(round_.version_id), round_.programme.book_id
    above = {award.enterprise_id for award in awards if award.above_soft}
    counted = limits_left_of(spec, round_, {award.enterprise_id: award.right.class_key for award in awards}, today, above_soft=above)
    together = Together(counted)
    for award in awards:
        if not together.take(award.enterprise_id, award.right.face_fen):
            left = format_money(together.left_fen(award.enterprise_id), spec.currency)
            cap = counted[award.enterprise_id].binds
            raise RuleViolation(N_("%(cap)s只剩 %(left)s 元，不够发放。"), code="limit_short", cap=cap, left=left)
    vouchers = {award.enterprise_id: _voucher(spec, round_, award, today) for award in awards}
    db.session.add_all(vouchers.values())
    db.session.flush()
    caps.hold_to(book_id, [one for caps_left in counted.values() for one in caps_left.accounts], today=today)
    items = [_money(voucher, [one.code for one in counted[firm].accounts], actor_id) for firm, voucher in vouchers.items()]
    money.post_all(book_id, items, today=today)
    with audit.together():
        tell_firms([(firm, _noted(voucher, actor_id)) for firm, voucher in vouchers.items()])
    return vouchers


def _voucher(spec: ProgrammeSpec, round_: Round, award: Award, today: date) -> Voucher:
    voucher = Voucher(
        id=uuid7(), number=printed_number("Q"), programme_id=round_.programme_id, round_id=round_.id, enterprise_id=award.enterprise_id,
        application_id=award.application.id if award.application else None, instrument=strategy_of(spec.instrument.value).word,
        face_fen=award.right.face_fen, portions=portions.split(spec, award.right.class_key, award.right.face_fen, _asked(award)),
        class_key=award.right.class_key, above_soft=award.above_soft, facts=award.stands_on,
        part_name=drawn_on(award.right.part, is_pooled=round_.pooled_at is not None), valid_from=max(round_.use_from, today),
        valid_until=valid_until(spec, round_, max(round_.use_from, today)), state=VoucherState.AVAILABLE,
    )  # fmt: skip
    voucher.round, voucher.programme = round_, round_.programme
    return voucher


def _asked(award: Award) -> portions.Asked:
    """What the firm asked for by kind of service; nothing where it did not apply."""
    wanted = award.application.portions if award.application else {}
    return tuple((name, Fen(fen)) for name, fen in sorted(wanted.items()))


def _money(voucher: Voucher, limit_codes: Sequence[AccountCode], actor_id: UUID | None) -> BatchItem:
    key = f"voucher.issue:{voucher.round_id}:{voucher.enterprise_id}"
    command = EntryCommand("voucher.issue", key, actor_id, "voucher", voucher.id, {"face_fen": voucher.face_fen})
    return money.issue(voucher, limit_codes, command)


def _noted(voucher: Voucher, actor_id: UUID | None) -> Message:
    """Write down that a voucher was issued; what its firm is told."""
    audit.record(
        "voucher.issued", actor_id=actor_id, subject_type="voucher", subject_id=voucher.id, book_id=voucher.programme.book_id,
        number=voucher.number, enterprise=voucher.enterprise_id, face_fen=voucher.face_fen, round=voucher.round.number,
        **currency_of(voucher),
    )  # fmt: skip
    title = N_("您有一张新的服务券：%(name)s", name=voucher.programme.name)
    if spec_of(voucher.round.version_id).deducts_at_once:
        title = N_("您下单时可以即时抵扣：%(name)s", name=voucher.programme.name)
    body = N_(
        "额度 %(amount)s 元，%(day)s 前下单有效。",
        amount=format_money(voucher.face_fen, voucher.currency),
        day=voucher.valid_until.isoformat(),
    )
    return Message(title, body, f"/wallet/{voucher.id}")


def credit(round_id: UUID, enterprise_ids: list[UUID], *, actor_id: UUID | None, today: date) -> list[Voucher]:
    """Give firms of a round what is theirs, as far as the money reaches; see `credit_in_order`."""
    return credit_in_order(round_id, enterprise_ids, actor_id=actor_id, today=today)[0]


def credit_in_order(
    round_id: UUID, enterprise_ids: list[UUID], *, actor_id: UUID | None, today: date, closed: frozenset[str] = frozenset()
) -> tuple[list[Voucher], frozenset[str]]:
    """Give firms of a round what is theirs: by itself (auto_credit) or by an officer's hand (admin_push).

    One after the other in the order given, as far as the money reaches; the first that does not fit gets what is left or nothing, as the
    programme says, and nobody overtakes. Who comes away with nothing is told once, and the officers of the round with them.
    Firms that have a voucher keep it; firms that do not meet the rules, or whose yearly cap is used, are passed over.

    Args:
        closed: parts of the budget of which somebody earlier in the order went away with nothing, so nobody gets anything; an empty name
            for a budget that is not divided by firms.

    Returns: the vouchers, and the parts that did not reach everybody.
    """
    round_ = locked(Round, round_id)
    spec = spec_of(round_.version_id)
    mine = (Voucher.round_id == round_id) & Voucher.enterprise_id.in_(enterprise_ids)
    have = set(db.session.scalars(select(Voucher.enterprise_id).where(mine)))
    new = [one for one in enterprise_ids if one not in have]
    one_at_a_time(spec, new, today)
    facts, barred = facts_of_many(new, today, spec, simulated=round_.simulated), barred_of(new, today)
    found = {firm: right_of(spec, facts[firm], (round_.area_code,)) for firm in enterprise_ids if firm in facts and firm not in barred}
    rights = {firm: right for firm, right in found.items() if right is not None}
    together = Together(limits_left_of(spec, round_, {firm: right.class_key for firm, right in rights.items()}, today))
    queue = [
        Applicant(firm, right.face_fen, place, frozenset({right.class_key}), drawn_on(right.part, is_pooled=round_.pooled_at is not None))
        for place, (firm, right) in enumerate(rights.items())
        if together.take(firm, right.face_fen)
    ]
    result = allotment.allot(spec, queue, {part: Fen(0) if part in closed else fen for part, fen in _to_give(spec, round_).items()})
    given = [grant for grant in result.grants if grant.amount_fen]
    short = [grant.application_id for grant in result.grants if not grant.amount_fen]
    awards = [
        Award(
            one.application_id,
            replace(rights[one.application_id], face_fen=one.amount_fen),
            stands_on={"firm": kept_firm(facts[one.application_id]), **kept_left(one, rights[one.application_id].face_fen)},
        )
        for one in given
    ]
    if short:
        _tell_short(round_, short, actor_id)
    amounts, drawn = {one.application_id: one.amount_fen for one in result.grants}, {one.application_id: one for one in queue}
    not_whole = {one.part for key, one in drawn.items() if amounts[key] != one.requested_fen}
    return issue_all(round_, awards, actor_id=actor_id, today=today), closed | not_whole


def kept_left(grant: Allotted, asked_fen: int) -> Kept:
    """What was left of the money, where that decided on an amount."""
    return {} if grant.amount_fen == asked_fen else {"left_fen": grant.left_fen}


def one_at_a_time(spec: ProgrammeSpec, enterprise_ids: Collection[UUID], today: date) -> None:
    """Where what was given before, also to an associate, stands against a voucher, a firm is given one after the other. Locked after the
    round."""
    firms = spec.beneficiaries
    if firms.not_with or firms.count or (firms.associated_firms and spec.unused_counts.value):
        locked_all(Enterprise, with_associates(spec, enterprise_ids, today), beside_new=True)


def _to_give(spec: ProgrammeSpec, round_: Round) -> Mapping[str, Fen]:
    """A face value takes money out of the pool and its parts; a quota only promises, whoever orders first draws."""
    free = budgets(round_)
    return free if strategy_of(spec.instrument.value).sets_aside else dict.fromkeys(free, Fen(MAX_AMOUNT_FEN))


def _short_key(round_id: UUID, enterprise_id: UUID) -> UUID:
    return uuid5(round_id, f"short:{enterprise_id}")


def _tell_short(round_: Round, firms: Sequence[UUID], actor_id: UUID | None) -> None:
    """Tell firms that the money did not reach, each once; the officers once for all that are new."""
    told = {event.subject_id for event in trail.of_subjects([_short_key(round_.id, one) for one in firms])}
    new = [one for one in firms if _short_key(round_.id, one) not in told]
    with audit.together():
        for firm in new:
            audit.record(
                "voucher.short", actor_id=actor_id, subject_type="round_firm", subject_id=_short_key(round_.id, firm),
                book_id=round_.programme.book_id, number=round_.number, enterprise=firm,
            )  # fmt: skip
    title = N_("暂时没有发到您的服务券：%(name)s", name=round_.programme.name)
    message = Message(title, N_("本批次资金已排完，您按顺序排在后面。资金补充后会自动补发，无需申请。"), "/wallet")
    tell_firms([(firm, message) for firm in new])
    if new:
        said = {"name": round_.name, "count": len(new)}
        officers = identity.user_ids_with("rounds.manage", round_.area_code)
        body = N_("有 %(count)s 家符合条件的企业没有发到券。请补充资金，或向企业说明。", **said)
        notices.tell(officers, N_("批次“%(name)s”资金不足", **said), body, f"/office/rounds/{round_.id}")


def rise(voucher_id: UUID, *, today: date) -> bool:
    """Lift a quota whose firm rose to a better class: the quota and the yearly cap grow, what was used stays used."""
    voucher = locked(Voucher, voucher_id)
    spec = spec_of(voucher.round.version_id)
    facts = facts_of(voucher.enterprise_id, today, spec, simulated=voucher.round.simulated)
    right = right_of(spec, facts, (voucher.round.area_code,))
    if right is None or voucher.strategy.in_faces or right.face_fen <= voucher.face_fen or voucher.state not in LIVING:
        return False
    if barred_of([voucher.enterprise_id], today):
        return False
    if voucher.portions:  # its parts were granted, and may have been moved since: an officer grants anew
        return False
    more, book_id = right.face_fen - voucher.face_fen, voucher.programme.book_id
    parties = LimitParties(voucher.enterprise_id, voucher.round_id, today, simulated=voucher.round.simulated)
    one_at_a_time(spec, [voucher.enterprise_id], today)
    caps.hold_to(book_id, limits.firm_limits(spec, right.class_key, parties), today=today, opens=False)
    counted = limits_left(spec, voucher.round, voucher.enterprise_id, right.class_key, today)
    if more > counted.left_fen:  # another round, or an associate, has used the firm's cap
        return False
    caps.hold_to(book_id, counted.accounts, today=today)
    command = EntryCommand("voucher.lift", f"voucher.lift:{voucher.id}:{right.face_fen}", None, "voucher", voucher.id, {"more_fen": more})
    money.lift(voucher, book_id, more, [one.code for one in counted.accounts], command, today=today)
    before, voucher.face_fen, voucher.class_key = voucher.class_key, right.face_fen, right.class_key
    refresh_state(voucher)
    audit.record(
        "voucher.lifted", actor_id=None, subject_type="voucher", subject_id=voucher.id, book_id=book_id, number=voucher.number,
        before=before, now=right.class_key, more_fen=more, **currency_of(voucher),
    )  # fmt: skip
    title = N_("您的服务券额度提高了 %(amount)s 元", amount=format_money(more, voucher.currency))
    notices.tell(identity.user_ids_of(voucher.enterprise_id), title, voucher.programme.name, f"/wallet/{voucher.id}")
    return True
