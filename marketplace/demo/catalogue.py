"""Providers come into the register, list what they offer, change a price; some wait, some are returned, one is suspended."""

from datetime import date
from functools import partial
from uuid import UUID

from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import Offering
from marketplace.catalogue.rules.admission import AdmissionDecision, Profile, Ruling
from marketplace.catalogue.rules.offerings import OfferingFacts
from marketplace.catalogue.service import admission, offerings, people
from marketplace.catalogue.service.offerings import ListingDecision, NewPrice
from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds, key_of, rows
from marketplace.demo.people import add_person, credit_code
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.identity import queries as identity_queries
from marketplace.identity import service as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import OrganisationFacts
from marketplace.identity.regions import region
from marketplace.identity.roles import Role
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN, Fen
from marketplace.publicity import service as publicity
from marketplace.publicity.models import ObjectionState
from marketplace.publicity.service import NamedObjection, ObjectionProof

_KINDS = {"hub": "52", "training_co": "52", "law": "31", "tech": "12"}
_INDUSTRIES = {"training_co": "8391", "law": "7231", "testing": "7452", "digital": "6531", "logistics": "5810"}
DISCOUNT = "小型、微型企业九折"


def reviewer_of(region_code: str) -> str:
    """The login of the officer who looks after a provider's place."""
    return {"6527": "officer_boz", "5402": "officer_rkz", "5401": "officer_lasa"}.get(region_code[:4], "officer")


def register(ids: KnownIds, days: Days) -> list[Story]:
    """One story per provider."""
    return [_comes(ids, days, row, number) for number, row in enumerate(rows("providers"))]


def _comes(ids: KnownIds, days: Days, row: dict[str, str], number: int) -> Story:
    key, fate = row["key"], row["platform"]
    officer = reviewer_of(row["region"])
    first = {"applied": days.ago(3), "noticed": days.ago(8)}.get(fate, days.near(-196 + number // 5))
    applied = days.after(first, 1)
    yield Step(at(first, f"{10 + number % 6}:{10 + number}"), lambda moment: _sign_up(ids, row, moment))
    yield Step(at(applied, f"{10 + number % 6}:{20 + number}"), lambda moment: _apply(ids, row, moment))
    if fate == "applied":
        return
    passed = days.after(applied, 3)
    yield Step(at(passed, f"15:{10 + number}"), lambda moment: _decide(ids, key, AdmissionDecision.PASS, "", officer, moment))
    if fate == "noticed":
        yield from _objection(ids, days, key, passed)
        return
    admitted = days.after(passed, 7)  # the nightly sweep closes the notice
    mine = [one for one in rows("offerings") if one["provider"] == key]
    yield Step(at(admitted, f"10:{10 + number}"), lambda moment: _write(ids, key, mine, moment))
    yield Step(at(days.after(admitted, 2), f"16:{10 + number}"), lambda moment: _list(ids, mine, "operator", officer, moment))
    if fate == "suspended":
        reason = "抽查发现服务未按合同交付，整改期间暂停接单。"
        yield Step(at(days.near(-40), "10:30"), lambda moment: _decide(ids, key, AdmissionDecision.SUSPEND, reason, officer, moment))


def _sign_up(ids: KnownIds, row: dict[str, str], moment: Moment) -> None:
    key = row["key"]
    facts = OrganisationFacts(
        uscc=credit_code(key, row["region"], kind=_KINDS.get(key, "91")), name=row["name"], region_code=row["region"],
        park_code=row["park"] or None, industry_code=_INDUSTRIES.get(key, "7249"), address=f"{region(row['region']).full_name}服务路 1 号",
        legal_representative=row["representative"], contact_name=row["representative"], contact_phone=row["hotline"],
        founded_on=date.fromisoformat(row["founded"]), bank_name="中国农业银行拉萨分行（演示）",
        bank_account=f"6228480{hash_of(key) % 10**12:012d}",
    )  # fmt: skip
    organisation = identity.register_organisation(facts, actor_id=None, state=OrganisationState.DRAFT, request_key=key_of("provider", key))
    ids.organisations[key] = organisation.id
    add_person(ids, key, row["representative"], Role.PROVIDER, moment=moment, actor_id=None)


def hash_of(text: str) -> int:
    """A number that belongs to a text, the same in every process."""
    return key_of("number", text).int


def _apply(ids: KnownIds, row: dict[str, str], moment: Moment) -> None:
    provider, actor = ids.organisations[row["key"]], ids.person_of(row["key"])
    profile = Profile(
        row["introduction"], tuple(row["categories"].split("|")), tuple(row["regions"].split("|")), row["hotline"],
        service_hours="工作日 9:30—18:00",
    )  # fmt: skip
    admission.save_profile(provider, profile, actor_id=actor)
    key = key_of("apply", row["key"])
    admission.apply(provider, agreed=True, actor_id=actor, request_key=key, now=moment.now)


def _decide(ids: KnownIds, key: str, decision: AdmissionDecision, reason: str, officer: str, moment: Moment) -> None:
    provider, ruling, page = ids.organisations[key], Ruling(decision, reason), key_of(decision, key)
    admission.decide(provider, ruling, actor_id=ids.users[officer], request_key=page, now=moment.now)


def _objection(ids: KnownIds, days: Days, key: str, passed: date) -> Story:
    """Somebody objects to a provider in its notice; an older objection elsewhere was found unjustified."""
    said = NamedObjection("王某", "13800000000", "该公司登记地址与实际经营地址不一致，请核实经营场所。")
    proof = ObjectionProof(evidence="公示系统登记地址，可以公开查询。")
    yield Step(at(days.after(passed, 1), "11:25"), partial(_object, key, said, proof, "10.0.0.8"))


def _object(key: str, said: NamedObjection, proof: ObjectionProof, address: str, moment: Moment) -> None:
    published, request_key = key_of(AdmissionDecision.PASS, key), key_of("objection", key)
    publicity.raise_objection(published, said, address=address, request_key=request_key, now=moment.now, proof=proof)


def old_objection(ids: KnownIds, days: Days) -> Story:
    """An objection to a provider that was admitted all the same, with its answer."""
    key, raised = "market", key_of("objection", "market")
    row = next(one for one in rows("providers") if one["key"] == key)
    number = rows("providers").index(row)
    passed = days.after(days.after(days.near(-196 + number // 5), 1), 3)
    said = NamedObjection("李某", "lixx@example.com", "听说该机构没有固定办公场所。")
    proof = ObjectionProof(evidence="可以到登记地址查看。")
    yield Step(at(days.after(passed, 1), "10:05"), partial(_object, key, said, proof, "10.0.0.9"))
    yield Step(
        at(days.after(passed, 3), "16:30"),
        lambda moment: publicity.decide_objection(
            raised, ObjectionState.REJECTED, answer="经现场核查，该机构有固定办公场所和租赁合同，异议不成立。",
            actor_id=ids.users["officer_b"], request_key=key_of("decide", raised), now=moment.now,
        ),
    )  # fmt: skip


def _facts(row: dict[str, str]) -> OfferingFacts:
    return OfferingFacts(
        title=row["title"], category=row["category"], price_fen=Fen(int(row["price_yuan"]) * YUAN), cycle_days=int(row["cycle_days"]),
        mode=row["mode"], summary=row["summary"], description=f"{row['summary']}。服务完成后交付：{row['deliverables']}。",
        deliverables=row["deliverables"], discount_note=DISCOUNT if int(row["price_yuan"]) >= 10_000 else "",
    )  # fmt: skip


def _write(ids: KnownIds, key: str, mine: list[dict[str, str]], moment: Moment) -> None:
    for row in mine:
        ids.offerings[row["title"]] = _draft(ids, key, row, submitted=True)


def _draft(ids: KnownIds, key: str, row: dict[str, str], *, submitted: bool) -> UUID:
    provider, actor = ids.organisations[key], ids.person_of(key)
    offering = offerings.write(provider, _facts(row), actor_id=actor, request_key=key_of("offering", key, row["title"]))
    if submitted:
        again = key_of("submit", key, row["title"])
        offerings.submit(offering.id, provider, seen_version=offering.version, actor_id=actor, request_key=again, today=clock.today())
    return offering.id


def _list(ids: KnownIds, mine: list[dict[str, str]], operator: str, officer: str, moment: Moment) -> None:
    login = officer if officer == "officer_boz" else operator
    for row in mine:
        _review(ids, ids.offerings[row["title"]], "", login, moment)


def _review(ids: KnownIds, offering_id: UUID, reason: str, login: str, moment: Moment) -> None:
    row = by_id(Offering, offering_id)
    answer, key = ListingDecision(not reason, reason, row.version), key_of("listed", offering_id, reason)
    offerings.decide(offering_id, answer, actor_id=ids.users[login], request_key=key, now=moment.now)


def prices(ids: KnownIds, days: Days) -> Story:
    """Some prices changed in the course of the year; one change was refused, one waits."""
    changes = (
        (-120, "数字化转型诊断（制造业）", 13_800, "远程访谈代替一次现场诊断，成本下降", "同意"),
        (-96, "发明专利申请代理", 6_800, "官费调整", "同意"),
        (-80, "饮用天然水全项检测", 4_600, "新增设备，成本下降", "同意"),
        (-61, "企业常年法律顾问（一年）", 26_000, "人工成本上涨", ""),
        (-47, "饮用天然水全项检测", 4_500, "批量检测让利", "同意"),
    )
    for offset, title, yuan, reason, answer in changes:
        day, key = days.near(offset), key_of("price", title, yuan)
        yield Step(at(day, "10:50"), partial(_propose, ids, title, yuan, reason, key))
        yield Step(at(days.after(day, 2), "15:40"), partial(_answer, ids, key, answer))
    waiting = ("仓储条码管理系统", 24_000, "标准版功能精简")
    yield Step(at(days.ago(2), "11:30"), lambda moment: _propose(ids, *waiting, key_of("price", *waiting), moment))


def _answer(ids: KnownIds, key: UUID, answer: str, moment: Moment) -> None:
    refusal = "涨幅超过 20%，请附成本测算后再申请。"
    actor = ids.users["operator"]
    offerings.decide_price(key, approved=bool(answer), answer=answer or refusal, actor_id=actor, now=moment.now)


def _propose(ids: KnownIds, title: str, yuan: int, reason: str, key: UUID, moment: Moment) -> None:
    offering = by_id(Offering, ids.offerings[title])
    provider = next(key_ for key_, organisation in ids.organisations.items() if organisation == offering.provider_id)
    wanted, actor = NewPrice(Fen(yuan * YUAN), reason), ids.person_of(provider)
    offerings.propose_price(offering.id, offering.provider_id, wanted, actor_id=actor, request_key=key, now=moment.now)


_LATER = {
    "waiting": {"title": "车间无线网络覆盖", "category": "digital", "price_yuan": "22000", "cycle_days": "30", "mode": "offline",
                "summary": "车间无线网络勘察、布设与调优", "deliverables": "网络拓扑图、测试报告"},
    "returned": {"title": "专利质押融资辅导", "category": "ip", "price_yuan": "18000", "cycle_days": "60", "mode": "both",
                 "summary": "专利评估与质押融资对接", "deliverables": "评估报告、对接纪要"},
    "draft": {"title": "水质异常应急检测", "category": "testing", "price_yuan": "3900", "cycle_days": "3", "mode": "offline",
              "summary": "24 小时出具初步结果", "deliverables": "检测报告"},
}  # fmt: skip


def shelf(ids: KnownIds, days: Days) -> Story:
    """What waits at the desk today: one submitted, one returned, one draft; one offering left the shelf."""
    title = "跨境电商开店辅导"
    yield Step(
        at(days.near(-33), "17:10"),
        lambda moment: offerings.delist(
            ids.offerings[title], reason="合作平台政策调整，暂停该项服务", actor_id=ids.person_of("market"),
            request_key=key_of("delist", title), now=moment.now, provider_id=ids.organisations["market"],
        ),
    )  # fmt: skip
    returned = yield Step(at(days.ago(6), "10:15"), lambda moment: _draft(ids, "ip", _LATER["returned"], submitted=True))
    reason = "服务内容写得太简单，请写明评估机构资质和收费构成。"
    yield Step(at(days.ago(5), "16:00"), lambda moment: _review(ids, returned, reason, "operator", moment))
    yield Step(at(days.ago(2), "10:40"), lambda moment: _draft(ids, "digital", _LATER["waiting"], submitted=True))
    yield Step(at(days.ago(1), "11:20"), lambda moment: _draft(ids, "testing", _LATER["draft"], submitted=False))


def experts(ids: KnownIds, days: Days) -> Story:
    """The region's experts are entered and accepted; the last one waits."""
    yield Step(at(days.near(-150), "10:00"), lambda moment: _experts(ids))


def _experts(ids: KnownIds) -> None:
    listed = rows("experts")
    for row in listed:
        facts = people.ExpertFacts(
            name=row["name"], field=row["field"], region_code=row["region"], organisation_name=row["organisation"], title=row["title"]
        )
        expert, _changed = people.put_expert(facts, actor_id=ids.users["operator"])
        if row is not listed[-1]:
            people.decide_expert(expert.id, DossierState.ACCEPTED, reason="", actor_id=ids.users["officer"])


def name_of(ids: KnownIds, key: str) -> str:
    """An organisation's full name."""
    return identity_queries.organisation(ids.organisations[key]).name
