"""Chains and their leaders, needs and supplies, the survey, the matching, and what became of the matches."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from uuid import UUID

from sqlalchemy import select

from marketplace.demo import papers
from marketplace.demo.days import REGION, Days, at
from marketplace.demo.known_ids import KnownIds, key_of, rows
from marketplace.demo.people import credit_code
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.identity import queries as identity_queries
from marketplace.kernel import jobs
from marketplace.kernel.db import db
from marketplace.kernel.imports import ImportContext
from marketplace.kernel.money import parse_yuan
from marketplace.matching import service
from marketplace.matching.lines import SupplyLine, need_line, supply_line
from marketplace.matching.models import Match, Need
from marketplace.matching.rules import MatchState, RefusalReason
from marketplace.matching.service import chains, contracts, needs, steps, supplies
from marketplace.matching.service.chains import AppointmentFacts
from marketplace.matching.service.contracts import Signed
from marketplace.matching.service.needs import ListFacts

SURVEY = "全区中小企业产品供给摸排"
# Who keeps the own list; who has not confirmed what the officer entered; who is correcting it. All others confirmed.
_BY_THEMSELVES = frozenset({"linka_pet", "xueshan_water", "lhasa_concrete", "highland_it", "golmud_mat"})
_WAITING = frozenset({"butter_dairy", "linzhi_honey", "silver_lhasa", "carpet_gyantse"})
_CORRECTING = frozenset({"incense_nyemo"})
import_module("marketplace.matching.jobs")  # the worker's part of the matching must be known before a job is run


def appoint(ids: KnownIds, days: Days) -> Story:
    """The bureau names the chains, their heads and who leads them."""
    day = days.near(-112)
    yield Step(at(day, "10:00"), partial(_name_chains, ids))
    yield Step(at(days.after(day, 2), "11:15"), partial(_appoint_all, ids))


def _chain_key(name: str) -> UUID:
    return key_of("chain", name)


def _name_chains(ids: KnownIds, moment: Moment) -> None:
    for row in rows("leaders"):
        chains.create(
            _chain_key(row["chain"]), name=row["chain"], area_code=REGION, head_name=row["head"], head_post=row["head_post"],
            actor_id=ids.users["officer"],
        )  # fmt: skip


def _appoint_all(ids: KnownIds, moment: Moment) -> None:
    listed = [(row["key"], row["region"], row["chain"], "leader") for row in rows("leaders")]
    listed.append(("tech", "540102", "绿色建材产业链", "research"))
    for key, _region, chain, role in listed:
        uscc, until_on = identity_queries.organisation(ids.organisations[key]).uscc, moment.today + timedelta(days=3 * 365)
        facts = AppointmentFacts(uscc, role, moment.today, until_on, f"演示字〔{moment.today.year}〕30号")
        chains.appoint(key_of("appointment", key), _chain_key(chain), facts, actor_id=ids.users["officer"], now=moment.now)


def post_needs(ids: KnownIds, days: Days) -> list[Story]:
    """Each leader publishes its list of needs; one has the next version in draft."""
    return [_needs(ids, days, row, number) for number, row in enumerate(rows("leaders"))]


def _list_key(leader: str) -> UUID:
    return key_of("needs", leader)


def _needs(ids: KnownIds, days: Days, leader: Mapping[str, str], number: int) -> Story:
    day = days.near(-96 + 2 * number)
    yield Step(at(day, "10:30"), partial(_draft_needs, ids, leader, _list_key(leader["key"])))
    yield Step(
        at(day, "16:30"),
        lambda moment: needs.publish(_list_key(leader["key"]), actor_id=ids.person_of(leader["key"]), now=moment.now),
    )
    if leader["key"] == "concrete_leader":
        yield Step(at(days.ago(3), "15:45"), partial(_draft_needs, ids, leader, key_of("needs", leader["key"], 2)))


def _draft_needs(ids: KnownIds, leader: Mapping[str, str], key: UUID, moment: Moment) -> None:
    mine = [row for row in rows("needs") if row["leader"] == leader["key"]]
    title = mine[0]["list"].replace("2026", str(ids.days.near(-96).year))
    facts = ListFacts(ids.organisations[leader["key"]], _chain_key(leader["chain"]), title, mine[0]["direction"])
    needs.new_list(key, facts, actor_id=ids.person_of(leader["key"]), today=moment.today)
    for row in mine:
        line = {
            "product": row["product"], "specification": row["specification"], "industry_code": row["industry"],
            "quantity": int(row["quantity"]), "unit": row["unit"], "target_price_fen": parse_yuan(row["price_yuan"]),
            "needed_by": ids.days.today + timedelta(days=int(row["needed_days"])), "certificates": row["certificates"],
            "max_suppliers": int(row["max_suppliers"]), "share_cap_bp": int(row["share_cap_percent"]) * 100, "note": row["note"],
        }  # fmt: skip
        needs.add_need(key, need_line(line))


# Supplies


def survey(ids: KnownIds, days: Days) -> Story:
    """The bureau surveys what firms supply: officers enter, firms confirm; some have not yet."""
    campaign, day = key_of("survey", SURVEY), days.near(-90)
    yield Step(
        at(day, "09:30"),
        lambda moment: supplies.open_campaign(
            campaign, title=f"{moment.today.year}年{SURVEY}", area_code=REGION, due_on=days.near(15), actor_id=ids.users["officer"],
            today=moment.today,
        ),
    )  # fmt: skip
    yield Step(at(days.after(day, 4), "11:00"), partial(_enter, ids, campaign))
    firms = [key for key in _suppliers() if key in _surveyed() and key not in _WAITING | _CORRECTING]
    for number, key in enumerate(firms):
        when = at(days.after(day, 6 + number // 5), f"{10 + number % 5}:{12 + number}")
        yield Step(when, partial(_publish_own, ids, key))
    yield Step(at(days.ago(8), "09:50"), lambda moment: supplies.remind(campaign, actor_id=ids.users["officer"]))
    yield Step(at(days.ago(4), "10:25"), partial(_correct, ids))


def _suppliers() -> list[str]:
    return list(dict.fromkeys(row["firm"] for row in rows("supplies")))


def _surveyed() -> set[str]:
    """Firms of the region whose list an officer entered."""
    return {row["key"] for row in rows("firms") if not row["region"].startswith("65")} - _BY_THEMSELVES


def _enter(ids: KnownIds, campaign: UUID, moment: Moment) -> None:
    officer = ids.users["officer"]
    context = ImportContext(
        import_id=campaign, actor_id=officer, organisation_id=ids.organisations["region_bureau"], areas=(REGION,),
        options={"campaign_id": str(campaign)}, now=moment.now, )  # fmt: skip
    for row in rows("supplies"):
        if row["firm"] in _surveyed():
            supplies.SURVEY.store_row(_line(row), context)


def _line(row: Mapping[str, str]) -> dict[str, object]:
    firm = next(one for one in rows("firms") if one["key"] == row["firm"])
    return {
        "uscc": credit_code(firm["key"], firm["region"]), "name": firm["name"], "region_code": firm["region"], "side": row["side"],
        "product": row["product"], "specification": row["specification"], "industry_code": row["industry"],
        "capacity": int(row["capacity"]), "unit": row["unit"], "price_fen": parse_yuan(row["price_yuan"]),
        "lead_days": int(row["lead_days"]), "certificates": row["certificates"], "wanted_customers": row["wanted"],
    }  # fmt: skip


def _publish_own(ids: KnownIds, key: str, moment: Moment) -> None:
    supplies.publish(ids.organisations[key], actor_id=ids.person_of(key), now=moment.now)


def _correct(ids: KnownIds, moment: Moment) -> None:
    for key in sorted(_CORRECTING):
        supplies.correct(ids.organisations[key], actor_id=ids.person_of(key))


def own_supplies(ids: KnownIds, days: Days) -> Story:
    """Some firms keep their lists themselves; one renews it later."""
    firms = [key for key in _suppliers() if key not in _surveyed()]
    for number, key in enumerate(firms):
        day = days.after(days.near(-93), number // 4)
        yield Step(at(day, f"{10 + number % 4}:{20 + number}"), partial(_keep_own, ids, key))
    yield Step(at(days.near(-26), "11:45"), partial(_renew, ids, "linka_pet"))


def _keep_own(ids: KnownIds, key: str, moment: Moment) -> None:
    target = supplies.draft(ids.organisations[key], actor_id=ids.person_of(key))
    for row in rows("supplies"):
        if row["firm"] == key:
            supplies.add_line(target.id, supply_line(_line(row)))
    _publish_own(ids, key, moment)


def _renew(ids: KnownIds, key: str, moment: Moment) -> None:
    """One product more in the next version."""
    target = supplies.draft(ids.organisations[key], actor_id=ids.person_of(key))
    line = SupplyLine(product="PET瓶坯", specification="38口 大容量", industry_code="2926", capacity=8_000_000, unit="个", price_fen=55)
    supplies.add_line(target.id, line)
    _publish_own(ids, key, moment)


# Matches


def match(ids: KnownIds, days: Days) -> list[Story]:
    """Each list is matched by the worker; leaders and firms follow some of what was found."""
    return [_run(ids, days, row["key"], number) for number, row in enumerate(rows("leaders"))]


def _run(ids: KnownIds, days: Days, leader: str, number: int) -> Story:
    day = days.near(-68 + number)
    yield Step(at(day, f"10:{15 + number}"), partial(_ask, ids, leader, 1))
    yield Step(at(day, f"10:{20 + number}"), lambda moment: jobs.run_all(), alone=True)
    for order, row in enumerate(one for one in rows("matches") if one["leader"] == leader):
        yield from _follow(ids, days, row, days.after(day, 3 + order))


def run_again(ids: KnownIds, days: Days) -> Story:
    """The water list is matched once more after a firm renewed its supplies: earlier mere proposals give way."""
    day = days.near(-20)
    yield Step(at(day, "10:15"), partial(_ask, ids, "water_leader", 2))
    yield Step(at(day, "10:20"), lambda moment: jobs.run_all(), alone=True)


def _ask(ids: KnownIds, leader: str, time: int, moment: Moment) -> None:
    service.ask_for_run(_list_key(leader), key=key_of("run", leader, time), actor_id=ids.person_of(leader))


_PATHS = {
    "recommended": ("recommended",),
    "seen": ("recommended", "seen"),
    "contacted": ("recommended", "contacted"),
    "sampled": ("recommended", "contacted", "sampled"),
    "quoted": ("recommended", "seen", "quoted"),
    "negotiating": ("recommended", "contacted", "negotiating"),
    "signed": ("recommended", "contacted", "negotiating", "signed"),  # registered by the leader, the firm has not confirmed yet
    "contracted": ("recommended", "contacted", "negotiating", "contracted"),
    "delivered": ("recommended", "contacted", "contracted", "delivered"),
    "refused": ("recommended", "contacted", "refused"),
}
_OF_THE_FIRM = {"seen": steps.see, "contacted": steps.contact, "negotiating": steps.negotiate, "sampled": steps.sample}


def _follow(ids: KnownIds, days: Days, row: Mapping[str, str], day: date) -> Story:
    for number, state in enumerate(_PATHS[row["until"]]):
        yield Step(at(day, f"{10 + number}:{40 + number}"), partial(_advance, ids, row, state))


def _advance(ids: KnownIds, row: Mapping[str, str], state: str, moment: Moment) -> None:
    """The leader recommends and signs; the firm gets in touch and talks."""
    found = _found(ids, row)
    if found is None:
        return
    firm_key = next(key for key, organisation in ids.organisations.items() if organisation == found.enterprise_id)
    side = firm_key if state in {*_OF_THE_FIRM, "quoted"} else row["leader"]
    by, actor = ids.organisations[side], ids.person_of(side)
    if state == "recommended":
        steps.recommend(found.id, actor_id=actor, by=by, now=moment.now)
    elif state in _OF_THE_FIRM:
        _OF_THE_FIRM[state](found.id, actor_id=actor, by=by, now=moment.now)
    elif state in {"quoted", "delivered"}:
        _tell(found, state, key_of(state, row["leader"], row["product"], row["rank"]), actor, by, moment)
    elif state == "refused":
        steps.refuse(found.id, reason=RefusalReason(row["reason"]), note=row["note"], actor_id=actor, by=by, now=moment.now)
    else:
        contract_id = _contract(found, row, actor, by, moment)
        if state == "contracted":
            contracts.confirm(contract_id, actor_id=ids.person_of(firm_key), by=found.enterprise_id, now=moment.now)


def _tell(found: Match, state: str, key: UUID, actor: UUID, by: UUID, moment: Moment) -> None:
    """The firm names its price, or the leader says what came."""
    quantity, price = _terms(found)
    told = steps.StepFacts(moment.today, quantity * price, quantity, found.planned_unit or found.need.unit)
    tell = steps.quote if state == "quoted" else steps.deliver
    tell(key, found.id, told, actor_id=actor, by=by, now=moment.now)


def _terms(found: Match) -> tuple[int, int]:
    """How much, and for how much each."""
    return found.planned_quantity or found.need.quantity or 1, found.supply.price_fen or found.need.target_price_fen or 1


def _contract(found: Match, row: Mapping[str, str], actor: UUID, by: UUID, moment: Moment) -> UUID:
    lines = [f"产品：{row['product']}", f"签订日期：{moment.today.isoformat()}", "（演示）"]
    paper = papers.store_paper("采购合同", lines, organisation_id=by, actor_id=actor)
    quantity, price = _terms(found)
    signed = Signed(moment.today, quantity * price, paper.id, quantity, found.planned_unit or found.need.unit)
    contract_id = key_of("contract", row["leader"], row["product"], row["rank"])
    return contracts.register_contract(contract_id, found.id, signed, actor_id=actor, by=by, now=moment.now).id


def _found(ids: KnownIds, row: Mapping[str, str]) -> Match | None:
    """The match of a rank that the first run found for a product, planned ones first; None where it found fewer."""
    wanted = (
        select(Match)
        .join(Need, Need.id == Match.need_id)
        .where(Match.run_id == key_of("run", row["leader"], 1), Need.product == row["product"])
        .where(Match.state != MatchState.WITHDRAWN)
        .order_by(Match.planned.desc(), Match.score.desc(), Match.id)
    )
    found = list(db.session.scalars(wanted).unique())
    rank = int(row["rank"])
    return found[rank - 1] if rank <= len(found) else None
