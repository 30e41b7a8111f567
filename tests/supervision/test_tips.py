"""Tips: who sends one is protected, who is named in one does not see it, and what it earns follows from the rules."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.kernel import clock as the_clock
from marketplace.kernel.commands import DoneCommand
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Denied, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.notices.models import Notice
from marketplace.supervision import service as cases
from marketplace.supervision import tip_rules
from marketplace.supervision.lifecycle import TipState
from marketplace.supervision.queries import tips as reads
from marketplace.supervision.service import tips
from marketplace.supervision.service.tips import TypedTip
from tests.factories import a_provider, a_user, an_auditor, an_officer
from tests.files import cells_of
from tests.order_factories import a_claim
from tests.supervision.acts import WORDS, a_tip, by, decide, find, propose, taken

FACTS = "二月十二日看到这家机构没有上门服务，却开了全额的发票。"


@pytest.mark.rules
@pytest.mark.parametrize(("found", "earned"), [(0, 200), (1_000, 200), (100_000, 3_000), (100_000_000, 50_000)])
def test_a_reward_is_a_share_between_a_least_and_a_most(found, earned):
    rule = {"share_bp": 300, "least_fen": Fen(200 * YUAN), "most_fen": Fen(50_000 * YUAN)}
    assert tip_rules.reward_fen(found * YUAN, **rule) == earned * YUAN


@pytest.mark.rules
def test_a_code_follows_from_the_key_and_is_read_however_it_is_typed():
    key = uuid4()
    code = tip_rules.code_of(key)
    assert code == tip_rules.code_of(key) != tip_rules.code_of(uuid4())
    assert tip_rules.code_hash(code) == tip_rules.code_hash(f" {code[:4]}-{code[4:]}".lower())


def send(key=None, sent_from="", **said):
    typed = TypedTip(**{"about": "某机构", "area_code": "540000", "facts": FACTS} | said)
    return in_transaction(lambda: tips.receive_tip(typed, request_key=key or uuid4(), sent_from=sent_from, now=the_clock.now()))


def seen(tip, officer):
    return list(reads.db.session.scalars(reads.tips(["540000"], officer.id).where(reads.Tip.id == tip.id)))


def test_a_second_click_answers_the_same_receipt(db):
    key = uuid4()
    (tip, code), (again, same) = send(key), send(key)
    assert (again.id, same) == (tip.id, code)
    assert reads.followed(tip.number, code).id == tip.id
    assert reads.followed(tip.number, "AAAAAAAAAAAA") is None


def test_too_few_words_and_a_flood_are_refused(db):
    with pytest.raises(RuleViolation, match="不少于 20 个字"):
        send(facts="不对")
    for _ in range(10):
        send(sent_from="x")
    with pytest.raises(RuleViolation, match="请明天再试"):
        send(sent_from="x")


def test_whom_a_tip_names_neither_sees_it_nor_is_told(db):
    named, decider, other = an_officer(), an_officer(), a_user("officer", name="格桑花开")
    in_transaction(lambda: setattr(by_id(type(named), named.id), "name", "旺堆仁青"))
    claim = a_claim("approved", officer=decider)
    about_person = a_tip("旺堆仁青")
    about_claim = a_tip(claim_number=claim.number)
    assert not seen(about_person, named) and seen(about_person, other)
    assert not seen(about_claim, decider) and seen(about_claim, other)
    told = set(db.session.scalars(select(Notice.user_id).where(Notice.url == f"/tips/{about_person.id}")))
    assert other.id in told and named.id not in told
    with pytest.raises(NotFound):
        taken(about_person, named)


def test_who_sent_it_stands_nowhere_in_the_trail_and_is_shown_to_another_than_the_handler_who_says_why(db):
    tip, _code = send(sender_name="卓玛央金", sender_contact="13889000001")
    handler, lead = an_officer(), an_officer()
    taken(tip, handler)
    with pytest.raises(Denied, match="不能查看举报人"):
        in_transaction(lambda: tips.see_sender(tip.id, "核实身份以发放奖励", asked=by(handler)))
    assert not reads.has_seen_sender(tip.id, lead.id)
    in_transaction(lambda: tips.see_sender(tip.id, "核实身份以发放奖励", asked=by(lead)))
    assert reads.has_seen_sender(tip.id, lead.id)
    told = "".join(db.session.scalars(select(AuditEvent.details)))
    assert "卓玛央金" not in told and "13889000001" not in told and "核实身份" in told


def test_only_who_took_a_tip_up_decides_on_it(db):
    tip, handler, other = a_tip(), an_officer(), an_officer()
    taken(tip, handler)
    with pytest.raises(Denied, match="另一位工作人员受理"):
        in_transaction(lambda: tips.refuse_tip(tip.id, "没有证据，无法核实。", asked=by(other)))
    in_transaction(lambda: tips.refuse_tip(tip.id, "没有证据，无法核实。", asked=by(handler)))
    assert by_id(reads.Tip, tip.id).state is TipState.REFUSED


def test_a_tip_becomes_a_case_and_earns_its_reward_once_that_is_established_and_closed(db, clock):
    provider, handler, lead = a_provider(), an_officer(), an_officer()
    tip = taken(a_tip(provider.organisation.name), handler)
    case = in_transaction(lambda: tips.open_of_tip(tip.id, provider.organisation.uscc, WORDS, asked=by(handler)))
    propose(case, "warning", officer=handler)
    find(case, handler)
    decided = decide(case, lead)
    with pytest.raises(RuleViolation, match="结案且问题成立后"):
        in_transaction(lambda: tips.reward_tip(tip.id, asked=by(lead)))
    clock.move_to(f"{decided.due_on + timedelta(days=1)} 09:00")
    in_transaction(lambda: cases.close(case.id, now=the_clock.now()))
    with pytest.raises(Denied, match="不能确认奖励"):
        in_transaction(lambda: tips.reward_tip(tip.id, asked=by(handler)))
    rewarded = in_transaction(lambda: tips.reward_tip(tip.id, asked=by(lead)))
    assert (rewarded.state, rewarded.reward_fen) == (TipState.REWARDED, 200 * YUAN)


def test_a_tip_goes_from_the_public_page_to_an_answer(browser):
    first = browser.get("/tips/new").select_one("select[name=area] option")
    assert first["value"] == "", "nobody sends it to a place that was not chosen"
    assert "请选择地区" in browser.fill("/tips/new", {"about": "某机构", "facts": FACTS}, status=422).text
    page = browser.post("/tips/new", {"about": "某机构", "area": "540000", "facts": FACTS, "sender_name": "卓玛央金"})
    number, code = (cell.text.strip() for cell in page.select("main dd")[:2])
    handler = an_officer()
    browser.sign_in(handler)
    (link,) = [one["href"] for one in browser.get("/tips").select("main tbody a")]
    browser.post(f"{link}/take")
    browser.post(f"{link}/refuse", {"answer": "经核对上门记录和发票，服务已提供。"})
    assert "卓玛央金" not in browser.get(link).text
    browser.sign_out()
    assert "服务已提供" in browser.post("/tips/follow", {"number": number, "code": code}).text
    assert "服务已提供" not in browser.get("/tips/follow").text
    browser.post("/tips/follow", {"number": number, "code": "ABCDEFGHJKMN"}, status=422)


@pytest.mark.engines("sqlite")
def test_an_auditor_takes_tips_away_without_who_sent_them_and_what_they_wrote(browser):
    tip = a_tip("某服务机构", sender_name="匿名以外的人", sender_contact="13900001111")
    browser.sign_in(an_officer())
    browser.get("/tips/export", status=403)
    browser.sign_in(an_auditor())
    rows = cells_of(browser.download("/tips/export").data)
    said = str(rows)
    assert tip.number in said and "某服务机构" in said and "待受理" in said
    assert "匿名以外的人" not in said and "13900001111" not in said and "二月十二日" not in said


def test_o11_the_log_of_commands_does_not_give_the_code_of_a_tip_away(db):
    key = uuid4()
    _tip, code = send(key)
    logged = list(db.session.scalars(select(DoneCommand).where(DoneCommand.verb == "tip.received")))
    kept = {one for row in logged for one in (row.key, row.subject_id)}
    assert logged and key not in kept
    assert code not in {tip_rules.code_of(one) for one in kept}
