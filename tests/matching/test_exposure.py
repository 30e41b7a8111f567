"""L14: why one firm and not another, for any pair of a run; and who is never shown. A finding of the sample reverses the count."""

from urllib.parse import quote

import pytest

from marketplace.matching import comparing, queries, snapshot
from marketplace.matching.queries import exposure
from marketplace.matching.queries.exposure import Exposure
from tests import factories as f
from tests.matching import making as m

SAND = {"quantity": 100, "unit": "吨"}


@pytest.fixture
def world(db):
    """Two needs of 100 t; a supply of 150 t, one without the price, a wrong certificate, one that is something else."""
    leader = m.a_leader()
    lines = {
        "big": m.a_supply_list("机制砂", firm=f.a_firm(), capacity=150, unit="吨", max_customers=1).supplies[0],
        "dear": m.a_supply_list("机制砂", firm=f.a_firm(), capacity=40, unit="吨", price_fen=500).supplies[0],
        "barred": m.a_supply_list("机制砂", firm=f.a_firm(), capacity=90, unit="吨", certificates="ISO14001").supplies[0],
        "other": m.a_supply_list("瓦楞纸箱", firm=f.a_firm(), capacity=90, unit="只").supplies[0],
    }
    needs = m.a_needs_list("机制砂", "机制砂石", leader=leader, certificates="ISO9001", target_price_fen=250, **SAND)
    run = queries.run(m.matched(needs, leader)[0].run_id)
    return leader, lines, needs, run


def stood(world, name, at=0):
    _leader, lines, needs, run = world
    content, answer = queries.opened(queries.snapshot_of(run.id))
    return comparing.standing(snapshot.read(content), answer, str(needs.needs[at].id), str(lines[name].id))


def test_L14_every_pair_of_a_run_says_its_rank_its_obstacle_or_how_far_it_is(world):
    big, dear, barred, other = (stood(world, name) for name in ("big", "dear", "barred", "other"))

    assert (big.rank, big.is_planned, big.plan) == (1, True, "已列入计划。")
    assert (dear.rank, dear.score < big.score) == (2, True)
    assert comparing.between(big, dear)[0] == ("price", pytest.approx(0.2)), "twice the target"
    assert (barred.rank, barred.verdict) == (None, "不符合硬性条件，没有推荐。")
    assert "缺少所要求的资质：ISO9001" in barred.reasons[0][0]
    assert (other.rank, "低于推荐所需" in other.verdict) == (None, True)


def test_L14_who_was_outbid_in_the_plan_reads_by_which_need(world):
    big, second = stood(world, "big"), stood(world, "big", at=1)
    assert (second.is_planned, second.plan) == (False, "它的产能或服务家数在计划中给了下列需求。")
    (taken,) = second.outbid_by
    assert (taken.need_id, taken.quantity, taken.unit) == (str(world[2].needs[0].id), 100, "吨")
    assert big.outbid_by == ()


def test_L14_exposure_counts_in_sql_who_is_never_and_who_is_often_shown(db, world):
    _leader, lines, _needs, _run = world
    areas = ("540000",)

    def shown(kind, often_from=2):
        return {line.id for line in db.session.scalars(exposure.supplies(areas, often_from, shown=kind, region="", size=None))}

    never = {lines["barred"].id, lines["other"].id}
    assert shown(Exposure.NEVER) == never
    assert shown(Exposure.OFTEN) == shown(Exposure.SOME) == {lines["big"].id, lines["dear"].id}
    assert shown(Exposure.OFTEN, often_from=3) == set()
    (big,) = (exposure.times([lines["big"]])[lines["big"].id],)
    assert (big.shown, big.planned, big.contracted) == (2, 1, 0)
    cells = exposure.cells(areas, 2)
    assert (sum(one.supplies for one in cells), sum(one.never for one in cells), sum(one.often for one in cells)) == (4, 2, 2)
    assert exposure.cells(("652700",), 2) == []


@pytest.mark.engines("sqlite")
def test_L14_the_pages_answer_to_officer_and_leader_and_to_nobody_else(browser, world):
    leader, lines, needs, run = world
    names = [f.user_of(lines[name].enterprise_id).organisation.name for name in ("big", "barred")]
    asked = f"/match-runs/{run.id}/why?need={needs.needs[0].id}&first={quote(names[0])}&second={quote(names[1])}"
    for user in (leader, f.an_officer()):
        browser.sign_in(user)
        page = browser.get(asked)
        assert all(word in page.text for word in (*names, "缺少所要求的资质", "差在哪里"))
        assert "没有找到" in browser.get(asked.replace(quote(names[1]), "nobody")).text
    page = browser.get("/match-exposure?shown=never")
    assert "瓦楞纸箱" in page.text and names[0] not in page.text
    browser.sign_in(f.user_of(lines["big"].enterprise_id))
    assert browser.get(asked, status=403) and browser.get("/match-exposure", status=403)
