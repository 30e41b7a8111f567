"""Assumed values are signed with one reason, as they were shown; what is signed stays signed while it does not change."""

from uuid import uuid4

import pytest

from marketplace.audit.models import AuditEvent
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import Conflict
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers.models import SignedValue
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service import programmes
from marketplace.vouchers.service.programmes import ShownValues
from tests.factories import a_programme, an_officer

SLUG = "xizang_enterprise_service_voucher"


def brought_in(old: str = "", new: str = ""):
    content = (PROGRAMMES / f"{SLUG}.toml").read_text().replace(old, new)
    file = programmes.GivenFile(content.encode(), f"{SLUG}.toml")
    return in_transaction(lambda: programmes.import_programme(file, area_code="540000", actor_id=None, now=clock.now()))


def unsigned(version) -> set[str]:
    return {one.key for one in spec_of(version.id).unsigned_values()}


def sign(programme, shown, key=None):
    said = {"signer": "经信厅 扎西", "reason": "经办公会研究", "actor_id": uuid4() if key is None else key, "request_key": key or uuid4()}
    return in_transaction(lambda: programmes.sign_shown(programme.id, shown, **said))


def test_a_changed_file_keeps_the_signatures_of_what_did_not_change(db):
    a_programme(SLUG)  # all signed

    changed = brought_in("amount_fen = 3_000_000", "amount_fen = 4_000_000")

    assert unsigned(changed.version) == {"caps.year"}, "a number that changed is signed anew"
    kept = next(one for one in spec_of(changed.version.id).assumed_values() if one.key == "caps.order")
    assert kept.signed_by == "测试主管"


def test_a_changed_reason_is_signed_anew(db):
    a_programme(SLUG)
    changed = brought_in("防止一笔订单用完全年额度", "另有考虑")
    assert unsigned(changed.version) == {"caps.order"}


def test_the_same_file_after_signing_changes_nothing(db):
    programme = a_programme(SLUG)
    again = brought_in()
    assert (again.is_new, again.version.number) == (False, programmes.newest_version(programme.id).number)


def test_what_was_changed_or_signed_since_the_page_was_opened_is_refused_by_name(db):
    programme = a_programme(SLUG, signed=False)
    sign(programme, ShownValues(["caps.order"], 1))

    with pytest.raises(Conflict) as refused:
        sign(programme, ShownValues(["caps.order", "caps.year"], 1))

    assert refused.value.params["names"] == "补贴上限（每笔订单）"
    assert "caps.year" in unsigned(programmes.newest_version(programme.id)), "nothing half done"


def test_a_second_click_is_answered_though_the_values_are_signed_by_then(db):
    programme, key = a_programme(SLUG, signed=False), uuid4()
    first = sign(programme, ShownValues(["caps.order"], 1), key)
    assert sign(programme, ShownValues(["caps.order"], 1), key).id == first.id


def test_one_press_signs_all_and_each_has_its_row_and_its_event(browser):
    programme = a_programme(SLUG, signed=False)
    keys = unsigned(programmes.newest_version(programme.id))
    browser.sign_in(an_officer())
    path = f"/office/programmes/{programme.id}"
    browser.get(path)

    page = browser.post(f"{path}/sign", {"all": "1", "reason": "经办公会研究"})

    assert "可以公告批次" in page.text
    version = programmes.newest_version(programme.id)
    assert (version.number, unsigned(version)) == (2, set())
    rows = db.session.query(SignedValue).filter_by(version_id=version.id)
    assert {(row.key, row.reason) for row in rows} == {(key, "经办公会研究") for key in keys}
    assert db.session.query(AuditEvent).filter_by(action="programme.value_signed", subject_id=programme.id).count() == len(keys)


def test_all_is_what_the_page_showed(browser):
    """Signed by a colleague in between: refused by name, and the page that follows shows what is left."""
    programme = a_programme(SLUG, signed=False)
    browser.sign_in(an_officer())
    path = f"/office/programmes/{programme.id}"
    browser.get(path)
    sign(programme, ShownValues(["caps.order"]))

    page = browser.post(f"{path}/sign", {"all": "1", "reason": "经办公会研究"}, status=409)

    assert "补贴上限（每笔订单）" in page.select_one(".error-summary").text
    assert page.select_one("#reason").text.strip() == "经办公会研究"
    page = browser.post(f"{path}/sign", {"all": "1", "reason": "经办公会研究"})
    assert "可以公告批次" in page.text
