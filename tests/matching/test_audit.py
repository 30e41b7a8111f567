"""L13: a run can be decided again, by whoever has its snapshot; the order of rows decides nothing."""

import ast
import json
import random
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import select, text

import marketplace
from marketplace.cli.match import match
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.matching import build, queries
from marketplace.matching.models import Match, MatchRun, MatchSnapshot
from marketplace.matching.rules import pairs
from marketplace.matching.service import market
from marketplace.matching.settings import TieOrder
from tests import factories as f
from tests.matching import making as m
from tests.matching.test_proposing import a_need, a_supply, run


def a_run(leader=None):
    """A run over two needs, with a supply that lacks a certificate."""
    leader = leader or m.a_leader()
    m.a_supply_list("机制砂", capacity=80, unit="吨", certificates="ISO9001（2027-06-30）")
    m.a_supply_list("机制砂", capacity=50_000, unit="公斤", certificates="ISO14001")
    m.a_supply_list("碎石", price_fen=120)
    matches = m.matched(m.a_needs_list("机制砂", "碎石", leader=leader, quantity=100, unit="吨", certificates="ISO9001"), leader)
    return queries.run(matches[0].run_id)


def redone(name, *more):
    return CliRunner().invoke(match, ["redo", str(name), *more])


def test_L13_a_run_is_decided_again_from_its_snapshot_to_the_byte(db):
    found = a_run()
    in_transaction(lambda: db.session.execute(text("UPDATE supplies SET product = '别的', capacity = 1")))  # nothing of later counts

    result = redone(found.number)

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert result.stdout_bytes == zlib.decompress(queries.snapshot_of(found.id).answer)
    assert {"proposals", "excluded", "unmet", "plan", "versions", "day"} <= told.keys()
    assert told["versions"]["code"] == found.code_version == build.build()
    assert (told["day"], len(told["versions"]["weights_hash"])) == (clock.today().isoformat(), 64)
    assert any("缺少所要求的资质" in why[1] for pair in told["excluded"].values() for why in pair)


def test_L13_under_another_build_every_difference_is_listed(db, monkeypatch, tmp_path):
    found, mine = a_run(), build.build()
    for module in ("redoing", "proposing"):
        monkeypatch.setattr(f"marketplace.matching.{module}.build", lambda: "other")
    monkeypatch.setattr(pairs, "_region_point", lambda *_: [])

    result = redone(found.id, "--out", str(tmp_path / "run.json"))

    assert result.exit_code == 1
    assert f'versions.code: "{mine}" → "other"' in result.output
    assert ".reasons: " in result.output
    assert json.loads((tmp_path / "run.json").read_bytes())["versions"]["code"] == "other"


def test_L13_a_run_without_a_snapshot_or_with_a_false_one_is_refused_with_the_reason(db):
    row = m.a_needs_list()

    def bare(number):
        facts = {"code_version": "matching-3", "supplies_hash": "", "supplies_count": 0, "actor_id": row.id}
        return f.stored(MatchRun(number=number, list_id=row.id, **facts))

    bare("PP1")
    false = bare("PP2")
    content = {"content": zlib.compress(b"{}"), "content_hash": "0" * 64, "answer": b"x", "answer_hash": "0" * 64}
    f.stored(MatchSnapshot(run_id=false.id, build="b", **content))
    for name, why in (("PP1", "没有快照"), ("PP2", "校验值不符"), ("PP3", "没有编号")):
        result = redone(name)
        assert (result.exit_code, result.stdout, why in result.stderr) == (2, "", True), result.output


def test_L13_two_runs_over_one_market_answer_the_same_bytes(db):
    leader = m.a_leader()
    first = a_run(leader)
    again = queries.run(m.matched(first.needs_list, leader)[0].run_id)
    kept = [queries.snapshot_of(one.id) for one in (first, again)]
    assert kept[0].answer_hash == kept[1].answer_hash and first.id != again.id


def test_L13_the_build_names_every_module_that_decides():
    """A module of ours that the search, the rules or the plan read and that the build does not cover would change runs unnamed."""
    home = Path(marketplace.__file__).parent
    covered, reached, waiting = set(build.files()), set(), ["marketplace.matching.redoing"]
    while waiting:
        name = waiting.pop()
        path = home.parent.joinpath(*name.split(".")).with_suffix(".py")
        path = path if path.exists() else path.with_suffix("") / "__init__.py"
        if not path.exists() or path in reached or not name.startswith(("marketplace.matching", "marketplace.retrieval")):
            continue
        reached.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    packages = {home / "matching" / "__init__.py", home / "matching" / "redoing.py"}
    assert len(reached) > 20 and reached - packages <= covered


def plans(outcome):
    return {(p.need_id, p.supply_id, p.planned_quantity, p.rank) for p in outcome.proposals}


def test_L13_the_order_of_rows_decides_nothing_among_equals():
    needs = [a_need("机制砂", f"n{at}", quantity=60, unit="吨", max_suppliers=2) for at in range(4)]
    supplies = [a_supply("机制砂", f"s{at}", f"firm{at}", capacity=40 + at % 2, unit="吨", max_customers=1) for at in range(9)]
    wanted = plans(run(needs, supplies))
    mixed = random.Random(7)
    for _time in range(5):
        needs_, supplies_ = mixed.sample(needs, len(needs)), mixed.sample(supplies, len(supplies))
        assert plans(run(needs_, supplies_)) == wanted


def test_L14_of_equal_supplies_the_one_whose_turn_it_is_is_planned():
    need = a_need("机制砂", quantity=10, unit="吨", max_suppliers=1)
    supplies = [a_supply("机制砂", f"s{at}", f"firm{at}", capacity=100, unit="吨") for at in range(6)]
    for first in (0, 3, 5):
        turned = [replace(line, precedence=int(at != first)) for at, line in enumerate(supplies)]
        outcome = run([need], turned)
        assert [p.supply_id for p in outcome.proposals if p.planned] == [f"s{first}"] == [outcome.proposals[0].supply_id]


def test_L14_ties_go_to_whoever_was_shown_least_or_by_lot_where_the_setting_says_so(db):
    leader = m.a_leader()
    shown = m.a_supply_list("碎石", firm=f.a_firm()).supplies[0]
    m.matched(m.a_needs_list("碎石", leader=leader), leader)
    fresh = m.a_supply_list("碎石").supplies[0]
    lines = [(one.lineage_id, clock.now()) for one in (shown, fresh)]
    list_id = queries.run(db.session.scalars(select(Match.run_id)).first()).list_id

    def first(order, today=None):
        found = market.precedence(order, lines, list_id, today or clock.today())
        return min(found, key=found.__getitem__)

    assert first(TieOrder.LEAST_SHOWN) == fresh.lineage_id
    days = [clock.today() + timedelta(days=at) for at in range(20)]
    assert {first(TieOrder.LOT, day) for day in days} == {shown.lineage_id, fresh.lineage_id}, "lots change from day to day"
    assert first(TieOrder.LOT) == first(TieOrder.LOT), "and whoever draws again draws the same"
