"""O11: what looks for reasons to open a file finds its case, says the distribution, tells it once, and leaves the ordinary alone."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from marketplace.identity.models import Organisation
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.kernel.files import StoredFile
from marketplace.kernel.texts.fingerprints import fingerprint
from marketplace.orders.models import OrderDocument
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import DocumentKind, ServiceFunction
from marketplace.records import service as records
from marketplace.records.rules import Mode, RecordSource
from marketplace.records.service import Delivered
from marketplace.risk.models import RiskSignal, Severity
from marketplace.supervision.jobs import read_deliverables
from marketplace.supervision.service import keep_text, looks
from tests.factories import a_firm, a_provider, a_user, a_voucher, an_offering, an_officer, an_organisation
from tests.kernel.test_texts import report
from tests.order_factories import a_claim, an_order, with_papers


def found(db, kind) -> list[RiskSignal]:
    """What a night's look says of a kind; a second look says nothing more."""
    in_transaction(lambda: looks.look(now=the_clock.now()))
    assert in_transaction(lambda: looks.look(now=the_clock.now())) == 0
    return list(db.session.scalars(select(RiskSignal).where(RiskSignal.kind == kind)))


def become(row_id, **facts) -> None:
    in_transaction(lambda: [setattr(by_id(Organisation, row_id), name, value) for name, value in facts.items()])


def test_a_price_far_above_its_peers_is_told_with_their_distribution(db):
    for _ in range(8):
        an_order("redeemed", contract_fen=500_000)
    dear = an_order("redeemed", contract_fen=900_000)
    signals = found(db, "price_above_peers")
    assert [one.subject_id for one in signals] == [dear.id]
    assert "同类服务 9 笔，中位数 5,000.00 元" in signals[0].reason


def served(provider_id, day=None) -> None:
    told = Delivered(
        source_kind=RecordSource.IMPORT,
        source_id=uuid4(),
        provider_id=provider_id,
        enterprise_id=a_firm(user=False).id,
        function=ServiceFunction.TRAINING,
        title="培训",
        mode=Mode.OFFLINE,
        fee_kind=FeeKind.PUBLIC_BENEFIT,
        delivered_on=day or the_clock.today(),
    )
    in_transaction(lambda: records.write(told, today=the_clock.today()))


def test_ten_services_on_one_day_are_a_burst_and_nine_are_none(db):
    busy, calm = a_provider(), a_provider()
    for _ in range(10):
        served(busy.id)
    for _ in range(9):
        served(calm.id)
    assert [one.subject_id for one in found(db, "burst")] == [busy.id]


def test_money_that_comes_from_one_firm_is_told(db):
    offering, card = an_offering(), a_voucher()
    for _ in range(5):
        an_order("redeemed", voucher=card, offering=offering)
    an_order("redeemed")
    signals = found(db, "concentration")
    assert [one.subject_id for one in signals] == [offering.provider_id]
    assert "100%" in signals[0].reason


def delivered(*orders, sha256="") -> list[StoredFile]:
    """The files of some orders' deliverables, which become the same bytes."""
    ids = select(OrderDocument.file_id).where(
        OrderDocument.order_id.in_([one.id for one in orders]), OrderDocument.kind == DocumentKind.DELIVERABLE
    )
    if sha256:
        in_transaction(lambda: the_db.session.execute(update(StoredFile).where(StoredFile.id.in_(ids)).values(sha256=sha256)))
    return list(the_db.session.scalars(select(StoredFile).where(StoredFile.id.in_(ids))))


def test_o11_the_same_file_handed_to_two_firms_is_told_of_the_later_order(db):
    first, second = an_order("redeemed"), an_order("redeemed")
    delivered(first, second, sha256="f" * 64)
    assert read_deliverables(lambda *_: None) > 0 and read_deliverables(lambda *_: None) == 0
    signals = found(db, "same_deliverable")
    assert [(one.subject_id, first.number in one.reason, one.severity) for one in signals] == [(second.id, True, Severity.SERIOUS)]


def test_o11_a_text_that_says_nearly_the_same_is_told_with_both_papers_and_the_share(db, browser):
    first, second, third = (an_order("redeemed") for _ in range(3))
    texts = [report(1, "拉萨甲公司"), report(1, "林芝乙公司"), report(2, "拉萨甲公司")]
    for order, text in zip((first, second, third), texts, strict=True):
        for one in delivered(order):
            in_transaction(lambda one=one, text=text: keep_text(one.sha256, fingerprint(text), now=the_clock.now()))
    signals = found(db, "same_deliverable")
    assert [(one.subject_id, one.severity) for one in signals] == [(second.id, Severity.WARNING)]
    evidence = json.loads(signals[0].evidence)
    assert evidence["other"] == first.number and len(evidence["papers"]) == 2
    assert 80 <= float(evidence["share"].rstrip("%")) < 100 and evidence["share"] in signals[0].reason
    browser.sign_in(an_officer())
    page = browser.get(f"/oversight/signals/{signals[0].id}")
    assert [link["href"].rsplit("/", 1)[-1] for link in page.select("a[href*='/documents/']")] == evidence["papers"]


def test_a_long_service_delivered_on_the_day_of_its_contract_is_told_and_a_short_one_is_not(db):
    long, _short = an_order("redeemed", offering=an_offering(cycle_days=30)), an_order("redeemed", offering=an_offering(cycle_days=3))
    assert [one.subject_id for one in found(db, "delivered_too_fast")] == [long.id]


def test_a_reviewer_who_is_called_as_a_party_is_told(db):
    offering = an_offering()
    become(offering.provider_id, legal_representative="洛桑")
    claim = a_claim("approved", officer=a_user("officer", name="洛桑"), order=with_papers(an_order("redeemed", offering=offering)))
    a_claim("approved", officer=an_officer())
    assert [one.subject_id for one in found(db, "reviewer_conflict")] == [claim.id]


@pytest.mark.parametrize("many", [False, True], ids=["few share it", "a whole park shares it"])
def test_two_sides_tied_by_a_third_are_told_with_the_path_unless_a_whole_park_shares_the_mark(db, many):
    order, third = an_order("redeemed"), an_organisation("中间人公司")
    become(order.enterprise_id, contact_phone="0891-7777777")
    become(third.id, contact_phone="0891-7777777", legal_representative="索朗")
    become(order.provider_id, legal_representative="索朗")
    for _ in range(6 if many else 0):
        become(an_organisation().id, contact_phone="0891-7777777")
    signals = found(db, "related_path")
    assert [one.subject_id for one in signals] == ([] if many else [order.id])
    if signals:
        assert "中间人公司" in signals[0].reason


def test_the_path_is_drawn_on_the_signals_page(db, browser):
    order, third = an_order("redeemed"), an_organisation("中间人公司")
    become(order.enterprise_id, bank_account="6217000000000000099")
    become(third.id, bank_account="6217000000000000099", address="同一条路 1 号")
    become(order.provider_id, address="同一条路 1 号")
    signal = found(db, "related_path")[0]
    browser.sign_in(an_officer())
    assert "中间人公司" in browser.get(f"/oversight/signals/{signal.id}").select_one("figure svg").text


def test_a_nights_look_is_asked_for_once(db):
    assert in_transaction(lambda: looks.ask_nightly(the_clock.today())) is True
    assert in_transaction(lambda: looks.ask_nightly(the_clock.today())) is False
