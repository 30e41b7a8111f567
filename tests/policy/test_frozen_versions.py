"""Versions frozen before rounds had a day for each step: they thaw as they were, and orders under them are settled."""

import gzip
import hashlib
import json
from pathlib import Path
from uuid import uuid4

import pytest

from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders import queries, service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.rules import BY_THE_PLATFORM
from marketplace.orders.service import Rating
from marketplace.orders.sweep import sweep
from marketplace.policy.programme_file import thaw
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.settlement.lifecycle import BatchState
from marketplace.vouchers.models import ProgrammeVersion
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service import programmes
from tests.factories import a_firm, a_programme, a_round, a_voucher, an_offering
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, person
from tests.orders.looks import now, stands

FROZEN = json.loads(gzip.decompress((Path(__file__).parent / "data" / "frozen_before_days.json.gz").read_bytes()))
PLACES = {
    "beijing_2022_service_voucher": "110105",
    "jiangmen_2020_service_voucher": "440703",
    "xinjiang_innovation_service_voucher": "652701",
    "xizang_enterprise_service_voucher": "540102",
    "xizang_innovation_voucher": "540102",
}


@pytest.mark.parametrize("slug", PLACES)
def test_a_version_of_before_thaws_letter_by_letter(slug):
    spec = thaw(FROZEN[slug])

    assert (spec.slug, spec.frozen(), spec.silence) == (slug, FROZEN[slug], None)


def a_programme_of_before(slug):
    """The shipped programme, brought back to the version of before, signed."""
    programme = a_programme(slug, area=PLACES[slug][:2] + "0000", signed=False)
    sha256 = hashlib.sha256(FROZEN[slug].encode()).hexdigest()
    newest = programmes.newest_version(programme.id)
    in_transaction(
        lambda: the_db.session.add(
            ProgrammeVersion(programme_id=programme.id, number=newest.number + 1, spec=FROZEN[slug], sha256=sha256, created_by=None)
        )
    )
    keys = [one.key for one in thaw(FROZEN[slug]).unsigned_values()]
    in_transaction(
        lambda: programmes.sign_values(programme.id, keys, signer="测试主管", reason="测试签认", actor_id=uuid4(), request_key=uuid4())
    )
    return programme


def a_voucher_of_before(slug):
    region = PLACES[slug]
    programme = a_programme_of_before(slug)
    round_ = a_round(programme=programme, area=region[:2] + "0000")
    assert spec_of(round_.version_id).silence is None
    return a_voucher(round_=round_, enterprise=a_firm(region=region, titles=["tech_sme", "innovative"]))


@pytest.mark.parametrize("slug", PLACES)
def test_an_order_under_a_version_of_before_is_settled(db, slug):
    voucher = a_voucher_of_before(slug)
    category = next(one for one in spec_of(voucher.round.version_id).services.value)
    order = an_order("redeemed", voucher=voucher, offering=an_offering(category=category))
    for kind in queries.required_papers(order, EvidenceStep.CLAIM):
        if kind in {DocumentKind.INVOICE, DocumentKind.BANK_TRANSFER_SLIP}:
            amount_fen = order.contract_fen if kind is DocumentKind.INVOICE else order.own_share_fen
            add_paper(order, a_paper(kind, amount_fen=amount_fen))
        elif kind not in BY_THE_PLATFORM | {DocumentKind.CONTRACT}:
            add_paper(order, a_paper(kind))
    mine = {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}
    in_transaction(lambda: service.review(order.id, Rating(5, ""), **mine, request_key=uuid4(), now=now()))
    claim = a_claim(order=by_id(Order, order.id))

    assert claim.requested_fen == order.subsidy_fen > 0
    assert stands(order)


def test_under_a_version_of_before_silence_lapses_as_it_was_signed_and_a_contract_lives_its_term(db, clock):
    voucher = a_voucher_of_before("xizang_enterprise_service_voucher")
    silent, signed = an_order("delivered", voucher=voucher), an_order("contracted", voucher=voucher)
    clock.shift(days=20)
    sweep(now())
    assert by_id(Order, silent.id).state is OrderState.DELIVERED
    clock.shift(days=221)

    sweep(now())

    assert (by_id(Order, silent.id).state, by_id(Order, signed.id).state) == (OrderState.LAPSED, OrderState.CONTRACTED)
    assert ledger.balance_fen(signed.book_id, f"order:{signed.id}:reserved") == 5_000 * YUAN
    assert stands(silent)


def test_a_claim_under_a_version_of_before_is_paid(db):
    voucher = a_voucher_of_before("xizang_enterprise_service_voucher")
    order = an_order("redeemed", voucher=voucher)
    for kind, amount_fen in (("invoice", order.contract_fen), ("bank_transfer_slip", order.own_share_fen)):
        add_paper(order, a_paper(kind, amount_fen=amount_fen))

    batch, lines = a_batch(claims=[a_claim("approved", order=order)])

    assert (batch.state, lines[0].amount_fen) == (BatchState.APPROVED, 5_000 * YUAN)
    assert stands(order)
