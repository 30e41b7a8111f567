"""Claims and payments: approved, cut, returned and refused; batches that were paid, sent back, or wait for the second person."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select

from marketplace.demo import papers
from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import Deal, KnownIds, key_of, rows
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.policy.programme_guards import ClaimCheck
from marketplace.settlement import queries
from marketplace.settlement import service as settlement
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import PaymentLine
from marketplace.settlement.queries.holds import why_not_payable
from marketplace.settlement.rules import Approval
from marketplace.settlement.spot_rules import SpotFinding, is_drawn

_CUT = "发票中含与合同无关的差旅费，按合同服务内容核减一成。"
_RETURNED = "对公转账凭证模糊，看不清付款账户，请重新上传。"
_REFUSED = "参训人员不是本企业职工，不属于支持范围。"
_EXPLAINED = "已与原件和银行流水核对，并电话询问双方，情况属实。"
_SPOT_GOOD = "到企业查看了交付成果，电话回访双方，合同、发票、转账凭证与原件一致。"
_SPOT_BAD = "核对参训签到表，名单中有人不是本企业职工，与申请材料不符。"
_FAILED = "收款账户户名与账号不符，银行退回。"
_REJECTED = "批次里有一笔收款账号刚变更，请核对后重新制单。"


def claim(ids: KnownIds, days: Days, deal: Deal, accepted: date) -> Story:
    """A provider asks for its money; an officer decides."""
    row, order_id, fast = deal.row, deal.order_id, deal.is_fast
    asked = days.ago(int(row["claim_ago"])) if row["claim_ago"] else days.after(accepted, 1 if fast else 2)
    minute = f"{5 + deal.number * 7 % 50:02d}"
    yield Step(at(asked, f"15:{minute}"), partial(_submit, ids, order_id, deal.provider))
    if row["claim"] == "submitted":
        return
    decided = days.after(asked, 1 if fast else 6)
    yield Step(at(decided, f"11:{minute}"), partial(_check_on_the_spot, ids, order_id, row))
    yield Step(at(decided, f"16:{minute}"), partial(_decide, ids, order_id, row))


def _submit(ids: KnownIds, order_id: UUID, provider: str, moment: Moment) -> None:
    settlement.submit(
        order_id, provider_id=ids.organisations[provider], actor_id=ids.person_of(provider), request_key=key_of("claim", order_id),
        now=moment.now,
    )  # fmt: skip


def _check_on_the_spot(ids: KnownIds, order_id: UUID, row: Mapping[str, str], moment: Moment) -> None:
    """Where the claim was drawn, a second officer of the area looks at the originals before it is decided."""
    asked = queries.claim_of_order(order_id)
    if asked is None or not is_drawn(asked.drawn_by) or row["claim"] == "returned":
        return
    bad = row["claim"] == "refused"
    settlement.record_spot_check(
        asked.id, finding=SpotFinding.BAD if bad else SpotFinding.GOOD, report=_SPOT_BAD if bad else _SPOT_GOOD,
        actor_id=ids.users["officer_boz_b" if row["round"] == "boz" else "officer_b"], now=moment.now,
    )  # fmt: skip


def _decide(ids: KnownIds, order_id: UUID, row: Mapping[str, str], moment: Moment) -> None:
    asked = queries.claim_of_order(order_id)
    assert asked is not None
    actor = ids.users["officer_boz" if row["round"] == "boz" else "officer"]
    if row["claim"] == "returned":
        settlement.send_back(asked.id, reason=_RETURNED, actor_id=actor, request_key=key_of("return", asked.id), now=moment.now)
    elif row["claim"] == "refused":
        settlement.refuse(asked.id, reason=_REFUSED, actor_id=actor, now=moment.now)
    else:
        cut = row["claim"] == "cut"
        granted = Fen(asked.requested_fen * 9 // 10) if cut else Fen(asked.requested_fen)
        approval = Approval(granted, _CUT if cut else "", explained=dict.fromkeys(map(str, ClaimCheck), _EXPLAINED))
        settlement.approve(asked.id, approval, actor_id=actor, now=moment.now)


def pay(ids: KnownIds, days: Days) -> list[Story]:
    """Batches of each programme: the paid ones, then those on their way."""
    return [
        _paid(ids, days, "service", -70, ("settled", "failed")),
        _paid(ids, days, "innovation", -13, ("settled",)),
        _paid(ids, days, "beijing", -45, ("settled",)),
        _paid(ids, days, "jiangmen", -44, ("settled",)),
        _sent_back(ids, days),
        _on_its_way(ids, days, "innovation", "finance"),
        _on_its_way(ids, days, "boz", "finance_boz"),
    ]


def _payable(round_key: str, fates: tuple[str, ...], now: datetime) -> list[UUID]:
    """Claims of a round by what the table has in mind for them; around long holidays one may still be in its notice."""
    mine = [key_of("order", n) for n, row in enumerate(rows("orders"), start=1) if row["round"] == round_key and row["claim"] in fates]
    found = [queries.claim_of_order(order_id) for order_id in mine]
    return [one.id for one in found if one is not None and one.state is ClaimState.APPROVED and why_not_payable(one, now) is None]


def _prepare(ids: KnownIds, round_key: str, fates: tuple[str, ...], batch: UUID, login: str, moment: Moment) -> bool:
    """Put the payable claims into a batch and hand it over; whether there were any."""
    programme = ids.programmes[next(row["slug"] for row in rows("rounds") if row["key"] == round_key)]
    payable = _payable(round_key, fates, moment.now)
    if payable:
        settlement.prepare_batch(batch, programme_id=programme, claim_ids=payable, actor_id=ids.users[login], now=moment.now)
        settlement.submit_batch(batch, actor_id=ids.users[login], now=moment.now)
    return bool(payable)


def _approve_batch(ids: KnownIds, batch: UUID, login: str, moment: Moment) -> None:
    settlement.approve_batch(batch, actor_id=ids.users[login], now=moment.now)


def _paid(ids: KnownIds, days: Days, round_key: str, offset: int, fates: tuple[str, ...]) -> Story:
    """Prepared by one, approved by another, paid by the bank; a line that failed waits for another batch."""
    day, batch = days.near(offset), key_of("batch", round_key)
    yield Step(at(day, "10:30"), partial(_prepare, ids, round_key, fates, batch, "finance1"))
    yield Step(at(days.after(day, 1), "15:00"), partial(_approve_batch, ids, batch, "finance2"))
    yield Step(at(days.after(day, 3), "16:30"), partial(_bank_answers, ids, batch, _claims_that_fail(round_key)))


def _claims_that_fail(round_key: str) -> set[UUID]:
    return {key_of("order", n) for n, row in enumerate(rows("orders"), start=1) if row["round"] == round_key and row["claim"] == "failed"}


def _bank_answers(ids: KnownIds, batch: UUID, failing: set[UUID], moment: Moment) -> None:
    finance = ids.users["finance1"]
    lines = db.session.scalars(select(PaymentLine).where(PaymentLine.batch_id == batch).order_by(PaymentLine.id)).unique().all()
    for line in lines:
        if line.claim.order_id in failing:
            settlement.record_failed(line.id, reason=_FAILED, actor_id=finance, now=moment.now)
            continue
        reference = f"ZF{moment.today:%Y%m%d}{key_of('slip', line.claim_id).int % 10**8:08d}"
        slip = papers.store_paper("银行回单", [reference, line.payee_name, "（演示）"], organisation_id=None, actor_id=finance)
        settlement.record_paid(line.id, reference=reference, paid_on=moment.today, actor_id=finance, now=moment.now, file_id=slip.id)


def _sent_back(ids: KnownIds, days: Days) -> Story:
    """A batch was sent back by the second person; its claims stand in a new one that waits for that person again."""
    fates, first, second = ("batched", "failed"), key_of("batch", "service", 2), key_of("batch", "service", 3)
    yield Step(at(days.ago(6), "10:05"), partial(_prepare, ids, "service", fates, first, "finance1"))
    yield Step(
        at(days.ago(5), "15:25"),
        lambda moment: settlement.reject_batch(first, reason=_REJECTED, actor_id=ids.users["finance2"], now=moment.now),
    )
    yield Step(at(days.ago(2), "11:00"), partial(_prepare, ids, "service", fates, second, "finance1"))


def _on_its_way(ids: KnownIds, days: Days, round_key: str, office: str) -> Story:
    """A batch that its maker has handed over; the innovation one is approved and waits for the bank."""
    batch = key_of("batch", round_key, 2)
    prepared = yield Step(at(days.ago(1), "10:10"), partial(_prepare, ids, round_key, ("batched",), batch, f"{office}1"))
    if prepared and round_key == "innovation":
        yield Step(at(days.ago(1), "16:45"), partial(_approve_batch, ids, batch, f"{office}2"))
