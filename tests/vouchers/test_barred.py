"""O5: what no money of a round may pay for is said where a firm orders and where an officer plans, before there is a claim."""

import pytest

from marketplace.kernel.db import by_id, in_transaction
from marketplace.vouchers.fund_settings import BarredUse, fund_rules
from marketplace.vouchers.models import Appropriation
from marketplace.vouchers.queries.barred import RoundSource, unpaid
from tests.factories import a_round, a_voucher, an_appropriation, an_offering, an_officer, user_of

(HALLS,) = (one for one in fund_rules().negative_list if one.label == "修建楼堂馆所")


@pytest.mark.parametrize(
    ("sources", "met", "told"),
    [
        ([RoundSource("county"), RoundSource("central", never=("law",))], [], ""),
        ([RoundSource("county", never=("law",)), RoundSource("central", only=("ip",))], [], "都不能用于这类服务"),
        ([RoundSource("county")], [HALLS], "负面清单“%(entry)s”"),
        ([], [], ""),
    ],
)
def test_o5_one_source_that_may_pay_is_enough(sources: list[RoundSource], met: list[BarredUse], told: str):
    said = unpaid(sources, met, "law")
    assert told in str(said.message) if said else not told


@pytest.mark.engines("sqlite")
def test_o5_a_firm_and_an_officer_read_beforehand_what_the_money_is_not_for(db, browser):
    round_ = a_round()
    voucher, offering = a_voucher(round_=round_), an_offering()
    for paper in db.session.query(Appropriation).filter_by(round_id=round_.id).all() or [an_appropriation(round_, 100)]:
        in_transaction(lambda paper=paper: setattr(by_id(Appropriation, paper.id), "bound_to", {"barred": [offering.category]}))
    browser.sign_in(user_of(voucher.enterprise_id))
    path = f"/orders/place/{offering.id}"
    assert "本批次的资金文件都不能用于这类服务" in browser.get(path).text
    assert "本批次的资金文件都不能用于这类服务" in browser.fill(path, {"step": "check"}, status=200).text
    free = an_offering(category="ip")
    assert "都不能用于这类服务" not in browser.get(f"/orders/place/{free.id}").text
    browser.sign_in(an_officer())
    page = browser.get(f"/office/rounds/{round_.id}")
    assert "修建楼堂馆所" in page.text and "不能用于" in page.text
