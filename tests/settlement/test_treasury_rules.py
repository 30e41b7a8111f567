"""What the papers of a batch say: columns as the treasury wants them, totals to the fen, capitals for yuan alone."""

import pytest

from marketplace.kernel.policyfiles.problems import PolicyFileError
from marketplace.kernel.policyfiles.settings import FOLDER, settings
from marketplace.kernel.sheets import CellKind
from marketplace.settlement.treasury_rules import BatchPaper, PaperLine, bank_columns, bank_rows, in_capitals
from marketplace.settlement.treasury_settings import TreasurySettings, treasury

LABELS = {"region": "自治区资金", "county": "县区资金"}


def a_line(amount_fen, split, account="6217"):
    return PaperLine(
        claim="DF-1",
        order="DD-1",
        payee="某机构",
        bank="某银行",
        account=account,
        amount_fen=amount_fen,
        split=split,
        documents={"region": "藏财企指〔2026〕1号", "county": "林财〔2026〕2号"},
        remark="兑付",
    )


def a_paper(*lines, currency="CNY"):
    return BatchPaper(number="BF-1", programme="某项目", currency=currency, sources=["region", "county"], lines=lines)


PAPER = a_paper(a_line(100_01, {"region": 60_01, "county": 40_00}), a_line(50, {"region": 50}))


def of_area(tmp_path, text):
    (tmp_path / "treasury.toml").write_text((FOLDER / "treasury.toml").read_text())
    (tmp_path / "540100").mkdir()
    (tmp_path / "540100" / "treasury.toml").write_text(f'format = "treasury/1"\n{text}\nassumed = {{ author = "某人", reason = "某因" }}\n')
    return settings(TreasurySettings, "540100", tmp_path)


def test_each_source_has_its_amount_and_its_document_and_the_totals_add_up():
    wanted = treasury()
    titles = [column.title for column in bank_columns(wanted, LABELS)]
    first, second, total = (dict(zip(titles, row, strict=True)) for row in bank_rows(PAPER, wanted))

    assert (first["自治区资金"], first["县区资金"], first["自治区资金指标文号"]) == (60_01, 40_00, "藏财企指〔2026〕1号")
    assert (second["县区资金"], second["县区资金指标文号"]) == (None, "")
    assert (total["批次编号"], total["金额"], total["自治区资金"], total["县区资金"]) == ("合计", 100_51, 60_51, 40_00)
    assert first["币种"] == "CNY"


def test_only_yuan_are_written_in_capitals():
    assert in_capitals(100_01, "CNY") == "壹佰元零壹分"
    assert in_capitals(100_01, "GBP") == ""


def test_an_amount_of_another_currency_names_it_and_no_sheet_adds_it():
    rows = bank_rows(a_paper(a_line(100_01, {"region": 100_01}), currency="GBP"), treasury())
    assert rows[0][5] == rows[-1][5] == "GBP 100.01"


def test_an_area_has_columns_headings_and_amounts_of_its_own(tmp_path):
    found = of_area(
        tmp_path,
        '[bank_list]\ncolumns = ["serial", "account", "payee", "amount", "words", "claim", "batch"]\namounts = "text"\n'
        'headings = { account = "收款人银行账号", amount = "金额（元）" }',
    )
    columns = bank_columns(found, LABELS)

    assert [column.title for column in columns][:5] == ["序号", "收款人银行账号", "收款单位", "金额（元）", "金额大写"]
    assert columns[3].kind is CellKind.TEXT
    assert bank_rows(PAPER, found)[0][:5] == (1, "6217", "某机构", "100.01", "壹佰元零壹分")
    assert treasury("540400").bank_list.headings == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('columns = ["batch", "claim", "payee", "account", "amount", "colour"]', "colour"),
        ('columns = ["batch", "payee", "account", "amount"]', "兑付申请编号"),
        ('headings = { payer = "付款人" }', "不认识的项"),
        ('headings = { payee = "开户银行" }', "同名"),
        ('amounts = "roman"', "roman"),
    ],
)
def test_a_map_with_a_column_nobody_knows_or_without_one_that_is_needed_is_refused_when_it_is_read(tmp_path, text, said):
    with pytest.raises(PolicyFileError, match=said):
        of_area(tmp_path, f"[bank_list]\n{text}")


def test_the_print_of_a_form_changes_with_an_account_or_an_amount_and_not_with_the_order_of_lines():
    same = a_paper(*reversed(PAPER.lines))
    assert PAPER.fingerprint() == same.fingerprint()
    assert PAPER.fingerprint() != a_paper(a_line(100_01, PAPER.lines[0].split, account="6218"), PAPER.lines[1]).fingerprint()
    assert PAPER.fingerprint() != a_paper(a_line(100_02, PAPER.lines[0].split), PAPER.lines[1]).fingerprint()
