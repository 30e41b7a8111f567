"""What firms were given under some programmes: vouchers that they hold or have used, and money without an order."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.kernel.db import db
from marketplace.kernel.zones import day_in, zone
from marketplace.vouchers.aid_models import DirectAid
from marketplace.vouchers.models import Programme, Round, Voucher
from marketplace.vouchers.rules.facts import Aid
from marketplace.vouchers.rules.states import ENDS

_AT_ONCE = 500  # ids in one IN list


def aid_of(enterprise_ids: Collection[UUID], programmes: Collection[str]) -> dict[UUID, tuple[Aid, ...]]:
    """By firm, for the programmes of these codes. A voucher that ended unused was given to nobody."""
    firms, found = sorted(enterprise_ids), defaultdict[UUID, tuple[Aid, ...]](tuple)
    for start in range(0, len(firms), _AT_ONCE):
        some = firms[start : start + _AT_ONCE]
        for enterprise_id, aid in (*_vouchers(some, programmes), *_direct(some, programmes)):
            found[enterprise_id] += (aid,)
    return dict(found)


def _vouchers(firms: Collection[UUID], programmes: Collection[str]) -> Iterator[tuple[UUID, Aid]]:
    rows = db.session.execute(
        select(
            Voucher.enterprise_id,
            Programme.slug,
            Voucher.created_at,
            Voucher.used_on,
            Voucher.completed_on,
            Voucher.state,
            Round.simulated,
            Round.time_zone,
        )
        .join(Programme, Programme.id == Voucher.programme_id)
        .join(Round, Round.id == Voucher.round_id)
        .where(Voucher.enterprise_id.in_(firms), Programme.slug.in_(programmes))
        .where(or_(Voucher.state.not_in(ENDS), Voucher.used_on.is_not(None)))
        .order_by(Voucher.id)
    )
    for row in rows:
        yield (
            row.enterprise_id,
            Aid(
                programme=row.slug,
                given_on=day_in(row.created_at, zone(row.time_zone)),
                used_on=row.used_on,
                completed_on=row.completed_on,
                is_held=row.state not in ENDS,
                simulated=row.simulated,
            ),
        )


def _direct(firms: Collection[UUID], programmes: Collection[str]) -> Iterator[tuple[UUID, Aid]]:
    rows = db.session.execute(
        select(DirectAid.enterprise_id, Programme.slug, DirectAid.approved_on, Round.simulated)
        .join(Round, Round.id == DirectAid.round_id)
        .join(Programme, Programme.id == Round.programme_id)
        .where(DirectAid.enterprise_id.in_(firms), Programme.slug.in_(programmes))
        .order_by(DirectAid.id)
    )
    for enterprise_id, slug, on, simulated in rows:
        yield enterprise_id, Aid(programme=slug, given_on=on, used_on=on, completed_on=on, is_held=False, simulated=simulated)
