"""A platform with its member bodies: dossier and staff, two past years brought in by file, its own reports, what experts say."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from random import Random
from uuid import UUID

from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.rules.dossier import Fact, StaffFacts
from marketplace.catalogue.service import dossier, people
from marketplace.demo import papers
from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds, key_of, rows
from marketplace.demo.people import SELF_REGISTERED
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.evaluation import service as evaluation
from marketplace.evaluation.rules import Verdict
from marketplace.evaluation.service import OpinionFacts
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN
from marketplace.kernel.typed import is_digits
from marketplace.orders.models import Order
from marketplace.policy.dossier import AnswerKind, DossierKind, answer_of
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.policy.service_categories import function_of
from marketplace.records import service as records
from marketplace.records.rules import ActivityKind, Claimed, Mode
from marketplace.records.service import MemberFacts

HUB = "hub"
RULESET = "xizang_demonstration_platform"
MEMBERS = ("training_co", "market", "law", "finance_tax", "testing")
_AGREEMENT = "集聚服务合作协议（演示）"
_SEED = 20_260_101


def membership(ids: KnownIds, days: Days) -> Story:
    """The provider is registered as a platform; its member bodies are accepted, one is refused, one waits."""
    day = days.near(-158)
    yield Step(
        at(day, "10:00"),
        lambda moment: records.register_platform(
            ids.organisations[HUB], name="西藏雪域中小企业公共服务平台", attribution="both", actor_id=ids.users["officer"]
        ),
    )
    yield Step(at(days.after(day, 1), "11:00"), partial(_propose_all, ids))
    yield Step(at(days.after(day, 4), "15:30"), partial(_accept_members, ids))
    yield Step(at(days.ago(4), "10:35"), partial(_propose, ids, "tech"))


def _member_key(key: str) -> UUID:
    return key_of("member", key)


def _propose_all(ids: KnownIds, moment: Moment) -> None:
    for key in (*MEMBERS, "logistics"):
        _propose(ids, key, moment)


def _propose(ids: KnownIds, key: str, moment: Moment) -> None:
    hub, actor = ids.organisations[HUB], ids.person_of(HUB)
    paper = papers.store_paper(_AGREEMENT, [f"集聚机构：{key}"], organisation_id=hub, actor_id=actor)
    facts = MemberFacts(hub, ids.organisations[key], date(moment.today.year - 2, 1, 4), _AGREEMENT, paper.id)
    records.propose_member(_member_key(key), facts, actor_id=actor)


def _accept_members(ids: KnownIds, moment: Moment) -> None:
    for key in MEMBERS:
        records.accept_member(_member_key(key), actor_id=ids.users["officer"], now=moment.now)
    reason = "协议没有写明服务内容和期限，不予计入。"
    records.refuse_member(_member_key("logistics"), reason=reason, actor_id=ids.users["officer"], now=moment.now)


# Dossier and staff


def file(ids: KnownIds, days: Days) -> Story:
    """The platform fills in this year's dossier; officers look at it; some of it is left open."""
    day = days.ago(18)
    yield Step(at(day, "09:40"), partial(_declare_all, ids))
    yield Step(at(days.after(day, 1), "10:30"), partial(_staff, ids))
    yield Step(at(days.after(day, 5), "16:20"), partial(_check_all, ids))


def _declare_all(ids: KnownIds, moment: Moment) -> None:
    hub, actor = ids.organisations[HUB], ids.person_of(HUB)
    for row in rows("dossier"):
        fact = _fact(row, moment.today)
        paper = None
        if fact.has_file:
            paper = papers.store_paper(fact.kind.label[:60], ["（演示）"], organisation_id=hub, actor_id=actor).id
        key = key_of("dossier", row["kind"])
        dossier.declare(hub, fact, actor_id=actor, request_key=key, today=moment.today, file_id=paper)


def _fact(row: Mapping[str, str], today: date) -> Fact:
    kind, answer = DossierKind(row["kind"]), row["answer"]
    number = {AnswerKind.YES_NO: int(answer == "yes"), AnswerKind.AMOUNT_FEN: int(answer) * YUAN if is_digits(answer) else None}.get(
        answer_of(kind)
    )
    dated = date.fromisoformat(answer) if answer_of(kind) is AnswerKind.DATE else today - timedelta(days=40)
    return Fact(
        kind=kind, year=today.year, title=answer if answer_of(kind) in {AnswerKind.WORD, AnswerKind.ENTRY} else kind.label, dated_on=dated,
        number=number, issuer=row["issuer"], has_file=answer != "no",
    )  # fmt: skip


def _check_all(ids: KnownIds, moment: Moment) -> None:
    for row in rows("dossier"):
        if row["state"] != "declared":
            decision = DossierState(row["state"])
            dossier.decide(key_of("dossier", row["kind"]), decision, reason=row["reason"], actor_id=ids.users["officer_lasa"])
    for row in rows("people_of_hub"):
        dossier.decide_staff(key_of("staff", row["name"]), DossierState.ACCEPTED, reason="", actor_id=ids.users["officer_lasa"])


def _staff(ids: KnownIds, moment: Moment) -> None:
    hub, actor = ids.organisations[HUB], ids.person_of(HUB)
    for number, row in enumerate(rows("people_of_hub")):
        facts = StaffFacts(
            name=row["name"], degree=row["degree"], title_level=row["level"], from_on=date(2014 + number % 8, 3, 3),
            position=row["position"], title_name=row["title"],
        )  # fmt: skip
        paper = papers.store_paper("学历和职称证书", [row["name"]], organisation_id=hub, actor_id=actor)
        key = key_of("staff", row["name"])
        people.add_staff(hub, facts, actor_id=actor, request_key=key, today=moment.today, file_id=paper.id)


# Services of past years, and what the platform reports itself


def past_years(ids: KnownIds, days: Days) -> Story:
    """An officer brings in the lists of the two years before; another one accepts them."""
    for back in (2, 1):
        day = days.near(-150 + 8 * (2 - back))
        year = days.today.year - back
        report = key_of("past", back)
        yield Step(at(day, "10:20"), partial(_bring_in, ids, report, year))
        yield Step(at(days.after(day, 3), "15:10"), partial(_accept, ids, report))


def _bring_in(ids: KnownIds, report: UUID, year: int, moment: Moment) -> None:
    actor = ids.users["officer_b"]
    title = f"{year}年服务台账导入"
    records.create(report, provider_id=ids.organisations[HUB], title=title, actor_id=actor, imported=True)
    for number, (row, day) in enumerate(_dated(ids.days, year, moment.today)):
        firms = 28 if year == ids.days.today.year - 1 else 24
        _put(ids, report, row, day, _drawn(row, f"{year}-{number}", firms), moment)
    records.submit(report, actor_id=actor, now=moment.now)


def _dated(days: Days, year: int, today: date) -> Iterator[tuple[Mapping[str, str], date]]:
    for row in rows("activities"):
        if not is_digits(row["when"][0]):
            continue
        wanted = date.fromisoformat(f"{year}-{row['when']}")
        day = days.near((wanted - days.today).days)
        if day <= today:
            yield row, day


def _drawn(row: Mapping[str, str], salt: str, firms: int) -> list[str]:
    """Who took part, drawn the same way in every load."""
    known = [one["key"] for one in rows("firms") if one["region"][:2] != "65" and one["key"] not in SELF_REGISTERED][:firms]
    return Random(f"{_SEED}{salt}{row['activity']}").sample(known, min(int(row["firms"]), len(known)))


def _put(ids: KnownIds, report: UUID, row: Mapping[str, str], day: date, firms: list[str], moment: Moment) -> None:
    """One row for every firm that took part."""
    for key in firms:
        claimed = Claimed(
            enterprise_id=ids.organisations[key], function=ServiceFunction(row["function"]), mode=Mode(row["mode"]),
            fee_kind=FeeKind(row["fee_kind"]), delivered_on=day, person_times=int(row["persons"]), fee_fen=int(row["fee_yuan"]) * YUAN,
            title=row["title"], activity=row["activity"], activity_kind=ActivityKind(row["kind"]),
        )  # fmt: skip
        records.put_row(report, key_of(report, row["activity"], key), claimed, today=moment.today)


def _accept(ids: KnownIds, report: UUID, moment: Moment) -> None:
    records.accept(report, actor_id=ids.users["officer"], now=moment.now)


def reports(ids: KnownIds, days: Days) -> list[Story]:
    """The platform's own reports: two accepted, one waiting, one returned, one refused, one still a draft."""
    return [
        _report(ids, days, "spring", -118, "二季度活动填报", "accept"),
        _report(ids, days, "summer", -52, "三季度活动填报", "accept"),
        _report(ids, days, "waiting", -5, "四季度活动填报", ""),
        _report(ids, days, "returned", -13, "企业沙龙填报", "return"),
        _doubled(ids, days),
        _draft(ids, days),
    ]


def _draft(ids: KnownIds, days: Days) -> Story:
    yield Step(at(days.ago(1), "15:30"), partial(_write, ids, key_of("report", "draft"), "draft", "年底活动填报"))


def _report(ids: KnownIds, days: Days, when: str, offset: int, title: str, outcome: str) -> Story:
    day, report = days.near(offset), key_of("report", when)
    yield Step(at(day, "14:15"), partial(_write, ids, report, when, title))
    yield Step(at(day, "15:05"), partial(_hand_in, ids, report))
    if outcome == "accept":
        yield Step(at(days.after(day, 4), "10:50"), partial(_accept, ids, report))
    elif outcome == "return":
        reason = "每家企业 40 人次与签到表不符，请核对后重新填写。"
        yield Step(
            at(days.after(day, 2), "11:40"),
            lambda moment: records.send_back(report, reason=reason, actor_id=ids.users["officer_lasa"], now=moment.now),
        )


def _write(ids: KnownIds, report: UUID, when: str, title: str, moment: Moment) -> None:
    """Activities of the weeks before, on working days."""
    actor = ids.person_of(HUB)
    records.create(report, provider_id=ids.organisations[HUB], title=title, actor_id=actor)
    mine = [row for row in rows("activities") if row["when"] == when]
    for number, row in enumerate(mine):
        day = ids.days.near((moment.today - ids.days.today).days - 3 - 6 * number)
        _put(ids, report, row, day, _drawn(row, when, 99), moment)


def _hand_in(ids: KnownIds, report: UUID, moment: Moment) -> None:
    records.submit(report, actor_id=ids.person_of(HUB), now=moment.now)


def _doubled(ids: KnownIds, days: Days) -> Story:
    """A course that came through an order is reported again with another day; the reviewer sees the order and refuses."""
    day, report = days.ago(11), key_of("report", "doubled")
    order_id = next(key_of("order", n) for n, row in enumerate(rows("orders"), start=1) if row["offering"] == "数字营销实操训练营")

    def write(moment: Moment) -> str:
        order, actor = by_id(Order, order_id), ids.person_of(HUB)
        assert order.redeemed_at is not None, "the order of the doubled report is redeemed by then"
        records.create(report, provider_id=ids.organisations[HUB], title="数字营销培训补报", actor_id=actor)
        claimed = Claimed(
            enterprise_id=order.enterprise_id, function=ServiceFunction(function_of(order.category).value), mode=Mode.BOTH,
            fee_kind=FeeKind.STANDARD, delivered_on=clock.civil_date(order.redeemed_at) - timedelta(days=1), person_times=1,
            fee_fen=order.contract_fen, title=order.offering.title, category=order.category,
        )  # fmt: skip
        records.put_row(report, key_of("row", "doubled"), claimed, today=moment.today)
        records.submit(report, actor_id=actor, now=moment.now)
        return order.number

    number = yield Step(at(day, "16:30"), write)
    reason = f"与订单 {number} 是同一次服务，订单验收时已计入，不重复计算。"
    yield Step(
        at(days.after(day, 2), "09:50"),
        lambda moment: records.refuse(report, reason=reason, actor_id=ids.users["officer_lasa"], now=moment.now),
    )


def opinions(ids: KnownIds, days: Days) -> Story:
    """An expert gives one of two opinions that figures cannot settle."""
    yield Step(at(days.ago(5), "14:40"), partial(_judge, ids))


def _judge(ids: KnownIds, moment: Moment) -> None:
    opinion = "线上线下结合紧密，集聚机构数量和覆盖县区在区内居前，具有示范性。"
    facts = OpinionFacts(ids.organisations[HUB], RULESET, moment.today.year, "other_features", opinion, Verdict.MET)
    evaluation.judge(key_of("opinion", "features"), facts, actor_id=ids.users["expert"])
