"""Whom the sweep reminds here: whose turn it is in a match that was recommended or contracted."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.matching.lifecycle import MATCH
from marketplace.matching.models import Match
from marketplace.matching.rules import Party
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay

KIND = "match_step"


def to_remind(today: date) -> list[UUID]:
    """Matches with a day of which a step has come."""
    wanted = select(Match.id).where(_is_coming(today)).order_by(Match.due_on, Match.id).limit(reminding.MOST)
    return list(db.session.scalars(wanted))


def remind(ids: Sequence[UUID], *, ways: reminding.Ways, now: datetime) -> int:
    """Remind whoever has the turn in those of some matches that still wait. Of how many somebody was told."""
    found = db.session.scalars(select(Match).where(Match.id.in_(ids), _is_coming(clock.civil_date(now)))).unique()
    return reminding.remind([_last_day(match) for match in found], identity.recipients_of, ways=ways, now=now)


def _is_coming(today: date) -> ColumnElement[bool]:
    return reminding.coming(KIND, Match.id, Match.due_on, today)


def _last_day(match: Match) -> LastDay:
    assert match.due_on is not None, "asked for in the query"
    title = Sentence(N_("对接 %(number)s 请在 %(day)s 前办理下一步"), {"number": match.number, "day": match.due_on.isoformat()})
    whose = match.leader_id if match.state.waits_for == Party.LEADER else match.enterprise_id
    url, provisional = MATCH.address % match.id, match.due_provisional
    return LastDay(KIND, match.id, whose, match.due_on, title, N_("逾期不影响对接。"), url, start=match.due_start, provisional=provisional)
