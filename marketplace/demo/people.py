"""Offices and their people, firms and theirs: who exists before anything happens."""

from datetime import date
from functools import cache, partial
from uuid import UUID

from marketplace.demo.days import REGION, SETTING, Days, at, settings, settled_years
from marketplace.demo.known_ids import LOGINS, KnownIds, rows
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.enterprises import service as enterprises
from marketplace.enterprises.imports import FIRMS, TITLES
from marketplace.enterprises.rules import FirmProfile
from marketplace.identity import passwords
from marketplace.identity import queries as identity_queries
from marketplace.identity import service as identity
from marketplace.identity.legal_forms import LegalForm
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import BureauContact, OrganisationFacts, UserFacts
from marketplace.identity.regions import covers, region
from marketplace.identity.roles import SEPARATED, Role
from marketplace.identity.size_table import FEN_PER_WAN
from marketplace.identity.uscc import make_uscc
from marketplace.kernel.imports import ImportContext, Report
from marketplace.policy import service as policy
from marketplace.policy.programme_words import TitleGrade

PASSWORD = "quanlian-demo"
SELF_REGISTERED = frozenset({"new_firm", "carpet_lhasa"})
_TITLE_YEARS = {"specialised": 2024, "innovative": 2024, "high_tech": 2023, "tech_sme": 2025}
_GRANTED_BY = {"high_tech": "自治区科技厅（演示）", "tech_sme": "自治区科技厅（演示）"}


def credit_code(key: str, region_code: str, *, kind: str = "91") -> str:
    """The made-up credit code of an organisation: the same in every load, with a valid check character."""
    order = sorted(row["key"] for name in ("authorities", "firms", "providers", "leaders") for row in rows(name))
    return make_uscc(region_code, 7001 + order.index(key), kind=kind)


def offices(ids: KnownIds, days: Days) -> Story:
    """The offices, the three administrators, then everybody else by the security administrator's hand; the working-day calendar."""
    day = days.near(-205)
    yield Step(at(day, "09:00"), lambda moment: _authorities(ids, moment))
    yield Step(at(day, "09:30"), lambda moment: _staff(ids, moment))
    yield Step(at(day, "10:40"), lambda moment: _calendar(ids.users["operator"], days.today))


def _calendar(actor: UUID, today: date) -> None:
    """The published calendar, and what the demo sets where none is published."""
    policy.load_published(actor_id=actor)
    for entry in settings(today):
        policy.set_day(entry.day, entry.layer, is_working=entry.is_working, name=entry.name, source=entry.source, actor_id=actor)
    for year, layer in settled_years(today):
        policy.confirm_year(year, layer, source=SETTING, actor_id=actor)


def _authorities(ids: KnownIds, moment: Moment) -> None:
    for row in rows("authorities"):
        code = credit_code(row["key"], row["region"], kind="11")
        facts = OrganisationFacts(
            uscc=code,
            name=row["name"],
            region_code=row["region"],
            park_code=row["park"] or None,
            contact_name="企业服务科",
            contact_phone=f"0891-60000{len(ids.organisations):02d}",
        )
        office = identity.register_organisation(facts, actor_id=None, is_authority=True, state=OrganisationState.VERIFIED)
        phones = BureauContact(facts.contact_name, facts.contact_phone, "工作日 9:30—18:00", f"0891-60001{len(ids.organisations):02d}")
        identity.change_contact(office.id, phones, actor_id=None)
        ids.organisations[row["key"]] = office.id


def _staff(ids: KnownIds, moment: Moment) -> None:
    """The separated administrators come by command; they let in the others."""
    for row in rows("staff"):
        role, actor = Role(row["role"]), ids.users.get("secadmin")
        by = None if role in SEPARATED else actor
        home, who = ids.organisations[row["organisation"]], UserFacts(row["login"], row["name"])
        user = identity.add_user(home, who, password=PASSWORD, actor_id=by, password_hash=_hash())
        identity.grant(user.id, role, area_code=row["area"] or None, actor_id=by, now=moment.now)
        ids.users[row["login"]] = user.id


def add_person(ids: KnownIds, key: str, name: str, *roles: Role, moment: Moment, actor_id: UUID | None) -> UUID:
    """A user of an organisation with the demo's password."""
    who = UserFacts(LOGINS.get(key, key), name, phone="13900000000")
    user = identity.add_user(ids.organisations[key], who, password=PASSWORD, actor_id=actor_id, password_hash=_hash())
    for role in roles:
        identity.grant(user.id, role, actor_id=actor_id, now=moment.now)
    ids.users[user.login] = user.id
    return user.id


@cache
def _hash() -> str:
    """One password for all, hashed once: it is slow on purpose."""
    return passwords.hash_password(PASSWORD)


def firms(ids: KnownIds, days: Days) -> Story:
    """Each bureau imports its firms and verifies them; their titles are entered, their people let in."""
    listed = [*(row for row in rows("firms") if row["key"] not in SELF_REGISTERED), *rows("leaders")]
    first = days.near(-202)
    bureaus = [("officer", REGION), ("officer_boz", "652700")]
    for number, (login, area) in enumerate(bureaus):
        mine = [row for row in listed if covers(area, row["region"], row["park"] or None)]
        yield Step(at(days.after(first, number), "10:05"), partial(_import, ids, mine, login, area))
    for number, (login, area) in enumerate(bureaus):
        mine = [row for row in listed if covers(area, row["region"], row["park"] or None)]
        yield Step(at(days.after(first, 2 + number), "15:20"), partial(_verify, ids, mine, login))
    yield Step(at(days.after(first, 4), "11:00"), partial(_titles, ids, listed))
    yield Step(at(days.after(first, 4), "16:00"), partial(_people, ids, listed))


def _import(ids: KnownIds, listed: list[dict[str, str]], login: str, area: str, moment: Moment) -> None:
    context = _context(ids, login, area, moment)
    for row in listed:
        FIRMS.store_row(_as_imported(row, moment.today.year - 1), context)
        known = identity_queries.by_uscc(credit_code(row["key"], row["region"]))
        assert known is not None
        ids.organisations[row["key"]] = known.id
    assert FIRMS.finish is not None
    FIRMS.finish(context, Report(stored=len(listed)))


def _context(ids: KnownIds, login: str, area: str, moment: Moment) -> ImportContext:
    actor = ids.users[login]
    organisation = identity_queries.user(actor).organisation_id
    return ImportContext(import_id=actor, actor_id=actor, organisation_id=organisation, areas=(area,), options={}, now=moment.now)


def _as_imported(row: dict[str, str], year: int) -> dict[str, object]:
    """A row as the sheet reader hands it over."""
    place = region(row["park"] or row["region"])
    return {
        "uscc": credit_code(row["key"], row["region"]), "name": row["name"], "region_code": row["region"], "park_code": row["park"] or None,
        "industry_code": row["industry"], "address": f"{place.full_name}产业路 {len(row['key'])} 号",
        "legal_representative": row["representative"], "founded_on": date.fromisoformat(row["founded"]),
        "legal_form": LegalForm.COOPERATIVE if row["name"].endswith("合作社") else LegalForm.COMPANY,
        "contact_name": row["representative"], "contact_phone": "0891-6000000", "main_products": row.get("products") or None,
        "year": year, "employees": int(row["employees"]), "revenue_fen": int(row["revenue_wan"]) * FEN_PER_WAN,
        "assets_fen": int(row["assets_wan"]) * FEN_PER_WAN,
    }  # fmt: skip


def _verify(ids: KnownIds, listed: list[dict[str, str]], login: str, moment: Moment) -> None:
    checked = [ids.organisations[row["key"]] for row in listed]
    enterprises.verify_many(checked, actor_id=ids.users[login], now=moment.now)


def _titles(ids: KnownIds, listed: list[dict[str, str]], moment: Moment) -> None:
    """Certificates run three years and were prolonged, so that they are good whenever the demo is loaded."""
    count = 0
    for row in listed:
        login, area = ("officer_boz", "652700") if covers("652700", row["region"]) else ("officer", REGION)
        for kind in filter(None, row.get("titles", "").split("|")):
            since = date(_TITLE_YEARS[kind], 6, 20)
            TITLES.store_row(
                {
                    "uscc": credit_code(row["key"], row["region"]), "name": row["name"], "kind": kind,
                    "grade": TitleGrade.NATIONAL if kind == "little_giant" else TitleGrade.PROVINCE,
                    "number": f"演示{since.year}{count:04d}", "granted_by": _GRANTED_BY.get(kind, "自治区经信厅（演示）"),
                    "document": f"演示字〔{since.year}〕{count % 7 + 11}号", "valid_from": since,
                    "valid_until": date(max(moment.today.year + 2, since.year + 3), 6, 19),
                },
                _context(ids, login, area, moment),
            )  # fmt: skip
            count += 1


def _people(ids: KnownIds, listed: list[dict[str, str]], moment: Moment) -> None:
    leaders = {row["key"] for row in rows("leaders")}
    for row in listed:
        roles = () if row["key"] in leaders else (Role.SME,)  # a leader's role comes with the appointment
        add_person(ids, row["key"], row["representative"], *roles, moment=moment, actor_id=ids.users["secadmin"])


def a_group(ids: KnownIds, days: Days) -> Story:
    """A firm says later that a provider controls it, and is verified again: its orders there will raise a signal."""
    firm, day = "snowlion_soft", days.near(-172)

    def say(moment: Moment) -> None:
        organisation = identity_queries.organisation(ids.organisations[firm])
        group = identity_queries.organisation(ids.organisations["digital"]).uscc
        facts = OrganisationFacts(
            **{name: getattr(organisation, name) for name in OrganisationFacts.__slots__ if name != "group_uscc"}, group_uscc=group
        )
        profile = FirmProfile("仓储管理软件", "面向饮用水、食品企业的仓储条码系统。")
        actor = ids.person_of(firm)
        enterprises.save_profile(organisation.id, facts, profile, seen_version=organisation.version, actor_id=actor, now=moment.now)

    yield Step(at(day, "10:20"), say)
    yield Step(
        at(days.after(day, 2), "11:00"),
        lambda moment: enterprises.verify_many([ids.organisations[firm]], actor_id=ids.users["officer_lasa"], now=moment.now),
    )
