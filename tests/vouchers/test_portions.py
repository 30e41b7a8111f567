"""A quota by kinds of service: what a file may say, what is granted of less money, and what firms and officers see and move."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.models import Application, PortionMoved
from marketplace.vouchers.queries.portions import parts_of
from marketplace.vouchers.rules.portions import Shift, split
from marketplace.vouchers.service import portions
from tests.factories import a_firm, a_round, a_voucher, an_officer, user_of
from tests.orders.looks import stands
from tests.programmes_of import a_programme_with, spec_of_file

DIGITAL = '"digital"'
REST = (
    '"information", "technology", "testing", "quality", "ip", "energy", "startup", "training", "finance", "consulting", "accounting", '
    '"legal", "marketing", "logistics"'
)
A = f"[portions.a]\namount_fen = 600_000\ncategories = [{DIGITAL}]"
B = f"[portions.b]\namount_fen = 400_000\ncategories = [{REST}]"
FREE, BY_OFFICER, NEVER = (
    '[portion_moves]\nrule = "free"\nby = "firm"',
    '[portion_moves]\nrule = "free"\nby = "officer"',
    '[portion_moves]\nrule = "none"',
)


@pytest.mark.parametrize(
    ("tables", "key", "word"),
    [
        ([A, B], "portion_moves", "不配套"),
        ([NEVER], "portions", "不配套"),
        ([A, NEVER], "portions", "0 条分类额度"),
        ([A, B, B.replace(".b", ".c"), NEVER], "portions", "2 条分类额度"),
        ([A.replace("600_000", "900_000_000"), B, NEVER], "portions.a.amount_fen", "高于"),
        ([A.replace("digital", "mining"), B, NEVER], "portions.a.categories", "没有定义"),
        ([A, B, NEVER + '\nby = "firm"'], "portion_moves", "由谁调整"),
        ([A, B, FREE + "\nshare_bp = 100"], "portion_moves", "调出比例"),
        ([A.replace(DIGITAL, f"{DIGITAL}, {REST}"), FREE], "portion_moves.rule", "没有可以调整的"),
    ],
)
def test_what_does_not_go_together_is_refused_with_its_key(tables, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables)

    first = refusal.value.problems[0]
    assert (first.key, word in first.text()) == (key, True), first.text()


def test_which_kind_an_order_counts_against_is_for_the_file_to_say():
    other = (A.replace(DIGITAL, f'{DIGITAL}, "legal"'), B.replace('"legal", ', ""))

    found = [spec_of_file(*parts, NEVER).portion_for("micro_small", "legal").name for parts in ((A, B), other)]

    assert found == ["b", "a"]


def test_a_class_may_have_kinds_of_its_own():
    small, more = '\nclasses = ["micro_small"]', A.replace("[portions.a]", "[portions.c]").replace("6", "8") + '\nclasses = ["medium"]'

    found = [split(spec_of_file(*parts, B, NEVER), "medium", Fen(2_000_000)) for parts in ((A,), (A + small, more))]

    assert found == [{"a": 600_000, "b": 400_000}, {"b": 400_000, "c": 800_000}]


def test_where_less_is_granted_the_first_kinds_come_first():
    spec = spec_of_file(A, B, NEVER)

    assert split(spec, "micro_small", Fen(1_000_000)) == {"a": 600_000, "b": 400_000}
    assert split(spec, "micro_small", Fen(700_000)) == {"a": 600_000, "b": 100_000}
    assert split(spec, "micro_small", Fen(300_000), (("a", Fen(100_000)), ("b", Fen(400_000)))) == {"a": 100_000, "b": 200_000}


def a_split_voucher(moves):
    return a_voucher(round_=a_round(programme=a_programme_with(A, B, moves)), face_fen=1_000_000)


def test_a_firm_sees_its_kinds_moves_an_amount_and_nothing_of_another_firms(browser):
    voucher = a_split_voucher(FREE)
    browser.sign_in(user_of(voucher.enterprise_id))
    assert "6,000.00" in browser.get(f"/wallet/{voucher.id}").text
    path = f"/wallet/{voucher.id}/portions"
    browser.get(path)
    page = browser.post(path, {"source": "a", "target": "b", "amount": "6000.01", "reason": "改买培训"}, status=422)
    assert "这一类的余额为 6,000.00" in page.text
    page = browser.post(path, {"source": "a", "target": "b", "amount": "1000", "reason": "改买培训"})
    assert "改买培训" in page.text
    assert [(one.granted_fen, one.left_fen) for one in parts_of(voucher)] == [(500_000, 500_000), (500_000, 500_000)]
    assert stands(voucher)

    other = a_firm()
    shift = Shift("a", "b", Fen(1), "试试")
    with pytest.raises(NotFound):
        in_transaction(lambda: portions.move(voucher.id, shift, enterprise_id=other.id, actor_id=other.id, now=clock.now()))


def test_an_officer_moves_where_the_rules_say_so_and_the_firm_is_told(browser):
    voucher = a_split_voucher(BY_OFFICER)
    browser.sign_in(an_officer())
    path = f"/office/vouchers/{voucher.id}/portions"
    assert path in str(browser.get(f"/office/vouchers/{voucher.id}"))
    browser.get(path)
    assert "企业申请" in browser.post(path, {"source": "b", "target": "a", "amount": "1000", "reason": "企业申请"}).text
    browser.sign_out()
    browser.sign_in(user_of(voucher.enterprise_id))
    assert path not in str(browser.get(f"/wallet/{voucher.id}"))
    assert "分类额度有调整" in browser.get("/notices").text


def test_a_firm_applies_by_kind_of_service_on_its_page(browser):
    round_ = a_round("shaanxi_2023_service_voucher", area="610000", state="claiming")
    firm = a_firm(region="610103", legal_form="company", founded_on=date(2020, 1, 1))
    browser.sign_in(user_of(firm))
    path = f"/rounds/{round_.id}/apply"
    browser.get(path)
    page = browser.post(path, {"portion_quality": "5000.01", "plan": "检测", "promise": "y"}, status=422)
    assert "不能超过 5,000.00" in page.text
    browser.post(path, {"portion_quality": "2000", "portion_digital": "4000", "plan": "检测", "promise": "y"})
    row = by_id(Application, UUID(browser.response.request.path.rsplit("/", 1)[1]))
    assert (row.requested_fen, row.portions) == (6_000 * YUAN, {"digital": 400_000, "management": 0, "quality": 200_000})


def test_a_move_is_kept_for_good(db):
    voucher = a_split_voucher(FREE)
    shift = Shift("a", "b", Fen(1), "改买培训")
    in_transaction(
        lambda: portions.move(
            voucher.id, shift, enterprise_id=voucher.enterprise_id, actor_id=user_of(voucher.enterprise_id).id, now=clock.now()
        )
    )
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.query(PortionMoved).update({"amount_fen": 2})


def test_the_wallet_says_by_kind_of_service_what_is_left_and_at_which_share(browser):
    voucher = a_split_voucher(NEVER)
    browser.sign_in(user_of(voucher.enterprise_id))

    rows = {
        row.select_one("th a").contents[0]: row.select_one("td:last-child").text.split()[0]
        for row in browser.get("/wallet").select("#by-service tbody tr")
    }

    digital, legal = (category_names()[code] for code in ("digital", "legal"))
    assert (rows[digital], rows[legal]) == ("6,000.00", "4,000.00"), rows
