"""One round of a programme, played as its people would: from the announcement over orders, deliveries and claims to payment and expiry.

A journey says what a document says, day by day: it tells the time (`at`), then uses the verbs. Time stands still between two verbs, so a
moment is a moment to the second. After each verb, carried out or refused, every fen of the book is in one place; `verified` is for the end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

from sqlalchemy import select

from marketplace.agreements.sweep import sweep as sweep_agreements
from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.clock import CST
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.ledger.verify import Verification
from marketplace.moves.service import By
from marketplace.notices import queries as notices
from marketplace.orders import service as orders
from marketplace.orders.models import Order
from marketplace.orders.queries import required_papers
from marketplace.orders.queries.proposals import open_proposal
from marketplace.orders.rules import ProposalKind
from marketplace.orders.service import Rating
from marketplace.orders.sweep import sweep as sweep_orders
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.settlement import service as settlement
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import Approval
from marketplace.settlement.sweep import sweep as sweep_claims
from marketplace.subsidies.service import Asked
from marketplace.vouchers.models import Application, Programme, Round, Voucher
from marketplace.vouchers.queries import parts
from marketplace.vouchers.queries.funds import pool_fen
from marketplace.vouchers.queries.portions import parts_of
from marketplace.vouchers.queues import serve as answer_next
from marketplace.vouchers.rules import portions
from marketplace.vouchers.rules.parts import ShiftWanted
from marketplace.vouchers.rules.rounds import RoundPlan
from marketplace.vouchers.rules.states import ApplicationDecision, VoucherState
from marketplace.vouchers.service import applications, firm_lists, holdings, issuing, reviewing, rounds
from marketplace.vouchers.service import parts as part_service
from marketplace.vouchers.service import portions as portion_service
from marketplace.vouchers.sweep import sweep as sweep_vouchers
from tests import order_factories as acts
from tests.factories import a_firm, a_programme, an_application, an_appropriation, an_offering, an_officer, user_of
from tests.order_factories import EXPLAINED
from tests.paid_rounds import name_payee
from tests.recomputing.runs import recomputed

P, A = ParamSpec("P"), TypeVar("A")
USAGE = frozenset({DocumentKind.METERING_LOG})  # what only the provider has of what was used
SWEEPS = (sweep_vouchers, sweep_agreements, answer_next, sweep_orders, sweep_claims)
MOMENT = timedelta(milliseconds=1)  # from one verb to the next, so that what happens later is later


def verb(work: Callable[Concatenate["Played", P], A]) -> Callable[Concatenate["Played", P], A]:
    """What somebody does at the moment that was told."""

    @wraps(work)
    def done(self: "Played", *args: P.args, **kwargs: P.kwargs) -> A:
        with self.now():
            return work(self, *args, **kwargs)

    return done


class Played:
    """The round, and the time that its story has come to."""

    zone: tzinfo = CST  # where days begin and end

    def __init__(self, programme: str | Callable[[], Programme], *, area: str, region: str, at: str) -> None:
        self.area, self.region = area, region
        self.at(at)
        with clock.at(self.moment):
            self.programme_id = (a_programme(programme, area=area) if isinstance(programme, str) else programme()).id
            self.officer, self.second = an_officer(area), an_officer(area)
        self.to_pay: Sequence[str] = ()  # whom rounds name to be paid
        self.payees: dict[str, Organisation] = {}  # the same, by name
        self.book = by_id(Programme, self.programme_id).book_id

    def at(self, moment: str) -> "Played":
        """Tell the time, as it is there: "2020-09-15 10:00:00"; a day alone is its noon."""
        told = datetime.fromisoformat(moment if " " in moment else f"{moment} 12:00")
        self.moment = told.replace(tzinfo=self.zone)
        return self

    @contextmanager
    def now(self) -> Iterator[None]:
        """Inside, it is the moment that was told; afterwards the books are even."""
        try:
            with clock.at(self.moment):
                yield
        finally:
            self.moment += MOMENT
            db.session.expire_all()
            assert ledger.standing(self.book).difference() == 0
            for row in db.session.scalars(select(Round).where(Round.programme_id == self.programme_id)).unique():
                held = parts.left_fen(row) if row.state != "draft" else {}
                assert not held or sum(held.values()) == pool_fen(row), "the parts of a budget hold its pool"

    @verb
    def announce(
        self, *, budget: int, window: Sequence[str] = (), simulated: bool = False, shares: Mapping[str, int] | None = None, **days: Any
    ) -> Round:
        """Draw a round up with its days, give it its money in yuan, divided among its parts, and announce it."""
        plan_days = {name: date.fromisoformat(day) for name, day in days.items()}
        opens, closes = (datetime.fromisoformat(one).replace(tzinfo=self.zone) for one in window) if window else _whole(plan_days)
        named = {"name": f"批次 {self.moment:%F}" + ("（模拟）" if simulated else ""), "area_code": self.area, "simulated": simulated}
        given = {name: yuan * YUAN for name, yuan in (shares or {}).items()}
        plan = RoundPlan(**named, apply_from_at=opens, apply_until_at=closes, parts=given or None, **plan_days)
        row = in_transaction(lambda: rounds.create(self.programme_id, plan, actor_id=None, request_key=uuid4(), today=clock.today()))
        self.round_id = row.id
        for name in self.to_pay:
            self.pays(name)
        an_appropriation(row, budget * YUAN)
        in_transaction(lambda: rounds.announce(row.id, actor_id=None, now=clock.now()))
        return self.round

    def pays(self, name: str) -> None:
        """The round pays an office or an operator of this name; one officer names it, another confirms its account."""
        uscc = make_uscc(self.region, len(name) * 100 + len(self.payees), kind="12")
        row = name_payee(self.round_id, uscc=uscc, name=name, by=self.officer.id, then=self.second.id)
        self.payees[name] = by_id(Organisation, row.organisation_id)

    @property
    def round(self) -> Round:
        """As it stands."""
        return by_id(Round, self.round_id)

    @verb
    def firm(self, **facts: Any) -> Enterprise:
        """A verified firm of the place."""
        return a_firm(**{"region": self.region} | facts)

    @verb
    def apply(self, firm: Enterprise, yuan: int | None = None) -> Application:
        """For all that the firm may have, unless said otherwise."""
        return an_application(self.round, firm, requested_fen=None if yuan is None else yuan * YUAN)

    @verb
    def apply_for(self, firm: Enterprise, **yuan: int) -> Application:
        """For so much of each kind of service."""
        parts = tuple((name, Fen(some * YUAN)) for name, some in sorted(yuan.items()))
        wish = applications.Wish(requested_fen=portions.whole(parts), plan="购买测试服务", portions=parts)
        asked: dict[str, Any] = {"actor_id": user_of(firm.id).id, "request_key": uuid4()}
        return in_transaction(lambda: applications.apply(self.round_id, firm.id, wish, now=clock.now(), **asked))

    @verb
    def move(self, firm: Enterprise, source: str, target: str, yuan: int, *, by_officer: bool = False) -> None:
        """The firm, or an officer, moves so much from one kind of service to another."""
        shift, key = portions.Shift(source, target, Fen(yuan * YUAN), "改买其他服务"), self.voucher(firm).id
        whose, who = (None, self.officer.id) if by_officer else (firm.id, user_of(firm.id).id)
        in_transaction(lambda: portion_service.move(key, shift, enterprise_id=whose, actor_id=who, now=clock.now()))

    def parts(self, firm: Enterprise) -> dict[str, int]:
        """What is left of each kind of service, in yuan."""
        return {one.name: one.left_fen // YUAN for one in parts_of(self.voucher(firm))}

    @verb
    def listed(self, firm: Enterprise, name: str) -> None:
        """An officer puts a firm on a list of the programme."""
        entry = firm_lists.ListEntry(uscc=firm.organisation.uscc, name=firm.organisation.name, is_on=True, note="")
        in_transaction(lambda: firm_lists.put(self.programme_id, name, entry, actor_id=self.officer.id))

    @verb
    def barred(self, firm: Enterprise, until: str) -> None:
        """The credit lists name a firm until this day."""
        in_transaction(lambda: setattr(by_id(Organisation, firm.id), "sanctioned_until", date.fromisoformat(until)))

    @verb
    def review(self, application: Application, decision: str = "pass", *, reason: str = "", second: bool = False) -> Application:
        """An officer decides on an application, or the second one."""
        said = reviewing.Reviewed(ApplicationDecision(decision), reason or ("材料不符" if decision != "pass" else ""))
        actor_id = (self.second if second else self.officer).id
        in_transaction(lambda: reviewing.decide(application.id, said, actor_id=actor_id, now=clock.now()))
        return by_id(Application, application.id)

    @verb
    def push(self, *firms: Enterprise) -> int:
        """An officer gives firms their voucher by hand; how many got one."""
        wanted, actor_id = [firm.id for firm in firms], self.officer.id
        return len(in_transaction(lambda: issuing.credit(self.round_id, wanted, actor_id=actor_id, today=clock.today())))

    @verb
    def pass_time(self) -> None:
        """What happens by itself, until there is nothing left to do: what one look brings back, the next may give to who waits."""
        looks = (sum(sweep(now=clock.now()) for sweep in SWEEPS) for _ in range(9))
        assert 0 in looks, "it comes to rest"

    @verb
    def shift(self, source: str, target: str, yuan: int, reason: str = "需求多于预计") -> None:
        """An officer moves part of the budget from one part to another."""
        wanted = ShiftWanted(source=source, target=target, amount_fen=yuan * YUAN, reason=reason)
        in_transaction(lambda: part_service.shift(self.round_id, wanted, By(self.officer.id, clock.now(), uuid4())))

    def part(self, name: str) -> int:
        """What a part of the budget still holds, in yuan."""
        return parts.left_fen(self.round)[name] // YUAN

    def voucher(self, firm: Enterprise) -> Voucher:
        """The firm's in this round."""
        return db.session.scalars(select(Voucher).where(Voucher.round_id == self.round_id, Voucher.enterprise_id == firm.id)).unique().one()

    def left(self, firm: Enterprise) -> int:
        """What the firm's voucher can still bear, in yuan."""
        return ledger.balance_fen(self.book, self.voucher(firm).left_account) // YUAN

    def pool(self) -> int:
        """What nobody holds of the round's money, in yuan."""
        return ledger.balance_fen(self.book, f"pool:{self.round_id}") // YUAN

    def heard(self, firm: Enterprise) -> list[str]:
        """What the firm was told, newest first."""
        return [f"{one.title} {one.body}" for one in notices.of_user(user_of(firm.id).id)]

    @verb
    def order(self, firm: Enterprise, yuan: int, *, in_kind: int | None = None, **offering: Any) -> Order:
        """The firm orders something of this price on its voucher, and gives so much of its own share in kind."""
        given = {} if in_kind is None else {"in_kind_fen": in_kind * YUAN}
        return acts.an_order(voucher=self.voucher(firm), offering=an_offering(price_fen=yuan * YUAN, **offering), **given)

    @verb
    def take(self, order: Order) -> Order:
        acts.take(order)
        return by_id(Order, order.id)

    @verb
    def contract(self, order: Order, *, dated: str = "", yuan: int | None = None) -> Order:
        """For the price, of today, unless said otherwise."""
        dated_on = date.fromisoformat(dated) if dated else clock.today()
        acts.contract(by_id(Order, order.id), dated_on=dated_on, contract_fen=None if yuan is None else yuan * YUAN)
        return by_id(Order, order.id)

    @verb
    def invoice(self, order: Order, yuan: int) -> None:
        acts.add_paper(by_id(Order, order.id), acts.a_paper("invoice", amount_fen=yuan * YUAN))

    @verb
    def deliver(self, order: Order) -> Order:
        acts.deliver(by_id(Order, order.id))
        return by_id(Order, order.id)

    @verb
    def accept(self, order: Order) -> Order:
        acts.accept(by_id(Order, order.id))
        return by_id(Order, order.id)

    @verb
    def deduct(self, order: Order, yuan: int | None = None, **facts: Any) -> Order:
        """The provider settles the order with its invoice, where the programme deducts at once."""
        acts.deduct(by_id(Order, order.id), amount_fen=None if yuan is None else yuan * YUAN, **facts)
        return by_id(Order, order.id)

    @verb
    def propose(self, order: Order, kind: str, yuan: int, *, by_provider: bool = False) -> None:
        """One side proposes another price, or an end with so much done."""
        whose = order.provider_id if by_provider else order.enterprise_id
        wanted = orders.Bargain(ProposalKind(kind), Fen(yuan * YUAN), "按现场核对的工作量")
        in_transaction(lambda: orders.propose(order.id, wanted, organisation_id=whose, asked=By(acts.person(whose), clock.now(), uuid4())))

    @verb
    def answer(self, order: Order, verb: str, *, by_provider: bool = False, **said: str) -> Order:
        """The other side agrees or refuses, or the same one takes it back."""
        whose, waits = (order.provider_id if by_provider else order.enterprise_id), open_proposal(order)
        assert waits is not None, "something waits for an answer"
        asked, key = By(acts.person(whose), clock.now(), uuid4()), waits.id
        in_transaction(lambda: getattr(orders, verb)(order.id, key, organisation_id=whose, asked=asked, **said))
        return by_id(Order, order.id)

    @verb
    def deliverable(self, order: Order) -> None:
        """The provider puts what was done so far into the order."""
        acts.add_paper(by_id(Order, order.id), acts.a_paper("deliverable"))

    @verb
    def cancel(self, order: Order) -> Order:
        acts.cancel(by_id(Order, order.id))
        return by_id(Order, order.id)

    @verb
    def dispute(self, order: Order) -> None:
        mine = {"enterprise_id": order.enterprise_id, "actor_id": acts.person(order.enterprise_id), "request_key": uuid4()}
        in_transaction(lambda: orders.dispute(order.id, reason="报告与现场不符", now=clock.now(), **mine))

    @verb
    def decide(self, order: Order, yuan: int) -> Order:
        """An officer decides how much of a disputed delivery is redeemed."""
        said = {"amount_fen": Fen(yuan * YUAN), "answer": "已核对现场", "actor_id": self.officer.id, "request_key": uuid4()}
        in_transaction(lambda: orders.decide(order.id, now=clock.now(), **said))
        return by_id(Order, order.id)

    @verb
    def rate(self, order: Order) -> None:
        mine = {"enterprise_id": order.enterprise_id, "actor_id": acts.person(order.enterprise_id), "request_key": uuid4()}
        in_transaction(lambda: orders.review(order.id, Rating(5, ""), now=clock.now(), **mine))

    def walked(self, firm: Enterprise, yuan: int, *, until: str = "accept", **offering: Any) -> Order:
        """An order that went as far as this step at the moment that was told."""
        order = self.order(firm, yuan, **offering)
        for step in ("take", "contract", "deliver", "accept"):
            order = getattr(self, step)(order)
            if step == until:
                break
        return order

    @verb
    def claim(self, order: Order) -> Claim:
        """The provider hands in what the programme asks for, and asks to be paid."""
        row = by_id(Order, order.id)
        present = {one.kind for one in row.documents}
        if "invoice" not in present:
            acts.add_paper(row, acts.a_paper("invoice", amount_fen=row.contract_fen))
        for kind in set(required_papers(row, EvidenceStep.CLAIM)) & USAGE - present:
            acts.add_paper(row, acts.a_paper(kind))
        if row.own_share_fen or not row.in_kind_fen:
            acts.add_paper(row, acts.a_paper("bank_transfer_slip", amount_fen=max(1, row.own_share_fen)), organisation_id=row.enterprise_id)
        return acts.a_claim(order=row, checked=False)

    @verb
    def ask(self, firm: Enterprise, **evidence: str) -> Claim:
        """A firm asks for money on the evidence of a cost."""
        asked = Asked(evidence=evidence, store=lambda: acts.a_file("材料.pdf").id, has_file=True)
        who = {"enterprise_id": firm.id, "actor_id": acts.person(firm.id)}
        return in_transaction(lambda: settlement.ask(self.round_id, asked, **who, request_key=uuid4(), now=clock.now()))

    @verb
    def ask_again(self, claim: Claim, **evidence: str) -> Claim:
        """What was sent back, mended."""
        firm_id = by_id(Claim, claim.id).enterprise_id
        who, asked = {"enterprise_id": firm_id, "actor_id": acts.person(firm_id)}, Asked(evidence=evidence)
        return in_transaction(lambda: settlement.ask_again(claim.id, asked, **who, request_key=uuid4(), now=clock.now()))

    @verb
    def send_back(self, claim: Claim, reason: str = "材料不符") -> Claim:
        """An officer sends a claim back to be mended."""
        actor_id = self.officer.id
        return in_transaction(lambda: settlement.send_back(claim.id, reason=reason, actor_id=actor_id, now=clock.now()))

    @verb
    def refuse(self, claim: Claim, reason: str = "查实不符") -> Claim:
        actor_id = self.officer.id
        return in_transaction(lambda: settlement.refuse(claim.id, reason=reason, actor_id=actor_id, now=clock.now()))

    @verb
    def check(self, claim: Claim) -> Claim:
        """A second officer checks on the spot what was drawn."""
        return acts.spot_checked(claim, self.second)

    @verb
    def approve(self, claim: Claim, yuan: int | None = None) -> Claim:
        """All that is deserved, unless said otherwise."""
        row = by_id(Claim, claim.id)
        deserved = min(row.requested_fen, row.requested_fen if row.deserved_fen is None else row.deserved_fen)
        fen, actor_id = Fen(deserved if yuan is None else yuan * YUAN), self.officer.id
        reason = "" if fen == row.requested_fen else "按材料应得"
        in_transaction(lambda: settlement.approve(claim.id, Approval(fen, reason, explained=EXPLAINED), actor_id=actor_id, now=clock.now()))
        return by_id(Claim, claim.id)

    @verb
    def pay(self, claim: Claim) -> Claim:
        """Two people of the finance office let a batch pass, and the bank pays it."""
        batch, lines = acts.a_batch(claims=[claim])
        said = {"paid_on": clock.today(), "actor_id": batch.prepared_by, "now": clock.now()}
        for line in lines:
            in_transaction(lambda line=line: settlement.record_paid(line.id, reference=f"YH-{uuid4().hex[:12]}", **said))
        return by_id(Claim, claim.id)

    @verb
    def end(self, firm: Enterprise, state: VoucherState, reason: str = "查实转让") -> None:
        """An officer ends a firm's voucher."""
        key, actor_id = self.voucher(firm).id, self.officer.id
        in_transaction(lambda: holdings.end(key, state, reason=reason, actor_id=actor_id, today=clock.today()))

    @verb
    def give_back(self, firm: Enterprise) -> None:
        key, firm_id = self.voucher(firm).id, firm.id
        in_transaction(lambda: holdings.give_back(key, firm_id, actor_id=acts.person(firm_id), today=clock.today()))

    def verified(self) -> None:
        """The books stand up to the verifier, and every decision follows from its rules and facts."""
        db.session.flush()
        assert list(Verification(db.session.connection(), Path("/nonexistent"), clock.now()).faults()) == []
        assert recomputed()[1] == []


def _whole(days: dict[str, date]) -> tuple[datetime, datetime]:
    """Without a window, the days of use stand in for it."""
    return clock.day_begins(days["use_from"]), clock.day_ends(days["use_until"]) - timedelta(seconds=1)
