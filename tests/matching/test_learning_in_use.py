"""L16: what became of matches is used: from the first confirmed pair, by votes, in versions, and never for the worse."""

import random
from datetime import timedelta
from uuid import uuid4

from click.testing import CliRunner
from sqlalchemy import create_engine, insert, select

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import in_transaction
from marketplace.matching import queries
from marketplace.matching.lesson_models import MatchLesson
from marketplace.matching.outcome import Answered
from marketplace.matching.proposing import propose
from marketplace.matching.rules import RefusalReason
from marketplace.matching.service import learning, steps
from marketplace.matching.sweep import sweep
from marketplace.retrieval.__main__ import main
from marketplace.retrieval.lessons import newest_weights
from marketplace.retrieval.lines import Query, SearchLine
from marketplace.retrieval.memory import Confirmed
from marketplace.retrieval.ranker import Weights, default_weights
from marketplace.retrieval.search import Search
from marketplace.retrieval.training import guarded
from marketplace.risk.models import RiskSignal
from tests import factories as f
from tests.matching import making as m
from tests.matching.test_proposing import PREFERENCES, TODAY, a_need, a_supply


def shown(need, *supplies, votes=()):
    lines = [a_supply(name, f"s{at}", f"firm{at}") for at, name in enumerate(supplies)]
    outcome = propose([a_need(need)], lines, today=TODAY, preferences=PREFERENCES, answered=Answered(precedents=tuple(votes)))
    return {supplies[int(p.supply_id[1:])]: (p.planned, [r.text() for r in p.reasons if r.code == "precedent"]) for p in outcome.proposals}


def test_L16_one_confirmed_pair_finds_a_trade_word_that_shares_no_sign_with_the_name():
    offered = ("制动器衬垫", "瓦楞纸箱", "水泵")
    assert "制动器衬垫" not in shown("刹车片", *offered)

    found = shown("刹车片", *offered, votes=[("刹车片", "制动器衬垫", 1)])

    assert found["制动器衬垫"] == (True, ["此前同名的需求与供给，签约的比认为产品不符的多 1 家。"])
    assert set(found) == {"制动器衬垫"}


def test_L16_refusals_as_another_product_vote_and_contradictory_outcomes_say_nothing():
    plain = shown("纸箱", "瓦楞纸箱")
    assert plain["瓦楞纸箱"] == (True, [])
    assert not shown("纸箱", "瓦楞纸箱", votes=[("纸箱", "瓦楞纸箱", -2)]).get("瓦楞纸箱", (False,))[0]
    assert shown("纸箱", "瓦楞纸箱", votes=[("纸箱", "瓦楞纸箱", -1), ("纸 箱", "瓦楞纸箱", 1)]) == plain


def test_L16_a_leader_has_one_vote_however_often_it_repeats_itself(db):
    one, other = m.a_leader(), m.a_leader(m.a_chain("乙产业链"))
    for leader, count in ((one, 2), (other, 1)):
        for _time in range(count):
            match = m.matched(_offered_again("机制砂", leader), leader)[0]
            m.followed(match, steps.recommend, steps.contact, by=leader)
            reason = RefusalReason.WRONG_PRODUCT if leader is one else RefusalReason.PRICE
            in_transaction(lambda match=match, who=leader, why=reason: refuse(match, who, why))
    assert learning.votes() == [("机制砂", "机制砂", -1)], "a price says nothing of names, and twice is not more than once"


def _offered_again(product, leader):
    m.a_supply_list(product)
    return m.a_needs_list(product, leader=leader)


def refuse(match, leader, reason):
    return steps.refuse(match.id, reason=reason, note="", actor_id=leader.id, by=leader.organisation_id, now=clock.now())


def test_L16_a_night_learns_once_keeps_what_it_learnt_from_and_a_run_names_its_weights(db):
    leader = m.a_leader()
    match = m.a_match_in_talks(leader)
    m.contracted(match, leader)
    now = clock.now()
    assert (sweep(now), sweep(now)) == (1, 0)
    jobs.run_all()

    (lesson,) = db.session.scalars(select(MatchLesson))
    assert (lesson.way, lesson.adopted, len(lesson.training_hash)) == ("few", False, 64), "one pair weighs nothing anew"
    assert learning.newest() is None and db.session.scalars(select(RiskSignal.kind)).all() == []
    assert learning.relearn(now=now) is None, "nothing new became of matches"

    weights = {**default_weights().by_feature, "in_order": 0.9}
    facts = {"version": "learnt-1", "way": "weights", "training": b"", "training_hash": "0" * 64, "figures": {}}
    f.stored(MatchLesson(weights=weights, weights_hash=Weights("", weights).fingerprint, adopted=True, **facts))
    m.a_supply_list("纸箱")
    run = queries.run(m.matched(match.run.needs_list, leader)[0].run_id)
    assert run.parameters["weights"] == "learnt-1"


MATERIALS = ("不锈钢", "铝合金", "塑料", "橡胶", "陶瓷", "碳纤维", "黄铜", "玻璃")
THINGS = ("阀门", "轴承", "齿轮", "法兰", "弹簧", "管件", "接头", "支架", "螺栓", "滤芯")
NAMES = [material + thing for material in MATERIALS for thing in THINGS]
SLANG = dict(zip(THINGS, ("凡尔", "培林", "牙轮", "凸缘", "发条", "弯头", "快插", "托架", "大力丝", "芯子"), strict=True))


def taught(pairs):
    search = Search([SearchLine(name, name) for name in NAMES])
    return search, guarded(search, [Confirmed(wording, line, line) for wording, line in pairs], name="test")


def right_first(search, learnt, questions):
    search.advise(learnt.weights, learnt.memory)
    hits = search.search_many([Query(wording) for wording in questions], 1)
    return sum(bool(mine) and mine[0].line_id == line for mine, line in zip(hits, questions.values(), strict=True)) / len(questions)


def test_L16_what_holds_on_outcomes_kept_aside_is_used():
    search, found = taught([(material + SLANG[thing], material + thing) for material in MATERIALS for thing in THINGS])
    assert found.holds and found.figures["outcomes_memory"] > found.figures["outcomes_kept"]
    assert right_first(search, found.trained, {"黄铜培林": "黄铜轴承", "橡胶凡尔": "橡胶阀门", "玻璃齿轮": "玻璃齿轮"}) == 1


def test_L16_poisoned_outcomes_are_kept_back():
    chosen = random.Random(3)
    for _time in range(2):
        mixed = chosen.sample(NAMES, len(NAMES))
        _search, found = taught(list(zip(NAMES, mixed, strict=True)))
        assert not found.holds, found.figures


def test_L16_what_is_kept_back_is_a_finding_and_the_command_uses_the_newest_that_held(db, tmp_path, monkeypatch):
    facts = {"way": "weights", "training": b"", "training_hash": "0" * 64, "weights_hash": "0" * 64, "figures": {}}
    in_transaction(lambda: learning._store(MatchLesson(version="bad", weights={}, adopted=False, **facts), clock.now()))
    assert [one.kind for one in db.session.scalars(select(RiskSignal))] == ["lesson_kept_back"]

    address = f"sqlite:///{tmp_path / 'lessons.sqlite'}"
    files = {"c.tsv": "d1\t水泵\nd2\t泵\n", "q.tsv": "q1\t泵\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    args = ["--corpus", str(tmp_path / "c.tsv"), "--queries", str(tmp_path / "q.tsv"), "--out", str(tmp_path / "o.trec"), "--learnt"]
    monkeypatch.setattr("config.default.SQLALCHEMY_DATABASE_URI", address)
    assert CliRunner().invoke(main, args).exit_code == 2, "no table is no lesson"

    engine, table = create_engine(address), MatchLesson.__table__
    table.create(engine)
    with engine.begin() as connection:
        for at, (version, adopted) in enumerate([("learnt-1", True), ("learnt-2", True), ("learnt-3", False)], start=1):
            row = {"version": version, "adopted": adopted, "weights": {"index_score": at}, **facts}
            connection.execute(insert(table).values(id=uuid4(), created_at=clock.now() + timedelta(hours=at), **row))
    engine.dispose()
    assert newest_weights(address).by_feature == {"index_score": 2}
    result = CliRunner().invoke(main, args)
    assert (result.exit_code, (tmp_path / "o.trec").read_text("utf-8").split()[5]) == (0, "learnt-2"), result.output
