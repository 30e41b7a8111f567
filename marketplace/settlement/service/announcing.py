"""Where a programme asks for it, what was approved is announced before it is paid."""

from datetime import date
from uuid import UUID, uuid5

from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import TimeLimit
from marketplace.policy.programme_words import DayKind
from marketplace.publicity import service as publicity
from marketplace.publicity.models import PublicNoticeKind
from marketplace.publicity.service import Announcement, NoticePeriod
from marketplace.settlement.models import Claim
from marketplace.vouchers.queries.spending import calendar_of, spec_of
from marketplace.vouchers.rules import rounds

_ORDER_BODY = N_("%(programme)s拟兑付：%(firm)s 购买 %(provider)s 的“%(title)s”，核准兑付 %(amount)s 元。")
_SUBSIDY_BODY = N_("%(programme)s拟拨付：%(firm)s 凭“%(title)s”申请，核准 %(amount)s 元。")


def publish(claim: Claim, actor_id: UUID, today: date, *, word: str = "notice") -> None:
    """Where the programme asks for a public notice before payment, publish it with the approval; `word`: once for each."""
    notice, own = spec_of(claim.version_id).times.notice, claim.round.notice_until
    if not notice.is_set or (notice.set_by_round and own is None):  # a round of before knows no such day
        return
    said = {
        "programme": claim.round.programme.name, "firm": claim.firm.name, "provider": claim.asker.name, "title": claim.about,
        "amount": format_money(claim.approved_fen or 0, claim.currency), "number": claim.number,
    }  # fmt: skip
    title, body = N_("服务券兑付公示：%(provider)s（%(number)s）", **said), _ORDER_BODY
    if claim.order is None:
        title, body = N_("资金拨付公示：%(firm)s（%(number)s）", **said), _SUBSIDY_BODY
    announced = Announcement(
        PublicNoticeKind.CLAIM_RESULT,
        title,
        Sentence(body, said),
        "claim",
        claim.id,
        claim.region_code,
        claim.round.simulated,
        claim.time_zone,
    )
    calendar = calendar_of(claim.version_id)
    period = _notice_period(notice, own, claim.region_code, today, calendar)
    publicity.publish(uuid5(claim.id, word), announced, period, calendar=calendar, actor_id=actor_id, today=today)


def _notice_period(notice: TimeLimit, own: date | None, region: str, today: date, calendar: WorkingCalendar) -> NoticePeriod:
    """How long a notice lasts: so many working days, which the notice counts itself, or until a day that is counted here."""
    if notice.day_kind is DayKind.WORKING and notice.days is not None:
        return NoticePeriod(notice.days)
    deadline = rounds.due(notice, today, calendar, region=region, round_day=own)
    assert deadline is not None, "the programme asks for a notice"
    soonest = calendar.add_working_days(today, 1, region).on  # nobody could object to what ended before it began
    return NoticePeriod(last_day=max(deadline.on, soonest), term=notice.text())
