"""A file of bank results beside its batches: what it says of money, and every way in which it may differ."""

from marketplace.kernel.money import YUAN
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.result_rules import BatchLine, ResultRow, compared


def a_line(claim, asked=100 * YUAN, state=LineState.WAITING, currency="CNY"):
    return BatchLine(batch="BF-1", claim=claim, currency=currency, asked_fen=asked, account="6217 0001", state=state)


def a_row(number, claim, amount=100 * YUAN, result="paid", account="", reference="", batch="BF-1"):
    return ResultRow(
        number=number, batch=batch, claim=claim, amount_fen=amount, result=result, account=account, reference=reference or f"R{number}"
    )


def figures(overview):
    return {one.label: (one.count, dict(one.sums)) for one in overview.figures}


def test_the_money_of_a_file_is_told_by_what_the_bank_did():
    lines = [a_line(str(place)) for place in range(6)] + [a_line("6", state=LineState.PAID)]
    rows = [
        a_row(5, "0"),
        a_row(6, "1"),
        a_row(7, "2", 40 * YUAN, "partial"),
        a_row(8, "3", 99 * YUAN, "deducted"),
        a_row(9, "4", result="failed"),
        a_row(10, "5"),
        a_row(11, "6"),
    ]

    found = compared(rows, lines)

    assert found.differences == ()
    assert figures(found) == {
        "对上批次的行": (7, {"CNY": 700 * YUAN}),
        "已付款": (3, {"CNY": 300 * YUAN}),
        "部分支付（实付）": (1, {"CNY": 40 * YUAN}),
        "扣款（实付）": (1, {"CNY": 99 * YUAN}),
        "部分支付和扣款后未付，仍待拨付": (2, {"CNY": 61 * YUAN}),
        "付款失败": (1, {"CNY": 100 * YUAN}),
        "以前登记过的行": (1, {"CNY": 100 * YUAN}),
    }


def test_every_difference_names_its_rows_and_amounts():
    rows = [
        a_row(5, "0", 90 * YUAN),
        a_row(6, "1", account="6217-0002"),
        a_row(7, "9"),
        a_row(8, "2", reference="X 1"),
        a_row(9, "3", reference="x1"),
        a_row(10, "1", batch="BF-9"),
    ]

    said = [str(one) for one in compared(rows, [a_line(str(place)) for place in range(6)]).differences]

    assert said == [
        "2 行的批次和申请编号平台上没有：第 7、10 行。",
        "1 行的金额与批次不同（文件 ≠ 批次）：第 5（0，90.00 ≠ 100.00） 行。",
        "1 行的收款账号与批次不同：第 6（1） 行。请先向银行核实。",
        "2 行的银行流水号重复：第 8（X 1）、9（x1） 行。一个流水号只能登记一笔。",
        "批次 BF-1 还有 2 笔、200.00 元不在文件里：4、5。",
    ]


def test_sums_of_two_currencies_stand_apart():
    found = compared([a_row(5, "0"), a_row(6, "1")], [a_line("0"), a_line("1", currency="GBP")])
    assert figures(found)["已付款"] == (2, {"CNY": 100 * YUAN, "GBP": 100 * YUAN})
