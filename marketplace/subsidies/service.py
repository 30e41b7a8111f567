"""A firm's ground for money without an order: taken once, its money held; given free again when it is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation
from marketplace.kernel import typed
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, InsufficientBalance, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.normal_text import plain_number
from marketplace.policy.programme_guards import Stops
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import EvidenceKind
from marketplace.risk import queries as risk
from marketplace.subsidies import evidence, queries, rules
from marketplace.subsidies.models import AWARD, Subsidy, SubsidyMonth
from marketplace.subsidies.queries import DirectOffer
from marketplace.subsidies.rules import Ground
from marketplace.vouchers.models import Round
from marketplace.vouchers.money import DirectGrant
from marketplace.vouchers.queries import budget, payees
from marketplace.vouchers.queries.spending import phase_of, spec_of, way_of
from marketplace.vouchers.rules import rounds
from marketplace.vouchers.rules.kept_facts import kept_firm
from marketplace.vouchers.rules.limits import LimitAccount
from marketplace.vouchers.rules.states import Way
from marketplace.vouchers.service import caps, spending
from marketplace.vouchers.service.applications import check_may_apply, snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a firm asks for money on: a title, by its word, or the evidence of a cost."""

    ground: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)  # what was typed, by field
    store: Callable[[], UUID | None] = field(default=lambda: None, compare=False)  # writes the row of the scan, if one was chosen
    has_file: bool = False

    def content(self) -> dict[str, object]:
        """For the command's key."""
        return {"ground": self.ground, **({"evidence": dict(self.evidence)} if self.evidence else {})}


def begin(round_: Round, enterprise_id: UUID, asked: Asked, *, subsidy_id: UUID, actor_id: UUID, now: datetime) -> Subsidy:
    """Take a title, or a number on a paper, for an application in a round that the caller has locked, and hold the money.

    Raises: RuleViolation: not in the window, not eligible, no such title, a field of the evidence, used before, or no money is left.
    """
    today = round_.day_of(now)
    if way_of(round_) is not Way.DIRECT:
        raise RuleViolation(N_("本批次发放服务券，请在申领页面申领。"), code="has_vouchers")
    rounds.check_takes_applications(phase_of(round_, today=today, now=now), Way.DIRECT)
    rounds.check_window(round_.apply_from_at, round_.apply_until_at, now)
    offer = queries.offer_of(round_, enterprise_id, today)
    budget.check(round_, offer.spec, Stops.APPLICATIONS)
    risk.check_not_barred((enterprise_id,), today)
    check_may_apply(offer.spec, offer.results)
    row = _row(round_, enterprise_id, offer, subsidy_id, now)
    accounts = _fill(row, round_, offer, asked, today)
    try:
        caps.hold_to(row.book_id, accounts, today=today)
        spending.hold(grant_of(row), Fen(row.amount_fen), actor_id=actor_id, today=today)
    except InsufficientBalance:
        raise RuleViolation(N_("本批次的资金已用完，请关注下一批次。"), code="used_up") from None
    return row


def _fill(row: Subsidy, round_: Round, offer: DirectOffer, asked: Asked, today: date) -> Sequence[LimitAccount]:
    """Put down what it stands on and what it comes to; the caps that this uses."""
    if offer.spec.on_titles:
        if offer.refusal is not None or offer.amount_fen is None:
            raise offer.refusal or RuleViolation(N_("无法确定奖励金额，请先补充企业资料。"), code="no_amount")
        row.amount_fen = offer.amount_fen
        row.facts = {**(row.facts or {}), "free_fen": offer.free_fen}
        _take(row, round_, rules.chosen(offer.grounds, asked.ground))
        return ()
    offices = payees.confirmed(round_.id)
    said = evidence.read(offer.spec, asked.evidence, has_file=asked.has_file, today=today, offices=evidence.named(offices))
    row.payee_id = _office(offer.spec, asked, offices)
    row.evidence = [one.stored() for one in said]
    cost_fen = evidence.cost_of(offer.spec, row.evidence, row.currency)
    quote = queries.quote_of(round_, row.enterprise_id, offer, cost_fen, today)
    row.facts = {**(row.facts or {}), "cost_fen": cost_fen, "left": quote.left}
    if not quote.preview.subsidy_fen:
        raise RuleViolation(N_("按规则计算的补助为 0（%(why)s），不能申请。"), code="nothing", why=quote.preview.binding_cap)
    row.amount_fen, row.limits = quote.preview.subsidy_fen, [one.code for one in quote.accounts]
    row.file_id = asked.store()
    ground = evidence.ground_of(said, today)
    _check_months(row, offer, ground)
    _take(row, round_, ground)
    return quote.accounts


def _check_months(row: Subsidy, offer: DirectOffer, ground: Ground) -> None:
    """The months of a firm are counted one application after the other, in whatever rounds."""
    if ground.months:
        locked(Enterprise, row.enterprise_id)
        evidence.check_months(offer.spec, offer.class_key, ground, queries.months_given(row))


def _office(spec: ProgrammeSpec, asked: Asked, offices: Mapping[str, Organisation]) -> UUID | None:
    """The fee office that the firm chose and that is paid; None where the firm is."""
    chosen = next((one for one in spec.evidence_fields if one.kind is EvidenceKind.OFFICE), None)
    return offices[typed.half_width(asked.evidence[chosen.name]).strip()].id if chosen else None


def _row(round_: Round, enterprise_id: UUID, offer: DirectOffer, subsidy_id: UUID, now: datetime) -> Subsidy:
    return Subsidy(
        id=subsidy_id,
        programme_id=round_.programme_id,
        version_id=round_.version_id,
        round_id=round_.id,
        simulated=round_.simulated,
        book_id=round_.book_id,
        currency=round_.currency,
        enterprise_id=enterprise_id,
        region_code=offer.facts.region_code or round_.area_code,
        class_key=offer.class_key,
        category=AWARD if offer.spec.on_titles else offer.spec.services.value[0],
        limits=[],
        evidence=[],
        checks=[snapshot(one) for one in offer.results],
        facts={"firm": kept_firm(offer.facts)},
        created_at=now,
    )


def _take(row: Subsidy, round_: Round, ground: Ground) -> None:
    """Once for a title or a paper: looked up for the sentence, unique in the database for the guarantee."""
    month = queries.month_used(row, ground) if ground.months else ""
    if month:
        raise _month_used(ground, month)
    if queries.using(round_, ground) is None:
        try:
            with db.session.begin_nested():
                row.title_kind, row.title_number, row.number_key = ground.kind, ground.number, ground.number_key
                db.session.add(row)
                db.session.flush()
                db.session.add_all(_months(row, ground))
        except IntegrityError:  # somebody was faster by a moment, in another round
            pass
        else:
            return
    raise _used(ground, on_title=spec_of(row.version_id).on_titles)


def _months(row: Subsidy, ground: Ground) -> list[SubsidyMonth]:
    whose = {"subsidy_id": row.id, "programme_id": row.programme_id, "enterprise_id": row.enterprise_id, "simulated": row.simulated}
    return [SubsidyMonth(**whose, number_key=ground.contract_key, month=month) for month in ground.months]


def _month_used(ground: Ground, month: str) -> RuleViolation:
    sentence = N_("%(label)s %(number)s 的 %(month)s 已申请过本项目的补助，同一编号每个月只补助一次。有误的，请联系主管部门。")
    said = {"number": ground.number, "label": ground.label, "month": month}
    return RuleViolation(sentence, field=evidence.in_form(ground.kind), code="title_used", **said)


def _used(ground: Ground, *, on_title: bool) -> RuleViolation:
    sentence, where = N_("称号编号 %(number)s 已申请过本项目的奖励，同一称号编号只奖励一次。有误的，请联系主管部门。"), "ground"
    if not on_title:
        sentence = N_("%(label)s %(number)s 已用于本项目的申请，同一编号只补助一次。有误的，请联系主管部门。")
        where = evidence.in_form(ground.kind)
    return RuleViolation(sentence, field=where, code="title_used", number=ground.number, label=ground.label)


def mend(row: Subsidy, round_: Round, asked: Asked, *, now: datetime) -> None:
    """A returned application says anew what it stands on. What is held for it stays: what it deserves is reckoned again.

    Raises: RuleViolation: kept away by a decision, no longer eligible, no such title, a field of the evidence, or used before.
    """
    today = round_.day_of(now)
    risk.check_not_barred((row.enterprise_id,), today)
    offer = queries.offer_of(round_, row.enterprise_id, today)
    check_may_apply(offer.spec, offer.results)
    row.checks = [snapshot(one) for one in offer.results]
    row.facts = {**row.facts, "mended": kept_firm(offer.facts)} if row.facts else None
    if offer.spec.on_titles:
        ground = rules.chosen(offer.grounds, asked.ground)
    else:
        offices, has_file = payees.confirmed(round_.id), asked.has_file or row.file_id is not None
        said = evidence.read(offer.spec, asked.evidence, has_file=has_file, today=today, offices=evidence.named(offices))
        row.payee_id = _office(offer.spec, asked, offices)
        row.evidence, ground = [one.stored() for one in said], evidence.ground_of(said, today)
        row.file_id = asked.store() or row.file_id
        if (ground.kind, ground.number_key) != (row.title_kind, row.number_key):
            _free_months(row)
            _check_months(row, offer, ground)
    if (ground.kind, ground.number_key) != (row.title_kind, row.number_key):
        _take(row, round_, ground)


def free(row: Subsidy) -> None:
    """The application was refused: its title may be used again."""
    row.number_key = None
    _free_months(row)


def take_again(row: Subsidy, today: date) -> None:
    """A refusal does not stand: what it stood on is taken again.

    Raises: RuleViolation: another application has used it meanwhile.
    """
    said = {"label": row.title_label, "number": row.title_number}
    ground = evidence.ground_of(evidence.kept(row.evidence), today) if row.evidence else None
    try:
        with db.session.begin_nested():
            row.number_key = ground.number_key if ground else plain_number(row.title_number)
            for one in row.months:
                one.number_key = ground.contract_key if ground is not None and one.month in ground.months else None
            db.session.flush()
    except IntegrityError:
        why = N_("%(label)s %(number)s 已用于另一份申请，不能再恢复这份申请；请在那份申请上办理。")
        raise RuleViolation(why, code="title_used", **said) from None


def _free_months(row: Subsidy) -> None:
    """What it stood on may be asked for by another."""
    for one in row.months:
        one.number_key = None
    db.session.flush()


def grant_of(row: Subsidy) -> DirectGrant:
    """What is held for it, as money takes it."""
    return DirectGrant(
        subsidy_id=row.id,
        book_id=row.book_id,
        round_id=row.round_id,
        limits=row.limits,
        enterprise_id=row.enterprise_id,
        payee_id=row.paid_to,
    )
