"""Random stories of firms, providers, officers and time under three programmes: after every step each fen is where the papers say it is."""

import itertools
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction, locked
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.ledger import rules as ledger_rules
from marketplace.ledger.models import Entry
from marketplace.ledger.verify import Verification
from marketplace.orders import service as orders
from marketplace.orders.lifecycle import OPEN, OrderState
from marketplace.orders.models import Order
from marketplace.orders.service import Handover, Purchase, Rating, SignedContract
from marketplace.orders.sweep import sweep as sweep_orders
from marketplace.policy.programme_words import EvidenceStep
from marketplace.settlement import service as settlement
from marketplace.settlement.lifecycle import BatchState, ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries.payable import payable
from marketplace.settlement.rules import Approval
from marketplace.settlement.spot_rules import SpotFinding, is_drawn
from marketplace.settlement.sweep import sweep as sweep_claims
from marketplace.vouchers import chart
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries import spending
from marketplace.vouchers.rules import amounts
from marketplace.vouchers.rules.rights import Right
from marketplace.vouchers.rules.states import RoundState, VoucherState
from marketplace.vouchers.service import holdings, issuing, rounds
from marketplace.vouchers.sweep import sweep as sweep_vouchers
from tests.factories import a_finance_officer, a_firm, a_provider, a_round, an_appropriation, an_offering, an_officer
from tests.order_factories import EXPLAINED, a_paper, papers_for, person, with_account
from tests.settlement.acts import sources_left

PROGRAMMES = (  # what is cut goes: to the pool; to the voucher, which holds money; nowhere, and the grant has used the yearly cap
    "xizang_enterprise_service_voucher",
    "xizang_innovation_voucher",
    "jiangmen_2020_service_voucher",
)
PRICES = (333_33, 9_999 * YUAN + 99, 41_000 * YUAN)
ENDED = {VoucherState.EXPIRED, VoucherState.VOID, VoucherState.RECLAIMED}
numbers = st.integers(0, 1000)
walks = st.tuples(numbers, numbers, st.integers(1, 10))  # voucher, offering, how far the order is


class Story(RuleBasedStateMachine):
    """Everything that people and time may do, in any order; what is refused changes nothing."""

    clock = None  # the pinned one, given by the test

    @initialize(slug=st.sampled_from(PROGRAMMES), budget=st.sampled_from([20_000, 60_000, 900_000]), walks=st.lists(walks, min_size=2))
    def open(self, slug, budget, walks):
        self.keys = itertools.count(1)
        self.savepoint = db.engines[None].begin_nested()
        self.clock.move_to("2026-11-02 10:00")
        row = a_round(slug, budget_fen=budget * YUAN + 1, use_days=90)
        an_appropriation(row, budget * YUAN // 2, source="county" if slug.startswith("xizang") else "region")
        self.round_id, self.book = row.id, row.programme.book_id
        self.programme_id, self.spec = row.programme_id, spending.spec_of(row.version_id)
        self.vouchers = [key for key in (self.issue(a_firm().id) for _ in range(3)) if key]
        providers = [a_provider() for _ in range(2)]
        for one in providers:
            with_account(one.id)
        self.offerings = [an_offering(provider=one, price_fen=price).id for one in providers for price in PRICES]
        self.officer, self.second_officer, self.finance = an_officer().id, an_officer().id, (a_finance_officer().id, a_finance_officer().id)
        self.done = []  # what was carried out, to be sent again
        self.begin(walks[:5])

    def begin(self, walks):
        """Some orders are on their way already: how far, each story says."""
        for voucher, offering, steps in walks:
            self.place(voucher, offering, None)
            for _ in range(min(steps, 5) - 1):
                self.act(-1, "go on", 90)
            later = (
                lambda: self.ask(-1, 100),
                lambda: self.decide(-1, "approve", 130),
                lambda: (self.prepare(3), self.walk_batch(-1, "submit", 0)),
                lambda: self.walk_batch(-1, "approve", 1),
                lambda voucher=voucher: self.hear_from_bank(-1, paid=voucher % 2 == 0),
            )
            for step in later[: max(0, steps - 5)]:
                step()

    def issue(self, firm_id):
        klass = self.spec.classes[0].name
        faces = amounts.faces_fen(self.spec, klass)
        face = faces[0] if faces else amounts.quota_fen(self.spec, klass)

        def work():
            return issuing.issue_all(
                locked(Round, self.round_id), [issuing.Award(firm_id, Right(klass, face))], actor_id=None, today=clock.today()
            )[0].id

        return self.tried(work)

    def tried(self, work, again=False):
        """Carry something out, or see it refused in words. What bears a key, its page's or the bank's, is kept to be sent `again`."""
        try:
            answer = in_transaction(work)
        except RuleViolation:
            return None
        except Conflict as refusal:  # somebody else has done it, or the bank has said something else; but no key is ever found used
            if refusal.code == "key_reused":
                raise
            return None
        if again:
            self.done.append(work)
        return answer

    def key(self):
        """Like every key of its own; the same again when the story is told again."""
        return UUID(int=next(self.keys))

    def pick(self, model, number, *conditions):
        made = getattr(model, "placed_at", None) or model.created_at
        found = db.session.scalars(select(model.id).where(*conditions).order_by(made, model.id)).all()
        return by_id(model, found[number % len(found)]) if found else None

    @rule(voucher=numbers, offering=numbers, wish=st.sampled_from([None, None, 1, 12_345]))
    def place(self, voucher, offering, wish):
        if not self.vouchers:
            return
        card, key = by_id(Voucher, self.vouchers[voucher % len(self.vouchers)]), self.key()
        firm_id, card_id, item = card.enterprise_id, card.id, self.offerings[offering % len(self.offerings)]
        actor, now = person(firm_id), clock.now()
        wanted = Purchase(item, card_id, None if wish is None else Fen(wish))
        self.tried(lambda: orders.place(key, wanted, enterprise_id=firm_id, actor_id=actor, now=now), again=True)

    @rule(order=numbers, verb=st.sampled_from([*["go on"] * 6, "send_back", "cancel", "decline"]), part=st.integers(1, 100))
    def act(self, order, verb, part):
        row = self.pick(Order, order, Order.round_id == self.round_id)
        if row is None:
            return
        onward = {OrderState.PLACED: "take", OrderState.TAKEN: "contract", OrderState.CONTRACTED: "deliver", OrderState.DELIVERED: "accept"}
        verb = onward.get(row.state, "accept") if verb == "go on" else verb
        self.tried(self.command(row, verb, part), again=True)

    def command(self, row, verb, part):
        key, now, order_id, firm_id, provider_id = self.key(), clock.now(), row.id, row.enterprise_id, row.provider_id
        buyer = {"enterprise_id": firm_id, "actor_id": person(firm_id), "request_key": key, "now": now}
        seller = {"provider_id": provider_id, "actor_id": person(provider_id), "request_key": key, "now": now}
        if verb == "take":
            return lambda: orders.take(order_id, **seller)
        if verb == "contract":
            papers = papers_for(row, EvidenceStep.CONTRACT)
            signed = SignedContract("HT-1", Fen(max(1, row.price_fen * part // 100)), clock.today(), papers)
            return lambda: orders.contract(order_id, signed, **seller)
        if verb == "deliver":
            papers = papers_for(row, EvidenceStep.DELIVERY)
            return lambda: orders.deliver(order_id, Handover("", papers), **seller)
        if verb == "accept":
            return lambda: orders.accept(order_id, **buyer)
        if verb == "send_back":
            return lambda: orders.send_back(order_id, reason="重做", **buyer)
        if verb == "decline":
            return lambda: orders.decline(order_id, reason="忙", **seller)
        return lambda: orders.cancel(order_id, organisation_id=firm_id, reason="不要了", actor_id=person(firm_id), request_key=key, now=now)

    @rule(order=numbers, part=st.integers(50, 110))
    def ask(self, order, part):
        row = self.pick(Order, order, Order.round_id == self.round_id, Order.state == OrderState.REDEEMED)
        if row is None:
            return
        provider_id, firm_id, order_id, now = row.provider_id, row.enterprise_id, row.id, clock.now()
        invoice = a_paper("invoice", amount_fen=max(1, row.contract_fen * part // 100))
        for paper in (invoice, a_paper("bank_transfer_slip", amount_fen=max(1, row.own_share_fen)), *papers_for(row, EvidenceStep.CLAIM)):
            key, actor = self.key(), person(provider_id)
            self.tried(
                lambda paper=paper, key=key, actor=actor: orders.add_paper(
                    order_id, paper, organisation_id=provider_id, actor_id=actor, request_key=key, now=now
                )
            )
        mine = {"enterprise_id": firm_id, "actor_id": person(firm_id), "request_key": self.key()}
        self.tried(lambda: orders.review(order_id, Rating(5, ""), **mine, now=now))
        key, actor = self.key(), person(provider_id)
        self.tried(lambda: settlement.submit(order_id, provider_id=provider_id, actor_id=actor, request_key=key, now=now), again=True)

    @rule(claim=numbers, verb=st.sampled_from(["approve", "refuse", "send_back"]), part=st.integers(1, 140))
    def decide(self, claim, verb, part):
        row = self.pick(Claim, claim, Claim.book_id == self.book)
        if row is None:
            return
        claim_id, now = row.id, clock.now()
        mine = {"actor_id": self.officer, "request_key": self.key(), "now": now}
        fen = Fen(row.requested_fen * min(part, 100) // 100)
        commands = {
            "approve": lambda: settlement.approve(claim_id, Approval(fen, "超标准", explained=EXPLAINED), **mine),
            "refuse": lambda: settlement.refuse(claim_id, reason="不符", **mine),
            "send_back": lambda: settlement.send_back(claim_id, reason="缺章", **mine),
        }
        if verb == "approve" and is_drawn(row.drawn_by) and row.spot_checked_by is None:
            second, report = self.second_officer, "核对原件并回访双方，相符。"
            check = {"finding": SpotFinding.GOOD, "report": report, "actor_id": second, "now": now}
            self.tried(lambda: settlement.record_spot_check(claim_id, **check))  # without a key: late, the claim may have moved on
        self.tried(commands[verb], again=True)

    @rule(part=st.integers(1, 3))
    def prepare(self, part):
        ids = [one.id for one in payable(self.programme_id)][:part]
        key, actor, now, programme_id = self.key(), self.finance[0], clock.now(), self.programme_id
        self.tried(lambda: settlement.prepare_batch(key, programme_id=programme_id, claim_ids=ids, actor_id=actor, now=now), again=True)

    @rule(number=numbers, verb=st.sampled_from(["submit", "approve", "approve", "reject"]), who=st.integers(0, 1))
    def walk_batch(self, number, verb, who):
        row = self.pick(PaymentBatch, number, PaymentBatch.book_id == self.book)
        if row is None:
            return
        batch_id, mine = row.id, {"actor_id": self.finance[who], "request_key": self.key(), "now": clock.now()}
        commands = {
            "submit": lambda: settlement.submit_batch(batch_id, **mine),
            "approve": lambda: settlement.approve_batch(batch_id, **mine),
            "reject": lambda: settlement.reject_batch(batch_id, reason="账号待核", **mine),
        }
        if self.tried(commands[verb], again=True) and verb == "approve":
            assert by_id(PaymentBatch, batch_id).approved_by != by_id(PaymentBatch, batch_id).prepared_by

    @rule(number=numbers, paid=st.booleans())
    def hear_from_bank(self, number, paid):
        row = self.pick(PaymentLine, number, PaymentLine.batch_id.in_(select(PaymentBatch.id).where(PaymentBatch.book_id == self.book)))
        if row is None:
            return
        line_id, mine = row.id, {"actor_id": self.finance[0], "now": clock.now()}
        slip = {"reference": f"2026-{line_id}", "paid_on": clock.today()}
        failed = lambda: settlement.record_failed(line_id, reason="账号已销户", **mine)  # noqa: E731
        self.tried((lambda: settlement.record_paid(line_id, **slip, **mine)) if paid else failed, again=True)

    @precondition(lambda self: self.vouchers)
    @rule(voucher=numbers, verb=st.sampled_from([*["freeze", "thaw", "thaw"] * 3, "void", "give_back"]))
    def decide_on_voucher(self, voucher, verb):
        card = by_id(Voucher, self.vouchers[voucher % len(self.vouchers)])
        key, firm_id, actor, today = card.id, card.enterprise_id, self.officer, clock.today()
        commands = {
            "freeze": lambda: holdings.freeze(key, reason="核查", actor_id=actor),
            "thaw": lambda: holdings.thaw(key, reason="查清", actor_id=actor),
            "void": lambda: holdings.end(key, VoucherState.VOID, reason="违规", actor_id=actor, today=today),
            "give_back": lambda: holdings.give_back(key, firm_id, actor_id=actor, today=today),
        }
        self.tried(commands[verb])

    @rule(verb=st.sampled_from(["suspend", "resume", "resume", "finish"]))
    def decide_on_round(self, verb):
        now = clock.now()
        commands = {
            "suspend": lambda: rounds.suspend(self.round_id, reason="核查", actor_id=self.officer),
            "resume": lambda: rounds.resume(self.round_id, actor_id=self.officer, reason="恢复"),
            "finish": lambda: rounds.move(self.round_id, RoundState.FINISHED, actor_id=self.officer, now=now),
        }
        if self.tried(commands[verb]) and verb == "finish":
            standing = ledger.standing(self.book)
            assert (standing.reserved, standing.redeemed) == (0, 0)

    @rule(days=st.sampled_from([0, 0, 1, 1, 6, 6, 20, 70]))
    def pass_time(self, days):
        """The nightly run; a second one at once finds nothing to do."""
        self.clock.move_to(clock.now() + timedelta(days=days))
        for sweep in (sweep_vouchers, sweep_orders, sweep_claims):
            sweep(now=clock.now())
            entries = self.entries()
            sweep(now=clock.now())
            assert self.entries() == entries

    @rule(number=numbers)
    def send_again(self, number):
        """A second click or a resend after a lost answer, however late: answered, and nothing moves."""
        if self.done:
            entries = self.entries()
            in_transaction(self.done[number % len(self.done)])
            assert self.entries() == entries

    def entries(self):
        return db.session.scalar(select(func.count()).select_from(Entry).where(Entry.book_id == self.book))

    @invariant()
    def every_fen_is_where_the_papers_say(self):
        if not hasattr(self, "done"):
            return
        db.session.expire_all()
        standing = ledger.standing(self.book)
        assert standing.difference() == 0
        self.balances = {row.code: row.credits_fen - row.debits_fen for row in ledger.accounts(self.book)}
        assert all(fen >= 0 for code, fen in self.balances.items() if chart.read(code).kind not in ledger_rules.NEGATIVE)
        self.orders = list(db.session.scalars(select(Order).where(Order.round_id == self.round_id)))
        claims = {one.order_id: one for one in db.session.scalars(select(Claim).where(Claim.book_id == self.book))}
        self.check_orders(claims)
        self.check_limits(claims)
        self.check_vouchers()
        self.check_payments(list(claims.values()), standing)

    def holds(self, code):
        return self.balances.get(code, 0)

    def check_orders(self, claims):
        for order in self.orders:
            undecided = order.id not in claims or claims[order.id].state in {ClaimState.SUBMITTED, ClaimState.RETURNED}
            waits = order.state is OrderState.REDEEMED and undecided and not self.is_forfeited(order, claims)
            assert self.holds(chart.RESERVED.of(order.id)) == (order.subsidy_fen if order.state in OPEN else 0)
            assert self.holds(chart.REDEEMED.of(order.id)) == (order.subsidy_fen if waits else 0)

    def is_forfeited(self, order, claims):
        return order.id not in claims and order.closed_at is not None

    def counted(self, order, claims, goes_to, kept):
        """What an order uses of its limits: what it holds, what was approved, and what was cut where the programme gives nothing back, and
        where that is `kept`, what was held and not redeemed."""
        if order.state in OPEN:
            return order.subsidy_fen
        if order.state is not OrderState.REDEEMED:
            return 0
        claim = claims.get(order.id)
        lost, gone = order.subsidy_fen if goes_to == "none" else 0, self.not_redeemed(order) if kept else 0
        if claim is None:
            return gone + (lost if self.is_forfeited(order, claims) else order.subsidy_fen)
        return gone + (order.subsidy_fen if claim.approved_fen is None else max(claim.approved_fen, lost))

    def not_redeemed(self, order):
        """What was held for an order at its acceptance above what was redeemed."""
        held = chart.RESERVED.of(order.id)  # none where the voucher bore nothing of it
        lines = ledger.statement(self.book, held) if held in self.balances else ()
        return sum(abs(line.amount_fen) for line in lines if line.entry.verb == "order.redeem") - order.subsidy_fen

    def check_limits(self, claims):
        goes_to = self.spec.not_granted.value.value
        difference = self.spec.difference.value.value if self.spec.difference else "voucher"
        used = dict.fromkeys((code for order in self.orders for code in order.limits), 0)
        for order in self.orders:
            for code in order.limits:
                used[code] += self.counted(order, claims, goes_to, difference == "none")
        for code, fen in used.items():
            opened = sum(line.amount_fen for line in ledger.statement(self.book, code) if line.entry.verb == "limit.open")
            assert opened - self.holds(code) == fen, code
        kept = goes_to if goes_to == "voucher" else "none"  # a quota is given back with the cut only where the voucher gets it
        for card in (by_id(Voucher, key) for key in self.vouchers):
            if card.state not in ENDED:
                drawn = sum(
                    self.counted(order, claims, kept, difference != "voucher") for order in self.orders if order.voucher_id == card.id
                )
                assert card.face_fen - self.left(card) == drawn

    def left(self, card):
        return self.holds(card.left_account)

    def check_vouchers(self):
        for card in (by_id(Voucher, key) for key in self.vouchers):
            left, face = self.left(card), card.face_fen
            fits = {
                VoucherState.AVAILABLE: left == face,
                VoucherState.PARTLY_USED: 0 < left < face,
                VoucherState.USED_UP: left == 0,
                VoucherState.FROZEN: 0 <= left <= face,
            }
            assert fits.get(card.state, left == 0), (card.state, left, face)

    def check_payments(self, claims, standing):
        owed = [one for one in claims if one.state in {ClaimState.APPROVED, ClaimState.BATCHED}]
        assert standing.payable == sum(one.approved_fen for one in owed)
        assert standing.paid == sum(one.approved_fen for one in claims if one.state is ClaimState.SETTLED)
        lines = list(db.session.scalars(select(PaymentLine).where(PaymentLine.claim_id.in_([one.id for one in claims]))))
        assert all(sum(line.split.values()) == line.amount_fen for line in lines)
        live = [line for line in lines if line.state in {LineState.WAITING, LineState.PAID}]
        assert len({line.claim_id for line in live}) == len(live)
        left = sources_left(self.round_id)
        received = standing.appropriated - standing.surrendered
        assert all(fen >= 0 for fen in left.values())
        assert sum(left.values()) == received - sum(line.amount_fen for line in live)
        for batch in db.session.scalars(select(PaymentBatch).where(PaymentBatch.book_id == self.book)):
            own = {line.state for line in lines if line.batch_id == batch.id}
            assert (batch.state is BatchState.CLOSED) == own.issubset({LineState.PAID, LineState.FAILED})

    def teardown(self):
        if not hasattr(self, "savepoint"):
            return
        db.session.flush()
        run = Verification(db.session.connection(), Path("/nonexistent"), clock.now())
        assert list(run.faults()) == []
        db.session.remove()
        self.savepoint.rollback()


def test_whatever_happens_every_fen_is_where_the_papers_say(db, clock, engine):
    Story.clock = clock
    examples, steps = (12, 40) if engine.name == "sqlite" else (3, 30)
    quick = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Story, settings=quick)
