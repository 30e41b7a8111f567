"""Programmes and their rounds: rules from the files, assumed values signed, money booked, firms apply, vouchers appear."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select

from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds, key_of, rows
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.identity import queries as identity_queries
from marketplace.kernel.db import by_id, db
from marketplace.kernel.money import YUAN, Fen
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers import sweep
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.amounts import FundDocument
from marketplace.vouchers.rules.rounds import RoundPlan, asked_days
from marketplace.vouchers.rules.states import ApplicationDecision
from marketplace.vouchers.service import allotting, applications, funds, holdings, programmes, reviewing, rounds
from marketplace.vouchers.service.applications import Wish
from marketplace.vouchers.service.reviewing import Reviewed

# Where an old programme is replayed: it names its own city, so the region is replaced, with the reason.
_PLACES = {"beijing": ["5402"], "jiangmen": ["5401"]}
_SIMULATION = Source("演示说明", "模拟往年规则，适用地区改为本平台演示地区；不是真实批次，不产生真实资金")


def open_rounds(ids: KnownIds, days: Days) -> list[Story]:
    """One story per round, up to its announcement."""
    return [_round(ids, days, row) for row in rows("rounds")]


def _round(ids: KnownIds, days: Days, row: Mapping[str, str]) -> Story:
    day = days.near(int(row["created"]))
    if row["slug"] not in {one["slug"] for one in rows("rounds")[: _place(row)]}:
        yield Step(at(day, "09:50"), partial(_bring_in, ids, row))
        yield Step(at(day, "14:20"), partial(_sign, ids, row))
    yield Step(at(day, "16:10"), partial(_draw_up, ids, days, row))
    yield Step(at(days.after(day, 2), "11:00"), partial(_book, ids, row))
    yield Step(at(days.near(int(row["announced"])), "10:00"), partial(_announce, ids, row))


def _place(row: Mapping[str, str]) -> int:
    return [one["key"] for one in rows("rounds")].index(row["key"])


def _bring_in(ids: KnownIds, row: Mapping[str, str], moment: Moment) -> None:
    path, actor = PROGRAMMES / f"{row['slug']}.toml", ids.users[row["officer"]]
    file = programmes.GivenFile(path.read_bytes(), path.name)
    done = programmes.import_programme(file, area_code=row["owner"], actor_id=actor, now=moment.now)
    ids.programmes[row["slug"]] = done.programme.id


def _sign(ids: KnownIds, row: Mapping[str, str], moment: Moment) -> None:
    """Every assumed value is answered for; a simulation also says where it is replayed."""
    programme_id, actor = ids.programmes[row["slug"]], ids.users[row["officer"]]
    signer = identity_queries.user(actor).name
    if row["key"] in _PLACES:
        place = {"value": _PLACES[row["key"]]}
        wanted = programmes.NewValue("beneficiaries.regions", place, _SIMULATION, "在演示地区试算往年规则")
        programmes.replace_value(programme_id, wanted, signer=signer, actor_id=actor, request_key=key_of("replace", row["slug"]))
    newest = programmes.newest_version(programme_id)
    assert newest is not None
    keys = [one.key for one in spec_of(newest.id).assumed_values()]
    programmes.sign_values(
        programme_id, keys, signer=signer, reason="演示：逐项核对后按设定值试行，细则公布后替换。", actor_id=actor,
        request_key=key_of("sign", row["slug"]),
    )  # fmt: skip


def _draw_up(ids: KnownIds, days: Days, row: Mapping[str, str], moment: Moment) -> None:
    def day(name: str) -> date:
        return days.near(int(row[name]))

    version = programmes.newest_version(ids.programmes[row["slug"]])
    assert version is not None
    asked = {one.field: day(one.otherwise) for one in asked_days(spec_of(version.id)) if one.otherwise}
    plan = RoundPlan(
        name=f"{day('use_from').year}年{row['name']}" if not row["simulated"] else row["name"], area_code=row["area"],
        apply_from_at=at(day("apply_from"), "10:00"), apply_until_at=at(day("apply_until"), "18:00"), use_from=day("use_from"),
        use_until=day("use_until"), redeem_until=day("redeem_until"), simulated=bool(row["simulated"]), parts=None,
        supplements_id=None, releases=None, **asked,
    )  # fmt: skip
    made = rounds.create(
        ids.programmes[row["slug"]], plan, actor_id=ids.users[row["officer"]], request_key=key_of("round", row["key"]), today=moment.today
    )
    ids.rounds[row["key"]] = made.id


def _book(ids: KnownIds, row: Mapping[str, str], moment: Moment) -> None:
    """Money arrives by its documents."""
    for fund in (one for one in rows("funds") if one["round"] == row["key"]):
        dated = moment.today - timedelta(days=6)
        document = fund["document"] % {"year": dated.year}
        paper = FundDocument(source=fund["source"], document_number=document, dated_on=dated, amount_fen=int(fund["yuan"]) * YUAN)
        funds.record_appropriation(
            ids.rounds[row["key"]], paper, actor_id=ids.users[row["finance"]], request_key=key_of("fund", document), today=moment.today
        )


def _announce(ids: KnownIds, row: Mapping[str, str], moment: Moment) -> None:
    rounds.announce(ids.rounds[row["key"]], actor_id=ids.users[row["officer"]], now=moment.now)


def apply(ids: KnownIds, days: Days) -> list[Story]:
    """One story per application: the firms apply in the order of the table."""
    plans = {row["key"]: row for row in rows("rounds")}
    counted: dict[str, int] = {}
    stories = []
    for row in rows("applications"):
        counted[row["round"]] = counted.get(row["round"], 0) + 1
        stories.append(_application(ids, days, row, plans[row["round"]], counted[row["round"]]))
    return stories


def _application(ids: KnownIds, days: Days, row: Mapping[str, str], plan: Mapping[str, str], number: int) -> Story:
    opens = days.near(int(plan["apply_from"]))
    made: UUID = yield Step(at(opens, f"{10 + number // 6}:{7 + 8 * (number % 6):02d}"), partial(_apply, ids, row))
    if plan["slug"] != "xizang_innovation_voucher" or row["fate"] == "submitted":
        return
    if row["fate"] == "withdrawn":
        firm, actor = ids.organisations[row["firm"]], ids.person_of(row["firm"])
        yield Step(at(days.after(opens, 1), "17:20"), lambda moment: applications.withdraw(made, firm, actor_id=actor))
        return
    yield from _reviews(ids, days, row, made, days.after(opens, 3), number)


def _apply(ids: KnownIds, row: Mapping[str, str], moment: Moment) -> UUID:
    firm, round_id = ids.organisations[row["firm"]], ids.rounds[row["round"]]
    spec = spec_of(by_id(Round, round_id).version_id)
    mine = eligibility.class_of(spec, facts_of(firm, moment.today))
    assert mine is not None, row["firm"]
    wanted = next(iter(amounts.faces_fen(spec, mine.name)), None) or amounts.quota_fen(spec, mine.name)
    assert wanted is not None
    made = applications.apply(
        round_id, firm, Wish(requested_fen=Fen(wanted), plan=row["plan"]), actor_id=ids.person_of(row["firm"]),
        request_key=key_of("application", row["round"], row["firm"]), now=moment.now,
    )  # fmt: skip
    return made.id


def _reviews(ids: KnownIds, days: Days, row: Mapping[str, str], made: UUID, first: date, number: int) -> Story:
    """The prefecture looks first, the region second; whoever decides on an appeal is somebody else."""
    minute = f"{5 + number:02d}"
    if row["fate"] in {"refused", "appealed", "returned"}:
        decision = ApplicationDecision.RETURN if row["fate"] == "returned" else ApplicationDecision.REFUSE
        yield Step(at(first, f"15:{minute}"), partial(_decide, ids, made, decision, row["reason"], "officer_lasa"))
        if row["fate"] == "appealed":
            yield from _appeal(ids, days, row, made, first)
        return
    local = "officer_rkz" if row["firm"] == "barley_food" else "officer_lasa"
    yield Step(at(first, f"15:{minute}"), partial(_decide, ids, made, ApplicationDecision.PASS, "", local))
    if row["fate"] == "reviewing":
        return
    yield Step(at(days.after(first, 2), f"16:{minute}"), partial(_decide, ids, made, ApplicationDecision.PASS, "", "officer"))


def _decide(ids: KnownIds, made: UUID, decision: ApplicationDecision, reason: str, login: str, moment: Moment) -> None:
    reviewing.decide(made, Reviewed(decision, reason), actor_id=ids.users[login], now=moment.now)


def _appeal(ids: KnownIds, days: Days, row: Mapping[str, str], made: UUID, refused: date) -> Story:
    firm, actor = ids.organisations[row["firm"]], ids.person_of(row["firm"])
    text = "检测用于机制砂级配优化，已与检测机构签订意向书，请复核。"
    yield Step(
        at(days.after(refused, 2), "10:45"),
        lambda moment: applications.appeal(made, firm, text, actor_id=actor, now=moment.now),
    )
    yield Step(
        at(days.after(refused, 4), "14:30"),
        lambda moment: reviewing.answer_appeal(
            made, upheld=False, answer="检测属于日常质量管理，不属于技术创新，维持原决定，可使用企业服务券。",
            actor_id=ids.users["officer"], now=moment.now,
        ),
    )  # fmt: skip


def publish(ids: KnownIds, days: Days) -> Story:
    """The officers publish the results of closed windows within their time."""
    for key, login in (("jiangmen", "officer"), ("innovation", "officer"), ("boz", "officer_boz")):
        closed = days.near(int(next(row["apply_until"] for row in rows("rounds") if row["key"] == key)))
        yield Step(at(days.after(closed, 2), "17:30"), partial(_publish, ids, key, login))


def _publish(ids: KnownIds, key: str, login: str, moment: Moment) -> None:
    allotting.publish(ids.rounds[key], actor_id=ids.users[login], now=moment.now)


def windows(ids: KnownIds, days: Days) -> Story:
    """Claim windows open and close on the minute."""
    moments = {
        at(days.near(int(row[name])), clock_time)
        for row in rows("rounds")
        for name, clock_time in (("apply_from", "10:00:30"), ("apply_until", "18:00:30"))
        if int(row[name]) < 0
    }
    for moment in sorted(moments):
        yield Step(moment, lambda now: sweep.sweep(now=now.now), alone=True)


def give_back(ids: KnownIds, days: Days) -> Story:
    """A firm returns its voucher of the simulated window; the first who waits gets it in the night."""

    def back(moment: Moment) -> None:
        firm = ids.organisations["nyemo_gravel"]
        voucher = voucher_of(ids, "jiangmen", "nyemo_gravel")
        assert voucher is not None
        holdings.give_back(voucher.id, firm, actor_id=ids.person_of("nyemo_gravel"), today=moment.today)

    yield Step(at(days.near(-100), "10:20"), back)


def voucher_of(ids: KnownIds, round_key: str, firm: str) -> Voucher | None:
    """A firm's voucher of a round."""
    wanted = select(Voucher).where(Voucher.round_id == ids.rounds[round_key], Voucher.enterprise_id == ids.organisations[firm])
    return db.session.scalars(wanted).unique().one_or_none()
