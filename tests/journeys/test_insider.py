"""An insider tries, step by step, what breaks a separation: each step is refused and stands in the trail, and nothing has moved."""

import ast
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.identity import queries
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import CodeState, Organisation, UserState
from marketplace.identity.refusals import ACTION
from marketplace.identity.roles import Role
from marketplace.identity.service import credentials, sessions
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.matching.service import chains
from marketplace.settlement import service
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.rules import Approval
from marketplace.vouchers.models import Round
from tests.browser import hold_also
from tests.factories import PASSWORD, a_finance_officer, a_firm, a_programme, a_round, a_user, an_administrator, an_officer, user_of
from tests.matching.making import a_chain, a_leader
from tests.order_factories import a_batch, a_claim, with_account
from tests.vouchers.test_views import typed_round

pytestmark = pytest.mark.engines("sqlite", "postgresql")

OWN = "内部人自己选的口令 2026"


class Insider:
    """Somebody signed in, whose every command is expected to be refused."""

    def __init__(self, browser, user):
        self.browser, self.user = browser, user
        browser.sign_in(user)

    def tries(self, path, data=None, *, status, door=""):
        """Send a command as the pages would, token and key included; it must be refused with a row in the trail."""
        before = len(rows_of(self.user))
        token = self.browser.get("/notices").select_one("input[name=csrf_token]")["value"]
        answer = self.browser.knock("POST", path, data={"csrf_token": token, **(data or {})})
        assert answer.status_code == status, f"POST {path} answered {answer.status_code}"
        rows = rows_of(self.user)
        assert len(rows) == before + 1, f"POST {path} left no row in the trail"
        details = json.loads(rows[-1].details)
        assert details["status"] == status
        assert not door or details["door"] == door
        return details["said"]


def rows_of(user):
    wanted = select(AuditEvent).where(AuditEvent.actor_id == user.id, AuditEvent.action == ACTION).order_by(AuditEvent.at, AuditEvent.id)
    return list(the_db.session.scalars(wanted))


def test_a_system_administrator_becomes_nobody_else(browser, db):
    payer, guard = a_finance_officer(), an_administrator("security_admin")
    insider = Insider(browser, an_administrator("system_admin"))
    for victim in (payer, guard):
        browser.get(f"/users/{victim.id}/password")
        browser.post(f"/users/{victim.id}/password", {"reason": "本人忘记密码", "password": OWN})
        row = credentials.live_of(victim.id)
        assert (row.state, row.code_hash) == (CodeState.WAITING, None)
        assert "不能自己确认" in insider.tries(f"/password-requests/{row.id}/confirm", status=422)
        assert browser.post(f"/password-requests/{row.id}/slip", status=409)
        assert queries.password_request(row.id).code_hash is None
        assert sessions.check_password(victim.login, PASSWORD).id == victim.id
    insider.tries(f"/grants/{payer.id}", {"role": "officer", "area": "540000"}, status=403, door="identity.grants_of")


def test_a_security_administrator_gives_himself_nothing_and_nobody_two_duties(browser, db):
    payer = a_finance_officer()
    insider = Insider(browser, an_administrator("security_admin"))

    assert "不能给自己授权" in insider.tries(f"/grants/{insider.user.id}", {"role": "finance", "area": "540000"}, status=422)
    for role in ("officer", "auditor", "sme", "system_admin"):
        area = {"area": "540000"} if role in {"officer", "auditor"} else {}
        assert "不同的人担任" in insider.tries(f"/grants/{payer.id}", {"role": role} | area, status=422)
    insider.tries(f"/users/{payer.id}/password", {"reason": "x", "password": OWN}, status=403)
    insider.tries(f"/users/{payer.id}/state", {"reason": "x"}, status=403)

    assert [g.role for g in queries.user(payer.id).grants] == [Role.FINANCE]
    assert [g.role for g in queries.user(insider.user.id).grants] == [Role.SECURITY_ADMIN]


def test_an_officer_takes_no_colleagues_place(browser, db):
    second = an_officer()
    insider = Insider(browser, a_user(Role.OFFICER, organisation=second.organisation))

    insider.tries(f"/colleagues/{second.id}/password", {"password": OWN}, status=404)
    assert "系统管理员停用" in insider.tries(f"/colleagues/{second.id}/state", {"reason": "请假"}, status=422)
    insider.tries(f"/users/{second.id}/password", {"reason": "x", "password": OWN}, status=403)
    assert sessions.check_password(second.login, PASSWORD).state is UserState.ACTIVE


def test_a_firms_user_takes_no_colleagues_place_and_gives_no_role_he_lacks(browser, db):
    firm = a_firm()
    colleague = a_user(Role.SME, organisation=firm.id)
    insider = Insider(browser, user_of(firm))

    insider.tries(f"/colleagues/{colleague.id}/password", {"password": OWN}, status=404)
    insider.tries(f"/colleagues/{user_of(a_firm()).id}/state", {"reason": "x"}, status=404)
    assert sessions.check_password(colleague.login, PASSWORD)


def test_a_walk_over_many_doors_does_not_fill_the_trail(browser, db):
    insider, strange = Insider(browser, user_of(a_firm())), user_of(a_firm())
    token = browser.get("/notices").select_one("input[name=csrf_token]")["value"]
    for _step in range(40):
        assert browser.knock("POST", f"/colleagues/{strange.id}/state", data={"csrf_token": token, "reason": "x"}).status_code == 404
    assert len(rows_of(insider.user)) == 30


def test_an_officer_of_a_city_acts_neither_elsewhere_nor_above(browser, db):
    claim, chain = a_claim(), a_chain()
    leader = a_leader(chain)
    appointment = chains.appointments(chain.id)[0]
    insider = Insider(browser, an_officer("540200"))

    for verb in ("approve", "return", "refuse"):
        insider.tries(f"/claims/{claim.id}/{verb}", {"reason": "x", "approved": "1"}, status=404)
    form = {"uscc": leader.organisation.uscc, "role": "leader", "from_on": "2026-03-16", "document": "x", "until_on": "2026-03-16"}
    insider.tries(f"/chains/{chain.id}/appoint", form, status=404)
    insider.tries(f"/chains/{chain.id}/appointments/{appointment.id}/end", form, status=404)

    assert by_id(Claim, claim.id).state is claim.state
    assert chains.appointments(chain.id)[0].until_on is None


def test_a_second_role_brings_no_area_along(browser, db, monkeypatch):
    """Nobody is granted both; what decides holds all the same."""
    claim = a_claim()
    hold_also(monkeypatch, (Role.AUDITOR, "540000"))
    Insider(browser, an_officer("540200")).tries(f"/claims/{claim.id}/approve", {"approved": "1"}, status=404)
    assert by_id(Claim, claim.id).state is claim.state


def test_who_made_a_batch_does_not_let_it_pass(browser, db):
    maker = a_finance_officer()
    batch, _lines = a_batch("submitted", maker=maker)
    insider = Insider(browser, maker)

    assert "另一位财政人员" in insider.tries(f"/payments/{batch.id}/approve", status=422)
    insider.tries(f"/payments/{batch.id}/reject", {"reason": "x"}, status=422)
    assert by_id(PaymentBatch, batch.id).state is batch.state


def test_an_officer_neither_makes_nor_passes_a_payment(browser, db):
    batch, _lines = a_batch("submitted")
    insider = Insider(browser, an_officer())
    insider.tries(f"/payments/{batch.id}/approve", status=403)
    insider.tries(f"/payments/new/{batch.programme_id}", status=403)
    assert by_id(PaymentBatch, batch.id).state is batch.state


NEW_ACCOUNT = "6222000000000000009"


def a_claim_whose_account_changed(reviewer):
    """Approved for one account; the payee has another by now, which nobody has looked at."""
    claim = a_claim(checked=True)
    with_account(claim.payee_id)
    claim = a_claim_decided(claim, reviewer)
    payee = by_id(Organisation, claim.payee_id)
    payee.bank_account, payee.state = NEW_ACCOUNT, OrganisationState.PENDING
    the_db.session.commit()
    return claim, payee


def a_claim_decided(claim, reviewer):
    actor_id, approval = reviewer.id, Approval(claim.requested_fen)
    in_transaction(lambda: service.approve(claim.id, approval, actor_id=actor_id, now=clock.now()))
    return by_id(Claim, claim.id)


def test_money_goes_to_no_account_that_was_changed_meanwhile(browser, db):
    claim, payee = a_claim_whose_account_changed(an_officer())
    insider = Insider(browser, a_finance_officer())
    batch = f"/payments/new/{claim.programme_id}"

    assert "尚未核实" in insider.tries(batch, {"claims": str(claim.id)}, status=422)
    payee.state = OrganisationState.VERIFIED
    the_db.session.commit()
    assert "审核人以外的人员" in insider.tries(batch, {"claims": str(claim.id)}, status=422)
    insider.tries(f"/claims/{claim.id}/account", {"seen": NEW_ACCOUNT}, status=403)

    assert not the_db.session.scalars(select(PaymentLine.id)).all()


def test_who_reviewed_a_claim_confirms_no_new_account_and_has_no_hand_in_its_batch(browser, db, monkeypatch):
    reviewer = an_officer()
    claim, payee = a_claim_whose_account_changed(reviewer)
    payee.state = OrganisationState.VERIFIED
    the_db.session.commit()
    insider = Insider(browser, reviewer)

    assert "由您审核" in insider.tries(f"/claims/{claim.id}/account", {"seen": NEW_ACCOUNT}, status=422)
    hold_also(monkeypatch, (Role.FINANCE, "540000"))
    assert "由您审核" in insider.tries(f"/payments/new/{claim.programme_id}", {"claims": str(claim.id)}, status=422)

    assert by_id(Claim, claim.id).payee_account != NEW_ACCOUNT
    assert not the_db.session.scalars(select(PaymentLine.id)).all()


def test_an_officer_opens_no_round_of_a_programme_of_another_area(browser, db):
    programme = a_programme()
    insider = Insider(browser, an_officer("652700"))
    assert "之内" in insider.tries(f"/office/programmes/{programme.id}/rounds/new", typed_round(area_code="652700"), status=422)
    insider = Insider(browser, an_officer("540102"))
    assert "管辖范围" in insider.tries(f"/office/programmes/{programme.id}/rounds/new", typed_round(area_code="540000"), status=422)
    row = a_round(programme=programme, state="draft")
    for path in ("edit", "to/announced"):
        insider.tries(f"/office/rounds/{row.id}/{path}", typed_round(area_code="540102"), status=403)
    payer = Insider(browser, a_finance_officer("652700"))
    payer.tries(f"/office/rounds/{row.id}/appropriations/new", {"amount": "500"}, status=403)

    assert the_db.session.scalars(select(Round.area_code).where(Round.programme_id == programme.id)).all() == [row.area_code]


def test_a_rule_that_sends_a_matter_to_somebody_else_says_so_to_the_trail_too():
    found = []
    for path in sorted(Path("marketplace").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) == "RuleViolation":
                said = "".join(one.value for one in ast.walk(node.exc) if isinstance(one, ast.Constant) and isinstance(one.value, str))
                found += [f"{path}:{node.lineno}"] if re.search("由(另一位|其他(人员|单位))", said) else []
    assert not found, "these are kernel.errors.Denied"
