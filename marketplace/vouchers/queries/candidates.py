"""Firms that meet a round's rules and have no voucher in it: whom an officer may give one."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, named
from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.risk.queries import barred_of
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries.facts import facts_of_many
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.rights import right_of

MOST = 200  # shown at once; narrow by name


@dataclass(frozen=True, slots=True)
class Candidate:
    """A firm and what it would get."""

    firm: Organisation
    class_label: str
    face_fen: Fen


def candidates(round_: Round, today: date, *, text: str = "") -> list[Candidate]:
    """By name; at most MOST."""
    have = exists().where(Voucher.round_id == round_.id, Voucher.enterprise_id == Organisation.id)
    wanted = (
        select(Organisation)
        .join(Enterprise, Enterprise.id == Organisation.id)
        .where(Organisation.state == OrganisationState.VERIFIED, in_areas([round_.area_code]), ~have)
    )
    if text:
        wanted = wanted.where(named(text))
    firms = {row.id: row for row in db.session.scalars(wanted.order_by(Organisation.name).limit(MOST))}
    spec = spec_of(round_.version_id)
    found, barred = [], barred_of(list(firms), today)
    for key, facts in facts_of_many(list(firms), today, spec, simulated=round_.simulated).items():
        right = right_of(spec, facts, (round_.area_code,)) if key not in barred else None
        if right is not None:
            found.append(Candidate(firms[key], spec.firm_class(right.class_key).label, right.face_fen))
    return sorted(found, key=lambda one: one.firm.name)
