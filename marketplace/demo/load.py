"""Loads the demo region once: all stories, told in the order of time."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.audit.models import AuditEvent
from marketplace.demo import (
    arrears,
    catalogue,
    chains,
    inbox,
    money,
    newcomers,
    nightly,
    orders,
    people,
    performance,
    platform,
    programmes,
    subsidies,
)
from marketplace.demo.days import Days, calendar
from marketplace.demo.known_ids import KnownIds
from marketplace.demo.timeline import Story, tell
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import N_, RuleViolation

DONE = "demo.loaded"


def is_loaded() -> bool:
    """Whether the demo was laid before."""
    return db.session.scalar(select(AuditEvent.id).where(AuditEvent.action == DONE).limit(1)) is not None


def load(now: datetime, *, say: Callable[[str], None]) -> KnownIds:
    """Lay the demo into an empty database.

    Raises: RuleViolation: there is something in it already.
    """
    if db.session.scalar(select(Organisation.id).limit(1)) is not None:
        raise RuleViolation(N_("数据库里已有单位，演示数据只能装入空库。请换一个数据库，或删除演示用的数据库文件后再装入。"))
    today = clock.civil_date(now)
    ids = KnownIds(Days(today, calendar(today)))
    say(f"{ids.days.near(-205)} 起：单位、人员、服务机构、批次、订单、兑付、对接")
    steps = tell(_stories(ids), say=say)
    with clock.at(now):
        in_transaction(lambda: audit.record(DONE, actor_id=None, subject_type="demo", subject_id=None, steps=steps))
    return ids


def _stories(ids: KnownIds) -> list[Story]:
    days = ids.days
    one = (
        people.offices,
        people.firms,
        people.a_group,
        newcomers.waiting,
        newcomers.returned,
        newcomers.figures,
        catalogue.old_objection,
        catalogue.prices,
        catalogue.shelf,
        catalogue.experts,
        programmes.windows,
        programmes.publish,
        programmes.give_back,
        subsidies.award,
        subsidies.freight,
        subsidies.relief,
        performance.last_year,
        performance.this_year,
        performance.waiting,
        platform.membership,
        platform.file,
        platform.past_years,
        platform.opinions,
        chains.appoint,
        chains.survey,
        chains.own_supplies,
        chains.run_again,
        inbox.read,
        nightly.sweeps,
    )
    many = (
        catalogue.register,
        programmes.open_rounds,
        programmes.apply,
        orders.trade,
        money.pay,
        arrears.owed,
        platform.reports,
        chains.post_needs,
        chains.match,
    )
    return [chapter(ids, days) for chapter in one] + [story for chapter in many for story in chapter(ids, days)]
