"""Organisations and their people, what providers offer, and what the public is told."""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from marketplace.catalogue.lifecycle import OfferingState, PriceState, ProviderState
from marketplace.catalogue.models import Offering, OfferingPrice, Provider
from marketplace.enterprises.models import Enterprise, ReviewState, Title
from marketplace.identity import passwords
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Grant, Organisation, User
from marketplace.identity.queries import issuer_for
from marketplace.identity.roles import AREA_ROLES, SEPARATED, Role
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.db import Model, db, in_transaction
from marketplace.kernel.ids import printed_number
from marketplace.policy.queries import working_calendar
from marketplace.publicity import service as publicity
from marketplace.publicity.models import Objection, PublicNotice
from marketplace.publicity.service import Announcement, NamedObjection, NoticePeriod, ObjectionProof

PASSWORD = "牦牛走过青草地 2026"
REGION = "540102"  # 拉萨市城关区
INDUSTRY = "1522"  # 瓶（罐）装饮用水制造

SERIAL = itertools.count(1)


@lru_cache(maxsize=1)
def password_hash() -> str:
    """The hash of PASSWORD: argon2 is slow on purpose, so it is reckoned once per process."""
    return passwords.hash_password(PASSWORD)


def stored(*rows: Any) -> Any:
    """Store rows and answer the first."""
    in_transaction(lambda: db.session.add_all(rows))
    return rows[0]


def an_organisation(
    name: str = "",
    *,
    region: str = REGION,
    park: str | None = None,
    industry: str | None = INDUSTRY,
    verified: bool = True,
    authority: bool = False,
    uscc: str = "",
    founded_on: date = date(2018, 5, 20),
    **facts: Any,
) -> Organisation:
    """A legal person with a valid credit code, verified unless said otherwise."""
    serial = next(SERIAL)
    return stored(
        Organisation(
            uscc=uscc or make_uscc(region, serial, kind="11" if authority else "91"),
            name=name or f"测试单位{serial:04d}",
            region_code=region,
            park_code=park,
            industry_code=None if authority else industry,
            founded_on=founded_on,
            state=OrganisationState.VERIFIED if verified else OrganisationState.PENDING,
            verified_at=clock.now() if verified else None,
            is_authority=authority,
            **{
                "address": f"测试路 {serial} 号",
                "legal_representative": f"法人{serial}",
                "contact_name": "联系人",
                "contact_phone": f"0891-6{serial:06d}",
                "oversight_phone": f"0891-5{serial:06d}" if authority else "",
            }
            | facts,
        )
    )


def a_user(
    *roles: Role | str | tuple[Role, str],
    organisation: Model | UUID | None = None,
    area: str | None = None,
    login: str = "",
    name: str = "",
) -> User:
    """A user with these roles; officers, finance, auditors and operators get an area: their own beside the role, or one for all."""
    serial = next(SERIAL)
    wanted = [role if isinstance(role, tuple) else (Role(role), area or "540000") for role in roles]
    if organisation is None:
        organisation = an_organisation(authority=bool({role for role, _area in wanted} & (AREA_ROLES | SEPARATED)))
    organisation_id = organisation if isinstance(organisation, UUID) else organisation.id  # type: ignore[attr-defined]
    user = User(
        login=login or f"user{serial}", name=name or f"经办{serial}", organisation_id=organisation_id, password_hash=password_hash()
    )
    user.grants = [Grant(role=role, area_code=place if role in AREA_ROLES else None) for role, place in wanted]
    return stored(user)


def user_of(organisation: Model | UUID) -> User:
    """The first user of an organisation, a firm or a provider: who signs in for it."""
    organisation_id = organisation if isinstance(organisation, UUID) else organisation.id  # type: ignore[attr-defined]
    return db.session.scalars(select(User).where(User.organisation_id == organisation_id).order_by(User.id)).unique().first()  # type: ignore[return-value]


def a_firm(
    name: str = "", *, verified: bool = True, size: str = "micro", titles: Sequence[str] = (), user: bool = True, **facts: Any
) -> Enterprise:
    """An SME with its size class, accepted titles and a user; `region=`, `park=`, `founded_on=` and the like go to the organisation."""
    organisation = an_organisation(name, verified=verified, **facts)
    today = clock.today()
    firm = Enterprise(
        id=organisation.id, main_products="测试产品", size_class=size, size_year=today.year - 1 if size != "unknown" else None
    )
    stored(firm)
    for kind in titles:
        a_title(firm, kind)
    if user:
        a_user(Role.SME, organisation=organisation)
    return firm


def a_title(
    organisation: Model,
    kind: str,
    *,
    valid_from: date | None = None,
    valid_until: date | None = None,
    accepted: bool = True,
    grade: str | None = None,
) -> Title:
    """A title in the register, good for three years from a year ago."""
    begin = valid_from or clock.today() - timedelta(days=365)
    return stored(
        Title(
            organisation_id=organisation.id,  # type: ignore[attr-defined]
            kind=kind,
            number=f"证〔2025〕{next(SERIAL)}",
            granted_by="测试主管部门",
            grade=grade,
            document="测试文号",
            valid_from=begin,
            valid_until=valid_until or begin + timedelta(days=3 * 365),
            state=ReviewState.ACCEPTED if accepted else ReviewState.DECLARED,
        )
    )


def a_provider(
    name: str = "", *, state: ProviderState | str = "admitted", categories: Sequence[str] = ("digital",), user: bool = True, **facts: Any
) -> Provider:
    """A provider with a user, in the register unless said otherwise."""
    organisation = an_organisation(name, **facts)
    state = ProviderState(state)
    provider = Provider(
        id=organisation.id,
        introduction="为中小企业提供测试服务。",
        categories=list(categories),
        service_regions=["540000"],
        hotline="0891-6111111",
        state=state,
        agreement_signed_at=None if state is ProviderState.DRAFT else clock.now(),
        applied_at=None if state is ProviderState.DRAFT else clock.now(),
        admitted_at=clock.now() if state in {ProviderState.ADMITTED, ProviderState.SUSPENDED, ProviderState.REMOVED} else None,
    )
    stored(provider)
    if user:
        a_user(Role.PROVIDER, organisation=organisation)
    return provider


def an_offering(
    title: str = "",
    *,
    provider: Provider | None = None,
    price_fen: int = 1_000_000,
    category: str = "digital",
    state: OfferingState | str = "listed",
    **facts: Any,
) -> Offering:
    """An offering at 10,000 yuan, listed unless said otherwise."""
    provider = provider or a_provider()
    serial = next(SERIAL)
    state = OfferingState(state)
    offering = Offering(
        number=printed_number("FW"),
        provider_id=provider.id,
        title=title or f"测试服务{serial}",
        category=category,
        price_fen=price_fen,
        state=state,
        listed_at=clock.now() if state is OfferingState.LISTED else None,
        **{"summary": "一项测试服务。", "description": "做什么、怎么做。", "deliverables": "一份报告", "cycle_days": 30} | facts,
    )
    stored(offering)
    stored(OfferingPrice(offering_id=offering.id, price_fen=price_fen, reason="首次上架", state=PriceState.ACCEPTED))
    return offering


def an_officer(area: str = "540000") -> User:
    """Somebody of the bureau, in an area of authority."""
    return a_user(Role.OFFICER, area=area)


def a_finance_officer(area: str = "540000") -> User:
    return a_user(Role.FINANCE, area=area)


def an_auditor(area: str = "540000") -> User:
    return a_user(Role.AUDITOR, area=area)


def an_operator(area: str = "540000") -> User:
    return a_user(Role.OPERATOR, area=area)


def an_administrator(role: Role | str = Role.SYSTEM_ADMIN) -> User:
    """One of the three separated administrators."""
    return a_user(role)


def a_notice(
    title: str = "测试公示",
    *,
    kind: str = "provider_admission",
    subject_id: UUID | None = None,
    area_code: str = REGION,
    working_days: int = 5,
) -> PublicNotice:
    """A public notice published today, by the bureau of the place."""
    if issuer_for(None, area_code) is None:
        an_officer(f"{area_code[:2]}0000")
    announced, period = Announcement(kind, title, "公示内容。", "test", subject_id or uuid4(), area_code), NoticePeriod(working_days)
    asked = {"calendar": working_calendar(), "actor_id": None, "today": clock.today()}
    return in_transaction(lambda: publicity.publish(uuid4(), announced, period, **asked))


def an_objection(
    notice: PublicNotice, *, grounds: str = "资质证书已经过期，请核实。", address: str = "", request_key: UUID | None = None
) -> Objection:
    """A named objection against a notice."""
    key, said = request_key or uuid4(), NamedObjection("卓玛", "0891-6222222", grounds)
    asked = {"request_key": key, "now": clock.now(), "proof": ObjectionProof(evidence="证书编号可以在发证机关查询。")}
    return in_transaction(lambda: publicity.raise_objection(notice.id, said, address=address, **asked))


def an_expert_user(region: str = REGION) -> User:
    """An expert who signs in; experts judge within the province of their own organisation."""
    return a_user(Role.EXPERT, organisation=an_organisation(region=region))
