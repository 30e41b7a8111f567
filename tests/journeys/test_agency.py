"""A round pays an operator (承办机构) that its bureau appointed: one, with an account of two people's word, and a statement of its own."""

import re

import pytest

from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import Denied, RuleViolation
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.queries import lines_of_claim
from marketplace.settlement.queries.payees import claims_to, sums_to
from marketplace.vouchers.queries import payees as reads
from marketplace.vouchers.rules.payees import NamedPayee
from marketplace.vouchers.service import payees
from tests.factories import an_officer, user_of
from tests.journeys.played import Played
from tests.programmes_of import changed_file

SLUG, OPERATOR = "lishui_service_voucher", "丽水市中小企业服务中心"
WINDOW = ("2021-05-06 09:00:00", "2021-05-31 18:00:00")
DAYS = {"use_from": "2021-05-06", "use_until": "2021-11-30", "redeem_until": "2022-12-31"}


def to_an_operator(text: str) -> str:
    return re.sub(r'(?s)(\[settlement\.payee\]\nvalue = )"provider"', r'\1"agency"', text)


@pytest.fixture
def play(db):
    made = Played(lambda: changed_file(SLUG, to_an_operator, area="331100"), area="331100", region="331102", at="2021-04-30")
    yield made
    made.verified()


def a_claim(play, firm, yuan=2_000):
    return play.claim(play.at("2021-06-01").walked(firm, yuan))


def granted(play, *firms):
    play.to_pay = (OPERATOR,)
    play.announce(budget=100_000, window=WINDOW, **DAYS)
    play.at("2021-05-06 09:00:00")
    for one in firms:
        play.apply(one)
    play.pass_time()


def row_of(play):
    (found,) = db_rows(play)
    return found


def db_rows(play):
    return db.session.scalars(reads.of_round(play.round_id)).all()


def test_the_operator_is_paid_for_the_providers_and_has_a_statement_of_them(play):
    one, other = play.firm(), play.firm()
    granted(play, one, other)
    first, second = a_claim(play, one), a_claim(play, other)
    assert first.payee.name == OPERATOR and first.asker.id == first.order.provider_id
    first, second = play.approve(play.check(first)), play.approve(play.check(second))
    first = play.pay(first)
    (line,) = lines_of_claim(first.id)
    account = play.payees[OPERATOR].bank_account
    assert first.state is ClaimState.SETTLED and (line.payee_name, line.payee_account) == (OPERATOR, account)
    found, row = sums_to(row_of(play)), row_of(play)
    assert (found.count, found.granted_fen, found.paid_fen) == (2, first.approved_fen + second.approved_fen, first.approved_fen)
    assert {each.id for each in db.session.scalars(claims_to(row))} == {first.id, second.id}
    assert ledger.balance_fen(play.book, f"provider:{play.payees[OPERATOR].id}:payable") == second.approved_fen


def test_a_round_has_one_operator_and_the_account_of_two_people(play):
    granted(play)
    with pytest.raises(RuleViolation, match="一个批次只有一家承办机构"):
        play.pays("另一家服务中心")
    firm = play.firm()
    with pytest.raises(RuleViolation, match="不同"):
        named(play, firm.organisation.uscc, firm.organisation.name, "62170000000")
    assert [one.name for one in db_rows(play)] == [OPERATOR]


def named(play, uscc, name, account, *, by=None):
    said = NamedPayee(uscc=uscc, name=name, bank_name="中国银行", bank_account=account)
    actor_id = (by or play.officer).id
    return in_transaction(lambda: payees.name_payee(play.round_id, said, actor_id=actor_id, now=play.moment))


def test_a_corrected_account_waits_for_a_second_person_and_holds_what_was_approved(play):
    firm = play.firm()
    granted(play, firm)
    claim = play.approve(play.check(a_claim(play, firm)))
    uscc = play.payees[OPERATOR].uscc
    with pytest.raises(RuleViolation, match="8 到 32 位数字"):
        named(play, uscc, OPERATOR, "六二一七")
    with pytest.raises(RuleViolation, match="登记的单位是"):
        named(play, uscc, "别的名称", "6217 0000-0000 9999")
    row = named(play, uscc, OPERATOR, "6217 0000-0000 9999")
    assert row.bank_account == "6217000000009999" and row.confirmed_by is None
    for actor, seen, error in ((play.officer, row.bank_account, Denied), (play.second, "别的", RuleViolation)):
        with pytest.raises(error):
            confirmed(play, row, actor, seen)
    confirmed(play, row, play.second, row.bank_account)
    with pytest.raises(Denied, match="收款账号变更"):
        play.pay(claim)


def confirmed(play, row, actor, seen):
    key, actor_id = row.id, actor.id
    return in_transaction(lambda: payees.confirm_payee(key, seen_account=seen, actor_id=actor_id, now=play.moment))


def test_officers_name_confirm_and_read_the_statement_on_their_pages(play, browser):
    firm = play.firm()
    granted(play, firm)
    claim = play.approve(play.check(a_claim(play, firm)))
    address, account = f"/office/rounds/{play.round_id}", "6217000000008888"
    browser.sign_in(play.officer)
    assert "收款单位" in browser.get(address).text
    browser.get(f"{address}/payees/new")
    typed = {"uscc": play.payees[OPERATOR].uscc, "name": OPERATOR, "bank_name": "工商银行", "bank_account": account}
    assert "待另一位人员确认" in browser.fill(f"{address}/payees/new", typed).text
    row_id = row_of(play).id
    browser.get(f"/office/payees/{row_id}/confirm")
    browser.fill(f"/office/payees/{row_id}/confirm", {}, status=422)
    browser.sign_out()
    browser.sign_in(an_officer("331100"))
    browser.get(f"/office/payees/{row_id}/confirm")
    assert "已确认" in browser.fill(f"/office/payees/{row_id}/confirm", {}).text
    page = browser.get(f"/office/payees/{row_id}/statement").text
    assert claim.number in page and claim.asker.name in page and f"{claim.approved_fen / 100:,.2f}" in page
    assert browser.download(f"/office/payees/{row_id}/statement.xlsx").status_code == 200
    browser.sign_out()
    browser.sign_in(user_of(firm.id))
    browser.get(f"/office/payees/{row_id}/statement", status=403)


def test_a_programme_that_pays_a_provider_names_nobody(db):
    play = Played(SLUG, area="331100", region="331102", at="2021-04-30")
    play.announce(budget=1_000, window=WINDOW, **DAYS)
    with pytest.raises(RuleViolation, match="不用登记收款单位"):
        play.pays(OPERATOR)


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('value = "provider"', 'value = "fee_office"', "settlement.payee.value"),
        ('format = "programme/2"', 'format = "programme/1"', "settlement.payee.value"),
    ],
)
def test_a_payee_that_the_instrument_or_the_format_does_not_have_is_named(before, after, where):
    text = (PROGRAMMES / f"{SLUG}.toml").read_text()
    text = to_an_operator(text).replace(before, after, 1) if "format" in before else text.replace(before, after, 1)
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(text.encode(), file="x.toml")
    assert where in [one.key for one in refusal.value.problems]
