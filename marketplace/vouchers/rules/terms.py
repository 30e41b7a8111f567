"""By when each side of an order must act: the programme's limits, the round's own days, and the contract's service term."""

from dataclasses import dataclass
from datetime import date

from marketplace.kernel.calendar import Deadline, WorkingCalendar
from marketplace.policy.programme_spec import ProgrammeSpec, TimeLimit, Times
from marketplace.vouchers.rules.rounds import DAY_OF, Days, due, last_delivery, months_later, own_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the last days of one order stand on. Steps are named like the limits: accept, contract_upload, service, acceptance, …"""

    times: Times
    days: Days
    calendar: WorkingCalendar
    region: str
    contract_on: date | None  # from when the service term counts; None before there is a contract
    delivered_on: date | None = None  # None before there is a delivery, or once it was returned
    complete_by: date | None = None  # by when the work is done, whenever its contract was signed; None: the programme says nothing of it

    def due(self, step: str, start: date, *, returned: bool = False, waited: bool = False) -> Deadline:
        """The last day for a step that begins on `start`: the programme's limit, no later than the round's own last day.

        The service term counts from the contract, whatever day the step begins. A delivery that the firm returned may be mended as long
        as the firm had to look at it, even if the service term is over meanwhile. Who had to wait for a silent firm or for an officer has
        the limit whole, after the round's last day too.
        """
        found = self._limit(step, start)
        if waited:
            given = [one for one in (found, self._limit("acceptance", start), Deadline(self.last_claim(), provisional=False)) if one]
            return found if found and not self.times.claim_window.set_by_round else max(given, key=lambda one: one.on)
        last = self.last_day(step)
        if step == "service":
            found = self._service()
            if returned:
                mend = self._limit("acceptance", start)
                found = max((one for one in (found, mend) if one), key=lambda one: one.on, default=None)
                last = found.on if found and self._outlives_round() else self.last_day("acceptance")
        return found if found is not None and found.on <= last else Deadline(last, provisional=False)

    def last_rating(self, accepted_on: date) -> date | None:
        """The last day on which the firm can rate; None: no limit."""
        found = self._limit("evaluation", accepted_on)
        return found.on if found else None

    def last_day(self, step: str) -> date:
        """The day after which nothing can be done at a step, whatever the programme's limit says."""
        days = self.days
        if step in {"accept", "contract_upload"}:
            own = days.get("take_until") if step == "accept" else None
            if all(
                one.key != "times.contract_upload" for one in self.times.all()
            ):  # settled at a till: who ordered on the last day is served after it
                return own or self.last_claim()
            return own or days.get("contract_until") or _given(days, "use_until")
        if step == "service":
            service = self._service()
            own = days.get("deliver_until") or days.get("accept_until")
            return own or (service.on if service else last_delivery(days) or self.last_claim())
        if step == "acceptance":
            return days.get("accept_until") or self.last_claim()
        return self.last_claim()

    def last_claim(self) -> date:
        """The round's last day to ask for payment. Where a contract outlives the round, both sides have their time after the delivery."""
        return self._last_claim().on

    def may_move(self, step: str) -> bool:
        """Whether the last day of a step stands on a year whose holidays nobody has entered."""
        if step == "acceptance" and self.days.get("accept_until"):
            return False
        return step in {"acceptance", "claim_window"} and self._last_claim().provisional

    def _last_claim(self) -> Deadline:
        last = Deadline(_given(self.days, "redeem_until"), provisional=False)
        if self.delivered_on is None or not self._outlives_round():
            return last
        end = Deadline(self.delivered_on, provisional=False)
        for limit in (self.times.acceptance, self.times.claim_window):
            found = None if limit.set_by_round else due(limit, end.on, self.calendar, region=self.region)
            end = Deadline(found.on, found.provisional or end.provisional) if found else end
        return max(last, end, key=lambda one: one.on)

    def _outlives_round(self) -> bool:
        """Whether the contract's service term runs on after the round, which sets no earlier end of its own."""
        service = self._service()
        own = self.days.get("deliver_until") or self.days.get("accept_until")
        return own is None and service is not None and service.on > _given(self.days, "redeem_until")

    def _service(self) -> Deadline | None:
        """The last day of the contract's service term, no later than the work must be done; None without a contract or without a term."""
        if self.contract_on is None:
            return None
        found = [self._limit("service", self.contract_on), Deadline(self.complete_by, provisional=False) if self.complete_by else None]
        return min((one for one in found if one), key=lambda one: one.on, default=None)

    def _limit(self, step: str, start: date) -> Deadline | None:
        limit: TimeLimit | None = getattr(self.times, step)
        if limit is None:  # the instrument has no such step
            return None
        return due(limit, start, self.calendar, region=self.region, round_day=self.round_day(step) if limit.set_by_round else None)

    def round_day(self, step: str) -> date | None:
        """The round's own day for a step; where the last day to claim stands in for it, that of this order."""
        one = DAY_OF[f"times.{step}"]
        is_claim = one.field == "redeem_until" or (self.days.get(one.field) is None and one.otherwise == "redeem_until")
        return self.last_claim() if is_claim else own_day(one.key, self.days)


def complete_by(spec: ProgrammeSpec, valid_from: date) -> date | None:
    """The last day to deliver what a voucher of that first day pays for; None: the programme counts from the contract alone."""
    return months_later(valid_from, spec.completion_months.value) if spec.completion_months else None


def _given(days: Days, field: str) -> date:
    day = days[field]
    assert day is not None, field
    return day
