"""Providers ask to be chosen for a round; officers score, another one settles the choice, firms draw on the allotments (批量采购)."""

from uuid import UUID

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.identity import queries as identity
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.risk import queries as risk
from marketplace.vouchers import chart
from marketplace.vouchers.bid_models import BidScore, ProviderBid
from marketplace.vouchers.lifecycle import BID
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import bids as reads
from marketplace.vouchers.queries.spending import Quote, phase_at, spec_of
from marketplace.vouchers.rules import bids as rules
from marketplace.vouchers.rules.bids import Bid
from marketplace.vouchers.rules.states import BidSide, BidState


def submit(round_id: UUID, provider_id: UUID, plan: str, *, by: By) -> ProviderBid:
    """A provider asks to be chosen for a round, or says its offer anew.

    Raises: RuleViolation: it is not admitted or kept away, said nothing, the round chooses nobody, or its time is over; decided already.
    """
    assert by.now is not None and by.actor_id is not None, "somebody asks on a page"
    round_ = locked(Round, round_id)
    if by_id(Provider, provider_id).state is not ProviderState.ADMITTED:
        raise RuleViolation(N_("入库的服务机构才能申报。请先办理入库。"), code="not_admitted")
    spec, today = spec_of(round_.version_id), round_.day_of(by.now)
    risk.check_not_barred((provider_id,), today)
    rules.check_may_ask(spec, reads.announced_on(round_), phase_at(round_, by.now), today=today)
    said = fitting(checked_reason(plan, N_("请写明提供什么服务、按什么价格。")), 1_000, field="plan")
    row = reads.in_round(round_id, provider_id)
    if row is None:
        row = ProviderBid(
            number=printed_number("SB"),
            round_id=round_id,
            provider_id=provider_id,
            plan=said,
            submitted_by=by.actor_id,
            submitted_at=by.now,
        )
        row.state, row.round = BidState.SUBMITTED, round_
        db.session.add(row)
        db.session.flush()
    act = moves.begun(BID, "submit_bid", row, BidSide.PROVIDER, by)
    row.plan, row.submitted_by, row.submitted_at = said, by.actor_id, by.now
    row.score, row.scored_by, row.opinion = None, None, ""  # of what was offered before
    moves.entered(act)
    moves.done(act)
    return row


def withdraw(bid_id: UUID, provider_id: UUID, *, by: By) -> ProviderBid:
    """A provider takes its bid back before the choice."""
    act = _opened(reads.own(bid_id, provider_id).id, "withdraw_bid", BidSide.PROVIDER, by)
    moves.entered(act)
    moves.done(act)
    return act.row


def score(bid_id: UUID, points: int, opinion: str, *, by: By) -> ProviderBid:
    """An officer scores a bid once nobody may ask any more, so that all are looked at alike: alone, then anew until the choice is made,
    or as one of several, each once.

    Raises: RuleViolation: bids may still come, no opinion, the choice is made, or enough have scored. Denied: the own organisation.
    """
    act = _opened(bid_id, "score_bid", BidSide.OFFICER, by)
    row, spec = act.row, spec_of(act.row.round.version_id)
    assert by.now is not None, "it is told"
    rules.check_may_choose(spec, reads.announced_on(row.round), phase_at(row.round, by.now), today=row.round.day_of(by.now))
    _check_not_own(row, by)
    why = fitting(checked_reason(opinion, N_("请写明评分的理由，服务机构会看到。")), 500, field="opinion")
    if rules.scorers(spec) > 1:
        return _one_of_several(act, points, why)
    row.score, row.scored_by, row.opinion = points, by.actor_id, why
    moves.done(act, bid_score=points, reason=row.opinion)
    return row


def _one_of_several(act: Act[ProviderBid], points: int, why: str) -> ProviderBid:
    """Keep what one of several gave; once all are in, their mean stands on the bid. Nobody reads the points out of the trail before."""
    row, spec = act.row, spec_of(act.row.round.version_id)
    assert act.actor_id is not None, "an officer scores"
    known = reads.sheets_of([row.id])[row.id]
    rules.check_may_score(spec, [one.scorer_id for one in known], act.actor_id)
    db.session.add(BidScore(bid_id=row.id, scorer_id=act.actor_id, points=points, opinion=why, created_at=act.now))
    db.session.flush()
    mean = rules.mean(spec, [*(one.points for one in known), points])
    if mean is not None:
        row.score, row.scored_by = int(mean), act.actor_id
    moves.done(act, sheets=len(known) + 1)
    return row


def conclude(round_id: UUID, amount_fen: Fen, *, by: By) -> list[ProviderBid]:
    """An officer who scored none settles the choice: the best by score, each with this allotment; everybody is told. Who was chosen.

    Raises: RuleViolation: too early, a bid without a score, nobody to choose, or an amount that the rules do not allow. Denied: who scored.
    """
    assert by.now is not None and by.actor_id is not None, "an officer asks on a page"
    round_ = locked(Round, round_id)
    spec = spec_of(round_.version_id)
    rules.check_may_choose(spec, reads.announced_on(round_), phase_at(round_, by.now), today=round_.day_of(by.now))
    rules.check_amount(spec, amount_fen)
    rows = reads.open_in(round_id)
    sheets = reads.sheets_of([row.id for row in rows]).values()
    rules.check_scored_by_others([*(row.scored_by for row in rows), *(one.scorer_id for some in sheets for one in some)], by.actor_id)
    scores = reads.scores_of(spec, rows)
    barred = risk.barred_of([row.provider_id for row in rows], round_.day_of(by.now))
    wanted = [Bid(row.id, scores[row.id], place) for place, row in enumerate(rows) if row.provider_id not in barred]
    best = set(rules.chosen(spec, wanted, already=reads.count_in(round_id, BidState.CHOSEN)))
    for row in rows:
        _settle(row, amount_fen if row.id in best else None, by, barred.get(row.provider_id))
    return [row for row in rows if row.id in best]


def _settle(row: ProviderBid, amount_fen: Fen | None, by: By, barred: Sentence | None) -> None:
    locked(ProviderBid, row.id)
    _check_not_own(row, by)
    act = moves.begun(BID, "pass_over" if amount_fen is None else "choose", row, BidSide.OFFICER, By(by.actor_id, by.now))
    row.amount_fen, row.decided_by, row.decided_at = amount_fen, by.actor_id, by.now
    moves.entered(act)
    moves.done(act, bid_score=row.score, **({} if amount_fen is None else {"amount_fen": amount_fen}))
    if amount_fen is None:
        moves.tell(act, [row.provider_id], barred or N_("评分 %(score)s 分。理由见申报页面。", score=row.score))
    else:
        said = format_money(amount_fen, row.currency)
        moves.tell(act, [row.provider_id], N_("企业可以向您下单，累计用券不超过 %(amount)s 元。", amount=said))


def change(bid_id: UUID, amount_fen: Fen, reason: str, *, by: By) -> ProviderBid:
    """Another allotment: what was drawn stays drawn; of one below it nothing is left.

    Raises: RuleViolation: no reason, or an amount that the rules do not allow. Denied: the own organisation.
    """
    act = _opened(bid_id, "change_allotment", BidSide.OFFICER, by)
    row = act.row
    _check_not_own(row, by)
    rules.check_amount(spec_of(row.round.version_id), amount_fen)
    row.state_reason = fitting(checked_reason(reason, N_("请写明调整额度的原因，服务机构会看到。")), 300, field="reason")
    before, row.amount_fen = row.amount_fen, amount_fen
    moves.done(act, before_fen=before, amount_fen=amount_fen, reason=row.state_reason)
    return _told(act)


def end(bid_id: UUID, reason: str, *, by: By) -> ProviderBid:
    """A provider is chosen no longer: nothing more is ordered from it; orders that are under way go on.

    Raises: RuleViolation: no reason. Denied: the own organisation.
    """
    act = _opened(bid_id, "end_bid", BidSide.OFFICER, by)
    _check_not_own(act.row, by)
    act.row.state_reason = fitting(checked_reason(reason, N_("请写明终止的原因，服务机构会看到。")), 300, field="reason")
    moves.entered(act)
    moves.done(act, reason=act.row.state_reason)
    return _told(act)


def check_stands(offer: Quote) -> None:
    """An order draws on the allotment as it is when it is placed: whoever changes or ends it comes before or after, never between.

    Raises: Conflict: it changed since it was read.
    """
    for one in offer.accounts:
        provider_id = chart.allotted_to(one.code)
        known = reads.in_round(offer.round_id, provider_id) if provider_id else None
        if known is None:
            continue
        row = locked(ProviderBid, known.id)
        if row.state is not BidState.CHOSEN or row.amount_fen != one.cap_fen:
            raise Conflict(N_("服务机构在本批次的额度刚有变动，请刷新页面后重新下单。"), field="voucher_id", code="allotment_changed")


def _opened(bid_id: UUID, verb: str, side: BidSide, by: By) -> Act[ProviderBid]:
    return moves.begun(BID, verb, locked(ProviderBid, bid_id), side, by)


def _told(act: Act[ProviderBid]) -> ProviderBid:
    moves.tell(act, [act.row.provider_id], act.row.state_reason)
    return act.row


def _check_not_own(row: ProviderBid, by: By) -> None:
    assert by.actor_id is not None, "an officer acts"
    if identity.organisation_id_of(by.actor_id) == row.provider_id:
        raise Denied(N_("不能办理本单位的申报，请由其他单位的人员办理。"))


__all__ = ["change", "check_stands", "conclude", "end", "score", "submit", "withdraw"]
