"""Nothing leaves the house unchecked: what holds a payment back, until when, and who may not have a hand in it."""

from datetime import timedelta
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction, locked
from marketplace.kernel.errors import RuleViolation
from marketplace.risk import service as risk
from marketplace.risk.models import RiskSignal, Severity, SignalState
from marketplace.risk.service import Signal
from marketplace.settlement import service
from marketplace.settlement.lifecycle import BatchState, ClaimState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import holds
from tests.factories import a_finance_officer, an_officer, user_of
from tests.order_factories import a_batch, a_claim, an_order, with_account, with_papers
from tests.races import race, tried

NEW = "6222000000000000009"


def a_payable_claim():
    """Approved for a payee with an account."""
    order = with_papers(an_order("redeemed"))
    with_account(order.provider_id)
    return a_claim("approved", order=order)


def change(model, row_id, **values):
    def work():
        row = locked(model, row_id)
        for name, value in values.items():
            setattr(row, name, value)

    in_transaction(work)


def new_account(claim, state=OrganisationState.VERIFIED):
    change(Organisation, claim.payee_id, bank_account=NEW, state=state)


def a_signal(subject_id, severity=Severity.SERIOUS):
    in_transaction(lambda: risk.raise_signal(Signal("report", severity, "claim", subject_id, "举报材料虚假", {}), now=clock.now()))
    return subject_id


def suspend_provider(claim):
    change(Provider, claim.payee_id, state=ProviderState.SUSPENDED)


HOLDS = {
    "account unverified": (lambda c: new_account(c, OrganisationState.PENDING), "原 .*0000001，现 .*0000009，尚未核实"),
    "account changed": (new_account, "原 .*0000001，现 .*0000009。请审核人以外的人员"),
    "provider suspended": (suspend_provider, "暂停服务"),
    "provider removed": (lambda c: change(Provider, c.payee_id, state=ProviderState.REMOVED), "移出服务机构库"),
    "organisation suspended": (lambda c: change(Organisation, c.payee_id, state=OrganisationState.SUSPENDED), "已被停用"),
    "sanctioned": (lambda c: change(Organisation, c.payee_id, sanctioned_until=clock.today()), "失信名单"),
    "signal about the claim": (lambda c: a_signal(c.id), "严重风险提示待核查：举报材料虚假"),
    "signal about the order": (lambda c: a_signal(c.order_id), "严重风险提示"),
    "signal about the payee": (lambda c: a_signal(c.payee_id), "严重风险提示"),
}


@pytest.mark.parametrize("happened", HOLDS)
def test_a_claim_on_hold_is_not_batched_and_says_why(db, happened):
    claim = a_payable_claim()
    assert holds.why_not_payable(claim, clock.now()) is None
    happen, words = HOLDS[happened]
    happen(claim)
    maker_id, programme_id, claim_id = a_finance_officer().id, claim.programme_id, claim.id

    with pytest.raises(RuleViolation, match=words) as refused:
        in_transaction(
            lambda: service.prepare_batch(uuid4(), programme_id=programme_id, claim_ids=[claim_id], actor_id=maker_id, now=clock.now())
        )
    assert refused.value.field == "claims"


@pytest.mark.parametrize("happened", HOLDS)
def test_what_comes_up_after_the_batch_was_made_stops_its_approval(db, happened):
    claim = a_payable_claim()
    batch, _lines = a_batch("submitted", claims=[claim])
    HOLDS[happened][0](claim)
    checker_id = a_finance_officer().id

    with pytest.raises(RuleViolation, match=f"1 笔暂时不能付.*{claim.number}"):
        in_transaction(lambda: service.approve_batch(batch.id, actor_id=checker_id, now=clock.now()))
    assert by_id(PaymentBatch, batch.id).state is BatchState.SUBMITTED


@pytest.mark.parametrize(
    "passes",
    [
        pytest.param(
            lambda c: change(Organisation, c.payee_id, sanctioned_until=clock.today() - timedelta(days=1)), id="a ban that is over"
        ),
        pytest.param(lambda c: a_signal(c.id, Severity.WARNING), id="a warning"),
        pytest.param(lambda c: change(Organisation, c.payee_id, contact_phone="0891-7777777"), id="another telephone"),
    ],
)
def test_what_is_no_reason_holds_nothing(db, passes):
    claim = a_payable_claim()
    passes(claim)
    assert holds.why_not_payable(by_id(Claim, claim.id), clock.now()) is None


def test_an_answered_signal_lets_the_claim_go_on(db):
    claim = a_payable_claim()
    a_signal(claim.id)
    (row,), officer_id = db.session.query(RiskSignal).filter_by(subject_id=claim.id), an_officer().id
    in_transaction(
        lambda: risk.close_signal(
            row.id, verdict=SignalState.EXPLAINED, answer="已核对原件，材料属实", actor_id=officer_id, now=clock.now()
        )
    )
    assert holds.why_not_payable(claim, clock.now()) is None


def test_a_new_account_is_confirmed_by_a_second_person_who_saw_it(db):
    claim = a_payable_claim()
    new_account(claim, OrganisationState.PENDING)
    second = an_officer().id

    def confirm(actor_id, seen=NEW):
        return in_transaction(lambda: service.confirm_account(claim.id, seen_account=seen, actor_id=actor_id, now=clock.now()))

    with pytest.raises(RuleViolation, match="尚未核实"):
        confirm(second)
    change(Organisation, claim.payee_id, state=OrganisationState.VERIFIED)
    with pytest.raises(RuleViolation, match="由您审核"):
        confirm(claim.decided_by)
    with pytest.raises(RuleViolation, match="又有变更"):
        confirm(second, "6217000000000000001")
    for _ in range(2):
        confirm(second)

    assert holds.why_not_payable(by_id(Claim, claim.id), clock.now()) is None
    assert a_batch_line(by_id(Claim, claim.id)).payee_account == NEW


def a_batch_line(claim):
    maker_id, batch_id, programme_id, claim_id = a_finance_officer().id, uuid4(), claim.programme_id, claim.id
    in_transaction(
        lambda: service.prepare_batch(batch_id, programme_id=programme_id, claim_ids=[claim_id], actor_id=maker_id, now=clock.now())
    )
    return next(line for line in by_id(PaymentBatch, batch_id).lines)


def test_the_bank_list_leaves_out_what_is_on_hold_and_says_so(browser):
    claim = a_payable_claim()
    batch, _lines = a_batch(claims=[claim])
    browser.sign_in(a_finance_officer())
    sheet = openpyxl.load_workbook(_file(browser.download(f"/payments/{batch.id}/bank-list"))).active
    assert claim.number in str([[cell.value for cell in row] for row in sheet.iter_rows()])

    new_account(claim)

    page = browser.get(f"/payments/{batch.id}")
    assert "按下不付" in page.text and "0000001" in page.text and NEW in page.text
    assert "都暂时不能付" in browser.get(f"/payments/{batch.id}/bank-list", status=422).text


def _file(response):
    import io

    return io.BytesIO(response.data)


def test_an_officer_sees_the_old_account_beside_the_new_one_and_confirms_it(browser):
    claim = a_payable_claim()
    new_account(claim)
    browser.sign_in(an_officer())

    assert "确认新账号" in browser.get(f"/claims/{claim.id}").text
    page = browser.get(f"/claims/{claim.id}/account")
    assert "6217000000000000001" in page.text and NEW in page.text
    browser.fill(f"/claims/{claim.id}/account", {})

    assert by_id(Claim, claim.id).payee_account == NEW
    assert "确认新的收款账号" in browser.get(f"/claims/{claim.id}").text


def test_a_party_is_not_told_what_a_signal_says(browser):
    claim = a_payable_claim()
    a_signal(claim.id)
    browser.sign_in(user_of(claim.provider_id))

    text = browser.get(f"/claims/{claim.id}").text
    assert "主管部门正在核查" in text and "举报材料虚假" not in text


def test_who_reviewed_a_claim_neither_makes_nor_approves_its_batch(db):
    """One person of two offices: refused in the service, and by the database behind it."""
    claim = a_payable_claim()
    reviewer, programme_id, claim_id = claim.decided_by, claim.programme_id, claim.id

    with pytest.raises(RuleViolation, match=f"申请 {claim.number} 由您审核，不能再由您制单"):
        in_transaction(
            lambda: service.prepare_batch(uuid4(), programme_id=programme_id, claim_ids=[claim_id], actor_id=reviewer, now=clock.now())
        )
    batch, (line,) = a_batch("submitted", claims=[by_id(Claim, claim_id)])
    with pytest.raises(RuleViolation, match="不能再由您复核"):
        in_transaction(lambda: service.approve_batch(batch.id, actor_id=reviewer, now=clock.now()))
    for column in ("prepared_by", "approved_by"):
        with pytest.raises(IntegrityError, match="reviewer_does_not_pay"), db.session.begin_nested():
            db.session.execute(update(PaymentLine).where(PaymentLine.id == line.id).values({column: reviewer}))


def test_an_account_that_changes_while_a_batch_is_made_or_passed_has_one_answer(fresh_app, fresh_db):
    """Either the change comes first and the money waits, or the batch does and the bank list leaves the line out."""
    first, second = a_payable_claim(), a_payable_claim()
    batch, _lines = a_batch("submitted", claims=[second])
    ids = {"first": first.id, "programme": first.programme_id, "batch": batch.id}
    payees = (first.payee_id, second.payee_id)
    maker_id, checker_id = a_finance_officer().id, a_finance_officer().id

    def moved(payee_id):
        locked(Organisation, payee_id).bank_account = NEW

    answers = race(fresh_app, [
        lambda: tried(lambda: moved(payees[0])),
        lambda: tried(lambda: service.prepare_batch(
            uuid4(), programme_id=ids["programme"], claim_ids=[ids["first"]], actor_id=maker_id, now=clock.now())),
        lambda: tried(lambda: moved(payees[1])),
        lambda: tried(lambda: service.approve_batch(ids["batch"], actor_id=checker_id, now=clock.now())),
    ])  # fmt: skip
    fresh_db.session.remove()

    assert all(isinstance(one, RuleViolation | PaymentBatch) or one is None for one in answers), answers
    claim, batch = by_id(Claim, ids["first"]), by_id(PaymentBatch, ids["batch"])
    assert (claim.state is ClaimState.BATCHED) is isinstance(answers[1], PaymentBatch)
    assert (batch.state is BatchState.APPROVED) is isinstance(answers[3], PaymentBatch)
    assert holds.why_not_payable(claim, clock.now()) is not None
    assert len(holds.of_lines(batch.lines, clock.now())) == 1
