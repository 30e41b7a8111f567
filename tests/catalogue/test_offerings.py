"""An offering comes to the shelf, changes its price, leaves and comes back: each step with its refusal, on both engines."""

from uuid import uuid4

import pytest

from marketplace.audit import queries as trail
from marketplace.catalogue import queries
from marketplace.catalogue.lifecycle import OfferingState, PriceState
from marketplace.catalogue.rules.offerings import OfferingFacts
from marketplace.catalogue.service import offerings as service
from marketplace.catalogue.service.offerings import ListingDecision, NewPrice
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.notices import queries as notices
from tests.factories import a_provider, an_offering, an_officer, user_of
from tests.races import race

FACTS = OfferingFacts(
    title="商标注册",
    category="ip",
    price_fen=Fen(3_000 * YUAN),
    cycle_days=30,
    summary="一标一类",
    description="查询、申请、答复",
    deliverables="受理通知书",
)


def write(provider, facts=FACTS, key=None):
    return in_transaction(lambda: service.write(provider.id, facts, actor_id=user_of(provider).id, request_key=key or uuid4()))


def submit(row, *, key=None, seen=None):
    seen = row.version if seen is None else seen
    return in_transaction(
        lambda: service.submit(
            row.id, row.provider_id, seen_version=seen, actor_id=None, request_key=key or uuid4(), today=the_clock.today()
        )
    )


def decide(row, officer, *, approved=True, reason="", key=None, seen=None):
    seen = row.version if seen is None else seen
    decision, asked = ListingDecision(approved, reason, seen), {"actor_id": officer.id, "request_key": key or uuid4()}
    return in_transaction(lambda: service.decide(row.id, decision, **asked, now=the_clock.now()))


def change(row, facts, *, seen=None):
    seen = row.version if seen is None else seen
    return in_transaction(lambda: service.change(row.id, row.provider_id, facts, seen_version=seen, actor_id=None, request_key=uuid4()))


def propose(row, price_fen, *, reason="成本上涨", key=None):
    wanted, asked = NewPrice(Fen(price_fen), reason), {"actor_id": None, "request_key": key or uuid4(), "now": the_clock.now()}
    return in_transaction(lambda: service.propose_price(row.id, row.provider_id, wanted, **asked))


def decide_price(price, officer, *, approved, answer=""):
    return in_transaction(
        lambda: service.decide_price(price.id, approved=approved, answer=answer, actor_id=officer.id, now=the_clock.now())
    )


def delist(row, *, reason="不再提供", provider=True, actor=None):
    provider_id = row.provider_id if provider else None
    return in_transaction(
        lambda: service.delist(
            row.id, provider_id=provider_id, reason=reason, actor_id=(actor or user_of(row.provider_id)).id, request_key=uuid4(),
            now=the_clock.now(),
        )
    )  # fmt: skip


def replaced(**values):
    return OfferingFacts(**({name: getattr(FACTS, name) for name in OfferingFacts.__slots__} | values))


def test_a_draft_is_submitted_and_listed_and_its_price_enters_the_history(db):
    provider, officer = a_provider(), an_officer()
    row = write(provider)
    assert "sbzc" in row.search_text
    with pytest.raises(RuleViolation, match="已下架"):
        queries.orderable(row.id)
    submit(row)
    assert notices.unread_count(officer.id) == 1
    decide(row, officer)
    assert row.state is OfferingState.LISTED
    assert [(p.price_fen, p.state, p.reason) for p in queries.prices_of(row.id)] == [(300_000, PriceState.ACCEPTED, "首次上架")]
    assert queries.orderable(row.id).price_fen == 300_000
    assert [e.action for e in trail.of_subject(row.id)] == ["offering.drafted", "offering.submitted", "offering.listed"]


def test_second_clicks_are_answered(db):
    provider, officer, keys = a_provider(), an_officer(), [uuid4() for _ in range(3)]
    row = write(provider, key=keys[0])
    assert write(provider, key=keys[0]).id == row.id
    with pytest.raises(Conflict):
        write(provider, replaced(title="别的"), key=keys[0])
    seen = row.version
    submit(row, key=keys[1], seen=seen)
    submit(row, key=keys[1], seen=seen)
    seen = row.version
    decide(row, officer, key=keys[2], seen=seen)
    decide(row, officer, key=keys[2], seen=seen)
    assert len(queries.prices_of(row.id)) == 1


def test_a_provider_outside_the_register_lists_nothing(db):
    row = write(a_provider(state="noticed"))
    with pytest.raises(RuleViolation, match="机构入库后"):
        submit(row)


def test_an_incomplete_offering_is_not_submitted(db):
    row = write(a_provider(), replaced(deliverables=""))
    with pytest.raises(RuleViolation, match="交付成果"):
        submit(row)


def test_a_return_says_why_and_the_offering_comes_again(db):
    row, officer = write(a_provider()), an_officer()
    submit(row)
    with pytest.raises(RuleViolation, match="写明原因"):
        decide(row, officer, approved=False)
    decide(row, officer, approved=False, reason="请写明交付成果")
    assert (row.state, row.state_reason) == (OfferingState.RETURNED, "请写明交付成果")
    change(row, replaced(deliverables="受理通知书、注册证"))
    submit(row)
    with pytest.raises(RuleViolation, match="正在审核"):
        change(row, FACTS)


def test_a_stale_form_is_a_conflict_and_stores_nothing(db):
    row = write(a_provider())
    seen = row.version
    change(row, replaced(title="商标注册（加急）"))
    with pytest.raises(Conflict, match="已有变动"):
        change(row, replaced(title="商标注册（普通）"), seen=seen)
    assert row.title == "商标注册（加急）"


def test_another_providers_offering_is_not_found(db):
    row, stranger = write(a_provider()), a_provider()
    with pytest.raises(NotFound):
        in_transaction(lambda: service.change(row.id, stranger.id, FACTS, seen_version=row.version, actor_id=None, request_key=uuid4()))
    with pytest.raises(NotFound):
        queries.own_offering(row.id, stranger.id)


def test_a_listed_price_changes_by_approval_only(db):
    row, officer = an_offering(price_fen=300_000), an_officer()
    with pytest.raises(RuleViolation, match="调价申请"):
        change(row, replaced(price_fen=Fen(1)))
    price = propose(row, 360_000)
    assert queries.orderable(row.id).price_fen == 300_000, "until an officer approves, the old price holds"
    with pytest.raises(RuleViolation, match="已有一份"):
        propose(row, 400_000)
    decide_price(price, officer, approved=True)
    assert queries.orderable(row.id).price_fen == 360_000
    assert next((p.price_fen, p.state) for p in queries.prices_of(row.id)) == (360_000, PriceState.ACCEPTED)


def test_a_refused_price_is_answered_and_changes_nothing(db):
    row, officer = an_offering(price_fen=300_000), an_officer()
    key = uuid4()
    price = propose(row, 900_000, key=key)
    assert propose(row, 900_000, key=key).id == price.id
    with pytest.raises(RuleViolation, match="写明原因"):
        decide_price(price, officer, approved=False)
    decide_price(price, officer, approved=False, answer="超过同类价格")
    assert (row.price_fen, price.state, price.answer) == (300_000, PriceState.REFUSED, "超过同类价格")
    for approved in (True, False):
        with pytest.raises(Conflict, match=f"已经办过了（{officer.name}.*未通过"):
            decide_price(price, officer, approved=approved, answer="超过同类价格")


def test_delisting_needs_a_reason_ends_a_waiting_price_and_may_be_taken_back(db):
    row, officer = an_offering(price_fen=300_000), an_officer()
    price = propose(row, 360_000)
    with pytest.raises(RuleViolation, match="写明原因"):
        delist(row, reason=" ")
    delist(row)
    assert row.state is OfferingState.DELISTED
    assert price.state is PriceState.REFUSED
    with pytest.raises(RuleViolation, match="已下架"):
        queries.orderable(row.id)
    with pytest.raises(Conflict, match=r"已经办过了.*现在是“已下架”"):
        delist(row)
    change(row, replaced(price_fen=Fen(280_000)))
    submit(row)
    decide(row, officer)
    assert queries.orderable(row.id).price_fen == 280_000
    assert queries.prices_of(row.id)[0].reason == "重新上架"


def test_an_officer_takes_an_offering_off_and_the_provider_is_told(db):
    row, officer = an_offering(), an_officer()
    delist(row, provider=False, actor=officer, reason="价格虚高")
    assert row.state is OfferingState.DELISTED
    assert "已被下架" in notices.of_user(user_of(row.provider_id).id)[0].title


def test_reviews_are_counted_without_making_forms_stale(db):
    row = an_offering()
    seen = row.version
    for score in (5, 4):
        in_transaction(lambda score=score: service.count_review(row.id, score=score))
    db.session.refresh(row)
    assert (row.review_count, row.review_total, row.version) == (2, 9, seen)


def test_of_two_proposals_at_once_one_stands(fresh_app, fresh_db):
    row = an_offering(price_fen=300_000)
    offering_id, provider_id = row.id, row.provider_id
    fresh_db.session.commit()  # the threads write on their own

    def asks(price_fen):
        wanted, told = NewPrice(Fen(price_fen), "成本上涨"), {"actor_id": None, "request_key": uuid4()}
        return lambda: in_transaction(lambda: service.propose_price(offering_id, provider_id, wanted, now=the_clock.now(), **told))

    answers = race(fresh_app, [asks(310_000), asks(320_000)])

    assert sum(isinstance(answer, RuleViolation) for answer in answers) == 1, answers
    assert len([p for p in queries.prices_of(offering_id) if p.state is PriceState.PROPOSED]) == 1
