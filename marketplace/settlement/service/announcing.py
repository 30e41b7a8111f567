"""Where a programme asks for it, what was approved is announced before it is paid."""

from datetime import date
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import TimeLimit
from marketplace.policy.programme_words import DayKind
from marketplace.publicity import service as publicity
from marketplace.publicity.models import PublicNoticeKind
from marketplace.publicity.service import Announcement, NoticeLine, NoticePeriod
from marketplace.settlement.models import Claim
from marketplace.vouchers.queries.spending import calendar_of, spec_of
from marketplace.vouchers.rules import rounds

_ORDER_BODY = N_("%(programme)s %(round)s 下列兑付申请已经核准，拟予兑付，现予公示。")
_SUBSIDY_BODY = N_("%(programme)s %(round)s 下列申请已经核准，拟予拨付，现予公示。")


def publish(claim: Claim, actor_id: UUID, today: date) -> None:
    """Where the programme asks for a public notice before payment, announce the claim in the table of its round for the day."""
    notice, own = spec_of(claim.version_id).times.notice, claim.round.notice_until
    if not notice.is_set or (notice.set_by_round and own is None):  # a round of before knows no such day
        return
    said = {"programme": claim.round.programme.name, "round": claim.round.name, "day": today.isoformat()}
    title, body = N_("服务券兑付公示：%(round)s（%(day)s 核准）", **said), _ORDER_BODY
    if claim.order is None:
        title, body = N_("资金拨付公示：%(round)s（%(day)s 核准）", **said), _SUBSIDY_BODY
    area = identity.area_of(actor_id, claim.region_code)
    announced = Announcement(
        PublicNoticeKind.CLAIM_RESULT, title, Sentence(body, said), "round", claim.round_id, area, claim.round.simulated, claim.time_zone
    )
    partner, fen = claim.asker.name if claim.order else "", claim.approved_fen or 0
    line = NoticeLine("claim", claim.id, claim.number, claim.firm.name, partner, claim.about, fen, claim.currency)
    calendar = calendar_of(claim.version_id)
    period = _notice_period(notice, own, area, today, calendar)
    publicity.publish_in_table(announced, line, period, calendar=calendar, actor_id=actor_id, today=today)


def _notice_period(notice: TimeLimit, own: date | None, region: str, today: date, calendar: WorkingCalendar) -> NoticePeriod:
    """How long a notice lasts: so many working days, which the notice counts itself, or until a day that is counted here."""
    if notice.day_kind is DayKind.WORKING and notice.days is not None:
        return NoticePeriod(notice.days)
    deadline = rounds.due(notice, today, calendar, region=region, round_day=own)
    assert deadline is not None, "the programme asks for a notice"
    soonest = calendar.add_working_days(today, 1, region).on  # nobody could object to what ended before it began
    return NoticePeriod(last_day=max(deadline.on, soonest), term=notice.text())
