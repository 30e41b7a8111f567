"""People read their messages now and then, so that what is new stands out."""

from sqlalchemy import select

from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.identity.models import User
from marketplace.kernel.db import db
from marketplace.notices import service as notices


def read(ids: KnownIds, days: Days) -> Story:
    """Everybody reads what came until two weeks ago."""
    yield Step(at(days.ago(7), "18:30"), _all_read)


def _all_read(moment: Moment) -> None:
    for user_id in db.session.scalars(select(User.id)):
        notices.mark_read(user_id, now=moment.now)
