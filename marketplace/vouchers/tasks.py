"""Applications that wait for an office, and what a firm has to do for its vouchers."""

from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import SHOWN, FirmTask, Line, Task
from marketplace.vouchers.models import Application, Voucher
from marketplace.vouchers.queries import applications, fund_lists, wallet
from marketplace.vouchers.queries.asking import BidWait, waiting
from marketplace.vouchers.queries.fund_lists import FundWait


def _queue(sentence: str, state: str) -> Task:
    return Task(sentence, "vouchers.applications",
                lambda asker, areas: applications.queue(areas, applications.QueueFilter(state=state, viewer_id=asker.id)),
                {"state": state})  # fmt: skip


def _bids(sentence: str, wait: BidWait) -> Task:
    return Task(sentence, "vouchers.waiting_bids", lambda asker, areas: waiting(areas, asker, wait, clock.now()), {"wait": wait.value})


def _money(sentence: str, wait: FundWait) -> Task:
    return Task(
        sentence,
        "vouchers.appropriations",
        lambda asker, areas: fund_lists.listed(areas, fund_lists.FundFilter(wait=wait, viewer_id=asker.id), clock.today()),
        {"wait": wait.value},
        door="vouchers.decide_fund_act",
    )


OFFICE = (
    _queue(N_("审核服务券申领"), "open"),
    _queue(N_("答复申领申诉"), "my_appeals"),
    _bids(N_("给服务机构的申报评分"), BidWait.SCORE),
    _bids(N_("确定服务机构的遴选结果"), BidWait.SETTLE),
    _money(N_("复核资金的收回和结转"), FundWait.CONFIRM),
    _money(N_("收回或结转到期未用的资金"), FundWait.OVER),
)


def _returned(row: Application) -> Line:
    return Line(
        N_("补正申领：%(number)s"), {"number": row.number}, "vouchers.application", {"application_id": row.id}, round_id=row.round_id
    )


def _to_appeal(row: Application) -> Line:
    return Line(N_("对不予发放有异议的，可以申诉：%(number)s"), {"number": row.number}, "vouchers.application", {"application_id": row.id},
                row.round.programme.name, row.due_on, row.due_provisional, row.round_id)  # fmt: skip


def _lapsing(row: tuple[Voucher, int]) -> Line:
    voucher, left_fen = row
    words = {"number": voucher.number, "amount": format_money(left_fen, voucher.currency)}
    return Line(N_("使用服务券：%(number)s 还有 %(amount)s 元"), words, "vouchers.voucher", {"voucher_id": voucher.id},
                voucher.programme.name, voucher.valid_until, round_id=voucher.round_id)  # fmt: skip


FIRM = (
    FirmTask("vouchers.apply", lambda own, _today: applications.returned(own), _returned),
    FirmTask("vouchers.appeal", applications.appealable, _to_appeal),
    FirmTask("vouchers.voucher", lambda own, today: wallet.lapsing(own, today, SHOWN), _lapsing),
)
