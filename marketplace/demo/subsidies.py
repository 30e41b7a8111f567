"""Money without an order: an award that was cut and is appealed, freight that waits for its officer, rent of an old programme, approved."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from marketplace.demo import papers
from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds, key_of
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.identity import queries as identity
from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN, Fen
from marketplace.settlement import service as settlement
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import Approval
from marketplace.settlement.spot_rules import SpotFinding, is_drawn
from marketplace.subsidies import queries as subsidies
from marketplace.subsidies.service import Asked
from marketplace.vouchers.models import Round
from marketplace.vouchers.service import firm_lists

_AWARD_CUT = "称号认定当年已获县级奖励 5 万元，按不重复奖励核减。"
_APPEAL = "县级奖励是技术改造补助，与称号奖励不是同一事项，附拨款文件，请复核。"
_SPOT = "核对了称号证书和申请材料的原件，并电话回访企业，与申请一致。"


def award(ids: KnownIds, days: Days) -> Story:
    """A specialised firm is granted less than it asked for, and appeals; nobody has answered yet."""
    made: UUID = yield Step(at(days.ago(9), "10:20"), partial(_ask_for_award, ids, "bole_textile"))
    yield Step(at(days.ago(4), "11:10"), partial(_check, ids, made, "officer_boz_b"))
    cut = Approval(Fen(200_000 * YUAN), _AWARD_CUT)
    yield Step(at(days.ago(3), "16:40"), lambda moment: settlement.approve(made, cut, actor_id=ids.users["officer_boz"], now=moment.now))
    firm, actor = ids.organisations["bole_textile"], ids.person_of("bole_textile")
    yield Step(
        at(days.ago(1), "10:50"),
        lambda moment: settlement.appeal(made, _APPEAL, organisation_id=firm, actor_id=actor, now=moment.now),
    )


def freight(ids: KnownIds, days: Days) -> Story:
    """A maker asks for half of the freight out of the region."""
    said = {
        "waybill": f"YD{days.ago(12):%Y%m%d}08",
        "direction": "出藏单边",
        "destination": "510000",
        "shipped": days.ago(12).isoformat(),
        "freight": "3600",
        "goods": "天然饮用水",
    }
    yield Step(at(days.ago(2), "11:35"), partial(_ask, ids, "freight", "xueshan_water", said))


def relief(ids: KnownIds, days: Days) -> Story:
    """A small firm asks for three months of rent by the rules of 2022."""
    said = {"contract": "ZL-2022-018", "months": "2022-01 至 2022-03", "house": "国有房屋", "rent": "9000"}
    yield Step(at(days.near(-97), "11:30"), partial(_list, ids))
    made: UUID = yield Step(at(days.near(-80), "10:40"), partial(_ask, ids, "rent", "namtso_spring", said))
    yield Step(at(days.near(-74), "11:15"), partial(_check, ids, made, "officer_b"))
    yield Step(at(days.near(-72), "15:20"), partial(_grant, ids, made))


def _list(ids: KnownIds, moment: Moment) -> None:
    """Counties at risk have firms on the list that the rules of 2022 name."""
    firm = identity.organisation(ids.organisations["namtso_spring"])
    entry = firm_lists.ListEntry(uscc=firm.uscc, name=firm.name, is_on=True, note="演示")
    firm_lists.put(ids.programmes["xizang_rent_relief_2022"], "risk", entry, actor_id=ids.users["officer"])


def _ask_for_award(ids: KnownIds, firm: str, moment: Moment) -> UUID:
    round_ = by_id(Round, ids.rounds["boz_award"])
    ground = subsidies.offer_of(round_, ids.organisations[firm], moment.today).grounds[0]
    return _asked(ids, "boz_award", firm, Asked(ground=ground.word), moment)


def _ask(ids: KnownIds, round_key: str, firm: str, said: Mapping[str, str], moment: Moment) -> UUID:
    whose = {"organisation_id": ids.organisations[firm], "actor_id": ids.person_of(firm)}
    asked = Asked(evidence=said, store=lambda: papers.store_paper("申请材料", list(said.values()), **whose).id, has_file=True)
    return _asked(ids, round_key, firm, asked, moment)


def _asked(ids: KnownIds, round_key: str, firm: str, asked: Asked, moment: Moment) -> UUID:
    made = settlement.ask(
        ids.rounds[round_key],
        asked,
        enterprise_id=ids.organisations[firm],
        actor_id=ids.person_of(firm),
        request_key=key_of("subsidy", round_key, firm),
        now=moment.now,
    )
    return made.id


def _check(ids: KnownIds, claim_id: UUID, login: str, moment: Moment) -> None:
    """Where it was drawn, a second officer looks at the originals."""
    if is_drawn(by_id(Claim, claim_id).drawn_by):
        settlement.record_spot_check(claim_id, finding=SpotFinding.GOOD, report=_SPOT, actor_id=ids.users[login], now=moment.now)


def _grant(ids: KnownIds, claim_id: UUID, moment: Moment) -> None:
    whole = Approval(Fen(by_id(Claim, claim_id).requested_fen), "")
    settlement.approve(claim_id, whole, actor_id=ids.users["officer"], now=moment.now)
