"""Money without an order: what a firm asked for, what was kept of it, and what the books say."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Row, select

from marketplace.kernel.pieces import pieces
from marketplace.kernel.zones import day_in, zone
from marketplace.recomputing.queries.claims import ReadClaims
from marketplace.recomputing.queries.reading import ReadProgramme, ever_held, posted_of
from marketplace.recomputing.rules.claims import DecidedClaim
from marketplace.recomputing.rules.posted import NOT_POSTED
from marketplace.recomputing.rules.subsidies import DecidedSubsidy
from marketplace.settlement.models import Claim
from marketplace.subsidies.evidence import cost_of
from marketplace.subsidies.models import Subsidy
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.spending import spec_of

_SAME = ("id", "enterprise_id", "round_id", "currency", "class_key", "amount_fen", "limits", "checks", "facts", "simulated", "region_code")


def decided_subsidies(reading: ReadProgramme) -> Iterator[tuple[DecidedSubsidy, DecidedClaim | None]]:
    """The subsidies of a programme with their claims, in the order of time."""
    named = (*(getattr(Subsidy, name) for name in _SAME), Subsidy.version_id, Subsidy.evidence, Subsidy.title_kind, Subsidy.number_key)
    wanted = select(*named, Subsidy.created_at, Round.area_code, Round.time_zone, Claim.number.label("claim_number"))
    wanted = wanted.join(Round, Round.id == Subsidy.round_id).outerjoin(Claim, Claim.subsidy_id == Subsidy.id)
    newer = reading.newer(Subsidy.created_at, Claim.submitted_at, Claim.decided_at)
    wanted = wanted.where(Subsidy.programme_id == reading.programme_id, newer)
    for rows in pieces(reading.connection, wanted, Subsidy.created_at, Subsidy.id):
        ids = [row.id for row in rows]
        posted, claims = posted_of(reading, ids), ReadClaims(reading, Claim.subsidy_id.in_(ids))
        of_subsidy = {one.subsidy_id: one for one in claims.rows}
        for row in rows:
            subsidy = DecidedSubsidy(**_of_row(row), posted=posted.get(row.id, NOT_POSTED), ever_held=partial(ever_held, reading))
            asked = of_subsidy.get(row.id)
            yield subsidy, None if asked is None else claims.of_subsidy(asked, subsidy)


def _of_row(row: Row[Any]) -> Any:
    spec = spec_of(row.version_id)
    return {name: getattr(row, name) for name in _SAME} | {
        "number": row.claim_number or str(row.id),
        "spec": spec,
        "area_code": row.area_code,
        "asked_on": day_in(row.created_at, zone(row.time_zone)),
        "title": (row.title_kind, row.number_key or ""),
        "cost_fen": cost_of(spec, row.evidence, row.currency) if row.evidence else None,
    }
