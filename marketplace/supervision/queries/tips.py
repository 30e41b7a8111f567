"""Reads of tips. Whom a tip is about does not see it: neither by organisation, nor by name, nor as who decided on its claim."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, true

from marketplace.audit import queries as trail
from marketplace.identity.models import Organisation, User
from marketplace.identity.scope import acted_on
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import CNY
from marketplace.settlement.models import Claim, ClaimOpinion
from marketplace.supervision.lifecycle import TIP, TipState
from marketplace.supervision.models import CaseMeasure, SupervisionCase
from marketplace.supervision.queries import Areas
from marketplace.supervision.rules import MeasureKind, MeasureState
from marketplace.supervision.tip_models import Tip
from marketplace.supervision.tip_rules import code_hash

SEEN = TIP.move("see_sender").event


def _shown_to(user_id: UUID) -> ColumnElement[bool]:
    """SQL condition: the tip names neither the user nor the own organisation, and is about no claim that the user decided on."""
    name, own = (select(column).where(User.id == user_id).scalar_subquery() for column in (User.name, User.organisation_id))
    decided = exists().where(Claim.id == Tip.claim_id, Claim.decided_by == user_id)
    said = exists().where(ClaimOpinion.claim_id == Tip.claim_id, ClaimOpinion.reviewer_id == user_id)
    named = or_(func.replace(Tip.about, name, "") != Tip.about, func.replace(Tip.facts, name, "") != Tip.facts)
    return and_(~named, or_(Tip.organisation_id.is_(None), own.is_(None), Tip.organisation_id != own), ~decided, ~said)


def _in_areas(areas: Areas) -> ColumnElement[bool]:
    return true() if areas is None else acted_on(Tip.region_code, areas)


def tips(areas: Areas, user_id: UUID, state: TipState | None = None) -> Select[Tip]:
    """Tips of some areas that a user may see, newest first."""
    wanted = select(Tip).where(_in_areas(areas), _shown_to(user_id))
    wanted = wanted if state is None else wanted.where(Tip.state == state)
    return wanted.order_by(Tip.received_at.desc(), Tip.id.desc())


def tip_in(tip_id: UUID, areas: Areas, user_id: UUID) -> Tip:
    """One of them. Raises: NotFound: not of the areas, or not for this user."""
    row = db.session.scalars(tips(areas, user_id).where(Tip.id == tip_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def is_shown_to(tip_id: UUID, user_id: UUID) -> bool:
    """Whether a user may know of a tip."""
    return db.session.scalar(select(literal(1)).where(Tip.id == tip_id, _shown_to(user_id))) is not None


def shown_among(tip_id: UUID, user_ids: Iterable[UUID]) -> list[UUID]:
    """Those of some users who may know of a tip: told of it when it comes."""
    named = or_(func.replace(Tip.about, User.name, "") != Tip.about, func.replace(Tip.facts, User.name, "") != Tip.facts)
    mine = and_(Tip.organisation_id.is_not(None), Tip.organisation_id == User.organisation_id)
    decided = exists().where(Claim.id == Tip.claim_id, Claim.decided_by == User.id)
    wanted = select(User.id).join(Tip, Tip.id == tip_id).where(User.id.in_(list(user_ids)), ~named, ~mine, ~decided)
    return list(db.session.scalars(wanted))


def followed(number: str, code: str) -> Tip | None:
    """A tip by its receipt; None: one of the two is wrong."""
    wanted = select(Tip).where(Tip.number == number.strip().upper(), Tip.code_hash == code_hash(code))
    return db.session.scalars(wanted).one_or_none()


def by_code(code: str) -> Tip | None:
    """The tip of a code, however it is written."""
    return db.session.scalars(select(Tip).where(Tip.code_hash == code_hash(code))).one_or_none()


def organisation_called(text: str) -> Organisation | None:
    """Who has a credit code, or else alone has a name; None: nobody, or several."""
    said = text.strip()
    found = db.session.scalars(select(Organisation).where(or_(Organisation.uscc == said.upper(), Organisation.name == said)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def sent_since(sent_from: str, moment: object) -> int:
    """How many tips came from a place since a moment."""
    mine = (Tip.sent_from == sent_from, Tip.received_at > moment)
    return db.session.scalar(select(func.count()).select_from(Tip).where(*mine)) or 0


def has_seen_sender(tip_id: UUID, user_id: UUID) -> bool:
    """Whether a user looked at who sent it, which the trail knows."""
    return any(event.action == SEEN and event.actor_id == user_id for event in trail.of_subject(tip_id))


def found_fen(case_id: UUID) -> int:
    """Yuan that are to be paid back by a case."""
    one = CaseMeasure
    wanted = select(func.coalesce(func.sum(one.amount_fen), 0)).where(one.case_id == case_id, one.kind == MeasureKind.RECOVERY)
    return int(db.session.scalar(wanted.where(one.state == MeasureState.IN_FORCE, one.currency == CNY)) or 0)


def stands(case_id: UUID) -> bool:
    """Whether something that a case decided stands: an appeal may have lifted all of it."""
    one = CaseMeasure
    wanted = select(exists().where(one.case_id == case_id, one.state == MeasureState.IN_FORCE))
    return bool(db.session.scalar(wanted))


def case_numbers(case_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The printed numbers of some cases."""
    wanted = select(SupervisionCase.id, SupervisionCase.number).where(SupervisionCase.id.in_([one for one in case_ids if one]))
    return dict(db.session.execute(wanted).all())
