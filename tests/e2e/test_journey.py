"""The main job by the people who do it: order, contract, delivery, acceptance, claim, review, payment by two people, audit."""

import re
from pathlib import Path

import pytest

from tests.files import PDF


@pytest.fixture
def paper(tmp_path: Path) -> str:
    """A scan to upload."""
    path = tmp_path / "证明材料.pdf"
    path.write_bytes(PDF)
    return str(path)


def test_a_voucher_goes_from_an_order_to_the_bank_and_an_auditor_follows_it(open_window, live_server, paper):
    firm, provider, officer, second, maker, checker, auditor, stranger = (open_window() for _ in range(8))
    for person, login in zip(
        (firm, provider, officer, second, maker, checker, auditor),
        ("sme", "provider", "officer", "officer_b", "finance1", "finance2", "auditor"),
        strict=True,
    ):
        person.sign_in(login)
    here = place(firm)
    fulfil(provider, here, paper)
    accept(firm, here)
    claim = ask(provider, here, paper)
    check_on_the_spot(officer, second, claim)
    approve(officer, claim)
    pay(maker, checker, live_server.url)
    follow(auditor, here)
    prove(firm, stranger)


def place(firm) -> str:
    """Find an offering, see what the voucher bears, order it; the order's address."""
    firm.visit("/services?q=仓储条码")
    firm.follow("仓储条码管理系统")
    firm.follow("下单")
    firm.page.get_by_role("radio").first.check()
    page = firm.press("重新计算")
    assert page.get_by_text("券抵扣").first.is_visible()
    firm.press("下一步：核对订单")
    firm.page.locator("main button[type=submit].btn-primary").last.click()
    firm.page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}$"))
    return "/orders/" + firm.check().url.rsplit("/", 1)[-1]


def fulfil(provider, here, paper) -> None:
    """Take the order, upload the contract, deliver with evidence."""
    provider.visit(f"{here}/take")
    submit(provider)
    provider.visit(f"{here}/contract")
    provider.fill(number="HT-2026-001", amount="26000", dated_on=today(provider), file_contract=paper)
    submit(provider)
    provider.visit(f"{here}/deliver")
    provider.fill(note="系统已上线，操作手册已交付。")
    for control in provider.page.locator("main input[type=file]").all():
        control.set_input_files(paper)
    submit(provider)


def accept(firm, here) -> None:
    """The firm accepts: the voucher is spent; then it rates the service."""
    firm.visit(f"{here}/accept")
    page = submit(firm)
    assert page.get_by_text("已验收核销").first.is_visible()
    firm.visit(f"{here}/review")
    firm.page.get_by_role("radio").first.check()
    firm.fill(comment="实施很快，培训到位。")
    submit(firm)


def ask(provider, here, paper) -> str:
    """Invoice and payment slip, then the claim; its address."""
    order_id = here.rsplit("/", 1)[-1]
    page = provider.visit(here)
    amounts = [text.replace(",", "") for text in re.findall(r"([\d,]+\.\d\d)", page.locator("main").inner_text())]
    price, own = amounts[0], amounts[2]
    for kind, number, amount in (("invoice", "26957000000098765432", price), ("bank_transfer_slip", "LS20260099", own)):
        provider.visit(f"{here}/papers")
        provider.fill(kind=kind, number=number, amount=amount, file=paper)
        provider.page.locator("main [name=dated_on]").fill(
            provider.page.evaluate("new Date(Date.now() + 288e5).toISOString().slice(0, 10)")
        )
        submit(provider)
    provider.visit(f"/claims/of-order/{order_id}")
    submit(provider)
    return "/claims/" + provider.page.url.rsplit("/", 1)[-1]


def check_on_the_spot(officer, second, claim) -> None:
    """A claim that was drawn is not approved before a second officer has looked. Below the limit the seed decides whether it is."""
    officer.visit(claim)
    if not officer.page.get_by_text("被抽中抽查").first.is_visible():
        return
    officer.visit(f"{claim}/approve")
    assert submit(officer, status=422).get_by_text("须先由另一位工作人员登记抽查结果").first.is_visible()
    second.visit(f"{claim}/spot-check")
    second.page.get_by_role("radio").first.check()
    second.fill(report="到企业核对了系统和操作手册，电话回访双方，材料与原件一致。")
    assert submit(second).get_by_text("抽查相符").first.is_visible()


def approve(officer, claim) -> None:
    """The officer reads the checks, says a word on each that is not green, and approves what was asked for; presses are counted."""
    officer.visit("/claims?state=submitted")
    officer.presses = 0
    officer.click(officer.page.locator(f"main a[href^='{claim}']").first)
    officer.follow("核准")
    explained = officer.page.locator("main [name^=explained_]").all()
    for control in explained:
        control.fill("已电话核实，与原件一致。")
    submit(officer)
    assert officer.presses <= 3 + len(explained), "three of a claim all green, one more for each that is not"
    assert officer.visit(claim).get_by_text("待拨付").first.is_visible()


def test_o2_an_all_green_claim_takes_three_presses_beside_its_opinion(open_window):
    """From the list to the next claim that waits."""
    officer = open_window()
    officer.sign_in("officer")
    officer.visit("/claims?state=submitted&checks=green")
    officer.presses = 0
    first = officer.page.locator("main tbody tr", has_not_text="待抽查").locator("a[href^='/claims/']").first
    number = first.inner_text().strip()
    officer.click(first)
    officer.follow("核准")
    officer.fill(opinion="材料齐全，与原件一致，同意核准。")
    submit(officer)
    assert officer.presses <= 3
    assert officer.page.get_by_text(f"兑付申请 {number} 已核准").first.is_visible()


def pay(maker, checker, origin) -> None:
    """One prepares a batch, another approves it, the bank's answer is recorded."""
    maker.visit("/payments")
    link = maker.page.locator("main a[href^='/payments/new/']").first.get_attribute("href")
    maker.visit(link)
    submit(maker)
    batch = maker.page.url.removeprefix(origin)
    maker.visit(f"{batch}/submit")
    submit(maker)
    maker.visit(f"{batch}/approve")
    assert submit(maker, status=422).get_by_text("制单人不能复核").first.is_visible()
    checker.visit(f"{batch}/approve")
    submit(checker)
    maker.visit(batch)
    maker.presses = 0
    maker.click(maker.page.locator("main a[href*='/payments/lines/']").first)
    maker.page.get_by_role("radio").first.check()
    maker.fill(reference="YH20261120001", paid_on=today(maker))
    assert submit(maker).get_by_text("YH20261120001").first.is_visible()
    assert maker.presses <= 2, "a serial of the bank's: open the line, record it"


def follow(auditor, here) -> None:
    """From the order to where its money came from and went."""
    page = auditor.visit(f"/oversight/trace/order/{here.rsplit('/', 1)[-1]}")
    assert page.get_by_text("资金下达").first.is_visible()
    auditor.visit(here)
    auditor.visit("/oversight/books")


def prove(firm, stranger) -> None:
    """The firm takes its receipt away; somebody who has never signed in checks it."""
    firm.visit("/wallet")
    firm.click(firm.page.locator("main a[href*='/wallet/0']").first)
    page = firm.follow("记账凭证：打印、下载、离线核验")
    for _ in range(40):  # the sealer runs beside the web
        if not page.get_by_text("还没有封存").is_visible():
            break
        page.wait_for_timeout(500)
        page.reload()
    taken = {}
    for name in ("下载可核验文件（.json）", "下载 PDF"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        taken[name] = download.value.path()
    assert taken["下载 PDF"].read_bytes().startswith(b"%PDF")
    stranger.visit("/proofs")
    stranger.page.get_by_label("凭证文件（.json）").set_input_files(taken["下载可核验文件（.json）"])
    page = stranger.press("核验")
    assert page.get_by_text("列出的内容属实").is_visible(), page.locator("main").inner_text()[:1500]
    page = stranger.click(page.get_by_role("link", name=re.compile("核对券编号")))
    assert page.get_by_text("这张券由本平台发放").is_visible()


def today(visitor) -> str:
    """The date in China."""
    return str(visitor.page.evaluate("new Date(Date.now() + 288e5).toISOString().slice(0, 10)"))


def submit(visitor, *, status: int = 200):
    """Press the main button of the page's form."""
    return visitor.click(visitor.page.locator("main form button[type=submit]:visible").last, status=status)
