"""Orders, claims and batches made in one line, through the services, as their people would make them."""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from marketplace.catalogue.models import Offering
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import Fen
from marketplace.orders import queries, service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.service import Bill, Handover, Paper, Purchase, SignedContract
from marketplace.policy.programme_guards import ClaimCheck
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.settlement import queries as claim_queries
from marketplace.settlement import service as settlement
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.rules import Approval
from marketplace.settlement.spot_rules import SpotFinding, is_drawn
from marketplace.vouchers.models import Voucher
from tests.factories import a_finance_officer, a_firm, a_voucher, an_offering, an_officer, user_of

_serial = itertools.count(1)
EXPLAINED = {one.value: "已核对原件，情况属实。" for one in ClaimCheck}  # whatever is not green


def a_file(name: str = "文件.pdf") -> StoredFile:
    """The row of an uploaded file, added in the caller's transaction."""
    sha256 = hashlib.sha256(f"{name}{next(_serial)}".encode()).hexdigest()
    row = StoredFile(sha256=sha256, name=name, mime="application/pdf", size_bytes=1000)
    db.session.add(row)
    db.session.flush()
    return row


def a_paper(
    kind: DocumentKind | str, *, amount_fen: int | None = None, dated_on: date | None = None, number: str = "", **facts: Any
) -> Paper:
    """A paper ready to be added to an order."""
    kind = DocumentKind(str(kind))
    if kind in {DocumentKind.INVOICE, DocumentKind.BANK_TRANSFER_SLIP}:
        dated_on, number = dated_on or clock.today(), number or f"2654{next(_serial):016d}"
    sha256 = hashlib.sha256(f"paper{next(_serial)}".encode()).hexdigest()
    return Paper(
        kind=kind, sha256=sha256, store=a_file, number=number, amount_fen=None if amount_fen is None else Fen(amount_fen),
        dated_on=dated_on, **facts,
    )  # fmt: skip


def person(organisation_id: UUID) -> UUID:
    """Who acts for an organisation."""
    return user_of(organisation_id).id


def an_order(
    state: OrderState | str = "placed",
    *,
    voucher: Voucher | bool = True,
    offering: Offering | None = None,
    enterprise: Any = None,
    contract_fen: int | None = None,
    requested_fen: int | None = None,
    in_kind_fen: int | None = None,
) -> Order:
    """An order of a firm on a voucher (10,000 yuan, half of it borne), walked to its state. `voucher=False`: without one."""
    wanted, offering = OrderState(state), offering or an_offering()
    card = a_voucher(enterprise=enterprise) if voucher is True else voucher or None
    firm_id = card.enterprise_id if card else (enterprise or a_firm()).id
    order_id, requested = uuid4(), None if requested_fen is None else Fen(requested_fen)
    in_kind = None if in_kind_fen is None else Fen(in_kind_fen)
    purchase = Purchase(offering.id, card.id if card else None, requested, "请按期完成。", in_kind_fen=in_kind)
    in_transaction(lambda: service.place(order_id, purchase, enterprise_id=firm_id, actor_id=person(firm_id), now=clock.now()))
    for step in _PATHS[wanted]:
        step(by_id(Order, order_id), contract_fen=contract_fen)
    return by_id(Order, order_id)


def _seller(order: Order) -> dict[str, UUID]:
    return {"provider_id": order.provider_id, "actor_id": person(order.provider_id)}


def take(order: Order, **_: Any) -> None:
    in_transaction(lambda: service.take(order.id, **_seller(order), request_key=uuid4(), now=clock.now()))


def contract(order: Order, *, contract_fen: int | None = None, dated_on: date | None = None, **_: Any) -> None:
    papers = papers_for(order, EvidenceStep.CONTRACT)
    signed = SignedContract("HT-001", Fen(contract_fen or order.price_fen), dated_on or clock.today(), papers)
    in_transaction(lambda: service.contract(order.id, signed, **_seller(order), request_key=uuid4(), now=clock.now()))


def papers_for(order: Order, step: EvidenceStep) -> Sequence[Paper]:
    """What the programme asks for at a step."""
    return [a_paper(kind) for kind in queries.required_papers(order, step)]


def deliver(order: Order, **_: Any) -> None:
    handover = Handover("已交付", papers_for(order, EvidenceStep.DELIVERY))
    in_transaction(lambda: service.deliver(order.id, handover, **_seller(order), request_key=uuid4(), now=clock.now()))


def accept(order: Order, **_: Any) -> None:
    in_transaction(
        lambda: service.accept(
            order.id, enterprise_id=order.enterprise_id, actor_id=person(order.enterprise_id), request_key=uuid4(), now=clock.now()
        )
    )


def deduct(order: Order, *, amount_fen: int | None = None, number: str = "") -> None:
    """The provider's invoice, of the whole price unless said otherwise."""
    number, papers = number or f"2654{next(_serial):016d}", papers_for(order, EvidenceStep.DELIVERY)
    bill = Bill(number, "", Fen(amount_fen or order.price_fen), clock.today(), "", papers)
    in_transaction(lambda: service.deduct(order.id, bill, **_seller(order), request_key=uuid4(), now=clock.now()))


def decline(order: Order, **_: Any) -> None:
    in_transaction(lambda: service.decline(order.id, **_seller(order), reason="排期已满", request_key=uuid4(), now=clock.now()))


def cancel(order: Order, **_: Any) -> None:
    in_transaction(
        lambda: service.cancel(
            order.id, organisation_id=order.enterprise_id, reason="计划有变", actor_id=person(order.enterprise_id), request_key=uuid4(),
            now=clock.now(),
        )
    )  # fmt: skip


_PATHS: dict[OrderState, tuple[Any, ...]] = {
    OrderState.PLACED: (),
    OrderState.TAKEN: (take,),
    OrderState.CONTRACTED: (take, contract),
    OrderState.DELIVERED: (take, contract, deliver),
    OrderState.REDEEMED: (take, contract, deliver, accept),
    OrderState.DECLINED: (decline,),
    OrderState.CANCELLED: (cancel,),
}


def add_paper(order: Order, paper: Paper, *, organisation_id: UUID | None = None) -> None:
    """Put a paper into an order; the provider does unless somebody else is named."""
    party = organisation_id or order.provider_id
    in_transaction(
        lambda: service.add_paper(order.id, paper, organisation_id=party, actor_id=person(party), request_key=uuid4(), now=clock.now())
    )


def with_papers(order: Order) -> Order:
    """The invoice of the whole price and the firm's slip of its own share."""
    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.own_share_fen), organisation_id=order.enterprise_id)
    return order


def spot_checked(claim: Claim, officer: Any = None, finding: SpotFinding = SpotFinding.GOOD) -> Claim:
    """A claim that was checked on the spot by a second officer, where it was drawn."""
    fresh = by_id(Claim, claim.id)
    if is_drawn(fresh.drawn_by) and fresh.spot_checked_by is None:
        actor_id, report = (officer or an_officer()).id, "核对了合同、发票、转账凭证的原件，并电话回访双方。"
        in_transaction(lambda: settlement.record_spot_check(claim.id, finding=finding, report=report, actor_id=actor_id, now=clock.now()))
    return by_id(Claim, claim.id)


def a_claim(
    state: str = "submitted", *, order: Order | None = None, approved_fen: int | None = None, officer: Any = None, checked: bool = True
) -> Claim:
    """A claim for a redeemed order with its papers, checked on the spot where it was drawn; `state="approved"`: an officer has decided."""
    order = order or with_papers(an_order("redeemed"))
    seller = {"provider_id": order.provider_id, "actor_id": person(order.provider_id)}
    claim = in_transaction(lambda: settlement.submit(order.id, **seller, request_key=uuid4(), now=clock.now()))
    if checked:
        spot_checked(claim)
    if state == "approved":
        officer = officer or an_officer()
        approval = Approval(Fen(approved_fen or claim.requested_fen), "超出标准" if approved_fen else "", explained=EXPLAINED)
        actor_id = officer.id
        in_transaction(lambda: settlement.approve(claim.id, approval, actor_id=actor_id, now=clock.now()))
    return by_id(Claim, claim.id)


def with_account(organisation_id: UUID) -> None:
    """Give an organisation a bank account."""
    in_transaction(lambda: _set_account(organisation_id))


def _set_account(organisation_id: UUID) -> None:
    organisation = by_id(Organisation, organisation_id)
    organisation.bank_name, organisation.bank_account = "中国银行拉萨分行", "6217000000000000001"


def a_batch(
    state: str = "approved", *, claims: Sequence[Claim] | None = None, maker: Any = None, checker: Any = None
) -> tuple[PaymentBatch, list[PaymentLine]]:
    """A batch of approved claims, walked to its state by two people, and its lines."""
    claims = claims or [a_claim("approved")]
    for claim in claims:
        if not by_id(Organisation, claim.payee_id).bank_account:
            with_account(claim.payee_id)
    maker, checker = maker or a_finance_officer(), checker or a_finance_officer()
    maker_id, checker_id, batch_id = maker.id, checker.id, uuid4()
    programme_id, ids = claims[0].programme_id, [claim.id for claim in claims]
    in_transaction(lambda: settlement.prepare_batch(batch_id, programme_id=programme_id, claim_ids=ids, actor_id=maker_id, now=clock.now()))
    if state in {"submitted", "approved"}:
        in_transaction(lambda: settlement.submit_batch(batch_id, actor_id=maker_id, now=clock.now()))
    if state == "approved":
        in_transaction(lambda: settlement.approve_batch(batch_id, actor_id=checker_id, now=clock.now()))
    return by_id(PaymentBatch, batch_id), claim_queries.lines_of(batch_id)
