"""Firms that registered by themselves, and what firms declared: verified, waiting, returned."""

from datetime import date

from marketplace.demo import papers
from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds, key_of, rows
from marketplace.demo.people import add_person, credit_code
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.enterprises import queries as enterprise_queries
from marketplace.enterprises import service as enterprises
from marketplace.enterprises.rules import Figures, FirmProfile, TitleFacts
from marketplace.identity import queries as identity_queries
from marketplace.identity import service as identity
from marketplace.identity.legal_forms import LegalForm
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import OrganisationFacts
from marketplace.identity.roles import Role
from marketplace.identity.size_table import FEN_PER_WAN
from marketplace.policy.programme_words import TitleGrade, TitleKind


def _registers(ids: KnownIds, key: str, moment: Moment) -> None:
    row = next(one for one in rows("firms") if one["key"] == key)
    facts = _facts(row)
    organisation = identity.register_organisation(facts, actor_id=None, state=OrganisationState.DRAFT, request_key=key_of("firm", key))
    ids.organisations[key] = organisation.id
    actor = add_person(ids, key, row["representative"], Role.SME, moment=moment, actor_id=None)
    profile = FirmProfile(row["products"], f"{row['name']}，主要产品为{row['products']}。")
    enterprises.save_profile(organisation.id, facts, profile, seen_version=organisation.version, actor_id=actor, now=moment.now)
    enterprises.submit(organisation.id, actor_id=actor)


def _facts(row: dict[str, str]) -> OrganisationFacts:
    return OrganisationFacts(
        uscc=credit_code(row["key"], row["region"]), name=row["name"], region_code=row["region"], park_code=row["park"] or None,
        industry_code=row["industry"], address="西藏自治区拉萨市城关区八廓街道 6 号", legal_representative=row["representative"],
        contact_name=row["representative"], contact_phone="0891-6000099", founded_on=date.fromisoformat(row["founded"]),
        legal_form=LegalForm.COOPERATIVE if row["name"].endswith("合作社") else LegalForm.COMPANY,
    )  # fmt: skip


def waiting(ids: KnownIds, days: Days) -> Story:
    """A new firm registered and waits to be verified."""
    yield Step(at(days.ago(2), "16:40"), lambda moment: _registers(ids, "new_firm", moment))


def returned(ids: KnownIds, days: Days) -> Story:
    """A firm's papers were returned for correction."""
    key = "carpet_lhasa"
    yield Step(at(days.ago(9), "10:30"), lambda moment: _registers(ids, key, moment))
    yield Step(
        at(days.ago(7), "11:10"),
        lambda moment: identity.decide_organisation(
            ids.organisations[key], OrganisationState.RETURNED, reason="成立日期与营业执照不一致，请核对后重新提交。",
            actor_id=ids.users["officer_lasa"], now=moment.now,
        ),
    )  # fmt: skip


def figures(ids: KnownIds, days: Days) -> Story:
    """Firms declare figures and a title: one accepted, one returned, one of each waits."""
    yield Step(at(days.ago(24), "10:10"), lambda moment: _declare(ids, "label_print", 21, 390, 450, moment))
    yield Step(at(days.ago(22), "09:40"), lambda moment: _decide(ids, "label_print", "", moment))
    yield Step(at(days.ago(12), "15:10"), lambda moment: _declare(ids, "linzhi_honey", 2100, 360, 510, moment))
    yield Step(
        at(days.ago(10), "10:00"), lambda moment: _decide(ids, "linzhi_honey", "从业人员 2100 人与社保人数不符，请核对单位。", moment)
    )
    yield Step(at(days.ago(3), "17:05"), lambda moment: _declare(ids, "butter_dairy", 27, 520, 760, moment))
    yield Step(at(days.ago(2), "10:05"), lambda moment: _declare_title(ids, "kyi_carton", moment))


def _year(ids: KnownIds, key: str, moment: Moment) -> int:
    """A year that is over and whose figures nobody has accepted yet."""
    known = {row.year for row in enterprise_queries.years_of(ids.organisations[key])}
    return next(year for year in range(moment.today.year - 1, moment.today.year - 9, -1) if year not in known)


def _declare(ids: KnownIds, key: str, employees: int, revenue_wan: int, assets_wan: int, moment: Moment) -> None:
    firm, actor = ids.organisations[key], ids.person_of(key)
    year = _year(ids, key, moment)
    paper = papers.store_paper(
        f"{year}年度财务报表", [identity_queries.organisation(firm).name, "（演示）"], organisation_id=firm, actor_id=actor
    )
    stated = Figures(
        year=year, employees=employees, revenue_fen=revenue_wan * FEN_PER_WAN, assets_fen=assets_wan * FEN_PER_WAN, source="年度财务报表"
    )
    key_ = key_of("year", key)
    enterprises.declare_year(firm, stated, file_id=paper.id, actor_id=actor, request_key=key_, today=moment.today)


def _decide(ids: KnownIds, key: str, reason: str, moment: Moment) -> None:
    enterprises.decide_year(key_of("year", key), accept=not reason, reason=reason, actor_id=ids.users["officer_lasa"])


def _declare_title(ids: KnownIds, key: str, moment: Moment) -> None:
    firm, actor = ids.organisations[key], ids.person_of(key)
    paper = papers.store_paper(
        "创新型中小企业证书", [identity_queries.organisation(firm).name, "（演示）"], organisation_id=firm, actor_id=actor
    )
    since = moment.today.replace(day=1)
    facts = TitleFacts(
        kind=TitleKind.INNOVATIVE, valid_from=since, valid_until=since.replace(year=since.year + 3), number="演示证0088",
        granted_by="自治区经信厅（演示）", document="演示字〔创新〕8号",
        grade=TitleGrade.PROVINCE,
    )  # fmt: skip
    enterprises.declare_title(firm, facts, file_id=paper.id, actor_id=actor, request_key=key_of("title", key))
