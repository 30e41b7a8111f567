"""The factories make what the tables accept, on both engines."""

from marketplace.identity.roles import Role
from marketplace.identity.uscc import check_uscc
from tests.factories import (
    PASSWORD,
    a_firm,
    a_provider,
    a_user,
    an_administrator,
    an_auditor,
    an_offering,
    an_officer,
    an_operator,
    password_hash,
    user_of,
)


def test_a_firm_has_a_valid_credit_code_a_size_titles_and_a_user(db):
    firm = a_firm("拉萨测试水业有限公司", size="small", titles=("specialised",), region="540123")

    assert check_uscc(firm.organisation.uscc) == firm.organisation.uscc
    assert (firm.organisation.region_code, firm.size_class) == ("540123", "small")
    assert {g.role for g in user_of(firm).grants} == {Role.SME}


def test_staff_have_an_area_and_administrators_are_separated(db):
    assert an_officer("540100").grants[0].area_code == "540100"
    assert [g.duty for g in an_administrator("security_admin").grants] == ["security_admin"]
    assert an_auditor().organisation.is_authority
    assert an_operator().id != a_user("chain_leader").id


def test_an_offering_belongs_to_an_admitted_provider(db):
    offering = an_offering(price_fen=12_300)

    assert offering.provider.state == "admitted"
    assert a_provider(state="draft").admitted_at is None


def test_the_known_password_signs_in():
    from marketplace.identity import passwords

    assert passwords.matches(password_hash(), PASSWORD)
    assert not passwords.matches(password_hash(), PASSWORD + "!")
