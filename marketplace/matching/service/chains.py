"""Industry chains: the bureau names them, their chain head, and who leads them (链长、链主、链创)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity import regions, scope
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.roles import Role
from marketplace.identity.service import users
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, Forbidden, RuleViolation
from marketplace.matching.models import Chain, ChainAppointment
from marketplace.notices import service as notices


def create(chain_id: UUID, *, name: str, area_code: str, head_name: str, head_post: str, actor_id: UUID) -> Chain:
    """Name a chain of an area. The form's key is the chain's id: a second click answers the same chain.

    Raises: Conflict: the area has a chain of this name.
    """
    content = {"name": name, "area": area_code, "head": head_name, "post": head_post}
    if not begin(Command(chain_id, "chain.created", actor_id, chain_id, content)):
        return by_id(Chain, chain_id)
    area = regions.check_area(area_code)
    if db.session.scalars(select(Chain).where(Chain.area_code == area, Chain.name == name)).first() is not None:
        raise Conflict(N_("本地区已有名为“%(name)s”的产业链。"), field="name", name=name)
    chain = Chain(id=chain_id, name=name, area_code=area, head_name=head_name, head_post=head_post)
    db.session.add(chain)
    db.session.flush()
    audit.record("chain.created", actor_id=actor_id, subject_type="chain", subject_id=chain.id, name=name, area=area)
    return chain


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """Who is to do what for a chain, by which document."""

    uscc: str
    role: str
    from_on: date
    until_on: date | None
    document: str


def appoint(appointment_id: UUID, chain_id: UUID, facts: AppointmentFacts, *, actor_id: UUID, now: datetime) -> ChainAppointment:
    """The bureau appoints an organisation for a chain; a leader's users may then post needs.

    Raises: RuleViolation: not registered, not verified, or dates in the wrong order.
    """
    uscc, role, from_on, until_on, document = facts.uscc, facts.role, facts.from_on, facts.until_on, facts.document
    content = {"uscc": uscc, "role": role, "from": from_on, "until": until_on, "document": document}
    if not begin(Command(appointment_id, "chain.appointed", actor_id, chain_id, content), now=now):
        return by_id(ChainAppointment, appointment_id)
    chain = locked(Chain, chain_id)
    organisation = identity.by_uscc(uscc.strip().upper())
    if organisation is None:
        raise RuleViolation(N_("没有找到这个统一社会信用代码的单位，请先请它登记。"), field="uscc")
    if organisation.state is not OrganisationState.VERIFIED:
        raise RuleViolation(N_("该单位还没有核实，核实后才能任命。"), field="uscc")
    if until_on and until_on < from_on:
        raise RuleViolation(N_("截止日期不能早于起始日期。"), field="until_on")
    row = ChainAppointment(
        id=appointment_id, chain_id=chain.id, organisation_id=organisation.id, role=role, from_on=from_on, until_on=until_on,
        document=document, appointed_by=actor_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    if role == "leader":
        users.grant_to_all(organisation.id, Role.CHAIN_LEADER, actor_id=actor_id, now=now)
        title = N_("贵单位被任命为“%(chain)s”链主企业", chain=chain.name)
        notices.tell(identity.user_ids_of(organisation.id), title, N_("可以发布需求清单了。"), "/needs")
    audit.record(
        "chain.appointed", actor_id=actor_id, subject_type="chain", subject_id=chain.id, organisation=organisation.id, role=role,
        from_on=from_on, until_on=until_on, document=document,
    )  # fmt: skip
    return row


def end(appointment_id: UUID, *, until_on: date, actor_id: UUID) -> ChainAppointment:
    """Say on which day an appointment ends."""
    row = locked(ChainAppointment, appointment_id)
    if until_on < row.from_on:
        raise RuleViolation(N_("截止日期不能早于起始日期。"), field="until_on")
    row.until_on = until_on
    audit.record("chain.appointment_ended", actor_id=actor_id, subject_type="chain", subject_id=row.chain_id, until_on=until_on)
    return row


def led_by(organisation_id: UUID, today: date) -> list[ChainAppointment]:
    """The chains that an organisation leads today."""
    statement = (
        select(ChainAppointment)
        .where(ChainAppointment.organisation_id == organisation_id, ChainAppointment.role == "leader")
        .where(ChainAppointment.from_on <= today, or_(ChainAppointment.until_on.is_(None), ChainAppointment.until_on >= today))
        .order_by(ChainAppointment.from_on)
    )
    return list(db.session.scalars(statement).unique())


def check_leads(organisation_id: UUID, chain_id: UUID, today: date) -> None:
    """Raises: Forbidden: the organisation is not the chain's leader today."""
    if all(row.chain_id != chain_id for row in led_by(organisation_id, today)):
        raise Forbidden(N_("贵单位目前不是这条产业链的链主企业，不能发布需求。请联系主管部门。"))


def in_areas(areas: tuple[str, ...]) -> list[Chain]:
    """Chains whose area is in, or above, one of the areas."""
    return list(db.session.scalars(select(Chain).where(scope.seen(Chain.area_code, areas)).order_by(Chain.area_code, Chain.name)))


def appointments(chain_id: UUID) -> list[ChainAppointment]:
    """Who was appointed for a chain, newest first."""
    wanted = select(ChainAppointment).where(ChainAppointment.chain_id == chain_id).order_by(ChainAppointment.from_on.desc())
    return list(db.session.scalars(wanted).unique())
