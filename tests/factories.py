"""Things tests are about, made in one line. Name only what the test depends on; the rest is made up and valid.

Every factory stores what it made, so that services and pages find it. The people of an organisation: `user_of(firm)`.
"""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
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
from marketplace.identity.roles import AREA_ROLES, SEPARATED, Role
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.db import Model, db, in_transaction, locked
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.policy.queries import working_calendar
from marketplace.publicity import service as publicity
from marketplace.publicity.models import Objection, PublicNotice
from marketplace.vouchers.models import Application, Appropriation, Programme, Round, Voucher
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.rights import Right, right_of
from marketplace.vouchers.rules.rounds import asked_days
from marketplace.vouchers.rules.states import WITHOUT_APPLICATION, RoundState
from marketplace.vouchers.service import allotting, applications, funds, issuing, programmes, rounds

PASSWORD = "牦牛走过青草地 2026"
REGION = "540102"  # 拉萨市城关区
INDUSTRY = "1522"  # 瓶（罐）装饮用水制造

_serial = itertools.count(1)


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
    serial = next(_serial)
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
    serial = next(_serial)
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
    organisation: Model, kind: str, *, valid_from: date | None = None, valid_until: date | None = None, accepted: bool = True
) -> Title:
    """A title in the register, good for three years from a year ago."""
    begin = valid_from or clock.today() - timedelta(days=365)
    return stored(
        Title(
            organisation_id=organisation.id,  # type: ignore[attr-defined]
            kind=kind,
            number=f"证〔2025〕{next(_serial)}",
            granted_by="测试主管部门",
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
    serial = next(_serial)
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
    """A public notice published today."""
    facts: dict[str, Any] = {"kind": kind, "title": title, "body": "公示内容。", "subject_type": "test", "area_code": area_code}
    return in_transaction(
        lambda: publicity.publish(
            notice_id=uuid4(), subject_id=subject_id or uuid4(), working_days=working_days, calendar=working_calendar(), actor_id=None,
            today=clock.today(), **facts,
        )
    )  # fmt: skip


def an_objection(
    notice: PublicNotice, *, grounds: str = "资质证书已经过期，请核实。", address: str = "", request_key: UUID | None = None
) -> Objection:
    """A named objection against a notice."""
    key = request_key or uuid4()
    return in_transaction(
        lambda: publicity.raise_objection(
            notice.id, name="卓玛", contact="0891-6222222", grounds=grounds, address=address, request_key=key, now=clock.now(),
            today=clock.today(),
        )
    )  # fmt: skip


def a_programme(slug: str = "xizang_enterprise_service_voucher", *, area: str = "540000", signed: bool = True) -> Programme:
    """A shipped programme with its book, every assumed value signed unless said otherwise. The same slug again is the same programme."""
    now = clock.now()
    content = (PROGRAMMES / f"{slug}.toml").read_bytes()
    known = db.session.scalars(select(Programme).where(Programme.slug == slug)).one_or_none()
    programme = (
        known
        or in_transaction(
            lambda: programmes.import_programme(content, file=f"{slug}.toml", area_code=area, actor_id=None, now=now)
        ).programme
    )
    version = programmes.newest_version(programme.id)
    assert version
    keys = [one.key for one in spec_of(version.id).unsigned_values()]
    if signed and keys:
        in_transaction(
            lambda: programmes.sign_values(programme.id, keys, signer="测试主管", reason="测试签认", actor_id=uuid4(), request_key=uuid4())
        )
    return programme


def a_round(
    slug: str = "xizang_enterprise_service_voucher",
    *,
    programme: Programme | None = None,
    budget_fen: int = 100_000_000,
    state: RoundState | str = "in_use",
    area: str = "540000",
    name: str = "",
    simulated: bool = False,
    use_days: int = 180,
    days: Mapping[str, date] | None = None,
) -> Round:
    """A round with money (a million yuan), in use unless said otherwise: its claim window was yesterday, orders may come for half a year.

    `state="claiming"`: the window is open now. Budget 0: no money was recorded. `days`: last days of its own, by field.
    """
    programme = programme or a_programme(slug, area=area)
    wanted, now, today = RoundState(state), clock.now(), clock.today()
    opening, closing = (
        (now - timedelta(hours=1), now + timedelta(days=1))
        if wanted is RoundState.APPLYING
        else (
            (now + timedelta(days=1), now + timedelta(days=2))
            if wanted in {RoundState.DRAFT, RoundState.ANNOUNCED}
            else (now - timedelta(days=2), now - timedelta(days=1))
        )
    )
    given: dict[str, Any] = {"use_until": today + timedelta(days=use_days), "redeem_until": today + timedelta(days=use_days + 60)}
    asked = asked_days(spec_of(programmes.newest_version(programme.id).id))  # type: ignore[union-attr]
    given |= {one.field: given[one.otherwise] for one in asked if one.otherwise} | (days or {})
    plan = rounds.RoundPlan(
        name=name or f"测试批次{next(_serial)}", area_code=area, apply_from_at=opening, apply_until_at=closing, use_from=today,
        simulated=simulated, **given,
    )  # fmt: skip
    row = in_transaction(lambda: rounds.create(programme.id, plan, actor_id=None, request_key=uuid4(), today=today))
    if budget_fen:
        an_appropriation(row, budget_fen)
    _advance(row, wanted, opening, closing)
    return row


def _advance(row: Round, wanted: RoundState, opening: datetime, closing: datetime) -> None:
    """Walk a round to a state as its dates and officers would."""
    today = clock.today()
    spec = spec_of(programmes.newest_version(row.programme_id).id)  # type: ignore[union-attr]
    queued = (RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED)
    path = [RoundState.ANNOUNCED, *(() if spec.allocation.mode.value in WITHOUT_APPLICATION else queued), RoundState.IN_USE]
    path = path[: path.index(wanted) + 1] if wanted in path else []
    before = opening - timedelta(hours=1)
    for step in path:
        if step is RoundState.ANNOUNCED:
            in_transaction(lambda: rounds.announce(row.id, actor_id=None, now=before))
        elif step is RoundState.PUBLISHED:
            in_transaction(lambda: allotting.publish(row.id, actor_id=None, now=clock.now(), today=today))
        else:
            moment = opening if step is RoundState.APPLYING else closing
            in_transaction(lambda step=step, moment=moment: rounds.move(row.id, step, actor_id=None, now=moment, today=today))


def an_appropriation(round_: Round, amount_fen: int, *, source: str = "region") -> Appropriation:
    """Money for a round, by a document of its own."""
    paper = funds.FundDocument(
        source=source, document_number=f"藏财企指〔2026〕{next(_serial)}号", dated_on=clock.today(), amount_fen=amount_fen
    )
    return in_transaction(lambda: funds.record_appropriation(round_.id, paper, actor_id=uuid4(), request_key=uuid4(), today=clock.today()))


def a_voucher(*, face_fen: int | None = None, enterprise: Enterprise | None = None, round_: Round | None = None) -> Voucher:
    """A voucher of a firm in a round in use; of the default programme a quota of 30,000 yuan, unless `face_fen` says otherwise."""
    enterprise = enterprise or a_firm()
    round_ = round_ or a_round()

    def work() -> Voucher:
        fresh = locked(Round, round_.id)
        right = right_of(spec_of(fresh.version_id), facts_of(enterprise.id, clock.today()), (fresh.area_code,))
        assert right, "the firm meets the programme's rules"
        if face_fen is not None:
            right = Right(right.class_key, Fen(face_fen))
        return issuing.issue_all(fresh, [issuing.Award(enterprise.id, right)], actor_id=None, today=clock.today())[0]

    return in_transaction(work)


def an_expert_user(region: str = REGION) -> User:
    """An expert who signs in; experts judge within the province of their own organisation."""
    return a_user(Role.EXPERT, organisation=an_organisation(region=region))


def an_application(round_: Round, firm: Enterprise, *, requested_fen: int | None = None, plan: str = "购买测试服务") -> Application:
    """A firm's application in a round that takes them, for all it may ask for unless said otherwise."""
    right = right_of(spec_of(round_.version_id), facts_of(firm.id, clock.today()), (round_.area_code,))
    assert requested_fen or right, "the firm meets the programme's rules"
    wish = applications.Wish(requested_fen=Fen(requested_fen or right.face_fen), plan=plan)  # type: ignore[union-attr]
    return in_transaction(
        lambda: applications.apply(
            round_.id, firm.id, wish, actor_id=user_of(firm).id, request_key=uuid4(), now=clock.now(), today=clock.today()
        )
    )
